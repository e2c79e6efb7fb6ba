/** How long packets take from one host to another, by how far apart they are. */

/** One way, in milliseconds. Two hosts are as far apart as the smallest thing that they share says. */
export interface Latencies {
  /** From an instance to another on the same host. */
  readonly sameHost: number;
  readonly sameRack: number;
  readonly sameZone: number;
  /** To another zone of the Region. */
  readonly otherZone: number;
  readonly otherRegion: number;
}

/**
 * What localvpc takes for AWS's: of round trips between zones AWS says single-digit milliseconds, of the rest nothing
 * (unconfirmed; people measure about 0.1 ms in a cluster group, 0.3 in a zone, 1 between zones, 60 across a continent).
 */
export const DEFAULT_LATENCIES: Latencies = {
  sameHost: 0.02,
  sameRack: 0.04,
  sameZone: 0.12,
  otherZone: 0.5,
  otherRegion: 30,
};

/** A packet that takes longer is lost to everybody who waits for it, and frames that wait take memory. */
const MOST_MS = 1000;

/** Reads a file of latencies: `{"sameRack": 0.05, "otherZone": 1}`; what it does not say is as without one. @throws Error that says what is wrong */
export function parseLatencies(document: unknown): Latencies {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw new Error('not an object');
  const given: Readonly<Record<string, unknown>> = { ...document };
  const known = Object.keys(DEFAULT_LATENCIES);
  const strange = Object.keys(given).find((key) => !known.includes(key));
  if (strange !== undefined) throw new Error(`there is no distance ${strange}; known are ${known.join(', ')}`);
  const milliseconds = (name: keyof Latencies): number => {
    const value = given[name];
    if (value === undefined) return DEFAULT_LATENCIES[name];
    if (typeof value === 'number' && value >= 0 && value <= MOST_MS) return value;
    throw new Error(`${name} is not a number of milliseconds from 0 to ${MOST_MS}: ${JSON.stringify(value)}`);
  };
  return {
    sameHost: milliseconds('sameHost'),
    sameRack: milliseconds('sameRack'),
    sameZone: milliseconds('sameZone'),
    otherZone: milliseconds('otherZone'),
    otherRegion: milliseconds('otherRegion'),
  };
}
