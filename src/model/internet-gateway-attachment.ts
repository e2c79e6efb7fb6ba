/** Internet gateways and egress-only gateways: creation, attachment to a VPC, and what holds them there. */

import type { EgressOnlyInternetGatewayId, InternetGatewayId, VpnGatewayId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { elasticIpsOn } from './interface-elastic-ips.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import { EgressOnlyInternetGateway, InternetGateway } from './resources/internet-gateway.ts';
import { NatGateway } from './resources/nat-gateway.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { RouteTable } from './resources/route-table.ts';
import type { Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

/** Creates a gateway that is attached to nothing. @throws Fault InternetGatewayLimitExceeded */
export function createInternetGateway(tx: Transaction, tags: Tags): InternetGateway {
  if (tx.size(InternetGateway) >= quota(tx, 'internetGatewaysPerRegion')) {
    throw new Fault('InternetGatewayLimitExceeded');
  }
  return tx.insert(InternetGateway, { vpcId: undefined, tags });
}

/** Attaches a gateway to a VPC. @throws Fault Resource.AlreadyAssociated, InvalidParameterValue */
export function attachInternetGateway(tx: Transaction, gateway: InternetGateway, vpc: Vpc): void {
  if (gateway.vpcId !== undefined) {
    throw new Fault(
      'Resource.AlreadyAssociated',
      `resource ${gateway.id} is already attached to network ${gateway.vpcId}`,
    );
  }
  if (tx.count(InternetGateway, 'vpcId', vpc.id) > 0) {
    throw new Fault('InvalidParameterValue', `Network ${vpc.id} already has an internet gateway attached`);
  }
  tx.update(InternetGateway, gateway.id, { vpcId: vpc.id });
}

/**
 * Detaches a gateway; routes to it become blackholes. Its edge association goes with the attachment (unconfirmed).
 * @throws Fault Gateway.NotAttached, DependencyViolation while public addresses are mapped in the VPC
 */
export function detachInternetGateway(tx: Transaction, gateway: InternetGateway, vpc: Vpc): void {
  if (gateway.vpcId !== vpc.id) {
    throw new Fault('Gateway.NotAttached', `resource ${gateway.id} is not attached to network ${vpc.id}`);
  }
  if (hasMappedAddresses(tx, vpc)) {
    throw new Fault(
      'DependencyViolation',
      `Network ${vpc.id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
  }
  endEdgeAssociation(tx, gateway.id);
  tx.update(InternetGateway, gateway.id, { vpcId: undefined });
}

/** Deletes a gateway that is attached to nothing. @throws Fault DependencyViolation */
export function deleteInternetGateway(tx: Transaction, gateway: InternetGateway): void {
  if (gateway.vpcId !== undefined) {
    throw new Fault('DependencyViolation', { resource: 'internetGateway', id: gateway.id });
  }
  tx.remove(InternetGateway, gateway.id);
}

/** The gateway attached to a VPC, if any. */
export const internetGatewayOf = (tx: Transaction, vpcId: Vpc['id']): InternetGateway | undefined =>
  tx.by(InternetGateway, 'vpcId', vpcId)[0];

/**
 * Creates an egress-only gateway, attached to its VPC for life; one per VPC.
 * @throws Fault EgressOnlyInternetGatewayLimitExceeded (code unconfirmed), InvalidParameterValue (unconfirmed)
 */
export function createEgressOnlyInternetGateway(tx: Transaction, vpc: Vpc, tags: Tags): EgressOnlyInternetGateway {
  if (tx.count(EgressOnlyInternetGateway, 'vpcId', vpc.id) > 0) {
    throw new Fault('InvalidParameterValue', `Network ${vpc.id} already has an egress-only internet gateway attached`);
  }
  if (tx.size(EgressOnlyInternetGateway) >= quota(tx, 'egressOnlyInternetGatewaysPerRegion')) {
    throw new Fault('EgressOnlyInternetGatewayLimitExceeded');
  }
  return tx.insert(EgressOnlyInternetGateway, { vpcId: vpc.id, tags });
}

/** Deletes an egress-only gateway; routes to it become blackholes. */
export const deleteEgressOnlyInternetGateway = (tx: Transaction, id: EgressOnlyInternetGatewayId): void =>
  tx.remove(EgressOnlyInternetGateway, id);

/** Zonal NAT gateways count through their interfaces, which hold their Elastic IPs; regional ones have none. */
const hasMappedAddresses = (tx: Transaction, vpc: Vpc): boolean =>
  tx.by(NatGateway, 'vpcId', vpc.id).some(({ regional }) => regional && regional.zones.length > 0) ||
  tx
    .by(NetworkInterface, 'vpcId', vpc.id)
    .some((one) => one.autoAssignedPublicIp !== undefined || elasticIpsOn(tx, one.id).length > 0);

/** Ends the association of a gateway's route table, as the gateway is detached. */
export function endEdgeAssociation(tx: Transaction, gatewayId: InternetGatewayId | VpnGatewayId): void {
  for (const table of tx.by(RouteTable, 'gatewayId', gatewayId)) {
    const associations = table.associations.filter((one) => one.kind !== 'gateway' || one.gatewayId !== gatewayId);
    tx.update(RouteTable, table.id, { associations });
  }
}
