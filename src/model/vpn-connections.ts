/** Customer gateways and VPN connections: how they come, what routes they carry, and how they go. */
import { type Ipv4, ipv4 } from '../net/address.ts';
import { ANY_IPV4, cidrOf, equalCidrs, formatCidr, type Ipv4Cidr, overlaps } from '../net/cidr.ts';
import type { TransitGatewayId, VpnConnectionId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import { TransitGatewayAttachment } from './resources/transit-gateway.ts';
import { CustomerGateway, VpnConnection, type VpnGateway, type VpnTunnel } from './resources/vpn.ts';
import type { Transaction } from './transaction.ts';
import { defaultTables, endAttachment, refuseTooManyAttachments } from './transit-gateway-attachments.ts';
import { ownTransitGateway } from './transit-gateway-lifecycle.ts';

/** What CreateCustomerGateway says. */
export type CustomerGatewaySpec = Pick<
  CustomerGateway,
  'ipAddress' | 'bgpAsn' | 'certificateArn' | 'deviceName' | 'tags'
>;

/** Records a device at the customer's site; one like it that is there already is the answer (API_CreateCustomerGateway). @throws Fault CustomerGatewayLimitExceeded */
export function createCustomerGateway(tx: Transaction, spec: CustomerGatewaySpec): CustomerGateway {
  const living = tx.list(CustomerGateway, ({ state }) => state === 'available');
  const same = living.find(
    ({ ipAddress, bgpAsn, certificateArn }) =>
      ipAddress === spec.ipAddress && bgpAsn === spec.bgpAsn && certificateArn === spec.certificateArn,
  );
  if (same) return same;
  if (living.length >= quota(tx, 'customerGatewaysPerRegion')) throw new Fault('CustomerGatewayLimitExceeded');
  return tx.insert(CustomerGateway, { ...spec, state: 'available', deletedAtMs: undefined });
}

/** The gateway of this id that was not deleted. @throws Fault InvalidCustomerGatewayID.NotFound, .Malformed */
export function findCustomerGateway(tx: Transaction, id: string | undefined): CustomerGateway {
  const gateway = tx.get(CustomerGateway, id);
  if (gateway.state === 'deleted') throw new Fault('InvalidCustomerGatewayID.NotFound', { id: gateway.id });
  return gateway;
}

/** Deletes it once no connection ends there. @throws Fault IncorrectState */
export function deleteCustomerGateway(tx: Transaction, gateway: CustomerGateway): void {
  const isUsed = tx.by(VpnConnection, 'customerGatewayId', gateway.id).some(({ state }) => state === 'available');
  if (isUsed) throw new Fault('IncorrectState', 'The customer gateway is in use.');
  tx.update(CustomerGateway, gateway.id, { state: 'deleted', deletedAtMs: tx.nowMs });
}

/** What CreateVpnConnection says. */
export interface VpnConnectionSpec {
  readonly customerGateway: CustomerGateway;
  /** AWS's end: a virtual private gateway, or the id of a transit gateway. */
  readonly end: { readonly vpnGateway: VpnGateway } | { readonly transitGatewayId: TransitGatewayId };
  readonly staticRoutesOnly: boolean;
  readonly localCidr: Ipv4Cidr | undefined;
  readonly remoteCidr: Ipv4Cidr | undefined;
  /** As far as the request gives them. */
  readonly tunnels: readonly Partial<Pick<VpnTunnel, 'insideCidr' | 'preSharedKey' | 'settings'>>[];
  readonly tags: Tags;
}

const TUNNELS = 2;

/**
 * Makes a connection; one between the same two ends that is there already is the answer (API_CreateVpnConnection:
 * idempotent).
 * @throws Fault VpnConnectionLimitExceeded, InvalidParameterValue for a tunnel's block, those of transit gateways
 */
export function createVpnConnection(tx: Transaction, spec: VpnConnectionSpec): VpnConnection {
  const living = tx.list(VpnConnection, ({ state }) => state === 'available');
  const endId = 'vpnGateway' in spec.end ? spec.end.vpnGateway.id : spec.end.transitGatewayId;
  const standing = living.find((one) => one.customerGatewayId === spec.customerGateway.id && one.endsAt.id === endId);
  if (standing) return standing;
  const ofGateway = living.filter(({ endsAt }) => endsAt.kind === 'vpn-gateway' && endsAt.id === endId);
  if (
    living.length >= quota(tx, 'vpnConnectionsPerRegion') ||
    ofGateway.length >= quota(tx, 'vpnConnectionsPerVpnGateway')
  ) {
    throw new Fault('VpnConnectionLimitExceeded');
  }
  const id = tx.newId('vpn');
  return tx.put(VpnConnection, {
    id,
    state: 'available',
    createdAtMs: tx.nowMs,
    deletedAtMs: undefined,
    customerGatewayId: spec.customerGateway.id,
    endsAt: connectTo(tx, id, spec),
    staticRoutesOnly: spec.staticRoutesOnly,
    localCidr: spec.localCidr ?? ANY_IPV4,
    remoteCidr: spec.remoteCidr ?? ANY_IPV4,
    staticRoutes: [],
    tunnels: makeTunnels(tx, spec.tunnels),
    tags: spec.tags,
  });
}

/** Where a connection is to end; at a transit gateway it gets an attachment. @throws Fault those of transit gateways */
export function connectTo(
  tx: Transaction,
  id: VpnConnectionId,
  { end, tags }: Pick<VpnConnectionSpec, 'end' | 'tags'>,
): VpnConnection['endsAt'] {
  if ('vpnGateway' in end) return { kind: 'vpn-gateway', id: end.vpnGateway.id };
  const gateway = ownTransitGateway(tx, end.transitGatewayId);
  refuseTooManyAttachments(tx, gateway);
  const attachment = tx.insert(TransitGatewayAttachment, {
    transitGatewayId: gateway.id,
    transitGatewayOwner: tx.account,
    state: 'available',
    createdAtMs: tx.nowMs,
    deletedAtMs: undefined,
    resource: { kind: 'vpn', account: tx.account, vpnConnectionId: id },
    associatedRouteTableId: undefined,
    propagatedRouteTableIds: [],
    ...defaultTables(gateway, 'vpn'),
    tags,
  });
  return { kind: 'transit-gateway', id: gateway.id, attachmentId: attachment.id };
}

/** 169.254.0.0/16, of which some blocks are reserved (API_VpnTunnelOptionsSpecification). */
const INSIDE = ipv4(0xa9fe_0000);
const RESERVED: readonly Ipv4Cidr[] = [
  ...[0, 1, 2, 3, 4, 5].map((third) => cidrOf(ipv4(INSIDE + 256 * third), 30)),
  cidrOf(ipv4(INSIDE + 256 * 169 + 252), 30),
];
/** RFC 5737, TEST-NET-3: nobody's addresses, since nothing is sent outside of the tunnels. */
const OUTSIDE = 0xcb00_7100;
const KEY_CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.';
const KEY_LENGTH = 32;

function makeTunnels(tx: Transaction, wanted: VpnConnectionSpec['tunnels']): readonly VpnTunnel[] {
  const tunnels: VpnTunnel[] = [];
  for (let index = 0; index < TUNNELS; index++) {
    const { insideCidr, preSharedKey, settings = {} } = wanted[index] ?? {};
    if (insideCidr) checkInsideCidr(insideCidr, tunnels);
    tunnels.push({
      outsideAddress: ipv4(OUTSIDE + 1 + tx.random.integer(254)),
      insideCidr: insideCidr ?? freeInsideCidr(tx, tunnels),
      preSharedKey: preSharedKey ?? randomKey(tx),
      settings,
    });
  }
  return tunnels;
}

/** The sentence is unconfirmed. @throws Fault InvalidParameterValue */
export function checkInsideCidr(cidr: Ipv4Cidr, taken: readonly VpnTunnel[]): void {
  const isInside = cidr.length === 30 && (cidr.address as Ipv4) >>> 16 === INSIDE >>> 16;
  if (isInside && !isTaken(cidr, taken)) return;
  throw new Fault('InvalidParameterValue', {
    value: formatCidr(cidr),
    parameter: 'tunnelInsideCidr',
    reason: 'It must be a /30 block of 169.254.0.0/16 that is neither reserved nor in use.',
  });
}

const isTaken = (cidr: Ipv4Cidr, taken: readonly VpnTunnel[]): boolean =>
  RESERVED.some((reserved) => equalCidrs(reserved, cidr)) || taken.some(({ insideCidr }) => overlaps(insideCidr, cidr));

function freeInsideCidr(tx: Transaction, taken: readonly VpnTunnel[]): Ipv4Cidr {
  for (;;) {
    const cidr = cidrOf(ipv4(INSIDE + 4 * tx.random.integer(1 << 14)), 30);
    if (!isTaken(cidr, taken)) return cidr;
  }
}

const randomKey = (tx: Transaction): string =>
  Array.from({ length: KEY_LENGTH }, () => KEY_CHARACTERS[tx.random.integer(KEY_CHARACTERS.length)]).join('');

/** The connection of this id that was not deleted. @throws Fault InvalidVpnConnectionID.NotFound, .Malformed */
export function findVpnConnection(tx: Transaction, id: string | undefined): VpnConnection {
  const connection = tx.get(VpnConnection, id);
  if (connection.state === 'deleted') throw new Fault('InvalidVpnConnectionID.NotFound', { id: connection.id });
  return connection;
}

/** Takes away what a connection has at AWS's end: its attachment to a transit gateway. */
export function disconnect(tx: Transaction, { endsAt }: VpnConnection): void {
  const attachment = endsAt.kind === 'transit-gateway' && tx.find(TransitGatewayAttachment, endsAt.attachmentId);
  if (attachment && attachment.state === 'available') endAttachment(tx, attachment, 'deleted');
}

/** Deletes a connection; its attachment to a transit gateway goes with it. */
export function deleteVpnConnection(tx: Transaction, connection: VpnConnection): void {
  disconnect(tx, connection);
  tx.update(VpnConnection, connection.id, { state: 'deleted', deletedAtMs: tx.nowMs });
}

/** Adds a block of the customer's site, of a static connection to a virtual private gateway. @throws Fault InvalidParameterValue, InvalidVpnConnection.InvalidType (unconfirmed) */
export function createStaticVpnRoute(tx: Transaction, connection: VpnConnection, cidr: Ipv4Cidr): void {
  requireStatic(connection);
  if (connection.staticRoutes.some((route) => equalCidrs(route, cidr))) return;
  tx.update(VpnConnection, connection.id, { staticRoutes: [...connection.staticRoutes, cidr] });
}

/** Takes one away. @throws Fault InvalidRoute.NotFound */
export function deleteStaticVpnRoute(tx: Transaction, connection: VpnConnection, cidr: Ipv4Cidr): void {
  requireStatic(connection);
  if (!connection.staticRoutes.some((route) => equalCidrs(route, cidr))) {
    throw new Fault(
      'InvalidRoute.NotFound',
      `The specified route ${formatCidr(cidr)} does not exist in ${connection.id}`,
    );
  }
  tx.update(VpnConnection, connection.id, {
    staticRoutes: connection.staticRoutes.filter((route) => !equalCidrs(route, cidr)),
  });
}

/** The sentences are unconfirmed. */
function requireStatic({ id, staticRoutesOnly, endsAt }: VpnConnection): void {
  if (endsAt.kind === 'transit-gateway') {
    const sentence = `Routes to ${id} are those of the transit gateway's route tables: use CreateTransitGatewayRoute.`;
    throw new Fault('InvalidVpnConnection.InvalidType', sentence);
  }
  if (!staticRoutesOnly) {
    throw new Fault('InvalidVpnConnection.InvalidType', `The VPN connection ${id} does not use static routes.`);
  }
}
