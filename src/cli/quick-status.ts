/** `localvpc status` as a program of its own. */
import { statusCommand } from './commands/status.ts';
import { runQuickly } from './run.ts';

runQuickly(statusCommand);
