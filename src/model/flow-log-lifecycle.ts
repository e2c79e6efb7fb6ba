/** Flow logs: making and deleting them, and which interfaces and attachments they are about. */
import { Fault } from './fault.ts';
import { quota } from './quotas.ts';
import {
  FlowLog,
  type FlowLogDestination,
  type FlowLogResource,
  type LoggedAttachments,
  type LoggedInterfaces,
} from './resources/flow-log.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { Subnet } from './resources/subnet.ts';
import { TransitGateway, TransitGatewayAttachment } from './resources/transit-gateway.ts';
import { Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

/** A resource that flows are to be logged of. @throws Fault of an unknown id */
export function flowLogResource(tx: Transaction, type: FlowLogResource['type'], id: string): FlowLogResource {
  switch (type) {
    case 'VPC':
      return { type, id: tx.get(Vpc, id).id };
    case 'Subnet':
      return { type, id: tx.get(Subnet, id).id };
    case 'NetworkInterface':
      return { type, id: tx.get(NetworkInterface, id).id };
    case 'TransitGateway':
      return { type, id: liveGateway(tx, id).id };
    case 'TransitGatewayAttachment':
      return { type, id: ownAttachment(tx, id).id };
  }
}

function liveGateway(tx: Transaction, id: string): TransitGateway {
  const gateway = tx.get(TransitGateway, id);
  if (gateway.state === 'deleted') throw new Fault('InvalidTransitGatewayID.NotFound', { id });
  return gateway;
}

/** The owner of the gateway makes its flow logs (transit gateway guide, tgw-flow-logs); to others this fault is unconfirmed. */
function ownAttachment(tx: Transaction, id: string): TransitGatewayAttachment {
  const attachment = tx.get(TransitGatewayAttachment, id);
  const isGone = attachment.state === 'deleted' || attachment.state === 'rejected';
  if (isGone || attachment.transitGatewayOwner !== tx.account) {
    throw new Fault('InvalidTransitGatewayAttachmentID.NotFound', { id });
  }
  return attachment;
}

/** Whether a flow log is about attachments of transit gateways, and not about interfaces. */
export const isOfTransit = (resource: FlowLogResource): resource is LoggedAttachments =>
  resource.type === 'TransitGateway' || resource.type === 'TransitGatewayAttachment';

/**
 * Makes a flow log.
 * @throws Fault FlowLogAlreadyExists where one with the same configuration and destination stands, FlowLogsLimitExceeded
 */
export function createFlowLog(tx: Transaction, spec: Omit<FlowLog, 'id' | 'createdAtMs'>): FlowLog {
  const others = tx.by(FlowLog, 'resourceId', spec.resource.id);
  // What belongs to the "same configuration" is unconfirmed.
  const twin = others.find(
    (other) => other.trafficType === spec.trafficType && target(other.destination) === target(spec.destination),
  );
  if (twin) throw new Fault('FlowLogAlreadyExists');
  if (others.length >= quota(tx, 'flowLogsPerResource')) throw new Fault('FlowLogsLimitExceeded');
  return tx.insert(FlowLog, { ...spec, createdAtMs: tx.nowMs });
}

const target = (destination: FlowLogDestination): string =>
  destination.type === 's3' ? destination.arn : `cloud-watch-logs ${destination.logGroupName}`;

/** DeleteFlowLogs: all of them or none. @throws Fault InvalidFlowLogId.NotFound */
export function deleteFlowLogs(tx: Transaction, ids: readonly string[]): void {
  for (const { id } of [...new Set(ids)].map((one) => tx.get(FlowLog, one))) tx.remove(FlowLog, id);
}

/** Whether any flow log wants the flows of an interface. */
export const isFlowLogged = (tx: Transaction, { id, subnetId, vpcId }: NetworkInterface): boolean =>
  [id, subnetId, vpcId].some((resourceId) => tx.count(FlowLog, 'resourceId', resourceId) > 0);

/** The interfaces that a flow log is about. */
export function loggedInterfaces(tx: Transaction, resource: LoggedInterfaces): readonly NetworkInterface[] {
  if (resource.type === 'VPC') return tx.by(NetworkInterface, 'vpcId', resource.id);
  if (resource.type === 'Subnet') return tx.by(NetworkInterface, 'subnetId', resource.id);
  const one = tx.find(NetworkInterface, resource.id);
  return one ? [one] : [];
}

/** Whether any flow log wants the flows of an attachment; asked in the scope of its gateway. */
export const isTransitFlowLogged = (tx: Transaction, { id, transitGatewayId }: TransitGatewayAttachment): boolean =>
  [id, transitGatewayId].some((resourceId) => tx.count(FlowLog, 'resourceId', resourceId) > 0);

/** The attachments that a flow log is about. */
export function loggedAttachments(tx: Transaction, resource: LoggedAttachments): readonly TransitGatewayAttachment[] {
  if (resource.type === 'TransitGateway') return tx.by(TransitGatewayAttachment, 'transitGatewayId', resource.id);
  const one = tx.find(TransitGatewayAttachment, resource.id);
  return one ? [one] : [];
}
