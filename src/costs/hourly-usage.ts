/** From intervals to usage per resource, and per hour, told apart as price lists do. */
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
  /** Where a resource is used once in each zone. */
  readonly zone: string | undefined;
}

/** What one resource used in a span that no cut divides. */
export interface Usage extends MeasuredSpan {
  /** Clock hours that it touches and nothing earlier of the same resource, measure and zone does. */
  readonly newClockHours: number;
}

/**
 * Usage in the window, in order of time; an interval that is open goes on until the window's end.
 * @param cuts times at which usage is divided, ascending: where prices change
 */
export function usageOf(intervals: Iterable<UsageInterval>, window: Span, cuts: readonly number[]): readonly Usage[] {
  const counted = new Map<string, number>();
  const spans = measuredSpans(intervals, window).toSorted((one, other) => one.fromMs - other.fromMs);
  return spans
    .flatMap((span) => divided(span, cuts))
    .map((span) => {
      const key = `${span.resourceId} ${span.measure} ${span.zone ?? ''}`;
      const end = Math.ceil(span.untilMs / HOUR_MS);
      const first = Math.max(Math.floor(span.fromMs / HOUR_MS), counted.get(key) ?? 0);
      counted.set(key, Math.max(first, end));
      return { ...span, newClockHours: Math.max(0, end - first) };
    });
}

/** The same usage, divided at every hour. */
export const hourlyUsage = (intervals: Iterable<UsageInterval>, window: Span): readonly Usage[] =>
  usageOf(intervals, window, hoursOf(window));

/** Full hours in the window. */
function hoursOf({ fromMs, untilMs }: Span): readonly number[] {
  const first = Math.ceil(fromMs / HOUR_MS);
  return Array.from(
    { length: Math.max(0, Math.ceil(untilMs / HOUR_MS) - first) },
    (_, hour) => (first + hour) * HOUR_MS,
  );
}

function divided(span: MeasuredSpan, cuts: readonly number[]): readonly MeasuredSpan[] {
  const inside = cuts.filter((time) => span.fromMs < time && time < span.untilMs);
  const times = [span.fromMs, ...inside, span.untilMs];
  return inside.length === 0
    ? [span]
    : times.slice(1).map((untilMs, index) => ({ ...span, fromMs: times[index] ?? span.fromMs, untilMs }));
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
      const measure: Measure = use.kind === 'elastic-ip' ? 'elastic-ip-idle' : use.kind;
      const zones = 'zones' in use && use.zones ? use.zones : [undefined];
      spans.push(...zones.map((zone) => ({ resourceId, measure, zone, fromMs, untilMs })));
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
      spans.push({ resourceId, measure, zone: undefined, fromMs, untilMs });
    }
  }
  return spans;
}
