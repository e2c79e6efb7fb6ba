/** Intervals: which record belongs into which, and what is written when one is over. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowLog } from '../model/resources/flow-log.ts';
import type { FlowRecord } from '../tables/flow-report.ts';
import { addressOf, idOf } from '../testing/rows.ts';
import { interfacesOf } from './interface-lines.ts';
import type { InterfaceRecord, LoggedInterface } from './record.ts';
import { Windows } from './windows.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_700_000_000_000 - (1_700_000_000_000 % (10 * MINUTE_MS));

const eni = (name: string, isNitro = true): LoggedInterface => ({
  interfaceId: idOf('eni', name),
  accountId: '123456789012',
  region: 'us-east-1',
  zoneId: 'use1-az1',
  vpcId: idOf('vpc', '1'),
  subnetId: idOf('subnet', '1'),
  instanceId: idOf('i', '1'),
  isNitro,
});

const flow = (name: string, atSeconds: number, more: Partial<FlowRecord> = {}): FlowRecord => ({
  interfaceId: idOf('eni', name),
  vpcId: idOf('vpc', '1'),
  subnetId: idOf('subnet', '1'),
  owner: { kind: 'instance', id: idOf('i', '1') },
  direction: 'ingress',
  action: 'ACCEPT',
  rejectReason: undefined,
  protocol: 6,
  source: addressOf('10.0.0.1'),
  destination: addressOf('10.0.0.2'),
  sourcePort: 1,
  destinationPort: 2,
  interfaceAddress: addressOf('10.0.0.2'),
  by: undefined,
  isInterRegion: false,
  packets: 1,
  bytes: 40,
  tcpFlags: 2,
  firstMs: START_MS + 1000 * atSeconds,
  lastMs: START_MS + 1000 * atSeconds,
  ...more,
});

const windows = ({ createdAtMs = START_MS, trafficType = 'ALL' }: Partial<FlowLog> = {}) =>
  new Windows(interfacesOf({ trafficType, maxAggregationIntervalSeconds: 600 }), createdAtMs);

/** `eni status start-end packets` in seconds from the start. */
const texts = (records: readonly InterfaceRecord[]): readonly string[] =>
  records.map(({ of, startMs, endMs, content }) => {
    const times = `${(startMs - START_MS) / 1000}-${(endMs - START_MS) / 1000}`;
    const what = content.status === 'OK' ? `${content.flow.action} ${content.flow.packets}` : content.status;
    return `${of.interfaceId.slice(4)} ${times} ${what}`;
  });

const present = (...names: readonly string[]) => new Set(names.map((name) => idOf('eni', name)));
const at = (seconds: number): number => START_MS + 1000 * seconds;

test('an interval is written when it is over, each flow once, and one without flows says NODATA', () => {
  const one = windows();
  one.watch([eni('a'), eni('b')], at(5));
  one.add([flow('a', 10), flow('a', 20), flow('a', 61, { packets: 7 })], [], () => undefined);
  deepEqual(texts(one.close(at(59), present('a', 'b'))), []);
  deepEqual(texts(one.close(at(60), present('a', 'b'))), ['a 10-20 ACCEPT 2', 'b 0-60 NODATA']);
  deepEqual(texts(one.close(at(121), present('a', 'b'))), ['a 61-61 ACCEPT 7', 'b 60-120 NODATA']);
});

test('only Nitro instances have intervals of a minute when ten are asked for', () => {
  const one = windows();
  one.watch([eni('nitro'), eni('xen', false)], at(0));
  const closed = texts(one.close(at(600), present('nitro', 'xen')));
  deepEqual(
    closed.filter((line) => line.startsWith('xen')),
    ['xen 0-600 NODATA'],
  );
  deepEqual(closed.filter((line) => line.startsWith('nitro')).length, 10);
});

test('a flow log of one action writes no other; that there was traffic of the other is not NODATA', () => {
  const one = windows({ trafficType: 'REJECT' });
  one.watch([eni('a')], at(0));
  one.add([flow('a', 1), flow('a', 2, { action: 'REJECT' })], [], () => undefined);
  deepEqual(texts(one.close(at(60), present('a'))), ['a 2-2 REJECT 1']);
  one.add([flow('a', 62)], [], () => undefined);
  deepEqual(texts(one.close(at(120), present('a'))), []);
});

test('lost records are said, beside those that are there', () => {
  const one = windows();
  one.watch([eni('a')], at(0));
  one.add([flow('a', 1)], [idOf('eni', 'a')], () => undefined);
  deepEqual(texts(one.close(at(60), present('a'))), ['a 1-1 ACCEPT 1', 'a 0-60 SKIPDATA']);
});

test('an interface that came and went within the interval is written all the same, and then forgotten', () => {
  const one = windows();
  one.add([flow('gone', 30), flow('other', 30)], [], ({ interfaceId }) =>
    interfaceId === idOf('eni', 'gone') ? eni('gone') : undefined,
  );
  deepEqual(texts(one.close(at(60), present())), ['gone 30-30 ACCEPT 1']);
  deepEqual(texts(one.close(at(600), present())), []);
});

test('a clock that was moved by years tells of the empty intervals of one day', () => {
  const one = windows();
  one.watch([eni('a')], at(0));
  one.add([flow('a', 1)], [], () => undefined);
  const closed = texts(one.close(at(3 * 365 * 86_400), present('a')));
  deepEqual(closed[0], 'a 1-1 ACCEPT 1');
  deepEqual(closed.length, 1440);
  deepEqual(one.close(at(3 * 365 * 86_400), present('a')), []);
});

test('what is asked for early is not written again', () => {
  const one = windows();
  one.watch([eni('a')], at(0));
  one.add([flow('a', 1)], [], () => undefined);
  deepEqual(texts(one.closeEarly()), ['a 1-1 ACCEPT 1']);
  deepEqual(texts(one.closeEarly()), []);
  one.add([flow('a', 3)], [], () => undefined);
  deepEqual(texts(one.close(at(60), present('a'))), ['a 3-3 ACCEPT 1']);
});

test('before the flow log was made there was no interval', () => {
  const one = windows({ createdAtMs: at(25) });
  one.watch([eni('a')], at(25));
  deepEqual(texts(one.close(at(60), present('a'))), ['a 25-60 NODATA']);
});
