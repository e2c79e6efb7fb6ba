/** Rules, entries and routes at random, for networks that are asked who reaches whom. */
import fc from 'fast-check';

export const PORTS = [0, 21, 22, 23, 80, 443, 1023, 1024, 5432, 32_768, 40_000, 65_535];
export const port = fc.constantFrom(...PORTS);
const ports = fc.tuple(port, port).map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`);
const traffic = fc.oneof(
  { weight: 3, arbitrary: fc.constant('all') },
  { weight: 4, arbitrary: ports.map((range) => `tcp ${range}`) },
  { weight: 3, arbitrary: ports.map((range) => `udp ${range}`) },
  fc.constantFrom(
    'icmp',
    'icmp 8',
    'icmp 8/0',
    'icmp 0',
    'icmp 3/4',
    'icmpv6',
    'icmpv6 128',
    'icmpv6 2',
    'protocol 50',
    'protocol 47',
  ),
);
const block = fc.constantFrom(
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/8',
  '10.0.1.0/24',
  '10.0.2.10/32',
  '10.1.0.0/16',
  '198.18.0.0/24',
  '198.18.0.11/32',
  '203.0.113.0/24',
  '203.0.113.9/32',
  '3fff::/56',
  '2001:db8::/32',
);
const GROUPS = ['a', 'b', 'c', 'd', 'far', 'web', 'db'];
const peer = fc.oneof({ weight: 3, arbitrary: block }, fc.constantFrom(...GROUPS, 'pl-list'));
export const rules = (word: 'from' | 'to') =>
  fc.array(
    fc.tuple(traffic, peer).map(([of, who]) => `${of} ${word} ${who}`),
    { maxLength: 4 },
  );
export const openOr = <T>(open: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(open) }, { weight: 1, arbitrary: other });
export const ALL_OUT = ['all to 0.0.0.0/0', 'all to ::/0'];
const entries = fc
  .array(fc.tuple(fc.boolean(), traffic, block), { minLength: 1, maxLength: 4 })
  .map((list) => list.map(([allow, of, cidr], index) => `${index + 1} ${allow ? 'allow' : 'deny'} ${of} ${cidr}`));
const OPEN_ACL = ['100 allow all 0.0.0.0/0', '101 allow all ::/0'];
export const acl = openOr(
  { in: OPEN_ACL, out: OPEN_ACL },
  fc.record({ in: openOr(OPEN_ACL, entries), out: openOr(OPEN_ACL, entries) }),
);
const target = fc.constantFrom(
  'internet',
  'nat nat',
  'peering peer',
  'to-host c',
  'eigw',
  'internet blackhole',
  'vgw',
  'tgw hub',
  'inspect eye',
  'inspect lens',
);
const routes = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom(
      '0.0.0.0/0',
      '::/0',
      '10.1.0.0/16',
      '10.0.2.0/24',
      '203.0.113.0/24',
      '2001:db8::/32',
      '192.168.0.0/16',
      '172.16.0.0/12',
    ),
    target,
  ),
  { maxLength: 4, selector: ([destination]) => destination },
);
export const routeTexts = openOr(
  ['0.0.0.0/0 internet', '::/0 internet', '192.168.0.0/16 vgw', '172.16.0.0/12 tgw hub'],
  routes.map((list) => list.map(([to, by]) => `${to} ${by}`)),
);
