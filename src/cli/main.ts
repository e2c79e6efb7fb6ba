#!/usr/bin/env node
/** The program `localvpc`: package.json's bin. */
import { processContext } from './context.ts';
import { createProgram } from './program.ts';
import { run } from './run.ts';

// A reader that goes away (`localvpc status | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

run(createProgram(processContext, process.argv[2]));
