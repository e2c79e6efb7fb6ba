/** From the journal back into the model, at start. */
import { kindNamed } from '../model/kind.ts';
import type { World } from '../model/world.ts';
import { type Journal, JournalError } from './journal.ts';

/**
 * Puts every row of the journal into an empty model; returns how many there were.
 * @throws JournalError when a row cannot be read, or is of a kind that this localvpc does not know.
 */
export function restoreWorld(journal: Journal, world: World): number {
  let count = 0;
  for (const { scope, kindName, row } of journal.load()) {
    const kind = kindNamed(kindName);
    if (!kind)
      throw new JournalError(
        `The journal holds a ${kindName} (${row.id}), which this localvpc does not know: it was written by another version. Use that one, or choose another directory with --data.`,
      );
    world.restore(scope, kind, row);
    count++;
  }
  return count;
}
