/** From intervals to usage per resource and hour, told apart as price lists do. */
import type { Measure } from './price-table.ts';
import type { UsageInterval } from './usage-interval.ts';

export const HOUR_MS = 3_600_000;

/** A stretch of time, in milliseconds since the epoch; the end is not part of it. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A span in which a resource was used in one measure. */
export interface MeasuredSpan extends Span {
  readonly resourceId: string;
  readonly measure: Measure;
}

/** What one resource used in one clock hour. */
export interface HourlyUsage {
  readonly resourceId: string;
  readonly measure: Measure;
  /** Beginning of the hour. */
  readonly hourMs: number;
  /** More than 0 and up to 3600. */
  readonly seconds: number;
}

/** Usage of each hour of the window. An interval that is open goes on until the window's end. */
export function hourlyUsage(intervals: Iterable<UsageInterval>, window: Span): readonly HourlyUsage[] {
  const records = new Map<string, HourlyUsage>();
  for (const { resourceId, measure, fromMs, untilMs } of measuredSpans(intervals, window)) {
    for (let startMs = fromMs; startMs < untilMs; ) {
      const hourMs = startMs - (startMs % HOUR_MS);
      const endMs = Math.min(untilMs, hourMs + HOUR_MS);
      const key = `${resourceId} ${measure} ${hourMs}`;
      const seconds = (records.get(key)?.seconds ?? 0) + (endMs - startMs) / 1000;
      records.set(key, { resourceId, measure, hourMs, seconds });
      startMs = endMs;
    }
  }
  return [...records.values()];
}

/** The intervals within the window, each in its measure; those of Elastic IPs are cut where another of the holder ends. */
export function measuredSpans(intervals: Iterable<UsageInterval>, window: Span): readonly MeasuredSpan[] {
  const spans: MeasuredSpan[] = [];
  const byHolder = new Map<string, Held[]>();
  for (const { resourceId, startMs, endMs, use } of intervals) {
    const fromMs = Math.max(startMs, window.fromMs);
    const untilMs = Math.min(endMs ?? window.untilMs, window.untilMs);
    if (fromMs >= untilMs) continue;
    if (use.kind === 'elastic-ip' && use.standing.kind === 'in-use') {
      const { holder } = use.standing;
      const held = byHolder.get(holder) ?? [];
      byHolder.set(holder, held);
      held.push({ resourceId, fromMs, untilMs, sinceMs: startMs });
    } else {
      const measure = use.kind === 'elastic-ip' ? 'elastic-ip-idle' : use.kind;
      spans.push({ resourceId, measure, fromMs, untilMs });
    }
  }
  return [...spans, ...[...byHolder.values()].flatMap(firstAndOthers)];
}

/** An Elastic IP in use. */
interface Held extends Span {
  readonly resourceId: string;
  readonly sinceMs: number;
}

/**
 * Of the Elastic IPs that one instance or NAT gateway has at a time, the one that it has for longest is the first, and
 * the others are additional. Which one AWS takes does not change the sum: unconfirmed.
 */
function firstAndOthers(held: readonly Held[]): readonly MeasuredSpan[] {
  const times = [...new Set(held.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]))].sort((a, b) => a - b);
  const waiting = [...held].sort((a, b) => a.sinceMs - b.sinceMs || (a.resourceId < b.resourceId ? -1 : 1));
  const spans: MeasuredSpan[] = [];
  let present: Held[] = [];
  let next = 0;
  for (const [index, fromMs] of times.entries()) {
    present = present.filter((one) => one.untilMs > fromMs);
    for (let one = waiting[next]; one && one.fromMs <= fromMs; one = waiting[++next]) present.push(one);
    // After the last time nothing is present.
    const untilMs = times[index + 1] ?? fromMs;
    for (const [rank, { resourceId }] of present.entries()) {
      const measure = rank === 0 ? 'elastic-ip-in-use' : 'elastic-ip-in-use-besides-another';
      spans.push({ resourceId, measure, fromMs, untilMs });
    }
  }
  return spans;
}
