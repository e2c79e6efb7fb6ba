/** `npm run bench`: prepares a fresh clone and prints the table of measurements. Arguments go to bench/main.ts. */
import { existsSync } from 'node:fs';
import { prepare } from './prepare.mjs';
import { inProject, main, run, Stop } from './project.mjs';

main(async () => {
  if (!existsSync(inProject('bench/main.ts'))) throw new Stop('There is no bench/main.ts.');
  await prepare();
  return await run(inProject('node_modules/.bin/tsx'), [inProject('bench/main.ts'), ...process.argv.slice(2)]);
});
