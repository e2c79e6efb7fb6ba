/** A route that a table lacks or that leads nowhere, with the gateway it needs where there is none yet. */
import { peeringState } from '../../model/peering-state.ts';
import { EgressOnlyInternetGateway, InternetGateway } from '../../model/resources/internet-gateway.ts';
import { NatGateway } from '../../model/resources/nat-gateway.ts';
import { RouteTable } from '../../model/resources/route-table.ts';
import { TransitGatewayAttachment } from '../../model/resources/transit-gateway.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { VpcPeeringConnection } from '../../model/resources/vpc-peering-connection.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatAddress, type IpAddress, isIpv4, isRfc1918, isRfc6598 } from '../../net/address.ts';
import { type Cidr, contains, formatCidr } from '../../net/cidr.ts';
import type { ApiCall, Parameters } from '../api-call.ts';
import { attachGateway } from './gateways.ts';
import { startOwner } from './interfaces.ts';
import { findRow, type LostPacket, lostAtInterface } from './lost-packet.ts';
import { farAttachment } from './transit.ts';

/** The place of a lookup: the table, and who looks for what. */
interface Lookup {
  readonly tx: Transaction;
  readonly table: RouteTable;
  readonly destination: IpAddress;
}

function lookupOf(lost: LostPacket): Lookup | undefined {
  const place = lostAtInterface(lost);
  const step = lost.path.findLast(({ component }) => component?.kind === 'route-table' && component.id !== '');
  const found = step?.component && findRow(lost, RouteTable, step.component.id);
  return place && found && { tx: found.tx, table: found.row, destination: place.destination };
}

/** A route to where the destination is: a peered VPC, or the outside world through a gateway. */
export function missingRoute(lost: LostPacket): ApiCall[][] {
  const lookup = lookupOf(lost);
  if (!lookup) return [];
  return [
    ...routesOverTransit(lost, lookup),
    ...routesToPeers(lost, lookup),
    ...routesOutside(lookup),
    ...routeToForwarder(lost, lookup),
  ];
}

/** An answer to an address that is not its interface's own has to go back through whoever forwarded the question. */
function routeToForwarder({ way, question }: LostPacket, lookup: Lookup): ApiCall[][] {
  const { from, request } = question;
  const isForwarded = way === 'reply' && from.interface !== undefined && request.source !== from.address;
  if (!isForwarded || request.source !== lookup.destination) return [];
  return [[createRoute(lookup, blockOfOne(lookup.destination), { NetworkInterfaceId: from.interface.id })]];
}

const blockOfOne = (address: IpAddress): string => `${formatAddress(address)}/${isIpv4(address) ? 32 : 128}`;

/** Over a transit gateway to which both VPCs are attached. */
function routesOverTransit(lost: LostPacket, lookup: Lookup): ApiCall[][] {
  const { tx, table, destination } = lookup;
  return tx.by(TransitGatewayAttachment, 'vpcId', table.vpcId).flatMap(({ transitGatewayId, state }) => {
    const far = farAttachment(lost, transitGatewayId, destination);
    if (state !== 'available' || !far || far.vpcId === table.vpcId) return [];
    return [[createRoute(lookup, far.block, { TransitGatewayId: transitGatewayId })]];
  });
}

function routesToPeers(lost: LostPacket, lookup: Lookup): ApiCall[][] {
  const { tx, table, destination } = lookup;
  const standing = tx.by(VpcPeeringConnection, 'vpcId', table.vpcId);
  const known = standing.flatMap((connection) => {
    const state = peeringState(connection, tx.nowMs);
    const other = connection.requester.vpcId === table.vpcId ? connection.accepter : connection.requester;
    const block = blockHolding(lost, other.vpcId, destination);
    if (!block || (state !== 'active' && state !== 'pending-acceptance')) return [];
    const route = createRoute(lookup, block, { VpcPeeringConnectionId: connection.id });
    return [
      state === 'active' ? [route] : [acceptPeering(lost, connection), route].filter((call) => call !== undefined),
    ];
  });
  return known.length > 0 ? known : newPeering(lost, lookup);
}

/** Only within one account and Region: what another would say to a request is not known here. */
function newPeering(lost: LostPacket, lookup: Lookup): ApiCall[][] {
  const { tx, table, destination } = lookup;
  const others = tx.list(Vpc, ({ id }) => id !== table.vpcId && blockHolding(lost, id, destination) !== undefined);
  return others.map(({ id }): ApiCall[] => {
    const block = blockHolding(lost, id, destination);
    const scope = tx.scope;
    return [
      {
        scope,
        operation: 'CreateVpcPeeringConnection',
        parameters: { VpcId: table.vpcId, PeerVpcId: id },
        saves: { name: 'PEERING', path: 'VpcPeeringConnection.VpcPeeringConnectionId' },
      },
      { scope, operation: 'AcceptVpcPeeringConnection', parameters: { VpcPeeringConnectionId: '$PEERING' } },
      ...(block ? [createRoute(lookup, block, { VpcPeeringConnectionId: '$PEERING' })] : []),
    ];
  });
}

function blockHolding(lost: LostPacket, vpcId: string, address: IpAddress): Cidr | undefined {
  const vpc = findRow(lost, Vpc, vpcId)?.row;
  const blocks = vpc ? [...vpc.cidrBlocks, ...vpc.ipv6CidrBlocks] : [];
  return blocks.map(({ cidr }) => cidr).find((cidr) => contains(cidr, address));
}

const isPrivate = (address: IpAddress): boolean => isIpv4(address) && (isRfc1918(address) || isRfc6598(address));

