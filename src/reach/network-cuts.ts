/**
 * What a network's tables tell apart: every block that a row names, every interface that another row names, every match of
 * a rule. Rows are searched whatever their kind, so that what a kind of row to come names is told apart too.
 */
import { type Ipv4, ipv4, ipv6 } from '../net/address.ts';
import { type Cidr, cidrOf, lastAddress, parseCidr } from '../net/cidr.ts';
import type { PortRange } from '../net/port-range.ts';
import { TCP, UDP } from '../net/protocol.ts';
import { INTERNET_RESOLVER_ADDRESS } from '../pipeline/service-address.ts';
import type { FirewallRow } from '../tables/firewall-row.ts';
import type { ListenerRow, LoadBalancerRow } from '../tables/load-balancer-rows.ts';
import type { InterfaceRow, SubnetRow, TableRow, TrafficMatch } from '../tables/tables.ts';

/** Addresses that no gateway to the internet carries, and those of no single host (RFC 1918, 6598, 3927, 5771, 4193, 4291). */
const PRIVATE_BLOCKS = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];
const LINK_BLOCKS = ['169.254.0.0/16', '224.0.0.0/3', 'fe80::/10', 'ff00::/8'];

const parsed = (blocks: readonly string[]): readonly Cidr[] =>
  blocks.map(parseCidr).filter((cidr) => cidr !== undefined);

/** Blocks whose addresses nobody has beyond a router. */
export const linkBlocks: readonly Cidr[] = parsed(LINK_BLOCKS);

/** Blocks none of whose addresses is in the outside world. */
export const privateBlocks: readonly Cidr[] = [...parsed(PRIVATE_BLOCKS), ...linkBlocks];

/** What tells addresses, interfaces and traffic of some networks apart. */
export interface NetworkCuts {
  /** Blocks on which ways and ACLs depend. */
  readonly ways: readonly Cidr[];
  /** Blocks on which the rules of groups depend. */
  readonly rules: readonly Cidr[];
  readonly matches: readonly TrafficMatch[];
}

/** Everything that these rows tell apart. */
export function cutsOf(rows: readonly TableRow[]): NetworkCuts {
  const ways: Cidr[] = [...privateBlocks, cidrOf(INTERNET_RESOLVER_ADDRESS, 32)];
  const rules: Cidr[] = [];
  const matches: TrafficMatch[] = [];
  for (const row of rows) {
    if (row.kind === 'interface') continue;
    // No stage asks whether an address lies in a subnet's block, only who in the subnet has it.
    if (row.kind === 'subnet') {
      ways.push(...reservedBlocks(row));
      continue;
    }
    if (row.kind === 'firewall') matches.push(...portMatches(row));
    if (row.kind === 'load-balancer') matches.push(...balancedPorts(row));
    const isRule = row.kind === 'security-group' || row.kind === 'prefix-list';
    visit(row, (value) => {
      if (isCidr(value)) (isRule ? rules : ways).push(value);
      if (isMatch(value)) matches.push(value);
    });
  }
  return { ways, rules, matches };
}

/** A firewall's rules name ports of either end, and protocols by number or by name. */
function portMatches({ stateless, stateful }: FirewallRow): readonly TrafficMatch[] {
  const ofPorts = (protocols: readonly number[], ranges: readonly PortRange[]): readonly TrafficMatch[] =>
    ([TCP, UDP] as const).flatMap((protocol) =>
      protocols.includes(protocol) ? ranges.map((ports) => ({ kind: 'ports', protocol, ports }) as const) : [],
    );
  const others = (protocols: readonly number[]): readonly TrafficMatch[] =>
    protocols.map((protocol) => ({ kind: 'protocol', protocol }) as const);
  return [
    ...stateless.rules.flatMap(({ protocols, sourcePorts, destinationPorts }) => [
      ...ofPorts(protocols, [...sourcePorts, ...destinationPorts]),
      ...others(protocols),
    ]),
    ...stateful.rules.flatMap(({ sourcePorts, destinationPorts }) =>
      ofPorts(
        [TCP, UDP],
        [sourcePorts, destinationPorts].flatMap(({ within, except }) => [...within, ...except]),
      ),
    ),
  ];
}

/** The ports of a load balancer's listeners, and those of its targets. */
const balancedPorts = ({ listeners }: LoadBalancerRow): readonly TrafficMatch[] =>
  listeners.flatMap(({ protocols, port, groups }) => {
    const ports = [port, ...groups.flatMap(({ targets }) => targets.map((target) => target.port))];
    return ([TCP, UDP] as const)
      .filter((protocol) => protocols.includes(protocol))
      .flatMap((protocol) =>
        ports.flatMap((one) =>
          one === undefined ? [] : [{ kind: 'ports', protocol, ports: { from: one, to: one } } as const],
        ),
      );
  });

/** Ids of interfaces by which ways of others go, and of their subnets: routes name them, they are a gateway's, or a load balancer's targets. */
export function waypoints(rows: readonly TableRow[]): ReadonlySet<string> {
  const interfaces = new Map(rows.filter((row) => row.kind === 'interface').map((row) => [String(row.id), row]));
  const targets = new Set(
    rows.flatMap((row) => (row.kind === 'load-balancer' ? row.listeners : [])).flatMap(targetAddresses),
  );
  const ids = new Set<string>();
  const add = ({ id, subnetId }: InterfaceRow): unknown => ids.add(id).add(subnetId);
  for (const row of rows) {
    if (row.kind === 'interface') {
      if (row.owner.kind !== 'instance' || row.ipv4Addresses.some((one) => targets.has(one))) add(row);
      continue;
    }
    visit(row, (value) => {
      const named = typeof value === 'string' ? interfaces.get(value) : undefined;
      if (named) add(named);
    });
  }
  return ids;
}

const targetAddresses = ({ groups }: ListenerRow): readonly Ipv4[] =>
  groups.flatMap(({ targets }) => targets.map(({ address }) => address));

/** What answers in a subnet without being an interface: the router, the resolver behind it, and the broadcast address. */
function reservedBlocks({ ipv4Cidr, ipv6Cidrs }: SubnetRow): readonly Cidr[] {
  const routers = ipv6Cidrs.map(({ address }) => cidrOf(ipv6(address + 1n), 128));
  if (!ipv4Cidr) return routers;
  const { address } = ipv4Cidr;
  const reserved = [address, ipv4(address + 1), ipv4(address + 2), lastAddress(ipv4Cidr)];
  return [...routers, ...reserved.map((one) => cidrOf(one, 32))];
}

function visit(value: unknown, told: (value: unknown) => void): void {
  told(value);
  if (typeof value !== 'object' || value === null) return;
  for (const part of Object.values(value)) visit(part, told);
}

const isCidr = (value: unknown): value is Cidr =>
  typeof value === 'object' &&
  value !== null &&
  'address' in value &&
  'length' in value &&
  typeof value.length === 'number' &&
  (typeof value.address === 'number' || typeof value.address === 'bigint');

const isMatch = (value: unknown): value is TrafficMatch =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  (('ports' in value && value.kind === 'ports') ||
    ('code' in value && value.kind === 'icmp') ||
    ('protocol' in value && value.kind === 'protocol'));
