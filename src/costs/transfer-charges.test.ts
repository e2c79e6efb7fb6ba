/** Who is charged for packets on a way: a table of ways. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { TrafficCount, TrafficEnd, TrafficLeg } from '../tables/data-plane.ts';
import type { InterfaceOwner } from '../tables/tables.ts';
import { idOf } from '../testing/rows.ts';
import { chargesOf, type Place } from './transfer-charges.ts';

const ends = {
  web: { zone: 'us-east-1a' },
  near: { zone: 'us-east-1a' },
  db: { zone: 'us-east-1b' },
  nat: { zone: 'us-east-1b' },
  tgw: { zone: 'us-east-1a' },
  vpce: { zone: 'us-east-1b' },
  far: { zone: 'us-west-2a', region: 'us-west-2' },
  gone: undefined,
} as const;
type Name = keyof typeof ends;
const names = ['web', 'near', 'db', 'nat', 'tgw', 'vpce', 'far', 'gone'] as const satisfies readonly Name[];

function ownerOf(name: Name): InterfaceOwner {
  if (name === 'nat') return { kind: 'nat-gateway', id: idOf('nat', name) };
  if (name === 'tgw') return { kind: 'transit-gateway-attachment', id: idOf('tgw-attach', name) };
  if (name === 'vpce') {
    return {
      kind: 'vpc-endpoint',
      id: idOf('vpce', name),
      leadsTo: { kind: 'service', id: idOf('vpce-svc', name), zone: ends[name].zone },
    };
  }
  return { kind: 'instance', id: idOf('i', name) };
}

const endOf = (name: Name | 'internet'): TrafficEnd =>
  name === 'internet'
    ? name
    : {
        interfaceId: idOf('eni', name),
        owner: ownerOf(name),
      };

function placeOf({ interfaceId }: Exclude<TrafficEnd, 'internet'>): Place | undefined {
  const name = names.find((one) => idOf('eni', one) === interfaceId);
  const end = name && ends[name];
  if (!end) return undefined;
  const region = 'region' in end ? end.region : 'us-east-1';
  return { scope: { account: '111111111111', region }, zone: end.zone, resourceId: name };
}

type By = TrafficLeg['by'];
type Way = readonly [Name | 'internet', ...(readonly [By, Name | 'internet'])[]];

function charged([from, ...legs]: Way): readonly string[] {
  const count: TrafficCount = {
    from: endOf(from),
    legs: legs.map(([by, to]) => ({ by, to: endOf(to) })),
    packets: 1,
    bytes: 100,
  };
  return chargesOf(count, placeOf).map(
    ({ place, measure, otherRegion = '', bytes }) => `${place.resourceId} ${measure} ${otherRegion} ${bytes}`,
  );
}

const CASES: readonly (readonly [string, Way, readonly string[]])[] = [
  ['in one zone nobody', ['web', ['local', 'near']], []],
  [
    'between zones both ends',
    ['web', ['local', 'db']],
    ['web transfer-inside-region  100', 'db transfer-inside-region  100'],
  ],
  ['over a peering connection in one zone nobody', ['web', ['peering', 'near']], []],
  [
    'over a peering connection between zones both ends',
    ['web', ['peering', 'db']],
    ['web transfer-inside-region  100', 'db transfer-inside-region  100'],
  ],
  [
    'over a transit gateway what is sent into it, and nobody for zones',
    ['web', ['transit-gateway', 'tgw'], ['local', 'db']],
    ['tgw transit-gateway-bytes  100'],
  ],
  [
    'over a peering connection to a transit gateway what is sent into it, and nothing for a NAT gateway',
    ['web', ['peering', 'near'], ['transit-gateway', 'tgw'], ['local', 'db']],
    ['tgw transit-gateway-bytes  100'],
  ],
  [
    'through an interface endpoint in another zone what it processes, and nobody for zones',
    ['web', ['local', 'vpce'], [undefined, 'near']],
    ['vpce interface-endpoint-bytes  100'],
  ],
  [
    'by public addresses in one zone both ends',
    ['web', ['internet-gateway', 'near']],
    ['web transfer-inside-region  100', 'near transfer-inside-region  100'],
  ],
  ['out to the internet the sender', ['web', ['internet-gateway', 'internet']], ['web transfer-to-internet  100']],
  ['in from the internet the receiver', ['internet', [undefined, 'web']], ['web transfer-from-internet  100']],
  [
    'between Regions the sender, and the receiver has a line',
    ['web', ['peering', 'far']],
    ['web transfer-to-region us-west-2 100', 'far transfer-from-region us-east-1 100'],
  ],
  [
    'through a NAT gateway in another zone: the zones, the processing, the way out',
    ['web', ['nat-gateway', 'nat'], ['internet-gateway', 'internet']],
    [
      'web transfer-inside-region  100',
      'nat transfer-inside-region  100',
      'nat nat-gateway-bytes  100',
      'nat transfer-to-internet  100',
    ],
  ],
  [
    'the same for what comes back',
    ['internet', [undefined, 'nat'], ['local', 'web']],
    [
      'nat transfer-from-internet  100',
      'nat nat-gateway-bytes  100',
      'nat transfer-inside-region  100',
      'web transfer-inside-region  100',
    ],
  ],
  ['an end that nobody knows', ['web', ['local', 'gone']], []],
];

for (const [what, way, expected] of CASES) {
  test(`charged: ${what}`, () => deepEqual(charged(way), expected));
}
