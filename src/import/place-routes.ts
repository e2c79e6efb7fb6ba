/** Described peering connections and route tables, which lead to everything else and so come last. */
import type * as sdk from '@aws-sdk/client-ec2';
import { primaryInterface } from '../model/dns-names.ts';
import type { NetworkInterface } from '../model/resources/network-interface.ts';
import { PrefixList } from '../model/resources/prefix-list.ts';
import { type Route, RouteTable, type RouteTableAssociation } from '../model/resources/route-table.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { TransitGatewayAttachment } from '../model/resources/transit-gateway.ts';
import { Vpc } from '../model/resources/vpc.ts';
import { type PeeringSide, VpcPeeringConnection } from '../model/resources/vpc-peering-connection.ts';
import { createMainRouteTable } from '../model/route-table-lifecycle.ts';
import { refreshAttachedCidrs } from '../model/transit-gateway-attachments.ts';
import { propagatedRoutes } from '../model/vpn-gateway-lifecycle.ts';
import { equalCidrs, parseCidr } from '../net/cidr.ts';
import { isId } from '../net/identifiers.ts';
import type { RouteTarget } from '../net/route-target.ts';
import { placePropagation } from './place-vpns.ts';
import { existing, idOf, idOrNew, ipv4CidrOf, ipv6CidrOf, type Place, place, tagsOf, Unplaceable } from './placing.ts';

/** A connection that stands, in the scope that describes it. @throws Unplaceable */
export function placePeering({ tx }: Place, one: sdk.VpcPeeringConnection): void {
  const state = one.Status?.Code;
  if (state !== 'active' && state !== 'pending-acceptance' && state !== 'provisioning') return;
  place(tx, VpcPeeringConnection, {
    id: idOf('pcx', one.VpcPeeringConnectionId),
    requester: sideOf(one.RequesterVpcInfo, tx.region, tx.account),
    accepter: sideOf(one.AccepterVpcInfo, tx.region, tx.account),
    state: state === 'provisioning' ? 'active' : state,
    stateMessage: one.Status?.Message ?? '',
    expiresAtMs: one.ExpirationTime?.getTime() ?? tx.nowMs,
    shownUntilMs: undefined,
    tags: tagsOf(one.Tags),
  });
}

function sideOf(info: sdk.VpcPeeringConnectionVpcInfo | undefined, region: string, account: string): PeeringSide {
  const ipv4 = info?.CidrBlockSet?.map(({ CidrBlock: text }) => ipv4CidrOf(text));
  const only = info?.CidrBlock === undefined ? [] : [ipv4CidrOf(info.CidrBlock)];
  const ipv6 = (info?.Ipv6CidrBlockSet ?? []).map(({ Ipv6CidrBlock: text }) => ipv6CidrOf(text));
  return {
    account: info?.OwnerId ?? account,
    region: info?.Region ?? region,
    vpcId: idOf('vpc', info?.VpcId),
    cidrs: [...(ipv4 && ipv4.length > 0 ? ipv4 : only), ...ipv6],
    allowDnsResolutionFromRemoteVpc: info?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc ?? false,
  };
}

/** A route table. A route that cannot be read is left out by itself. @throws Unplaceable */
export function placeRouteTable(where: Place, one: sdk.RouteTable): void {
  const { tx } = where;
  const vpc = existing(tx, Vpc, one.VpcId);
  const id = idOf('rtb', one.RouteTableId);
  const routes = (one.Routes ?? []).flatMap((route) => routeOf(where, one, route));
  const table = place(tx, RouteTable, {
    id,
    vpcId: vpc.id,
    routes,
    associations: (one.Associations ?? []).flatMap((association) => associationOf(where, association)),
    tags: tagsOf(one.Tags),
  });
  placePropagation(where, table, one);
  // Static routes of connections are learned again; what BGP taught, which is not here, stays as it was described.
  const learned = propagatedRoutes(tx, table);
  const isLearned = ({ destination, origin }: Route): boolean =>
    origin === 'EnableVgwRoutePropagation' && learned.some((other) => isSame(destination, other.destination));
  if (routes.some(isLearned)) tx.update(RouteTable, id, { routes: routes.filter((route) => !isLearned(route)) });
}

const isSame = (one: Route['destination'], other: Route['destination']): boolean =>
  one.kind === 'cidr' && other.kind === 'cidr' && equalCidrs(one.cidr, other.cidr);