/** Through a gateway that the VPC has, the simplest first; else through a new one. */
function routesOutside(lookup: Lookup): ApiCall[][] {
  const { tx, table, destination } = lookup;
  if (isPrivate(destination)) return [];
  const { scope } = tx;
  const block = defaultBlock(lookup);
  const attached = tx.by(InternetGateway, 'vpcId', table.vpcId);
  const natGateways = isIpv4(destination)
    ? tx
        .by(NatGateway, 'vpcId', table.vpcId)
        .filter(({ state, connectivityType }) => state === 'available' && connectivityType === 'public')
    : [];
  const egressOnly = isIpv4(destination) ? [] : tx.by(EgressOnlyInternetGateway, 'vpcId', table.vpcId);
  const present: ApiCall[][] = [
    ...attached.map(({ id }) => [createRoute(lookup, block, { GatewayId: id })]),
    ...natGateways.map(({ id }) => [createRoute(lookup, block, { NatGatewayId: id })]),
    ...egressOnly.map(({ id }) => [createRoute(lookup, block, { EgressOnlyInternetGatewayId: id })]),
  ];
  if (attached.length > 0) return present;
  const free = tx.list(InternetGateway, ({ vpcId }) => vpcId === undefined)[0];
  const attach = (InternetGatewayId: string): ApiCall[] => [
    { scope, operation: 'AttachInternetGateway', parameters: { InternetGatewayId, VpcId: table.vpcId } },
    createRoute(lookup, block, { GatewayId: InternetGatewayId }),
  ];
  const create: ApiCall = {
    scope,
    operation: 'CreateInternetGateway',
    parameters: {},
    saves: { name: 'GATEWAY', path: 'InternetGateway.InternetGatewayId' },
  };
  return [...present, free ? attach(free.id) : [create, ...attach('$GATEWAY')]];
}

/** Everywhere, unless the table has such a route already; then this one address. */
function defaultBlock({ table, destination }: Lookup): string {
  const everywhere = isIpv4(destination) ? '0.0.0.0/0' : '::/0';
  const isTaken = table.routes.some(
    (route) => route.destination.kind === 'cidr' && formatCidr(route.destination.cidr) === everywhere,
  );
  return isTaken ? blockOfOne(destination) : everywhere;
}

const createRoute = ({ tx, table }: Lookup, block: Cidr | string, target: Parameters): ApiCall => {
  const text = typeof block === 'string' ? block : formatCidr(block);
  const destination = text.includes(':') ? { DestinationIpv6CidrBlock: text } : { DestinationCidrBlock: text };
  return {
    scope: tx.scope,
    operation: 'CreateRoute',
    parameters: { RouteTableId: table.id, ...destination, ...target },
  };
};

function acceptPeering(lost: LostPacket, { id, accepter }: VpcPeeringConnection): ApiCall | undefined {
  const scope = { account: accepter.account, region: accepter.region };
  if (!lost.scopes.some((one) => one.account === scope.account && one.region === scope.region)) return undefined;
  return { scope, operation: 'AcceptVpcPeeringConnection', parameters: { VpcPeeringConnectionId: id } };
}

/** A route that wins its lookup and leads nowhere: its target brought back, another target, or no such route. */
export function deadRoute(lost: LostPacket): ApiCall[][] {
  const lookup = lookupOf(lost);
  const asked = lost.path.findLast(({ component }) => component?.kind === 'route-table' && component.id !== '');
  const route = asked?.component?.rule;
  if (!lookup || route?.kind !== 'route') return [];
  const { tx, table } = lookup;
  const identity: Parameters = {
    RouteTableId: table.id,
    ...(route.destination.includes(':')
      ? { DestinationIpv6CidrBlock: route.destination }
      : { DestinationCidrBlock: route.destination }),
  };
  const call = (operation: string, more: Parameters = {}): ApiCall[] => [
    { scope: tx.scope, operation, parameters: { ...identity, ...more } },
  ];
  return [
    ...revivals(lost, lookup, route.target),
    ...otherTargets(lookup, route.target).map((target) => call('ReplaceRoute', target)),
    call('DeleteRoute'),
  ];
}

/** What brings the target of a route back. */
function revivals(lost: LostPacket, { tx, table }: Lookup, target: string): ApiCall[][] {
  if (target.startsWith('igw-')) return attachGateway(lost, target, table.vpcId);
  if (target.startsWith('eni-')) return startOwner(lost, target);
  const connection = target.startsWith('pcx-') ? tx.find(VpcPeeringConnection, target) : undefined;
  const accept =
    connection && peeringState(connection, tx.nowMs) === 'pending-acceptance' && acceptPeering(lost, connection);
  return accept ? [[accept]] : [];
}

function otherTargets({ tx, table, destination }: Lookup, target: string): readonly Parameters[] {
  if (isPrivate(destination)) return [];
  return [
    ...tx
      .by(NatGateway, 'vpcId', table.vpcId)
      .filter(({ id, state }) => state === 'available' && id !== target)
      .map(({ id }) => ({ NatGatewayId: id })),
    ...tx
      .by(InternetGateway, 'vpcId', table.vpcId)
      .filter(({ id }) => id !== target)
      .map(({ id }) => ({ GatewayId: id })),
  ];
}

/** For a source without a public address behind a route to an internet gateway: a NAT gateway takes its place. */
export function routeToNatGateway(lost: LostPacket): ApiCall[][] {
  return deadRoute(lost).filter((calls) =>
    calls.every(({ operation, parameters }) => operation === 'ReplaceRoute' && 'NatGatewayId' in parameters),
  );
}
