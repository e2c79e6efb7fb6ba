/** Random small networks and random traffic in them, as fast-check makes and shrinks them. */
import fc from 'fast-check';
import type { HostSpec, NetworkOptions, RuleTexts, TransitSpec, TransitVpcSpec } from './network-rows.ts';
import { randomFirewall } from './random-firewall.ts';
import { blockMode, type GivenMode, regionalNat, regionalOf, TO_REGIONAL_NAT } from './random-regional-nat.ts';
import { aclRules, groupRules, HOST_NAMES } from './random-rules.ts';

/** Subnets of the two VPCs, and the one of the NAT gateway. */
const MAIN = ['10.0.1', '10.0.2'] as const;
const OTHER = '10.1.1';
const NAT_SUBNET = '10.0.3';
/** Of the attachments to the transit gateway, which have no hosts. */
const TRANSIT_SUBNETS = { main: '10.0.8.0/24', other: '10.1.8.0/24' } as const;
export const SUBNETS = [...MAIN, OTHER] as const;
const IPV6_OF = { '10.0.1': '3fff:0:0:1', '10.0.2': '3fff:0:0:2', '10.1.1': '3fff:0:0:101' } as const;
export const NAT_GATEWAY = 'gate';
const TO_NAT = `0.0.0.0/0 nat ${NAT_GATEWAY}`;
/** An endpoint behind which there is a firewall, and its subnet. */
export const FIREWALL_ENDPOINT = 'eye';
const FIREWALL_SUBNET = '10.0.4';
const inspected = (block: string): string => `${block} inspect ${FIREWALL_ENDPOINT}`;

/** Addresses that nobody has: inside the VPCs, outside, private and shared ones. */
const OUTSIDE_HOST = '203.0.113.9';
const STRANGERS = ['10.0.1.99', '10.1.9.9', OUTSIDE_HOST, '192.168.7.7', '100.64.1.1', '2001:db8:ffff::9'] as const;

const TRANSIT_ROUTES = ['10.0.0.0/8 tgw hub', '3fff::/40 tgw hub'];

/** A network, as tests describe them. */
export interface RandomNetwork {
  readonly hosts: Readonly<Record<string, HostSpec>>;
  readonly options: NetworkOptions;
}

const host = fc.record({
  subnet: fc.constantFrom(...SUBNETS),
  hasPublic: fc.boolean(),
  hasIpv6: fc.boolean(),
  isShared: fc.boolean(),
  check: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
  rules: groupRules,
});

const defaultRoute = fc.constantFrom(
  '0.0.0.0/0 internet',
  TO_NAT,
  TO_NAT,
  TO_NAT,
  TO_REGIONAL_NAT,
  '0.0.0.0/0 internet blackhole',
  '0.0.0.0/0 tgw hub',
  inspected('0.0.0.0/0'),
);
const ipv6Route = fc.constantFrom('::/0 internet', '::/0 eigw', inspected('::/0'));
const INSPECTION_ROUTES = ['::/0 internet', '::/0 eigw', '10.0.1.0/24 to-host a', inspected('198.18.0.0/24')];
const someRoutes = fc.subarray([
  '203.0.113.0/24 internet listed',
  '203.0.113.0/24 to-host a',
  '198.18.0.0/24 to-host b',
  '203.0.113.0/24 peering p',
  '10.0.2.0/24 to-host b',
  '10.0.1.0/24 to-host a',
  inspected('10.0.2.0/24'),
  '10.1.1.0/24 peering p blackhole',
]);
/** How the other VPC is reached: the blocks over the transit gateway are larger, so that peering wins. */
const wayOver = fc.constantFrom(
  { hasPeering: false, transit: [] },
  { hasPeering: true, transit: [] },
  { hasPeering: true, transit: TRANSIT_ROUTES },
  { hasPeering: false, transit: TRANSIT_ROUTES },
  { hasPeering: false, transit: TRANSIT_ROUTES },
);
const routeTable = fc
  .tuple(fc.option(defaultRoute), fc.option(ipv6Route), someRoutes, wayOver)
  .map(([ipv4, ipv6, more, { transit, hasPeering }]) => ({ ipv4, ipv6, more: [...more, ...transit], hasPeering }));

