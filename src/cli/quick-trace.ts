/** `localvpc trace` as a program of its own. */
import { traceCommand } from './commands/trace.ts';
import { runQuickly } from './run.ts';

runQuickly(traceCommand);
