/** Where instances are, as far as packets notice. */

/** Where an instance is, and what that means: packets take their time from one host to another. */
export interface PlaceRow {
  /** Names of what it is in, each unique in the world. */
  readonly host: string;
  readonly rack: string;
  readonly zone: string;
  readonly region: string;
  /** One way, in milliseconds, by the smallest of them that two instances share. */
  readonly latencies: {
    readonly sameHost: number;
    readonly sameRack: number;
    readonly sameZone: number;
    readonly otherZone: number;
    readonly otherRegion: number;
  };
}
