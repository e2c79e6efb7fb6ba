#!/usr/bin/env node
/** The program `localvpc`: package.json's bin. */
import { processContext } from './context.ts';
import { CommandFailure } from './failure.ts';
import { createProgram } from './program.ts';

// A reader that goes away (`localvpc status | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

createProgram(processContext, process.argv[2])
  .parseAsync()
  .catch((error: unknown) => {
    if (!(error instanceof CommandFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitStatus;
  });
