/** An interface in whose place its guest has a device of the machine: it is no part of the VPC's network, and traces say so. */
import { deepEqual, match } from 'node:assert/strict';
import { test } from 'node:test';
import { TCP } from '../net/protocol.ts';
import { check, dropped, network } from '../testing/network.ts';
import { tcp } from '../testing/packets.ts';
import { addressOf, idOf } from '../testing/rows.ts';

const OPEN = { in: ['all from 0.0.0.0/0'] };
const make = () =>
  network({
    near: { ip: '10.0.1.1', ...OPEN },
    handed: { ip: '10.0.1.2', ...OPEN, passthrough: true },
  });

const ask = (from: string, source: string, destination: string) => ({
  from: { kind: 'interface', id: idOf('eni', from) } as const,
  source: addressOf(source),
  destination: addressOf(destination),
  protocol: TCP,
  sourcePort: 40_000,
  destinationPort: 80,
  icmp: undefined,
});

test('what is sent to it is dropped, and the reason says why it cannot arrive', () => {
  const net = make();
  const { verdict, reason, explanation } = net.fabric.explain(ask('near', '10.0.1.1', '10.0.1.2'));
  deepEqual([verdict, reason], ['dropped', 'deliver/passthrough']);
  match(explanation ?? '', /device of the machine that its instance has whole/);
  check(net, tcp('near', 'handed', 80), dropped('deliver/passthrough'));
});

test('what comes to the fabric in its name is dropped', () => {
  check(make(), tcp('handed', 'near', 80), dropped('ethernet/passthrough'));
});

test('a trace from it does not pretend that groups or routes are asked', () => {
  const { verdict, reason, path } = make().fabric.explain(ask('handed', '10.0.1.2', '10.0.1.1'));
  deepEqual([verdict, reason, path.length], ['dropped', 'ethernet/passthrough', 1]);
});
