/** The journal of a localvpc that keeps nothing: it ends with the process. */
import type { Journal } from './journal.ts';

/** A journal that is always empty and takes everything. */
export const ephemeralJournal = (): Journal => ({
  load: () => [],
  append: () => Promise.resolve(),
  clear: () => Promise.resolve(),
  close: () => Promise.resolve(),
});
