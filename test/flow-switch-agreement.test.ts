/**
 * The flow switch forwards what the pipeline would have delivered, as it would have delivered it, and nothing else.
 *
 * Random connections under random changes of rules, in which every frame goes through the stages, the flow cache, and the
 * kernel's own programs with a fabric behind them: fates, frames and counts must be the same, and the fate the one that
 * the second implementation foretells. LOCALVPC_PROPERTY_RUNS looks further.
 */
import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Ipv4 } from '../src/net/address.ts';
import { AgreeingPair } from '../src/testing/agreeing-pair.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../src/testing/network.ts';
import type { TestPacket } from '../src/testing/packets.ts';
import { data, reply, tcp, udp } from '../src/testing/packets.ts';
import { NAT_GATEWAY, type RandomNetwork, randomNetwork } from '../src/testing/random-network.ts';
import { randomSteps, type Step } from '../src/testing/random-steps.ts';
import { addressOf } from '../src/testing/rows.ts';
import { ACK, FIN, RST } from '../src/wire/tcp.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../src/wire/virtio-net-header.ts';
import { kernelFlowSwitch, skip } from './fixture/kernel-flow-switch.ts';

const RUNS = Number(process.env.LOCALVPC_PROPERTY_RUNS ?? 100);
const SEED = Number(process.env.LOCALVPC_PROPERTY_SEED ?? 1);

const flowSwitch = skip === false ? kernelFlowSwitch(16) : undefined;
const through = flowSwitch ? { flowSwitch } : {};

const ALL = ['all from 0.0.0.0/0', 'all from ::/0'];
/** Neighbours, another subnet behind a NAT gateway, and the internet, both families: nearly everything gets through. */
const talkative: RandomNetwork = {
  hosts: {
    a: { ip: '10.0.1.10', public: '198.18.0.10', ipv6: '3fff:0:0:1::10', in: ALL },
    b: { ip: '10.0.1.11', ipv6: '3fff:0:0:1::11', in: ALL },
    c: { ip: '10.0.2.10', ipv6: '3fff:0:0:2::10', in: ALL },
    [NAT_GATEWAY]: { ip: '10.0.3.20', public: '198.18.0.200', nat: true },
  },
  options: {
    blocks: { main: ['10.0.0.0/16', '3fff::/56'], other: ['10.1.0.0/16'] },
    peerings: {},
    groups: {},
    prefixLists: {},
    acls: {},
    routes: {
      '10.0.1.0/24': ['0.0.0.0/0 internet', '::/0 internet'],
      '10.0.2.0/24': [`0.0.0.0/0 nat ${NAT_GATEWAY}`],
      '10.0.3.0/24': ['0.0.0.0/0 internet'],
    },
  },
};

const says = fc.constantFrom('answer', 'answer', 'answer', 'go on', 'go on', 'finish', 'finish back', 'reset back');
const talk: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('talk'), says });
const open: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('send'),
  from: fc.nat(9),
  to: fc.nat(19),
  isHonest: fc.constant(true),
  traffic: fc.constantFrom('tcp', 'tcp', 'data', 'udp', 'udp'),
  port: fc.integer({ min: 1, max: 4 }),
  isAnswered: fc.constant(true),
});
const wait: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('wait'),
  seconds: fc.constantFrom(1, 20, 40, 200, 400),
});
const change: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('rules'),
  host: fc.nat(2),
  rules: fc.constantFrom({ in: ALL }, { in: [] }, { in: ['tcp 1-4 from 0.0.0.0/0'] }),
});
const conversations = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: talk },
    { weight: 3, arbitrary: open },
    { weight: 1, arbitrary: wait },
    { weight: 1, arbitrary: change },
  ),
  { minLength: 10, maxLength: 40 },
);

/** Frames that the kernel forwarded in all of a property's networks. */
function switchedIn(networks: fc.Arbitrary<RandomNetwork>, steps: fc.Arbitrary<readonly Step[]>): number {
  let switched = 0;
  fc.assert(
    fc.property(networks, steps, (given, happening) => {
      const pair = new AgreeingPair({ ...given, options: { ...given.options, ...through } });
      for (const step of happening) pair.run(step);
      pair.net.takeTraffic();
      switched += pair.net.framesSwitched;
    }),
    { numRuns: RUNS, seed: SEED, includeErrorInReport: true },
  );
  return switched;
}

test('in random networks frames have the same fate with the flow switch as without', { skip }, () => {
  ok(switchedIn(randomNetwork, randomSteps) > 0);
});

test('conversations go through the flow switch as through the pipeline while rules change, time passes and they end', {
  skip,
}, () => {
  const switched = switchedIn(fc.constant(talkative), conversations);
  ok(switched > 5 * RUNS, `${switched} frames were switched in ${RUNS} networks`);
});

