/** What the NIC benchmark prints: a table, a chart, and both in a page that has the marks for them. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { withPrinted } from '../commands/bench.ts';
import { chartText } from './chart.ts';
import type { NicRun } from './result.ts';
import { tableText } from './table.ts';

const RUN: NicRun = {
  machine: '2 cores <of "some" kind> & more.',
  results: [
    {
      way: 'bare veth pair',
      gigabits: 20,
      packetsPerSecond: 90_000,
      medianMicroseconds: 8,
      p99Microseconds: 22,
      mediatorSecondsPerGigabyte: undefined,
      mediatedPerDelivered: undefined,
    },
    {
      way: 'mediated',
      gigabits: 10,
      packetsPerSecond: 45_000,
      medianMicroseconds: 32,
      p99Microseconds: 80.4,
      mediatorSecondsPerGigabyte: 0.4,
      mediatedPerDelivered: 1,
    },
    {
      way: 'SR-IOV',
      gigabits: 18,
      packetsPerSecond: 88_000,
      medianMicroseconds: 9,
      p99Microseconds: 25,
      mediatorSecondsPerGigabyte: 0.001,
      mediatedPerDelivered: 0.000_02,
    },
  ],
  flows: { held: 101_999.6, begun: 102_400, newPerSecond: 23_456.7 },
  missing: [{ way: 'passthrough', why: 'there is no cable' }],
};

test('the table has a row for each way, and says what was not measured and why', () => {
  const cells = tableText(RUN).map((line) => line.replaceAll(/ +/g, ' '));
  deepEqual(cells.slice(2), [
    '| bare veth pair | 20.0 Gbit/s | 90,000 a second | 8 µs | 22 µs | | |',
    '| mediated | 10.0 Gbit/s | 45,000 a second | 32 µs | 80 µs | 0.400 s | 1.00 |',
    '| SR-IOV | 18.0 Gbit/s | 88,000 a second | 9 µs | 25 µs | 0.001 s | 2.0e-5 |',
    '',
    'SR-IOV, many flows: 102,000 of 102,400 held by the kernel, 23,457 new ones a second.',
    '',
    '*passthrough* was not measured: there is no cable.',
  ]);
});

test('the chart has bars in proportion, the machine, and no markup that a text brought along', () => {
  const chart = chartText(RUN);
  const widths = [...chart.matchAll(/<rect x="150"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  deepEqual(widths.slice(0, 3), [440, 220, 396], 'TCP');
  equal(widths.length, 3 * 4 + 2, 'a bare pair has no mediator');
  match(chart, /2 cores &lt;of "some" kind&gt; &amp; more\./);
  match(chart, /^<svg [^>]*>[\s\S]*<\/svg>\n$/);
});

test('a page keeps what stands around its marks, and one without marks is refused', () => {
  const page = 'before\n<!-- printed by localvpc bench nic --page -->old<!-- end of what is printed -->\nafter';
  const printed = withPrinted(page, ['new']);
  match(printed, /^before\n<!--[^>]*-->\n\nnew\n\n<!--[^>]*-->\nafter$/);
  equal(withPrinted(printed, ['new']), printed);
  throws(() => withPrinted('nothing', ['new']), /has no place/);
});
