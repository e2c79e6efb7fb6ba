/** What an access scope says of a path, made ready to be asked about many packets: its ends, its header, its way. */
import { idOfArn, kindNameOf } from '../../model/analysed-resources.ts';
import type {
  AccessScopePath,
  PacketHeaderStatement,
  ResourceStatement,
} from '../../model/resources/network-insights-scopes.ts';
import { PrefixList } from '../../model/resources/prefix-list.ts';
import { type IpAddress, parseAddress } from '../../net/address.ts';
import { type Cidr, cidrOf, contains, parseCidr } from '../../net/cidr.ts';
import { TCP } from '../../net/protocol.ts';
import type { TraceRequest } from '../../tables/data-plane.ts';
import type { Resources } from './analysis-components.ts';
import type { PortInterval } from './headers.ts';

/** A delivered packet and the resources at both ends and on the way, by id. */
export interface FoundAccess {
  readonly request: TraceRequest;
  readonly sourceIds: ReadonlySet<string>;
  readonly destinationIds: ReadonlySet<string>;
  readonly passedIds: ReadonlySet<string>;
}

/** One path of a scope. What it does not say fits everything. */
export class PathStatements {
  readonly #path: AccessScopePath;
  /** The header statements of both ends; a packet has to fit each. */
  readonly #headers: readonly HeaderStatement[];
  /** The sets of ids that were asked about are those of the ends, few for all their pairs. */
  readonly #fitting = {
    source: new Map<ReadonlySet<string>, boolean>(),
    destination: new Map<ReadonlySet<string>, boolean>(),
  };

  constructor(resources: Resources, path: AccessScopePath) {
    this.#path = path;
    this.#headers = [path.source, path.destination].flatMap((end) =>
      end?.packetHeaderStatement ? [headerOf(resources, end.packetHeaderStatement)] : [],
    );
  }

  /** Whether it says what a packet passes on its way, which only the way can tell. */
  get leadsThrough(): boolean {
    return (this.#path.throughResources ?? []).length > 0;
  }

  /** Whether it says that of security groups, of which the packet's port decides which one lets it pass. */
  get namesGroups(): boolean {
    return (this.#path.throughResources ?? []).some(({ resourceStatement: one }) => {
      const named = (one?.resources ?? []).map((text) => kindNameOf(idOfArn(text)));
      return [...named, ...(one?.resourceTypes ?? []).map((type) => KINDS[type])].includes('security-group');
    });
  }

  /** Blocks that it tells apart. */
  get blocks(): readonly Cidr[] {
    return this.#headers.flatMap(({ sources = [], destinations = [] }) => [...sources, ...destinations]);
  }

  /** Ports from which on it says something else. */
  get sourcePortBounds(): readonly number[] {
    return this.#headers.flatMap(({ sourcePorts = [] }) => boundsOf(sourcePorts));
  }
  get destinationPortBounds(): readonly number[] {
    return this.#headers.flatMap(({ destinationPorts = [] }) => boundsOf(destinationPorts));
  }

  /** Whether the end at which packets begin, with all that it belongs to, is one that it speaks of. */
  fitsSource(ids: ReadonlySet<string>): boolean {
    return remembered(this.#fitting.source, ids, this.#path.source?.resourceStatement);
  }
  fitsDestination(ids: ReadonlySet<string>): boolean {
    return remembered(this.#fitting.destination, ids, this.#path.destination?.resourceStatement);
  }

  fitsAddresses(source: IpAddress, destination: IpAddress): boolean {
    return this.#headers.every((one) => isIn(one.sources, source) && isIn(one.destinations, destination));
  }
  fitsSourcePort(port: number): boolean {
    return this.#headers.every(({ sourcePorts }) => isAmong(sourcePorts, port));
  }
  fitsTraffic(protocol: number, destinationPort: number): boolean {
    const name = protocol === TCP ? 'tcp' : 'udp';
    return this.#headers.every(
      ({ protocols, destinationPorts }) =>
        (protocols === undefined || protocols.includes(name)) && isAmong(destinationPorts, destinationPort),
    );
  }

  /** Whether what a packet passes is all that it asks for. */
  fitsWay(passedIds: ReadonlySet<string>): boolean {
    const { throughResources = [] } = this.#path;
    return throughResources.every(({ resourceStatement }) => fitsResources(resourceStatement, passedIds));
  }

  /** True when it fits all that the path says. */
  fits({ request, sourceIds, destinationIds, passedIds }: FoundAccess): boolean {
    const { source, destination, protocol, sourcePort, destinationPort } = request;
    return (
      this.fitsSource(sourceIds) &&
      this.fitsDestination(destinationIds) &&
      this.fitsAddresses(source, destination) &&
      this.fitsSourcePort(sourcePort) &&
      this.fitsTraffic(protocol, destinationPort) &&
      this.fitsWay(passedIds)
    );
  }
}

