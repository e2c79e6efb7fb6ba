/** What holds for every packet: hostile frames harm nothing, VPCs never meet, and rules mean what an obvious model says. */
import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contains } from '../net/cidr.ts';
import { TCP, UDP } from '../net/protocol.ts';
import { delivered, network, type TestNetwork } from '../testing/network.ts';
import { icmp, type TestPacket, tcp, udp } from '../testing/packets.ts';
import { addressOf, cidrOfText } from '../testing/rows.ts';

const ALL = ['all from 0.0.0.0/0', 'all from ::/0'];
const OUT = ['all to 0.0.0.0/0', 'all to ::/0'];
const twoVpcs = (): TestNetwork =>
  network(
    {
      a: { ip: '10.0.1.10', ipv6: '3fff::10', public: '198.18.0.10', in: ALL, out: OUT, check: false },
      b: { ip: '10.0.1.20', ipv6: '3fff::20', in: ALL },
      far: { ip: '10.0.2.10', in: ALL },
      stranger: { ip: '10.0.1.30', ipv6: '3fff::30', in: ALL, vpc: 'other' },
      strangest: { ip: '10.0.3.10', in: ALL, vpc: 'other' },
    },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] } },
  );

/** Client identifier, rapid commit, an association with one address. */
const DHCPV6_SOLICIT = Uint8Array.from(
  Buffer.from(
    `01123456${'0001000a00030001020000000002'}${'000e0000'}${'000300280000000700000000000000000005001800'.padEnd(88, '0')}`,
    'hex',
  ),
);

const OWN_SIDE = ['a', 'b', 'far', 'internet', 'services'];

