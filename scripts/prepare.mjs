/** All set-up that `npm start` and `npm test` need on a fresh clone. Each part does nothing when it is done already. */
import { buildWhenStale } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureSystemTools } from './system-tools.mjs';

/** Packages, system tools, bundles, in this order. */
export async function prepare() {
  await ensureDependencies();
  await ensureSystemTools();
  await buildWhenStale();
}
