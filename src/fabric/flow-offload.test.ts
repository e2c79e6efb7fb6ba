/** What the fabric hands to a flow switch, and when it takes it back; the switch is memory that the tests read and write. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { RECORD_WORDS } from '../pipeline/kernel-records.ts';
import { switchMemory, type TestFlowSwitch } from '../testing/flow-switch.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import type { HostSpec } from '../testing/network-rows.ts';
import { data, reply, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { FIN } from '../wire/tcp.ts';
import {
  KEY_IFINDEX,
  KEY_PROTOCOL,
  readCounter,
  SLOT_BYTES,
  SLOT_DESTINATION,
  SLOT_EPOCH,
  SLOT_MTU,
  SLOT_OUT_IFINDEX,
  SLOT_PACKETS,
  SLOT_SENT,
  SLOT_WORDS,
} from './flow-slots.ts';

const FIRST_REPRESENTOR = 100;

/** A switch that forwards nothing, so that the fabric sees every frame and hands each flow over. */
function passiveSwitch(flows = 64): TestFlowSwitch & { readonly memory: ReturnType<typeof switchMemory> } {
  return {
    memory: switchMemory(flows),
    representorOf: (port) => FIRST_REPRESENTOR + port,
    forward: () => undefined,
    advance: () => undefined,
    clear: () => undefined,
  };
}

interface Subject {
  readonly net: TestNetwork;
  readonly memory: ReturnType<typeof switchMemory>;
  /** Flows that would be forwarded now. */
  valid(): readonly number[];
  /** Does what the switch does for a packet of a flow. */
  count(slot: number, packets: number, bytes: number): void;
}

const hosts = {
  a: { ip: '10.0.1.10', public: '198.18.0.10' },
  b: { ip: '10.0.2.10', in: ['tcp 80 from a', 'udp 53 from a'] },
};
const routes = { '10.0.1.0/24': ['0.0.0.0/0 internet'] };

function subject(flows?: number, of: Readonly<Record<string, HostSpec>> = hosts): Subject {
  const flowSwitch = passiveSwitch(flows);
  const net = network(of, { routes, flowSwitch });
  const { memory } = flowSwitch;
  const word = (slot: number, at: number): number => memory.slots[slot * SLOT_WORDS + at] ?? 0;
  const holds = (slot: number): boolean => {
    if (word(slot, SLOT_EPOCH) !== memory.epoch[0]) return false;
    return [SLOT_SENT, SLOT_SENT + 3].every((at) => {
      const index = word(slot, at);
      return index < 0 || memory.connections[index * RECORD_WORDS] === word(slot, at + 1);
    });
  };
  return {
    net,
    memory,
    valid: () => [...memory.added.values()].filter(holds),
    count(slot, packets, bytes) {
      const base = slot * SLOT_WORDS;
      memory.slots[base + SLOT_PACKETS] = (memory.slots[base + SLOT_PACKETS] ?? 0) + packets;
      memory.slots[base + SLOT_BYTES] = (memory.slots[base + SLOT_BYTES] ?? 0) + bytes;
    },
  };
}

function connect({ net }: Subject): void {
  const syn = tcp('a', 'b', 80);
  check(net, syn, delivered('b'));
  check(net, reply(syn), delivered('a'));
  check(net, data('a', 'b', 80), delivered('b'));
  check(net, reply(data('a', 'b', 80)), delivered('a'));
}

test('both directions of a connection are handed over, each once, when it carries data', () => {
  const sub = subject();
  const syn = tcp('a', 'b', 80);
  check(sub.net, syn, delivered('b'));
  check(sub.net, reply(syn), delivered('a'));
  deepEqual(sub.valid(), []);
  check(sub.net, data('a', 'b', 80), delivered('b'));
  check(sub.net, reply(data('a', 'b', 80)), delivered('a'));
  equal(sub.valid().length, 2);
  const keys = [...sub.memory.added.keys()].map((key) => key.split(',').map(Number));
  const [a, b] = ['a', 'b'].map((name) => FIRST_REPRESENTOR + sub.net.portOf(name));
  deepEqual(
    keys.map((key) => [key[KEY_IFINDEX], key[KEY_PROTOCOL]]),
    [
      [a, 0x406],
      [b, 0x406],
    ],
  );
  deepEqual(
    sub.valid().map((slot) => sub.memory.slots[slot * SLOT_WORDS + SLOT_OUT_IFINDEX]),
    [b, a],
  );
});

test('while packets take their time between hosts nothing is handed over: the switch knows no distances', () => {
  const latencies = { sameHost: 0, sameRack: 0, sameZone: 0, otherZone: 0, otherRegion: 0 };
  const place = { host: 'h', rack: 'r', zone: 'z', region: 'x', latencies };
  const sub = subject(undefined, { a: { ...hosts.a, place }, b: { ...hosts.b, place } });
  connect(sub);
  deepEqual(sub.valid(), []);
});