/** A frame of any length and content, or a good one with some bytes changed. */
const hostileFrame = (net: TestNetwork): fc.Arbitrary<Uint8Array> => {
  const good = fc.constantFrom(
    net.frameFor(tcp('a', 'b', 80)),
    net.frameFor(udp('a', 'far', 53, { lengthBytes: 200 })),
    net.frameFor(icmp('a', 'b', 3, 4, { payload: net.frameFor(tcp('b', 'a', 80)).slice(26) })),
    net.frameFor(udp('a', '255.255.255.255', 67, { lengthBytes: 400 })),
    net.frameFor(tcp('a', '10.0.3.10', 80)),
    net.frameFor(tcp('a', '10.0.1.30', 80)),
    net.frameFor(tcp('a', 'fd01::9', 80, { ipv6: true, source: 'fd01::1', lengthBytes: 200 })),
    net.frameFor(tcp('a', '169.254.169.254', 80)),
    net.frameFor(tcp('a', 'b', 80, { ipv6: true, lengthBytes: 200 })),
    net.frameFor(tcp('a', '3fff::30', 80, { ipv6: true })),
    net.frameFor(tcp('a', 'fd00:ec2::254', 80, { ipv6: true })),
    net.frameFor(
      icmp('a', 'b', 2, 0, { ipv6: true, payload: net.frameFor(tcp('b', 'a', 80, { ipv6: true })).slice(26) }),
    ),
    net.frameFor(
      icmp('a', 'ff02::1:ff00:20', 135, 0, {
        ipv6: true,
        ttl: 255,
        payload: net.frameFor(tcp('b', 'a', 80, { ipv6: true })).slice(34, 50),
      }),
    ),
    net.frameFor(udp('a', 'ff02::1:2', 547, { ipv6: true, payload: DHCPV6_SOLICIT, lengthBytes: 300 })),
  );
  const changes = fc.array(fc.tuple(fc.nat(420), fc.nat(255)), { maxLength: 6 });
  const changed = fc.tuple(good, changes, fc.nat(500)).map(([frame, list, cut]) => {
    const bytes = frame.slice(0, cut < 400 ? frame.length : cut);
    for (const [at, value] of list) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
  return fc.oneof(changed, fc.uint8Array({ maxLength: 300 }));
};

test('no frame crashes the fabric or reaches another VPC, and stages and cache agree on it', () => {
  const net = twoVpcs();
  fc.assert(
    fc.property(hostileFrame(net), (frame) => {
      const outcome = net.sendFrame('a', frame);
      ok(outcome.verdict !== 'delivered' || OWN_SIDE.includes(outcome.to), JSON.stringify(outcome));
    }),
    { numRuns: 3000 },
  );
});

test('no frame from the outside world or the services crashes the fabric', () => {
  const net = twoVpcs();
  fc.assert(
    fc.property(hostileFrame(net), fc.constantFrom('internet', 'services'), (frame, from) => {
      ok(['delivered', 'dropped', 'answered'].includes(net.sendFrame(from, frame).verdict));
    }),
    { numRuns: 1000 },
  );
});

interface Traffic {
  readonly kind: 'tcp' | 'udp' | 'all';
  readonly low: number;
  readonly high: number;
}
interface Rule extends Traffic {
  readonly cidr: string;
}
interface Entry extends Rule {
  readonly allow: boolean;
}

const port = fc.integer({ min: 1, max: 6 });
const block = fc.constantFrom(
  '0.0.0.0/0',
  '10.0.1.0/24',
  '10.0.2.0/24',
  '10.0.1.10/32',
  '10.0.2.10/32',
  '172.16.0.0/12',
  '::/0',
);
const rule: fc.Arbitrary<Rule> = fc
  .tuple(fc.constantFrom('tcp', 'udp', 'all'), port, port, block)
  .map(([kind, one, other, cidr]) => ({ kind, low: Math.min(one, other), high: Math.max(one, other), cidr }));
const entry: fc.Arbitrary<Entry> = fc.tuple(rule, fc.boolean()).map(([of, allow]) => ({ ...of, allow }));

/** The reference: as slow and as obvious as can be. */
const fits = (of: Rule, protocol: number, to: number, address: string): boolean =>
  contains(cidrOfText(of.cidr), addressOf(address)) &&
  (of.kind === 'all' || (protocol === (of.kind === 'tcp' ? TCP : UDP) && to >= of.low && to <= of.high));
const groupAllows = (rules: readonly Rule[], protocol: number, to: number, address: string): boolean =>
  rules.some((of) => fits(of, protocol, to, address));
const aclAllows = (entries: readonly Entry[], protocol: number, to: number, address: string): boolean =>
  entries.find((of) => fits(of, protocol, to, address))?.allow ?? false;

const trafficText = ({ kind, low, high }: Traffic): string => (kind === 'all' ? 'all' : `${kind} ${low}-${high}`);
const groupTexts = (rules: readonly Rule[], word: 'from' | 'to'): string[] =>
  rules.map((of) => `${trafficText(of)} ${word} ${of.cidr}`);
const aclTexts = (entries: readonly Entry[]): string[] =>
  entries.map((of, index) => `${index + 1} ${of.allow ? 'allow' : 'deny'} ${trafficText(of)} ${of.cidr}`);

test('groups and ACLs admit the first packet of a flow exactly when the reference model does', () => {
  const rules = fc.array(rule, { maxLength: 4 });
  const entries = fc.array(entry, { maxLength: 4 });
  const setting = fc.record({ egress: rules, ingress: rules, out: entries, in: entries });
  fc.assert(
    fc.property(setting, fc.array(fc.tuple(fc.boolean(), port), { minLength: 1, maxLength: 8 }), (given, packets) => {
      const net = network(
        {
          a: { ip: '10.0.1.10', out: groupTexts(given.egress, 'to') },
          b: { ip: '10.0.2.10', in: groupTexts(given.ingress, 'from') },
        },
        { acls: { '10.0.1.0/24': { out: aclTexts(given.out) }, '10.0.2.0/24': { in: aclTexts(given.in) } } },
      );
      for (const [index, [isTcp, to]] of packets.entries()) {
        const protocol = isTcp ? TCP : UDP;
        const expected =
          groupAllows(given.egress, protocol, to, '10.0.2.10') &&
          aclAllows(given.out, protocol, to, '10.0.2.10') &&
          aclAllows(given.in, protocol, to, '10.0.1.10') &&
          groupAllows(given.ingress, protocol, to, '10.0.1.10');
        const packet: TestPacket = (isTcp ? tcp : udp)('a', 'b', to, { sourcePort: 50_000 + index });
        const outcome = net.send(packet);
        equal(JSON.stringify(outcome) === JSON.stringify(delivered('b')), expected, net.lastTrace.join('\n'));
      }
    }),
    { numRuns: 200 },
  );
});

test('during a thousand changes of other rules no packet gets through a closed port', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20' } });
  for (let round = 0; round < 1000; round++) {
    net.setRules('b', { in: [`tcp ${1 + (round % 79)} from 0.0.0.0/0`] });
    equal(net.send(tcp('a', 'b', 80)).verdict, 'dropped');
  }
});
