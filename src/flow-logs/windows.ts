/**
 * Aggregation: which records belong into which interval of which flow log, and what is to be written when one is over.
 *
 * Intervals begin at whole minutes or ten minutes of the clock (where AWS's begin is unconfirmed). Interfaces of Nitro
 * instances have intervals of a minute whatever the flow log says (user guide, flow-log-records). A flow belongs to the
 * interval in which its first packet came.
 */
import type { CountedFlow } from '../tables/flow-report.ts';

/** Intervals without a packet that are told of at once, when the clock has been moved far ahead: those of a day. */
const MAX_EMPTY_INTERVALS = 1440;

/** A record: what an interface or attachment saw between two times, in milliseconds since the epoch. */
export interface LogRecord<Of, Flow> {
  readonly of: Of;
  readonly startMs: number;
  readonly endMs: number;
  readonly content: RecordContent<Flow>;
}

/** What stands in a record: a flow, or that there was none, or that some were lost. */
export type RecordContent<Flow> =
  | { readonly status: 'OK'; readonly flow: Flow }
  | { readonly status: 'NODATA' | 'SKIPDATA' };

/** What a kind of flow log is about: interfaces, or attachments of transit gateways. */
export interface WatchedKind<Of, Flow> {
  idOf(of: Of): string;
  /** The id of what saw the flow. */
  seenBy(flow: Flow): string;
  intervalMsOf(of: Of): number;
  /** What makes two flows two records. */
  keyOf(flow: Flow): string;
  isWanted(flow: Flow): boolean;
}

/** What there is now, and what it has seen since somebody asked. */
export interface Seen<Of, Flow> {
  readonly present: readonly Of[];
  readonly flows: readonly Flow[];
  /** Ids of what saw more than could be noted. */
  readonly skipped: readonly string[];
  /** What is known of a flow's witness that was not watched; undefined where the flow log is not about it. */
  describe(flow: Flow): Of | undefined;
}

interface Interval<Flow> {
  readonly flows: Map<string, Flow>;
  isSkipped: boolean;
}

interface Watched<Of, Flow> {
  of: Of;
  /** Where its present interval begins. */
  startMs: number;
  readonly intervals: Map<number, Interval<Flow>>;
}

/** The intervals of one flow log that are not over. */
export class Windows<Of, Flow extends CountedFlow> {
  private readonly watched = new Map<string, Watched<Of, Flow>>();

  /** `createdAtMs`: when the flow log was made. */
  constructor(
    private readonly kind: WatchedKind<Of, Flow>,
    private readonly createdAtMs: number,
  ) {}

  /** Begins to watch what is new. */
  watch(present: readonly Of[], nowMs: number): void {
    for (const of of present) {
      const known = this.watched.get(this.kind.idOf(of));
      if (known) known.of = of;
      else this.watched.set(this.kind.idOf(of), { of, startMs: this.beginning(of, nowMs), intervals: new Map() });
    }
  }

  /** Takes what was seen since the last call, and gives what is due by now; `early`: also of intervals that are not over. */
  take(seen: Seen<Of, Flow>, nowMs: number, early: boolean): readonly LogRecord<Of, Flow>[] {
    const { present, flows, skipped } = seen;
    this.add(flows, skipped, (flow) => seen.describe(flow));
    this.watch(present, nowMs);
    const over = this.close(nowMs, new Set(present.map((of) => this.kind.idOf(of))));
    return early ? [...over, ...this.closeEarly()] : over;
  }

  /** Takes what was seen, and who saw more than could be noted; `describe` says what is known of one that was not watched. */
  add(records: readonly Flow[], skipped: readonly string[], describe: (record: Flow) => Of | undefined): void {
    for (const record of records) {
      const watched = this.watched.get(this.kind.seenBy(record)) ?? this.watchLate(record, describe);
      if (!watched) continue;
      const { flows } = intervalAt(watched, Math.max(watched.startMs, this.beginning(watched.of, record.firstMs)));
      const key = this.kind.keyOf(record);
      const before = flows.get(key);
      flows.set(key, before ? merged(before, record) : record);
    }
    for (const id of skipped) {
      const watched = this.watched.get(id);
      if (watched) intervalAt(watched, watched.startMs).isSkipped = true;
    }
  }

  /** What the intervals that are over by now have given, in order. What is not `present` is forgotten then. */
  close(nowMs: number, present: ReadonlySet<string>): readonly LogRecord<Of, Flow>[] {
    const records: LogRecord<Of, Flow>[] = [];
    for (const [id, watched] of this.watched) {
      const isPresent = present.has(id);
      this.closeOf(watched, nowMs, isPresent, records);
      if (!isPresent && watched.intervals.size === 0) this.watched.delete(id);
    }
    return records.sort((one, other) => one.endMs - other.endMs);
  }

  /** What the intervals hold that are not over: AWS's, too, may be shorter than the flow log says. */
  closeEarly(): readonly LogRecord<Of, Flow>[] {
    const records: LogRecord<Of, Flow>[] = [];
    for (const watched of this.watched.values()) {
      for (const interval of watched.intervals.values()) records.push(...this.recordsOf(watched, interval));
      watched.intervals.clear();
    }
    return records;
  }

  private closeOf(watched: Watched<Of, Flow>, nowMs: number, isPresent: boolean, records: LogRecord<Of, Flow>[]): void {
    const lengthMs = this.kind.intervalMsOf(watched.of);
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

  private recordsOf(watched: Watched<Of, Flow>, { flows, isSkipped }: Interval<Flow>): readonly LogRecord<Of, Flow>[] {
    const records = [...flows.values()]
      .filter((flow) => this.kind.isWanted(flow))
      .map((flow): LogRecord<Of, Flow> => {
        const content = { status: 'OK', flow } as const;
        return { of: watched.of, startMs: flow.firstMs, endMs: flow.lastMs, content };
      });
    return isSkipped ? [...records, this.empty(watched, 'SKIPDATA')] : records;
  }

  private empty({ of, startMs }: Watched<Of, Flow>, status: 'NODATA' | 'SKIPDATA'): LogRecord<Of, Flow> {
    const endMs = startMs + this.kind.intervalMsOf(of);
    return { of, startMs: Math.max(startMs, Math.min(this.createdAtMs, endMs)), endMs, content: { status } };
  }

  private watchLate(record: Flow, describe: (record: Flow) => Of | undefined): Watched<Of, Flow> | undefined {
    const of = describe(record);
    if (!of) return undefined;
    const watched = { of, startMs: this.beginning(of, record.firstMs), intervals: new Map<number, Interval<Flow>>() };
    this.watched.set(this.kind.idOf(of), watched);
    return watched;
  }

  private beginning(of: Of, atMs: number): number {
    const lengthMs = this.kind.intervalMsOf(of);
    return Math.floor(atMs / lengthMs) * lengthMs;
  }
}

function intervalAt<Flow>({ intervals }: Watched<unknown, Flow>, startMs: number): Interval<Flow> {
  const known = intervals.get(startMs);
  if (known) return known;
  const made: Interval<Flow> = { flows: new Map(), isSkipped: false };
  intervals.set(startMs, made);
  return made;
}

const merged = <Flow extends CountedFlow>(one: Flow, other: Flow): Flow => ({
  ...one,
  packets: one.packets + other.packets,
  bytes: one.bytes + other.bytes,
  tcpFlags: one.tcpFlags | other.tcpFlags,
  firstMs: Math.min(one.firstMs, other.firstMs),
  lastMs: Math.max(one.lastMs, other.lastMs),
});
