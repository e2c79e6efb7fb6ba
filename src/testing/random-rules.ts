/** Random rules of groups and entries of ACLs over a small domain, as fast-check makes and shrinks them. */
import fc from 'fast-check';
import type { RuleTexts } from './network-rows.ts';

/** Names of hosts, and of their groups. */
export const HOST_NAMES = ['a', 'b', 'c', 'd', 'e'] as const;

/** Few ports, so that rules and packets meet. */
export const port = fc.integer({ min: 1, max: 4 });
const portRange = fc.tuple(port, port).map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`);
const traffic = fc.oneof(
  { weight: 4, arbitrary: fc.constant('all') },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('tcp', 'udp'), portRange).map((parts) => parts.join(' ')) },
  fc.constantFrom('tcp 0-65535', 'udp 0-65535', 'icmp', 'icmp 8', 'icmpv6 128', 'icmpv6', 'protocol 50'),
);
const block = fc.constantFrom(
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/16',
  '10.0.1.0/24',
  '10.0.2.0/24',
  '10.1.0.0/16',
  '10.0.1.10/32',
  '198.18.0.0/24',
  '203.0.113.0/24',
  '3fff::/48',
  '2001:db8::/32',
);
const groupPeer = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('0.0.0.0/0', '::/0') },
  { weight: 3, arbitrary: block },
  { weight: 2, arbitrary: fc.constantFrom(...HOST_NAMES, 'shared', 'pl-x') },
);
const rulesTo = (word: 'from' | 'to'): fc.Arbitrary<readonly string[]> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant([`all ${word} 0.0.0.0/0`, `all ${word} ::/0`]) },
    {
      weight: 2,
      arbitrary: fc.array(
        fc.tuple(traffic, groupPeer).map(([what, peer]) => `${what} ${word} ${peer}`),
        { maxLength: 3 },
      ),
    },
  );
/** Rules of a group. */
export const groupRules: fc.Arbitrary<RuleTexts> = fc.record({ in: rulesTo('from'), out: rulesTo('to') });

const OPEN_ACL = ['100 allow all 0.0.0.0/0', '101 allow all ::/0'];
const entries = fc.oneof(
  { weight: 2, arbitrary: fc.constant(OPEN_ACL) },
  {
    weight: 1,
    arbitrary: fc
      .uniqueArray(
        fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('allow', 'allow', 'deny'), traffic, block),
        { maxLength: 3, selector: ([number]) => number },
      )
      .chain((list) =>
        fc
          .boolean()
          .map((isOpenBehind) => [...list.map((parts) => parts.join(' ')), ...(isOpenBehind ? OPEN_ACL : [])]),
      ),
  },
);
/** Entries of an ACL. */
export const aclRules: fc.Arbitrary<RuleTexts> = fc.record({ in: entries, out: entries });
