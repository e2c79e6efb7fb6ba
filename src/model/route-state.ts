/** Whether a route's target is there now: the one answer for Describe and for the packets. */
import type { NetworkInterfaceId, TransitGatewayId, VpcId } from '../net/identifiers.ts';
import type { RouteTarget } from '../net/route-target.ts';
import { instanceOfInterface } from './instance-interfaces.ts';
import { isOfService } from './network-interface-creation.ts';
import type { Owned } from './owned.ts';
import { peeringState } from './peering-state.ts';
import type { Instance } from './resources/instance.ts';
import { EgressOnlyInternetGateway, InternetGateway } from './resources/internet-gateway.ts';
import { NatGateway } from './resources/nat-gateway.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import type { Route } from './resources/route-table.ts';
import { TransitGatewayAttachment } from './resources/transit-gateway.ts';
import { VpcEndpoint } from './resources/vpc-endpoint.ts';
import { VpcPeeringConnection } from './resources/vpc-peering-connection.ts';
import { VpnGateway } from './resources/vpn.ts';
import type { Transaction } from './transaction.ts';
import { isStanding } from './transit-gateway-lifecycle.ts';

/** A blackhole stays in its table, wins its lookup, and drops. */
export type RouteState = 'active' | 'blackhole';

/**
 * State of a route of a table of this VPC, derived from its target as it is now.
 *
 * A blackhole is: an internet gateway that is not attached to this VPC, an egress-only or NAT gateway that is gone, an
 * interface that is gone, detached (unconfirmed) or whose instance does not run (one of a service is there as long as it
 * exists, and takes nothing that is not for itself: unconfirmed), a peering connection that is not active,
 * a Gateway Load Balancer endpoint that its service's owner has rejected (unconfirmed; one with routes cannot go), a
 * transit gateway that the VPC is not attached to, a virtual private gateway that is not attached to this VPC, and every target of a kind that does not exist here.
 */
export const routeState = (tx: Transaction, route: Route, vpcId: VpcId): RouteState =>
  isAvailable(tx, route.target, vpcId) ? 'active' : 'blackhole';

function isAvailable(tx: Transaction, target: RouteTarget, vpcId: VpcId): boolean {
  switch (target.kind) {
    case 'local':
      return true;
    case 'internet-gateway':
      return tx.find(InternetGateway, target.id)?.vpcId === vpcId;
    case 'egress-only-internet-gateway':
      return tx.find(EgressOnlyInternetGateway, target.id)?.vpcId === vpcId;
    case 'nat-gateway': {
      // That a route to a gateway still being made is active is unconfirmed.
      const state = tx.find(NatGateway, target.id)?.state;
      return state === 'available' || state === 'pending';
    }
    case 'interface':
      return isRunning(tx, target.id) || isService(tx, target.id);
    case 'peering': {
      const connection = tx.find(VpcPeeringConnection, target.id);
      return connection !== undefined && peeringState(connection, tx.nowMs) === 'active';
    }
    case 'endpoint':
      // Only gateway endpoints have routes, which go with them.
      return tx.find(VpcEndpoint, target.id)?.vpcId === vpcId;
    case 'gateway-load-balancer-endpoint': {
      const endpoint = tx.find(VpcEndpoint, target.id);
      return endpoint?.vpcId === vpcId && endpoint.state === 'available';
    }
    case 'transit-gateway':
      return attachmentTo(tx, target.id, vpcId)?.state === 'available';
    case 'vpn-gateway':
      return tx.find(VpnGateway, target.id)?.vpcId === vpcId;
  }
}

/** The attachment of a VPC to a transit gateway that stands, if there is one. */
export const attachmentTo = (
  tx: Transaction,
  id: TransitGatewayId,
  vpcId: VpcId,
): TransitGatewayAttachment | undefined =>
  tx.by(TransitGatewayAttachment, 'vpcId', vpcId).find((one) => one.transitGatewayId === id && isStanding(one));

/** Whether the interface's instance forwards packets: stopped and terminated ones do not. */
function isRunning(tx: Transaction, interfaceId: NetworkInterfaceId): boolean {
  const state = instanceBehind(tx, interfaceId)?.row.state;
  return state === 'running' || state === 'pending';
}

function isService(tx: Transaction, interfaceId: NetworkInterfaceId): boolean {
  const row = tx.find(NetworkInterface, interfaceId);
  return row !== undefined && isOfService(row.interfaceType);
}

/** The instance that an interface is attached to, if any. */
export function instanceBehind(tx: Transaction, interfaceId: NetworkInterfaceId): Owned<Instance> | undefined {
  const networkInterface = tx.find(NetworkInterface, interfaceId);
  return networkInterface && instanceOfInterface(tx, networkInterface);
}