/** What one end says of packets; undefined says nothing. */
interface HeaderStatement {
  readonly protocols: readonly ('tcp' | 'udp')[] | undefined;
  readonly sourcePorts: readonly PortInterval[] | undefined;
  readonly destinationPorts: readonly PortInterval[] | undefined;
  readonly sources: readonly Cidr[] | undefined;
  readonly destinations: readonly Cidr[] | undefined;
}

const headerOf = (resources: Resources, statement: PacketHeaderStatement): HeaderStatement => ({
  protocols: statement.protocols?.length ? statement.protocols : undefined,
  sourcePorts: portsOf(statement.sourcePorts),
  destinationPorts: portsOf(statement.destinationPorts),
  sources: blocksOf(resources, statement.sourceAddresses, statement.sourcePrefixLists),
  destinations: blocksOf(resources, statement.destinationAddresses, statement.destinationPrefixLists),
});

/** "443" or "1024-65535". */
const portsOf = (texts: readonly string[] | undefined): readonly PortInterval[] | undefined =>
  texts?.length
    ? texts.map((text) => {
        const [from = '', to = from] = text.split('-');
        return { from: Number(from), to: Number(to) };
      })
    : undefined;

function blocksOf(
  resources: Resources,
  texts: readonly string[] | undefined,
  lists: readonly string[] | undefined,
): readonly Cidr[] | undefined {
  if (!texts?.length && !lists?.length) return undefined;
  const listed = (lists ?? []).flatMap((id) => resources.find(PrefixList, idOfArn(id))?.row.entries ?? []);
  return [...listed.map(({ cidr }) => cidr), ...(texts ?? []).flatMap((text) => blockOf(text) ?? [])];
}

function blockOf(text: string): Cidr | undefined {
  const address = parseAddress(text);
  if (address === undefined) return parseCidr(text);
  return cidrOf(address, typeof address === 'number' ? 32 : 128);
}

const boundsOf = (ports: readonly PortInterval[]): readonly number[] => ports.flatMap(({ from, to }) => [from, to + 1]);

const isIn = (blocks: readonly Cidr[] | undefined, address: IpAddress): boolean =>
  blocks === undefined || blocks.some((block) => contains(block, address));

const isAmong = (ports: readonly PortInterval[] | undefined, port: number): boolean =>
  ports === undefined || ports.some(({ from, to }) => port >= from && port <= to);

/** Names of kinds by CloudFormation's types. */
const KINDS: Readonly<Record<string, string>> = {
  'AWS::EC2::Instance': 'instance',
  'AWS::EC2::NetworkInterface': 'network-interface',
  'AWS::EC2::InternetGateway': 'internet-gateway',
  'AWS::EC2::NatGateway': 'natgateway',
  'AWS::EC2::VPNGateway': 'vpn-gateway',
  'AWS::EC2::VPC': 'vpc',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::EC2::SecurityGroup': 'security-group',
  'AWS::EC2::VPCPeeringConnection': 'vpc-peering-connection',
  'AWS::EC2::TransitGateway': 'transit-gateway',
  'AWS::EC2::TransitGatewayAttachment': 'transit-gateway-attachment',
};

/** An end is the resource itself, or belongs to it. */
function fitsResources(statement: ResourceStatement | undefined, ids: ReadonlySet<string>): boolean {
  if (!statement) return true;
  const { resources = [], resourceTypes = [] } = statement;
  if (resources.length + resourceTypes.length === 0) return true;
  const isNamed = resources.some((text) => ids.has(idOfArn(text)));
  return isNamed || resourceTypes.some((type) => holdsKind(ids, KINDS[type]));
}

const holdsKind = (ids: ReadonlySet<string>, kind: string | undefined): boolean =>
  kind !== undefined && [...ids].some((id) => kindNameOf(id) === kind);

function remembered(
  fitting: Map<ReadonlySet<string>, boolean>,
  ids: ReadonlySet<string>,
  statement: ResourceStatement | undefined,
): boolean {
  const known = fitting.get(ids) ?? fitsResources(statement, ids);
  fitting.set(ids, known);
  return known;
}