const OUT = ['all to 0.0.0.0/0', 'all to ::/0'];
const hosts = {
  a: { ip: '10.0.1.10', public: '198.18.0.10', ipv6: '3fff:0:0:1::10', out: OUT },
  b: { ip: '10.0.2.10', ipv6: '3fff:0:0:2::10', in: ['tcp 80 from a', 'udp 53 from a'] },
};
const routes = { '10.0.1.0/24': ['0.0.0.0/0 internet', '::/0 internet'] };

const OPEN = ['100 allow all 0.0.0.0/0', '101 allow all ::/0'];
const acls = { '10.0.1.0/24': { in: OPEN, out: OPEN }, '10.0.2.0/24': { in: OPEN, out: OPEN } };

/** A network in which `a` and `b` have a connection, of which the switch has forwarded a frame. */
function connected(options: { readonly ipv6?: boolean } = {}): TestNetwork {
  const net = network(hosts, { routes, acls, ...through });
  const syn = tcp('a', 'b', 80, options);
  check(net, syn, delivered('b'));
  check(net, reply(syn), delivered('a'));
  expectSwitched(net, data('a', 'b', 80, options), 'b');
  expectSwitched(net, reply(data('a', 'b', 80, options)), 'a');
  return net;
}

/** The frame is sent four times; the last two find what the first two left behind. */
function expectSwitched(net: TestNetwork, packet: TestPacket, to: string): void {
  check(net, packet, delivered(to));
  const before = net.framesSwitched;
  check(net, packet, delivered(to));
  equal(net.framesSwitched, before + 2);
}

test('a frame of a known flow is switched only as long as nothing about it is strange', { skip }, () => {
  const frameByte = fc.tuple(fc.nat(70), fc.integer({ min: 1, max: 255 }));
  for (const options of [{}, { ipv6: true }]) {
    const net = connected(options);
    const before = net.framesSwitched;
    fc.assert(
      fc.property(fc.array(frameByte, { minLength: 1, maxLength: 2 }), (changes) => {
        const mangle = (bytes: Uint8Array): Uint8Array => {
          const changed = bytes.slice();
          for (const [at, bits] of changes)
            if (VIRTIO_NET_HEADER_LENGTH + at < changed.length) {
              const was = changed[VIRTIO_NET_HEADER_LENGTH + at] ?? 0;
              changed[VIRTIO_NET_HEADER_LENGTH + at] = was ^ bits;
            }
          return changed;
        };
        net.send(data('a', 'b', 80, { ...options, mangle }));
        net.send(data('a', 'b', 80, options));
      }),
      { numRuns: RUNS, seed: SEED, includeErrorInReport: true },
    );
    ok(net.framesSwitched > before);
    net.takeTraffic();
  }
});

test('the packet after a revoked rule of an untracked flow is dropped', { skip }, () => {
  const net = network(
    {
      a: { ip: '10.0.1.10', out: ['all to 0.0.0.0/0'], in: ALL },
      b: { ip: '10.0.2.10', in: ['udp 53 from 0.0.0.0/0'], out: ['all to 0.0.0.0/0'] },
    },
    through,
  );
  expectSwitched(net, udp('a', 'b', 53), 'b');
  net.setAcl('10.0.2.0/24', { in: ['1 deny udp 53 0.0.0.0/0'] });
  check(net, udp('a', 'b', 53), dropped('network-acl-in/denied'));
});

test('an address that has moved to another interface is reached there from the next packet on', { skip }, () => {
  const net = network({ ...hosts, c: { ip: '10.0.2.11', in: ['udp 53 from a'] } }, { routes, ...through });
  const packet = udp('a', '10.0.2.50', 53);
  const [b, c] = [net.rowOf('b'), net.rowOf('c')];
  const moving = addressOf('10.0.2.50') as Ipv4;
  net.put({ ...b, ipv4Addresses: [...b.ipv4Addresses, moving] });
  expectSwitched(net, packet, 'b');
  net.put(b);
  net.put({ ...c, ipv4Addresses: [...c.ipv4Addresses, moving] });
  expectSwitched(net, packet, 'c');
});

test('an idle connection is forgotten, and one with switched frames is not', { skip }, () => {
  const net = connected();
  net.setRules('b', {});
  for (let minute = 0; minute < 10; minute++) {
    net.advance(60_000);
    check(net, data('a', 'b', 80), delivered('b'));
  }
  net.advance(500_000_000);
  check(net, data('a', 'b', 80), dropped('security-group-in/no-rule'));
});

for (const [how, tcpFlags] of [
  ['closed', FIN],
  ['reset', RST],
] as const) {
  test(`a ${how} connection is switched no more`, { skip }, () => {
    const net = connected();
    net.setRules('b', {});
    check(net, data('a', 'b', 80, { tcpFlags: tcpFlags | ACK }), delivered('b'));
    if (how === 'closed') check(net, reply(data('a', 'b', 80), { tcpFlags: FIN | ACK }), delivered('a'));
    net.advance(11_000);
    check(net, data('a', 'b', 80), dropped('security-group-in/no-rule'));
  });
}
