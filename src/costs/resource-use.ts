/**
 * How a resource is used at this moment, as far as a price depends on it.
 *
 * AWS: a public address is in use while a running resource has it, and idle while it is allocated and not associated, or
 * associated with a stopped resource (VPC user guide, vpc-eips-overview).
 */

import { instanceOfInterface } from '../model/instance-interfaces.ts';
import { interfaceOfElasticIp } from '../model/interface-elastic-ips.ts';
import { ElasticIp } from '../model/resources/elastic-ip.ts';
import type { Instance } from '../model/resources/instance.ts';
import { NatGateway } from '../model/resources/nat-gateway.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { TransitGatewayAttachment } from '../model/resources/transit-gateway.ts';
import { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import { VpnConnection } from '../model/resources/vpn.ts';
import type { Transaction } from '../model/transaction.ts';
import { isId } from '../net/identifiers.ts';
import type { ResourceUse } from './usage-interval.ts';

/** The use of the resource with this id; undefined where there is nothing that could cost. */
export function useOf(tx: Transaction, resourceId: string): ResourceUse | undefined {
  // Nearly all are.
  if (isId('eni', resourceId)) return autoAssignedUse(tx.find(NetworkInterface, resourceId));
  if (isId('eipalloc', resourceId)) return elasticIpUse(tx, tx.find(ElasticIp, resourceId));
  if (isId('nat', resourceId)) return natGatewayUse(tx.find(NatGateway, resourceId));
  if (isId('vpce', resourceId)) return interfaceEndpointUse(tx.find(VpcEndpoint, resourceId));
  if (isId('tgw-attach', resourceId)) return attachmentUse(tx, tx.find(TransitGatewayAttachment, resourceId));
  return vpnConnectionUse(tx.find(VpnConnection, resourceId));
}

/** Everything in the account and Region that may cost. */
export const resourceIds = (tx: Transaction): readonly string[] => [
  ...tx.list(ElasticIp).map(({ id }) => id),
  ...tx.list(NatGateway).map(({ id }) => id),
  ...tx.list(VpcEndpoint).map(({ id }) => id),
  ...tx.list(TransitGatewayAttachment).map(({ id }) => id),
  ...tx.list(VpnConnection).map(({ id }) => id),
  ...tx.list(NetworkInterface, ({ autoAssignedPublicIp }) => autoAssignedPublicIp !== undefined).map(({ id }) => id),
];

function elasticIpUse(tx: Transaction, row: ElasticIp | undefined): ResourceUse | undefined {
  // Addresses that somebody brought along (BYOIP) are free of charge.
  if (row?.publicIpv4Pool !== 'amazon') return undefined;
  return { kind: 'elastic-ip', publicIp: row.publicIp, standing: standingOf(tx, row) };
}

type Standing = Extract<ResourceUse, { kind: 'elastic-ip' }>['standing'];

function standingOf(tx: Transaction, elasticIp: ElasticIp): Standing {
  const { id, association } = elasticIp;
  const [gateway] = tx.by(NatGateway, 'allocationId', id);
  if (gateway) return { kind: 'in-use', holder: gateway.id };
  if (!association) return { kind: 'idle', why: 'not-associated', at: undefined };
  const found = interfaceOfElasticIp(tx, elasticIp);
  const instance = found && instanceOfInterface(found.owner, found.row)?.row;
  // AWS speaks of running resources; that an interface without an instance is none is unconfirmed.
  if (!instance) return { kind: 'idle', why: 'interface-not-attached', at: association.networkInterfaceId };
  if (runs(instance)) return { kind: 'in-use', holder: instance.id };
  return { kind: 'idle', why: 'instance-not-running', at: instance.id };
}

/** That `pending` counts as running and `stopping` does not is unconfirmed; they last for seconds. */
const runs = ({ state }: Instance): boolean => state === 'running' || state === 'pending';

/** An auto-assigned address exists only while it is of use: a stop takes it away. */
function autoAssignedUse(row: NetworkInterface | undefined): ResourceUse | undefined {
  if (row?.autoAssignedPublicIp === undefined) return undefined;
  const holder = row.attachment?.instanceId ?? row.id;
  return { kind: 'auto-assigned-address', publicIp: row.autoAssignedPublicIp, holder };
}

/**
 * Charged for "each hour that it is provisioned and available" (VPC pricing), private ones too; a regional one for "each
 * hour that the NAT Gateway is configured in each availability zone".
 */
function natGatewayUse(row: NatGateway | undefined): ResourceUse | undefined {
  if (row?.state !== 'available') return undefined;
  if (!row.regional) return { kind: 'nat-gateway' };
  return { kind: 'nat-gateway', zones: row.regional.zones.map(({ zone }) => zone).sort() };
}

/** Charged for each zone "while it is provisioned, irrespective of the state of its association" (PrivateLink pricing). */
const interfaceEndpointUse = (row: VpcEndpoint | undefined): ResourceUse | undefined =>
  row?.type === 'Interface' && row.places.length > 0
    ? { kind: 'interface-endpoint', zones: row.places.map(({ zone }) => zone).sort() }
    : undefined;

/** From acceptance to deletion; the VPC's owner pays, and of a peering each gateway's owner (transit gateway pricing). */
function attachmentUse(tx: Transaction, row: TransitGatewayAttachment | undefined): ResourceUse | undefined {
  if (row?.state !== 'available') return undefined;
  const payer = row.resource.kind === 'peering' ? row.transitGatewayOwner : row.resource.account;
  return payer === tx.scope.account ? { kind: 'transit-gateway-attachment' } : undefined;
}

/** Charged while it is available (VPC FAQs); at a transit gateway its attachment is charged besides. */
const vpnConnectionUse = (row: VpnConnection | undefined): ResourceUse | undefined =>
  row?.state === 'available' ? { kind: 'vpn-connection' } : undefined;
