/** `localvpc env` as a program of its own. */
import { envCommand } from './commands/env.ts';
import { runQuickly } from './run.ts';

runQuickly(envCommand);
