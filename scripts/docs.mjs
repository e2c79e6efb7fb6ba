/** `npm run docs`: writes the pages of docs/ that are printed from the code. */
import { ensureDependencies } from './dependencies.mjs';
import { inProject, main, run } from './project.mjs';

main(async () => {
  await ensureDependencies();
  return await run(inProject('node_modules/.bin/tsx'), [inProject('scripts/docs.ts')]);
});
