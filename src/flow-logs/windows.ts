/**
 * Aggregation: which records belong into which interval of which flow log, and what is to be written when one is over.
 *
 * Intervals begin at whole minutes or ten minutes of the clock (where AWS's begin is unconfirmed). Interfaces of Nitro
 * instances have intervals of a minute whatever the flow log says (user guide, flow-log-records). A flow belongs to the
 * interval in which its first packet came.
 */
import type { IpAddress } from '../net/address.ts';
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import type { FlowRecord, FlowReport } from '../tables/data-plane.ts';
import type { LoggedInterface, LogRecord } from './record.ts';

const MINUTE_MS = 60_000;
/** Intervals without a packet that are told of at once, when the clock has been moved far ahead: those of a day. */
const MAX_EMPTY_INTERVALS = 1440;

/** What of a flow log decides what is written. */
export interface WindowedLog {
  readonly trafficType: 'ACCEPT' | 'REJECT' | 'ALL';
  readonly maxAggregationIntervalSeconds: number;
  readonly createdAtMs: number;
}

interface Interval {
  readonly flows: Map<string, FlowRecord>;
  isSkipped: boolean;
}

interface Watched {
  of: LoggedInterface;
  /** Where its present interval begins. */
  startMs: number;
  readonly intervals: Map<number, Interval>;
}

/** The intervals of one flow log that are not over. */
export class Windows {
  private readonly watched = new Map<NetworkInterfaceId, Watched>();

  /** `serviceOf`: the AWS service that an address is of. */
  constructor(
    private readonly log: WindowedLog,
    private readonly serviceOf: (address: IpAddress) => string | undefined,
  ) {}

  /** Begins to watch interfaces that are new. */
  watch(interfaces: readonly LoggedInterface[], nowMs: number): void {
    for (const of of interfaces) {
      const known = this.watched.get(of.interfaceId);
      if (known) known.of = of;
      else this.watched.set(of.interfaceId, { of, startMs: this.beginning(of, nowMs), intervals: new Map() });
    }
  }

  /** Takes what interfaces saw; `describe` says what is known of one that was not watched. */
  add({ records, skipped }: FlowReport, describe: (record: FlowRecord) => LoggedInterface | undefined): void {
    for (const record of records) {
      const watched = this.watched.get(record.interfaceId) ?? this.watchLate(record, describe);
      if (!watched) continue;
      const { flows } = intervalAt(watched, Math.max(watched.startMs, this.beginning(watched.of, record.firstMs)));
      const key = keyOf(record);
      const before = flows.get(key);
      flows.set(key, before ? merged(before, record) : record);
    }
    for (const id of skipped) {
      const watched = this.watched.get(id);
      if (watched) intervalAt(watched, watched.startMs).isSkipped = true;
    }
  }

  /** What the intervals that are over by now have given, in order. Interfaces that are not `present` are forgotten then. */
  close(nowMs: number, present: ReadonlySet<NetworkInterfaceId>): readonly LogRecord[] {
    const records: LogRecord[] = [];
    for (const [id, watched] of this.watched) {
      const isPresent = present.has(id);
      this.closeOf(watched, nowMs, isPresent, records);
      if (!isPresent && watched.intervals.size === 0) this.watched.delete(id);
    }
    return records.sort((one, other) => one.endMs - other.endMs);
  }

  /** What the intervals hold that are not over: AWS's, too, may be shorter than the flow log says. */
  closeEarly(): readonly LogRecord[] {
    const records: LogRecord[] = [];
    for (const watched of this.watched.values()) {
      for (const interval of watched.intervals.values()) records.push(...this.recordsOf(watched, interval));
      watched.intervals.clear();
    }
    return records;
  }

  private closeOf(watched: Watched, nowMs: number, isPresent: boolean, records: LogRecord[]): void {
    const lengthMs = this.lengthOf(watched.of);
    const earliestEmptyMs = nowMs - MAX_EMPTY_INTERVALS * lengthMs;
    while (watched.startMs + lengthMs <= nowMs) {
      const { startMs, intervals } = watched;
      const interval = intervals.get(startMs);
      if (interval) records.push(...this.recordsOf(watched, interval));
      else if (intervals.size === 0 && (!isPresent || startMs < earliestEmptyMs)) {
        watched.startMs = this.beginning(watched.of, isPresent ? earliestEmptyMs + lengthMs : nowMs);
        continue;
      } else if (isPresent) records.push(this.empty(watched, 'NODATA'));
      intervals.delete(startMs);
      watched.startMs += lengthMs;
    }
  }

  private recordsOf(watched: Watched, { flows, isSkipped }: Interval): readonly LogRecord[] {
    const { trafficType } = this.log;
    const records = [...flows.values()]
      .filter((flow) => trafficType === 'ALL' || flow.action === trafficType)
      .map((flow): LogRecord => {
        const content = { status: 'OK', flow, serviceOf: this.serviceOf } as const;
        return { of: watched.of, startMs: flow.firstMs, endMs: flow.lastMs, content };
      });
    return isSkipped ? [...records, this.empty(watched, 'SKIPDATA')] : records;
  }

  private empty({ of, startMs }: Watched, status: 'NODATA' | 'SKIPDATA'): LogRecord {
    const endMs = startMs + this.lengthOf(of);
    return { of, startMs: Math.max(startMs, Math.min(this.log.createdAtMs, endMs)), endMs, content: { status } };
  }

  private watchLate(
    record: FlowRecord,
    describe: (record: FlowRecord) => LoggedInterface | undefined,
  ): Watched | undefined {
    const of = describe(record);
    if (!of) return undefined;
    const watched = { of, startMs: this.beginning(of, record.firstMs), intervals: new Map<number, Interval>() };
    this.watched.set(of.interfaceId, watched);
    return watched;
  }

  private beginning(of: LoggedInterface, atMs: number): number {
    const lengthMs = this.lengthOf(of);
    return Math.floor(atMs / lengthMs) * lengthMs;
  }

  private lengthOf({ isNitro }: LoggedInterface): number {
    return isNitro ? MINUTE_MS : this.log.maxAggregationIntervalSeconds * 1000;
  }
}

function intervalAt({ intervals }: Watched, startMs: number): Interval {
  const known = intervals.get(startMs);
  if (known) return known;
  const made: Interval = { flows: new Map(), isSkipped: false };
  intervals.set(startMs, made);
  return made;
}

const keyOf = (flow: FlowRecord): string =>
  [
    flow.direction,
    flow.action,
    flow.protocol,
    flow.source,
    flow.destination,
    flow.sourcePort,
    flow.destinationPort,
    flow.interfaceAddress,
    flow.by,
  ].join(' ');

const merged = (one: FlowRecord, other: FlowRecord): FlowRecord => ({
  ...one,
  packets: one.packets + other.packets,
  bytes: one.bytes + other.bytes,
  tcpFlags: one.tcpFlags | other.tcpFlags,
  firstMs: Math.min(one.firstMs, other.firstMs),
  lastMs: Math.max(one.lastMs, other.lastMs),
});
