/**
 * Holds V8's optimising compiler back while much is done that is done once.
 *
 * What runs some ten thousand times is hot to V8, and so is most of an import of 5,000 interfaces: it is optimised on
 * threads that take the other processor from the machine room, and then hardly run again. With this they have 1.0 s of
 * work in place of 1.9, and the thread that imports has as much as before (1.2 s).
 */
import { setFlagsFromString } from 'node:v8';

/** What is hot, by V8's major version: usually, as V8 has it, and later. */
const HOT: Readonly<Record<string, { readonly usually: string; readonly later: string }>> = {
  // Of Node.js 20: bytes of code that have run.
  11: { usually: '--interrupt-budget=67584', later: '--interrupt-budget=540672' },
  // Of Node.js 22 and 24: calls.
  12: { usually: '--invocation-count-for-turbofan=3000', later: '--invocation-count-for-turbofan=12000' },
  13: { usually: '--invocation-count-for-turbofan=3000', later: '--invocation-count-for-turbofan=12000' },
};

let works = 0;

/** Does some work meanwhile. The whole process optimises later, so it is to be short. */
export async function optimisingLater<Result>(work: () => Promise<Result>): Promise<Result> {
  const hot = HOT[process.versions.v8.split('.')[0] ?? ''];
  if (hot && works === 0) setFlagsFromString(hot.later);
  works += 1;
  try {
    return await work();
  } finally {
    works -= 1;
    if (hot && works === 0) setFlagsFromString(hot.usually);
  }
}
