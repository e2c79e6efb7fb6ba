/** The controller, for the few commands that run it or ask it about networks which do not run. */
import { createRequire } from 'node:module';

/** Loads it: a program beside this one, or a source file when this is one. */
export const controllerProgram = async (): Promise<unknown> =>
  import.meta.url.endsWith('.ts')
    ? await import(new URL('../controller/entry.ts', import.meta.url).href)
    : createRequire(import.meta.url)('./controller.js');