test('what goes to another host is seen by the fabric again', () => {
  const sub = subject();
  connect(sub);
  equal(sub.valid().length, 2);
  sub.net.switchedRun.fabric.attach(idOf('eni', 'a'), 50, FIRST_REPRESENTOR + 50);
  deepEqual(sub.valid(), []);
});

test('what is rewritten stands in the slot as it stands in frames, and the MTU of the way beside it', () => {
  const sub = subject();
  const answer = data('internet', 'a', 40_000, { source: '203.0.113.9', destination: '198.18.0.10', sourcePort: 80 });
  check(sub.net, tcp('a', 'internet', 80), delivered('internet'));
  check(sub.net, data('a', 'internet', 80), delivered('internet'));
  check(sub.net, answer, delivered('a'));
  const slot = sub.valid().at(-1) ?? -1;
  const bytes = new DataView(sub.memory.slots.buffer, 4 * slot * SLOT_WORDS);
  deepEqual(
    [bytes.getUint32(4 * SLOT_DESTINATION), sub.memory.slots[slot * SLOT_WORDS + SLOT_MTU]],
    [0x0a00010a, 1500],
  );
});

test('one change of a table, or of the connection, takes a flow out', () => {
  const sub = subject();
  connect(sub);
  equal(sub.valid().length, 2);
  sub.net.setRules('a', {});
  deepEqual(sub.valid(), []);
  connect(sub);
  equal(sub.valid().length, 2);
  check(sub.net, data('a', 'b', 80, { tcpFlags: FIN }), delivered('b'));
  check(sub.net, reply(data('a', 'b', 80), { tcpFlags: FIN }), delivered('a'));
  deepEqual(sub.valid(), []);
});

test('a port that is captured, withheld or gone has no flow in the switch, and has again afterwards', () => {
  const sub = subject();
  const { fabric } = sub.net.switchedRun;
  const id = idOf('eni', 'b');
  const expectFlows = (count: number): void => {
    connect(sub);
    equal(sub.valid().length, count);
  };
  expectFlows(2);
  const release = fabric.capture(id, () => undefined);
  deepEqual(sub.valid(), []);
  expectFlows(0);
  release();
  expectFlows(2);
  fabric.withhold(id, true);
  deepEqual(sub.valid(), []);
  expectFlows(0);
  fabric.withhold(id, false);
  expectFlows(2);
  fabric.detach(sub.net.portOf('b'));
  deepEqual(sub.valid(), []);
});

test('packets that the switch has counted are on the bill of their way, and are counted once', () => {
  const sub = subject();
  connect(sub);
  sub.net.takeTraffic();
  const { fabric } = sub.net.switchedRun;
  const [slot = -1] = sub.valid();
  sub.count(slot, 1000, 1_500_000);
  deepEqual(
    fabric.takeTraffic().map(({ packets, bytes }) => [packets, bytes]),
    [[1000, 1_500_000]],
  );
  deepEqual(fabric.takeTraffic(), []);
  sub.count(slot, 1, 60);
  sub.net.setRules('a', {});
  equal(fabric.counters().offloaded?.packets, 1001);
});

test('counters are read whole while their lower half runs over', () => {
  const words = Int32Array.of(-1, 0);
  equal(readCounter(words, 0), 2 ** 32 - 1);
  equal(readCounter(Int32Array.of(1, 2), 0), 2 ** 33 + 1);
});

test('a connection that only the switch has seen lately is not idle', () => {
  const sub = subject();
  check(sub.net, udp('a', 'b', 53), delivered('b'));
  sub.net.setRules('b', {});
  check(sub.net, udp('a', 'b', 53), delivered('b'));
  const [slot = -1] = sub.valid();
  const received = sub.memory.slots[slot * SLOT_WORDS + SLOT_SENT + 3] ?? -1;
  ok(received >= 0);
  // Half a minute is what untracked replies get; the switch has seen a packet after 20 seconds.
  sub.memory.connections[received * RECORD_WORDS + 1] = (sub.net.nowMs + 20_000) | 1;
  const { fabric } = sub.net.switchedRun;
  sub.net.advance(40_000);
  fabric.expire();
  equal(fabric.counters().trackedConnections, 1);
  sub.net.advance(40_000);
  fabric.expire();
  equal(fabric.counters().trackedConnections, 0);
  check(sub.net, udp('a', 'b', 53), dropped('security-group-in/no-rule'));
});

test('a full switch takes no further flow, and stale ones make room', () => {
  const sub = subject(4);
  for (let port = 0; port < 10; port++) check(sub.net, udp('a', 'b', 53, { sourcePort: 5000 + port }), delivered('b'));
  equal(sub.valid().length, 4);
  sub.net.setRules('a', {});
  sub.net.advance(100);
  for (let port = 0; port < 10; port++) check(sub.net, udp('a', 'b', 53, { sourcePort: 6000 + port }), delivered('b'));
  sub.net.advance(100);
  for (let port = 0; port < 10; port++) check(sub.net, udp('a', 'b', 53, { sourcePort: 6000 + port }), delivered('b'));
  equal(sub.valid().length, 4);
  ok([...sub.memory.added.values()].every((slot) => slot < 4));
});
