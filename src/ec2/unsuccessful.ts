/** Calls about several things, each of which is done by itself: what could not be done is listed in the answer. */
import { Fault } from '../model/fault.ts';

/** What the API says of a thing that could not be done. */
export interface UnsuccessfulItem {
  readonly ResourceId: string;
  readonly Error: { readonly Code: string; readonly Message: string };
}

/**
 * Does something to each id and lists those for which it throws a fault. What is done must check before it changes
 * anything, since the others' work is kept.
 */
export function unsuccessful(
  ids: readonly string[],
  work: (id: string) => void,
): { readonly Unsuccessful: UnsuccessfulItem[] } {
  const items: UnsuccessfulItem[] = [];
  for (const id of ids) {
    try {
      work(id);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      items.push({ ResourceId: id, Error: { Code: error.code, Message: error.message } });
    }
  }
  return { Unsuccessful: items };
}
