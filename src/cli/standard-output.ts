/**
 * Standard output, without the stream that Node.js makes of it. Whoever touches `process.stdout` loads streams, sockets
 * and terminals: 8 ms of processor time, more than what most commands do.
 */
import { fstatSync, writeSync } from 'node:fs';
import { errorCodeOf } from './failure.ts';

const OUTPUT = 1;
/** Linux' device numbers (its admin-guide/devices.txt): /dev/null and its like, and the terminals of windows and ssh. */
const MEMORY_DEVICES = 1;
const PSEUDO_TERMINALS = { first: 136, last: 143 };

const NOTHING_COMES = new Int32Array(new SharedArrayBuffer(4));
const AGAIN_AFTER_MS = 5;

/** Whether a person reads it. */
export function outputIsTerminal(): boolean {
  const output = fstatSync(OUTPUT);
  if (!output.isCharacterDevice()) return false;
  const major = (output.rdev >> 8) & 0xfff;
  if (major === MEMORY_DEVICES) return false;
  return (major >= PSEUDO_TERMINALS.first && major <= PSEUDO_TERMINALS.last) || process.stdout.isTTY;
}

/** Writes all of the text before it returns. A reader that goes away (`localvpc status | head -1`) is no failure. */
export function writeOut(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(OUTPUT, rest));
    } catch (error) {
      const code = errorCodeOf(error);
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      // The reader is behind, of a pipe that another program made non-blocking.
      Atomics.wait(NOTHING_COMES, 0, 0, AGAIN_AFTER_MS);
    }
  }
}
