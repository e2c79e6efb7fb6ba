/** All set-up that `npm start` and `npm test` need on a fresh clone. Each part does nothing when it is done already. */
import { ensureDependencies } from './dependencies.mjs';
import { ensureSystemTools } from './system-tools.mjs';

/** Packages, system tools, bundles, in this order. */
export async function prepare() {
  await ensureDependencies();
  await ensureSystemTools();
  // Only now: building needs a package that may just have been installed.
  const { buildWhenStale } = await import('./build.mjs');
  await buildWhenStale();
}
