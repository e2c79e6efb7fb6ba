import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv4 } from '../net/address.ts';
import { HOUR_MS, hourlyUsage, measuredSpans, usageOf } from './hourly-usage.ts';
import type { ResourceUse, UsageInterval } from './usage-interval.ts';

const publicIp = ipv4(0xc612_0009);
const START = Date.UTC(2024, 2, 1);
/** Hours after the start, as a time. */
const at = (hours: number): number => START + hours * HOUR_MS;
const window = { fromMs: START, untilMs: at(100) };

const interval = (resourceId: string, from: number, until: number | undefined, use: ResourceUse): UsageInterval => ({
  id: `${resourceId}@${at(from)}`,
  resourceId,
  startMs: at(from),
  endMs: until === undefined ? undefined : at(until),
  use,
});

const on = (holder: string): ResourceUse => ({ kind: 'elastic-ip', publicIp, standing: { kind: 'in-use', holder } });
const idle: ResourceUse = {
  kind: 'elastic-ip',
  publicIp,
  standing: { kind: 'idle', why: 'not-associated', at: undefined },
};
const auto: ResourceUse = { kind: 'auto-assigned-address', publicIp, holder: 'i-a' };

/** "resource measure from-until", in hours after the start, in order of time. */
const spansOf = (...intervals: readonly UsageInterval[]): readonly string[] =>
  measuredSpans(intervals, window)
    .toSorted((a, b) => a.fromMs - b.fromMs || (a.resourceId < b.resourceId ? -1 : 1))
    .map(({ resourceId, measure, fromMs, untilMs }) => {
      const [from, until] = [fromMs, untilMs].map((time) => (time - START) / HOUR_MS);
      return `${resourceId} ${measure} ${from}-${until}`;
    });

/** "resource hour seconds new-clock-hours". */
const hoursOf = (...intervals: readonly UsageInterval[]): readonly string[] =>
  hourlyUsage(intervals, window).map(({ resourceId, fromMs, untilMs, newClockHours }) => {
    const hour = Math.floor((fromMs - START) / HOUR_MS);
    return `${resourceId} ${hour} ${(untilMs - fromMs) / 1000} ${newClockHours}`;
  });

test('usage is told by clock hours', () => {
  deepEqual(hoursOf(interval('a', 0.5, 2.25, auto)), ['a 0 1800 1', 'a 1 3600 1', 'a 2 900 1']);
});

test('a clock hour that is used twice is new once', () => {
  const [early, late] = [interval('a', 0.25, 0.5, idle), interval('a', 0.75, 1.5, idle)];
  deepEqual(hoursOf(late, early), ['a 0 900 1', 'a 0 900 0', 'a 1 1800 1']);
});

test('usage is divided where prices change, and nowhere else', () => {
  const cut = at(2);
  deepEqual(
    usageOf([interval('a', 0.5, 4, idle)], window, [cut]).map(({ fromMs, untilMs, newClockHours }) => [
      (fromMs - START) / HOUR_MS,
      (untilMs - START) / HOUR_MS,
      newClockHours,
    ]),
    [
      [0.5, 2, 2],
      [2, 4, 2],
    ],
  );
});

test('what began before the window and what goes on is cut at its ends', () => {
  deepEqual(spansOf(interval('a', -5, 1, idle), interval('b', 99, undefined, idle), interval('c', -5, -1, idle)), [
    'a elastic-ip-idle 0-1',
    'b elastic-ip-idle 99-100',
  ]);
});

test('of two Elastic IPs of one instance the later one is additional, until the first goes', () => {
  deepEqual(spansOf(interval('a', 0, 2, on('i-a')), interval('b', 1, 3, on('i-a')), interval('c', 1, 2, on('i-b'))), [
    'a elastic-ip-in-use 0-1',
    'a elastic-ip-in-use 1-2',
    'b elastic-ip-in-use-besides-another 1-2',
    'c elastic-ip-in-use 1-2',
    'b elastic-ip-in-use 2-3',
  ]);
});

test('who was first before the window is first in it', () => {
  deepEqual(spansOf(interval('a', -1, 1, on('i-a')), interval('b', -2, 1, on('i-a'))), [
    'a elastic-ip-in-use-besides-another 0-1',
    'b elastic-ip-in-use 0-1',
  ]);
});

test('no second is lost or counted twice, and an instance has one first Elastic IP at a time', () => {
  const lives = fc.array(
    fc.record({
      holder: fc.constantFrom('i-a', 'i-b'),
      from: fc.integer({ min: -20, max: 110 }),
      hours: fc.integer({ min: 1, max: 50 }),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(lives, (all) => {
      const intervals = all.map(({ holder, from, hours }, index) =>
        interval(`${index}`, from, from + hours, on(holder)),
      );
      const spans = measuredSpans(intervals, window);
      for (const { resourceId, startMs, endMs } of intervals) {
        const expected = Math.max(0, Math.min(endMs ?? 0, window.untilMs) - Math.max(startMs, window.fromMs));
        const own = spans.filter((span) => span.resourceId === resourceId);
        equal(
          own.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0),
          expected,
        );
      }
      for (const holder of ['i-a', 'i-b'])
        for (let hour = 0; hour < 100; hour++) {
          const now = spans.filter(({ fromMs, untilMs }) => fromMs <= at(hour) && at(hour) < untilMs);
          const own = now.filter(({ resourceId }) => all[Number(resourceId)]?.holder === holder);
          equal(own.filter(({ measure }) => measure === 'elastic-ip-in-use').length, Math.min(1, own.length));
        }
    }),
    { numRuns: 50 },
  );
});