/** A VPC whose description has no main table gets one, for no packet could leave its subnets otherwise. */
export function completeVpc({ tx, leaveOut }: Place, vpc: Vpc): void {
  if (tx.count(TransitGatewayAttachment, 'vpcId', vpc.id) > 0) refreshAttachedCidrs(tx, vpc.id);
  if (tx.count(RouteTable, 'mainOfVpcId', vpc.id) > 0) return;
  createMainRouteTable(tx, vpc);
  leaveOut({ what: vpc.id, why: 'its main route table is not described; a new one has the local routes alone' });
}

function associationOf({ tx, leaveOut }: Place, one: sdk.RouteTableAssociation): readonly RouteTableAssociation[] {
  if (one.AssociationState?.State !== undefined && one.AssociationState.State !== 'associated') return [];
  const id = idOrNew(tx, 'rtbassoc', one.RouteTableAssociationId);
  if (one.Main) return [{ id, kind: 'main' }];
  const { SubnetId: subnetId, GatewayId: gatewayId = '' } = one;
  if (subnetId !== undefined) return [{ id, kind: 'subnet', subnetId: existing(tx, Subnet, subnetId).id }];
  if (isId('igw', gatewayId) || isId('vgw', gatewayId)) return [{ id, kind: 'gateway', gatewayId }];
  if (isId('nat', gatewayId)) return [{ id, kind: 'nat-gateway', natGatewayId: gatewayId }];
  leaveOut({ what: `association ${id}`, why: 'it names neither a subnet nor a gateway that localvpc has' });
  return [];
}

function routeOf({ tx, leaveOut }: Place, { RouteTableId: id }: sdk.RouteTable, route: sdk.Route): readonly Route[] {
  try {
    const origin =
      route.Origin === 'EnableVgwRoutePropagation' || route.Origin === 'CreateRoute' ? route.Origin : undefined;
    const target = targetOf(tx, route);
    return [{ destination: destinationOf(tx, route), target, origin: origin ?? originOf(target) }];
  } catch (error) {
    if (!(error instanceof Unplaceable)) throw error;
    const to = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId;
    leaveOut({ what: `${id}: route to ${to}`, why: error.message });
    return [];
  }
}

const originOf = ({ kind }: RouteTarget): Route['origin'] => (kind === 'local' ? 'CreateRouteTable' : 'CreateRoute');

function destinationOf(tx: Place['tx'], route: sdk.Route): Route['destination'] {
  if (route.DestinationPrefixListId !== undefined)
    return { kind: 'prefix-list', id: existing(tx, PrefixList, route.DestinationPrefixListId).id };
  const cidr = parseCidr(route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? '');
  if (!cidr) throw new Unplaceable('its destination is not a block');
  return { kind: 'cidr', cidr };
}

/** A target that is not there makes the route a blackhole, as at AWS. An instance is its primary interface. */
function targetOf(tx: Place['tx'], route: sdk.Route): RouteTarget {
  const gateway = route.GatewayId ?? '';
  if (gateway === 'local') return { kind: 'local' };
  if (isId('igw', gateway)) return { kind: 'internet-gateway', id: gateway };
  if (isId('vgw', gateway)) return { kind: 'vpn-gateway', id: gateway };
  // Only gateway endpoints are led to by lists of AWS's; to those of Gateway Load Balancers they are blocks, as a rule.
  if (isId('vpce', gateway)) {
    const isToService = route.DestinationPrefixListId !== undefined;
    return { kind: isToService ? 'endpoint' : 'gateway-load-balancer-endpoint', id: gateway };
  }
  if (route.NatGatewayId !== undefined) return { kind: 'nat-gateway', id: idOf('nat', route.NatGatewayId) };
  if (route.EgressOnlyInternetGatewayId !== undefined)
    return { kind: 'egress-only-internet-gateway', id: idOf('eigw', route.EgressOnlyInternetGatewayId) };
  if (route.VpcPeeringConnectionId !== undefined)
    return { kind: 'peering', id: idOf('pcx', route.VpcPeeringConnectionId) };
  if (route.TransitGatewayId !== undefined) return { kind: 'transit-gateway', id: idOf('tgw', route.TransitGatewayId) };
  if (route.NetworkInterfaceId !== undefined) return { kind: 'interface', id: idOf('eni', route.NetworkInterfaceId) };
  if (route.InstanceId !== undefined) return { kind: 'interface', id: primaryOf(tx, route.InstanceId) };
  throw new Unplaceable('its target is of a kind that localvpc does not have');
}

function primaryOf(tx: Place['tx'], instanceId: string): NetworkInterface['id'] {
  const primary = primaryInterface(tx, idOf('i', instanceId));
  if (!primary) throw new Unplaceable(`${instanceId} is not there, or was left out`);
  return primary.id;
}
