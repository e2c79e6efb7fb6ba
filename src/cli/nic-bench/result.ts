/** What a run of the NIC benchmark measured. */

/** One way for frames, between two guests or, for reference, two bare network namespaces. */
export interface NicResult {
  readonly way: string;
  /** What one TCP connection carried, in Gbit/s. */
  readonly gigabits: number;
  /** UDP datagrams of 64 bytes that arrived, a second. */
  readonly packetsPerSecond: number;
  /** Of one byte there and back over one TCP connection, in microseconds. */
  readonly medianMicroseconds: number;
  readonly p99Microseconds: number;
  /** Processor time of the machine room, all of it, for a gigabyte of that TCP connection; undefined where there is none. */
  readonly mediatorSecondsPerGigabyte: number | undefined;
  /** Frames that came to the fabric for each that a guest received; undefined where there is no fabric. */
  readonly mediatedPerDelivered: number | undefined;
}

/** What became of many flows from one virtual function to another. */
export interface FlowsResult {
  readonly begun: number;
  /** Those of them whose second frame, sent after the first ones of all, went from guest to guest without the fabric. */
  readonly held: number;
  /** Flows begun a second: the fabric decides about the first frame, and hands the flow over. */
  readonly newPerSecond: number;
}

/** A run on one machine. */
export interface NicRun {
  /** The machine and the date, in a sentence. */
  readonly machine: string;
  readonly results: readonly NicResult[];
  /** Undefined where no flows are handed over. */
  readonly flows: FlowsResult | undefined;
  /** Ways that could not be measured here, each with the reason. */
  readonly missing: readonly { readonly way: string; readonly why: string }[];
}
