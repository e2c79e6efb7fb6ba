/** An entry of the fault tables, and the ways in which one is written down. */

/** What is known of one code. `Text` is null where no sentence is known and whoever raises the fault must write one. */
export interface FaultEntry<Text extends string | null = string | null> {
  readonly status: number;
  readonly text: Text;
  /** False where neither AWS's documentation nor a captured answer vouches for the sentence. */
  readonly confirmed: boolean;
}

/** A sentence that AWS documents, that was captured, or on which independent implementations agree. */
export const says = <const T extends string>(text: T, status = 400): FaultEntry<T> => ({
  status,
  text,
  confirmed: true,
});

/** A sentence that is plausible and unconfirmed. */
export const unconfirmed = <const T extends string>(text: T, status = 400): FaultEntry<T> => ({
  status,
  text,
  confirmed: false,
});

/** A code whose sentence differs from call to call, or was never seen. */
export const free = (status = 400): FaultEntry<null> => ({ status, text: null, confirmed: false });

/** The form of an id is wrong. Captured for interfaces, instances and groups; unconfirmed, but alike, for the rest. */
export const malformed = <const P extends string>(
  prefix: P,
): FaultEntry<`Invalid id: "{id}" (expecting "${P}-...")`> => ({
  status: 400,
  text: `Invalid id: "{id}" (expecting "${prefix}-...")`,
  confirmed: true,
});

/** A numbered quota is used up. */
export const limit = <const T extends string>(
  things: T,
): FaultEntry<`The maximum number of ${T} has been reached.`> => ({
  status: 400,
  text: `The maximum number of ${things} has been reached.`,
  confirmed: false,
});