const TRANSIT_TABLE = [
  '0.0.0.0/0 main',
  '10.0.0.0/16 main',
  '10.1.0.0/16 other',
  '3fff::/56 main',
  '3fff:0:0:100::/56 other',
];
const attachment = fc.record({
  isAssociated: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
  ipv6: fc.boolean(),
  references: fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, fc.constant(false)),
});
/** A transit gateway between the two VPCs, the ACLs of its subnets, and what the one in the NAT gateway's VPC leads to. */
const transit = fc.record({
  main: attachment,
  other: fc.option(attachment, { freq: 9 }),
  routes: fc.oneof(
    { weight: 2, arbitrary: fc.constant(TRANSIT_TABLE) },
    { weight: 1, arbitrary: fc.subarray([...TRANSIT_TABLE, '10.0.2.0/24 blackhole']) },
  ),
  acls: fc.record({ main: fc.option(aclRules), other: fc.option(aclRules) }),
  isPeered: fc.oneof({ weight: 2, arbitrary: fc.constant(false) }, fc.constant(true)),
  onward: fc.constantFrom(
    [],
    [TO_NAT],
    [TO_REGIONAL_NAT],
    ['10.0.1.0/24 to-host a'],
    [TO_NAT, '10.0.1.0/24 to-host a'],
  ),
});

/** A network of two VPCs that may be peered and joined by a transit gateway, with NAT gateways and a firewall in one. */
export const randomNetwork: fc.Arbitrary<RandomNetwork> = fc
  .record({
    hosts: fc.array(host, { minLength: 2, maxLength: HOST_NAMES.length }),
    tables: fc.tuple(routeTable, routeTable, routeTable),
    acls: fc.array(fc.option(aclRules), { minLength: 3, maxLength: 3 }),
    natAcl: fc.option(aclRules),
    shared: groupRules,
    isPeered: fc.boolean(),
    transit: fc.option(transit, { freq: 5 }),
    inspection: fc.record({
      acl: fc.option(aclRules),
      isEdge: fc.boolean(),
      routes: fc
        .tuple(fc.constantFrom([], [TO_NAT], [TO_REGIONAL_NAT]), fc.subarray(INSPECTION_ROUTES))
        .map((all) => all.flat()),
      firewall: fc.option(randomFirewall),
    }),
    natReturn: fc.constantFrom('10.1.0.0/16 peering p', '10.1.0.0/16 tgw hub', '10.1.0.0/16 tgw hub'),
    blockModes: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(blockMode, { minLength: 4, maxLength: 4 }) },
    ),
    edge: fc.oneof(
      { weight: 2, arbitrary: fc.constant(undefined) },
      {
        weight: 1,
        arbitrary: fc.subarray(['10.0.2.0/24 to-host a', '10.0.1.0/24 to-host b', '3fff:0:0:2::/64 to-host a']),
      },
    ),
    hasZones: fc.boolean(),
    regional: fc.option(regionalNat([inspected('10.0.2.0/24')]), { freq: 3 }),
    list: fc.subarray(['10.0.1.0/28', '10.1.0.0/16', '203.0.113.0/25', '3fff::/56']),
  })
  .map((given) => {
    const specs = given.hosts.map((one, index) => [HOST_NAMES[index] ?? '', hostSpec(one, index)] as const);
    const nat: HostSpec = { ip: `${NAT_SUBNET}.20`, public: '198.18.0.200', nat: true };
    const eye: HostSpec = { ip: `${FIREWALL_SUBNET}.20`, firewall: 'arn' };
    const hosts = { ...Object.fromEntries(specs), [NAT_GATEWAY]: nat, [FIREWALL_ENDPOINT]: eye };
    const acls = Object.fromEntries(
      [...SUBNETS, NAT_SUBNET].flatMap((subnet, index) => {
        const rules = index < SUBNETS.length ? given.acls[index] : given.natAcl;
        return rules ? [[`${subnet}.0/24`, rules] as const] : [];
      }),
    );
    const { routes, ...hub } = transitOf(given.transit, hosts);
    return {
      hosts,
      options: {
        ...fixedOptions(given.isPeered),
        ...hub,
        ...namedOf(given),
        acls: { ...acls, ...hub.acls, ...inspectionAcl(given.inspection) },
        blockModes: blockModesOf(given.blockModes),
        ...edgeOf(given.edge, given.inspection, hosts),
        ...(given.regional ? regionalOf(given.regional, hosts) : {}),
        firewalls: given.inspection.firewall ? { arn: given.inspection.firewall } : {},
        zones: given.hasZones ? { '10.0.2.0/24': 'use1-az2' } : {},
        routes: { ...routesOf(given, hosts), ...routes, ...inspectionRoutes(given.inspection, hosts) },
      },
    };
  });

