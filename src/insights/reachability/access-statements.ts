/** Whether a packet, its ends and its way fit what an access scope says. */
import { idOfArn } from '../../model/analysed-resources.ts';
import type {
  AccessScopePath,
  PacketHeaderStatement,
  ResourceStatement,
} from '../../model/resources/network-insights-scopes.ts';
import { PrefixList } from '../../model/resources/prefix-list.ts';
import { type IpAddress, parseAddress } from '../../net/address.ts';
import { contains, parseCidr } from '../../net/cidr.ts';
import { TCP } from '../../net/protocol.ts';
import type { TraceRequest } from '../../tables/data-plane.ts';
import type { Resources } from './analysis-components.ts';

/** A delivered packet and the resources at both ends and on the way, by id. */
export interface FoundAccess {
  readonly request: TraceRequest;
  readonly sourceIds: ReadonlySet<string>;
  readonly destinationIds: ReadonlySet<string>;
  readonly passedIds: ReadonlySet<string>;
}

/** True when it fits all that the path says; what is not said fits everything. */
export function fitsPath(resources: Resources, path: AccessScopePath, found: FoundAccess): boolean {
  const { source, destination, throughResources = [] } = path;
  return (
    fitsResources(source?.resourceStatement, found.sourceIds) &&
    fitsResources(destination?.resourceStatement, found.destinationIds) &&
    fitsHeader(resources, source?.packetHeaderStatement, found.request) &&
    fitsHeader(resources, destination?.packetHeaderStatement, found.request) &&
    throughResources.every(({ resourceStatement }) => fitsResources(resourceStatement, found.passedIds))
  );
}

/** Types by the prefix of ids. */
const TYPE_PREFIXES: Readonly<Record<string, string>> = {
  'AWS::EC2::Instance': 'i-',
  'AWS::EC2::NetworkInterface': 'eni-',
  'AWS::EC2::InternetGateway': 'igw-',
  'AWS::EC2::NatGateway': 'nat-',
  'AWS::EC2::VPNGateway': 'vgw-',
  'AWS::EC2::VPC': 'vpc-',
  'AWS::EC2::Subnet': 'subnet-',
  'AWS::EC2::SecurityGroup': 'sg-',
  'AWS::EC2::VPCPeeringConnection': 'pcx-',
  'AWS::EC2::TransitGateway': 'tgw-',
  'AWS::EC2::TransitGatewayAttachment': 'tgw-attach-',
};

/** Whether localvpc knows a type of resources. */
export const isResourceType = (type: string): boolean => TYPE_PREFIXES[type] !== undefined;

/** An end is the resource itself, or belongs to it. */
export function fitsResources(statement: ResourceStatement | undefined, ids: ReadonlySet<string>): boolean {
  if (!statement) return true;
  const { resources = [], resourceTypes = [] } = statement;
  if (resources.length + resourceTypes.length === 0) return true;
  const isNamed = resources.some((text) => ids.has(idOfArn(text)));
  return isNamed || resourceTypes.some((type) => [...ids].some((id) => id.startsWith(TYPE_PREFIXES[type] ?? type)));
}

function fitsHeader(resources: Resources, statement: PacketHeaderStatement | undefined, packet: TraceRequest): boolean {
  if (!statement) return true;
  const { source, destination, sourcePort, destinationPort, protocol } = packet;
  return (
    isAmong(statement.protocols, (name) => name === (protocol === TCP ? 'tcp' : 'udp')) &&
    isAmong(statement.sourcePorts, (text) => holdsPort(text, sourcePort)) &&
    isAmong(statement.destinationPorts, (text) => holdsPort(text, destinationPort)) &&
    holdsAddress(resources, statement.sourceAddresses, statement.sourcePrefixLists, source) &&
    holdsAddress(resources, statement.destinationAddresses, statement.destinationPrefixLists, destination)
  );
}

const isAmong = <Item>(items: readonly Item[] | undefined, holds: (item: Item) => boolean): boolean =>
  items === undefined || items.length === 0 || items.some(holds);

/** "443" or "1024-65535". */
export function portsOf(text: string): { readonly from: number; readonly to: number } {
  const [from = '', to = from] = text.split('-');
  return { from: Number(from), to: Number(to) };
}

function holdsPort(text: string, port: number): boolean {
  const { from, to } = portsOf(text);
  return port >= from && port <= to;
}

function holdsAddress(
  resources: Resources,
  blocks: readonly string[] | undefined,
  lists: readonly string[] | undefined,
  address: IpAddress,
): boolean {
  const listed = (lists ?? []).flatMap((id) => resources.find(PrefixList, idOfArn(id))?.row.entries ?? []);
  const isListed = listed.some(({ cidr }) => contains(cidr, address));
  if (!blocks?.length && !lists?.length) return true;
  return isListed || (blocks ?? []).some((text) => holdsText(text, address));
}

function holdsText(text: string, address: IpAddress): boolean {
  const cidr = parseCidr(text);
  return cidr ? contains(cidr, address) : parseAddress(text) === address;
}
