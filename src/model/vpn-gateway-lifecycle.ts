/** Virtual private gateways: how they come, are attached, propagate routes and go. */
import { equalCidrs } from '../net/cidr.ts';
import { Fault } from './fault.ts';
import { endEdgeAssociation } from './internet-gateway-attachment.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import type { Route, RouteTable } from './resources/route-table.ts';
import type { Vpc } from './resources/vpc.ts';
import { VpnConnection, VpnGateway } from './resources/vpn.ts';
import { isEdgeTable } from './route-destinations.ts';
import { belongsElsewhere } from './route-targets.ts';
import type { Transaction } from './transaction.ts';

/** API_CreateVpnGateway. */
export const DEFAULT_VPN_ASN = 64_512;

/** Creates a gateway that is attached to nothing. @throws Fault VpnGatewayLimitExceeded */
export function createVpnGateway(
  tx: Transaction,
  { amazonSideAsn, zone, tags }: { amazonSideAsn: number; zone: string | undefined; tags: Tags },
): VpnGateway {
  const living = tx.list(VpnGateway, ({ state }) => state === 'available');
  if (living.length >= quota(tx, 'vpnGatewaysPerRegion')) throw new Fault('VpnGatewayLimitExceeded');
  return tx.insert(VpnGateway, {
    state: 'available',
    deletedAtMs: undefined,
    amazonSideAsn,
    zone,
    vpcId: undefined,
    propagatesTo: [],
    tags,
  });
}

/** The gateway of this id that was not deleted. @throws Fault InvalidVpnGatewayID.NotFound, .Malformed */
export function findVpnGateway(tx: Transaction, id: string | undefined): VpnGateway {
  const gateway = tx.get(VpnGateway, id);
  if (gateway.state === 'deleted') throw new Fault('InvalidVpnGatewayID.NotFound', { id: gateway.id });
  return gateway;
}

/**
 * Attaches a gateway to a VPC; asking for the attachment that stands is answered with it.
 * @throws Fault IncorrectState (unconfirmed) for a gateway of another VPC, VpnGatewayAttachmentLimitExceeded
 */
export function attachVpnGateway(tx: Transaction, gateway: VpnGateway, vpc: Vpc): void {
  if (gateway.vpcId === vpc.id) return;
  if (gateway.vpcId !== undefined) {
    throw new Fault('IncorrectState', `${gateway.id} is already attached to network ${gateway.vpcId}`);
  }
  if (tx.count(VpnGateway, 'vpcId', vpc.id) > 0) throw new Fault('VpnGatewayAttachmentLimitExceeded');
  tx.update(VpnGateway, gateway.id, { vpcId: vpc.id, detachedVpcId: undefined });
}

/** Detaches a gateway: routes to it become blackholes, what it propagates goes. @throws Fault InvalidVpnGatewayAttachment.NotFound */
export function detachVpnGateway(tx: Transaction, gateway: VpnGateway, vpc: Vpc): void {
  if (gateway.vpcId !== vpc.id) {
    const sentence = `The attachment with vpn gateway ID '${gateway.id}' and vpc ID '${vpc.id}' does not exist`;
    throw new Fault('InvalidVpnGatewayAttachment.NotFound', sentence);
  }
  endEdgeAssociation(tx, gateway.id);
  tx.update(VpnGateway, gateway.id, { vpcId: undefined, detachedVpcId: vpc.id, propagatesTo: [] });
}

/** Deletes a gateway without attachment and connections. @throws Fault IncorrectState (sentences unconfirmed) */
export function deleteVpnGateway(tx: Transaction, gateway: VpnGateway): void {
  const isUsed = tx.by(VpnConnection, 'vpnGatewayId', gateway.id).some(({ state }) => state === 'available');
  if (gateway.vpcId !== undefined || isUsed) {
    throw new Fault('IncorrectState', `The vpnGateway '${gateway.id}' has dependencies and cannot be deleted.`);
  }
  tx.update(VpnGateway, gateway.id, { state: 'deleted', deletedAtMs: tx.nowMs });
}

/** Has a table of the gateway's VPC learn its routes. @throws Fault Gateway.NotAttached, InvalidParameterValue */
export function enablePropagation(tx: Transaction, gateway: VpnGateway, table: RouteTable): void {
  if (gateway.vpcId === undefined) {
    throw new Fault('Gateway.NotAttached', `resource ${gateway.id} is not attached to a network`);
  }
  if (gateway.vpcId !== table.vpcId) throw belongsElsewhere(table, `network gateway ${gateway.id}`);
  // The sentence is unconfirmed.
  if (isEdgeTable(table)) {
    throw new Fault('InvalidParameterValue', `route table ${table.id} is a gateway route table and learns no routes`);
  }
  if (gateway.propagatesTo.includes(table.id)) return;
  tx.update(VpnGateway, gateway.id, { propagatesTo: [...gateway.propagatesTo, table.id] });
}

/** Ends that; ending what is not is no fault (unconfirmed). */
export function disablePropagation(tx: Transaction, gateway: VpnGateway, table: RouteTable): void {
  tx.update(VpnGateway, gateway.id, { propagatesTo: gateway.propagatesTo.filter((id) => id !== table.id) });
}

/** The routes that a table learns from virtual private gateways now: static routes of their connections, each once. */
export function propagatedRoutes(tx: Transaction, table: RouteTable): readonly Route[] {
  const routes: Route[] = [];
  for (const gateway of tx.by(VpnGateway, 'propagatedRouteTableId', table.id)) {
    const cidrs = tx
      .by(VpnConnection, 'vpnGatewayId', gateway.id)
      .flatMap(({ state, staticRoutes }) => (state === 'available' ? staticRoutes : []))
      .filter((cidr, index, all) => all.findIndex((other) => equalCidrs(cidr, other)) === index);
    for (const cidr of cidrs) {
      routes.push({
        destination: { kind: 'cidr', cidr },
        target: { kind: 'vpn-gateway', id: gateway.id },
        origin: 'EnableVgwRoutePropagation',
      });
    }
  }
  return routes;
}