type GivenAttachment = { readonly isAssociated: boolean; readonly ipv6: boolean; readonly references: boolean };

interface GivenTransit {
  readonly main: GivenAttachment;
  readonly other: GivenAttachment | null;
  readonly routes: readonly string[];
  readonly acls: Readonly<Record<keyof typeof TRANSIT_SUBNETS, RuleTexts | null>>;
  readonly onward: readonly string[];
  /** Whether the other VPC is attached to a gateway of its own, with which this one is peered. */
  readonly isPeered: boolean;
}

/** The transit gateway `hub`, with the ACLs and routes of its subnets. */
function transitOf(given: GivenTransit | null, hosts: Readonly<Record<string, HostSpec>>): NetworkOptions {
  if (!given) return {};
  const { main, other, routes, acls, onward } = given;
  const attached = (vpc: keyof typeof TRANSIT_SUBNETS, one: GivenAttachment, table: string): TransitVpcSpec => {
    const { isAssociated, ipv6, references } = one;
    return { subnets: [TRANSIT_SUBNETS[vpc]], ipv6, references, ...(isAssociated ? { table } : {}) };
  };
  const ofMain = { main: attached('main', main, 'all') };
  const together: TransitSpec = {
    vpcs: { ...ofMain, ...(other ? { other: attached('other', other, 'all') } : {}) },
    tables: { all: routes },
  };
  const apart = {
    hub: {
      vpcs: ofMain,
      peers: { far: { table: 'all' } },
      tables: { all: routes.map((route) => route.replace(/ other$/, ' far')) },
    },
    far: {
      vpcs: other ? { other: attached('other', other, 'distant') } : {},
      peers: { hub: { table: 'distant' } },
      tables: { distant: TRANSIT_TABLE.map((route) => route.replace(/ main$/, ' hub')) },
    },
  };
  const isPossible = (route: string): boolean => !route.includes('to-host') || hosts.a?.vpc === 'main';
  return {
    transit: given.isPeered ? apart : { hub: together },
    acls: {
      ...(acls.main ? { [TRANSIT_SUBNETS.main]: acls.main } : {}),
      ...(acls.other ? { [TRANSIT_SUBNETS.other]: acls.other } : {}),
    },
    routes: { [TRANSIT_SUBNETS.main]: onward.filter(isPossible) },
  };
}

interface GivenInspection {
  readonly acl: RuleTexts | null;
  /** Whether the internet gateway's table leads there what it does not lead elsewhere. */
  readonly isEdge: boolean;
  readonly routes: readonly string[];
}

const inspectionAcl = ({ acl }: GivenInspection): NonNullable<NetworkOptions['acls']> =>
  acl ? { [`${FIREWALL_SUBNET}.0/24`]: acl } : {};

/** The table of the firewall's subnet, where what has been inspected goes on. */
function inspectionRoutes({ routes }: GivenInspection, hosts: Readonly<Record<string, HostSpec>>) {
  const possible = routes.filter((route) => !route.includes('to-host') || hosts.a?.vpc === 'main');
  const ways = possible.includes(TO_NAT) ? possible : [...possible, '0.0.0.0/0 internet'];
  return { [`${FIREWALL_SUBNET}.0/24`]: ways };
}

/** A table of the internet gateway: it leads to appliances in other subnets of the VPC, or to the firewall. */
function edgeOf(
  given: readonly string[] | undefined,
  { isEdge }: GivenInspection,
  hosts: Readonly<Record<string, HostSpec>>,
): NetworkOptions {
  if (!given) return {};
  const blocks = ['10.0.1.0/24', '10.0.2.0/24', '3fff:0:0:2::/64'];
  const others = blocks.filter((block) => isEdge && !given.some((route) => route.startsWith(block)));
  const routes = [...given, ...others.map(inspected)];
  const isPossible = (route: string): boolean => {
    if (route.includes(' inspect ')) return true;
    const appliance = hosts[route.split(' ')[2] ?? ''];
    return appliance?.vpc === 'main' && !route.startsWith(appliance.ip.replace(/\d+$/, ''));
  };
  return { edgeRoutes: { main: routes.filter(isPossible) } };
}

const blockModesOf = (modes: readonly GivenMode[] = []): NonNullable<NetworkOptions['blockModes']> =>
  Object.fromEntries([...SUBNETS, NAT_SUBNET].map((subnet, index) => [`${subnet}.0/24`, modes[index] ?? 'off']));

type Given = { readonly shared: RuleTexts; readonly list: readonly string[] };
const namedOf = ({ shared, list }: Given): NetworkOptions => ({ groups: { shared }, prefixLists: { x: list } });

const fixedOptions = (isPeered: boolean): NetworkOptions => ({
  blocks: { main: ['10.0.0.0/16', '3fff::/56'], other: ['10.1.0.0/16', '3fff:0:0:100::/56'] },
  peerings: isPeered ? { p: { between: ['main', 'other'] } } : {},
});

function hostSpec(
  given: {
    readonly subnet: (typeof SUBNETS)[number];
    readonly hasPublic: boolean;
    readonly hasIpv6: boolean;
    readonly isShared: boolean;
    readonly check: boolean;
    readonly rules: RuleTexts;
  },
  index: number,
): HostSpec {
  const { subnet, hasPublic, hasIpv6, isShared, check, rules } = given;
  const name = HOST_NAMES[index] ?? '';
  return {
    ...rules,
    ip: `${subnet}.${10 + index}`,
    check,
    vpc: subnet === OTHER ? 'other' : 'main',
    ...(hasIpv6 ? { ipv6: `${IPV6_OF[subnet]}::1${index}` } : {}),
    ...(hasPublic ? { public: `198.18.0.${10 + index}` } : {}),
    ...(isShared && subnet !== OTHER ? { groups: [name, 'shared'] } : {}),
  };
}

interface GivenTable {
  readonly ipv4: string | null;
  readonly ipv6: string | null;
  readonly more: readonly string[];
  readonly hasPeering: boolean;
}

/** Routes as each subnet may have them: appliances stand in other subnets of the same VPC (VPC guide, route-table-options). */
function routesOf(
  {
    tables,
    natReturn,
    transit: given,
  }: {
    readonly tables: readonly GivenTable[];
    readonly natReturn: string;
    readonly transit: GivenTransit | null;
  },
  hosts: Readonly<Record<string, HostSpec>>,
): Readonly<Record<string, readonly string[]>> {
  const toHub = (route: string): string => (given?.isPeered ? route.replace('tgw hub', 'tgw far') : route);
  const routes: Record<string, string[]> = { [`${NAT_SUBNET}.0/24`]: ['0.0.0.0/0 internet', natReturn] };
  for (const [index, subnet] of SUBNETS.entries()) {
    const table = tables[index];
    if (!table) continue;
    const isMain = subnet !== OTHER;
    const peering = table.hasPeering ? [isMain ? '10.1.0.0/16 peering p' : '10.0.0.0/16 peering p'] : [];
    const isPossible = (route: string): boolean => {
      if (route.includes(' inspect ')) return isMain;
      const [, , target = ''] = / to-host (\S+)/.exec(route) ? route.split(' ') : [];
      if (target === '') return true;
      const appliance = hosts[target];
      return isMain && appliance?.vpc === 'main' && !appliance.ip.startsWith(`${subnet}.`);
    };
    // The other VPC comes to the NAT gateways over the transit gateway alone.
    const isToNat = table.ipv4 === TO_NAT || table.ipv4 === TO_REGIONAL_NAT;
    const ipv4 = isToNat && !isMain ? '0.0.0.0/0 tgw hub' : table.ipv4;
    const all = [ipv4, table.ipv6, ...table.more, ...peering];
    const possible = all.filter((route) => route !== null).filter(isPossible);
    routes[`${subnet}.0/24`] = isMain ? possible : possible.map(toHub);
  }
  return routes;
}

/** Every address that a packet may be sent to in this network. */
export const destinationsIn = ({ hosts, options: { regionalNats = {} } }: RandomNetwork): readonly string[] => [
  ...Object.values(hosts).flatMap(({ ip, ipv6, public: publicAddress }) =>
    // Private addresses twice as often as others.
    [ip, ip, ipv6, publicAddress].filter((address) => address !== undefined),
  ),
  ...Object.values(regionalNats).flatMap(({ zones }) => Object.values(zones).flat()),
  // Gateways and what they translate have nothing to do unless many packets go outside.
  ...Array.from({ length: 4 }, () => OUTSIDE_HOST),
  ...STRANGERS,
];
