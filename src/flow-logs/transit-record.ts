/** Records of transit gateways as lines of text (transit gateway guide, tgw-flow-logs): `-` where a field does not apply. */
import { TRANSIT_FLOW_LOG_VERSION, type TransitFlowLogField } from '../model/flow-log-fields.ts';
import { formatAddress } from '../net/address.ts';
import type { SubnetId, TransitGatewayAttachmentId, TransitGatewayId, VpcId } from '../net/identifiers.ts';
import type { TransitFlowRecord, TransitLoss } from '../tables/flow-report.ts';
import type { ServiceOf } from './record.ts';
import type { LogRecord } from './windows.ts';

/** The attachment that a record is about. */
export interface LoggedAttachment {
  readonly attachmentId: TransitGatewayAttachmentId;
  readonly transitGatewayId: TransitGatewayId;
  /** The gateway's owner and Region. */
  readonly accountId: string;
  readonly region: string;
}

/** A flow at one of the attachments that it passes. */
export interface AttachmentFlow extends TransitFlowRecord {
  readonly direction: 'ingress' | 'egress';
}

/** One end of a way through the gateway: the VPC of an attachment and the subnet of its interface, as far as they are known. */
export interface TransitPlace {
  readonly accountId: string | undefined;
  readonly vpcId: VpcId | undefined;
  readonly subnetId: SubnetId | undefined;
  readonly zoneId: string | undefined;
}

/** What a flow's ids stand for. */
export interface TransitPlaces {
  readonly source: TransitPlace;
  readonly destination: TransitPlace;
  readonly serviceOf: ServiceOf;
}

/** A record of an attachment. */
export type AttachmentRecord = LogRecord<LoggedAttachment, AttachmentFlow>;

type Value = string | number | undefined;

/** Fields of any record. */
const ofAttachment: Partial<Record<TransitFlowLogField, (record: AttachmentRecord) => Value>> = {
  version: () => TRANSIT_FLOW_LOG_VERSION,
  'resource-type': () => 'TransitGateway',
  'account-id': ({ of }) => of.accountId,
  'tgw-id': ({ of }) => of.transitGatewayId,
  'tgw-attachment-id': ({ of }) => of.attachmentId,
  region: ({ of }) => of.region,
  start: ({ startMs }) => Math.floor(startMs / 1000),
  end: ({ endMs }) => Math.floor(endMs / 1000),
  'log-status': ({ content }) => content.status,
};

/** That lost packets stand among `packets` as well is unconfirmed. */
const lost = (flow: AttachmentFlow, why: TransitLoss): number => (flow.lost === why ? flow.packets : 0);

/** Fields of a flow. */
const ofFlow: Partial<Record<TransitFlowLogField, (flow: AttachmentFlow, places: TransitPlaces) => Value>> = {
  'tgw-src-vpc-account-id': (_flow, { source }) => source.accountId,
  'tgw-dst-vpc-account-id': (_flow, { destination }) => destination.accountId,
  'tgw-src-vpc-id': (_flow, { source }) => source.vpcId,
  'tgw-dst-vpc-id': (_flow, { destination }) => destination.vpcId,
  'tgw-src-subnet-id': (_flow, { source }) => source.subnetId,
  'tgw-dst-subnet-id': (_flow, { destination }) => destination.subnetId,
  'tgw-src-eni': ({ entry }) => entry,
  'tgw-dst-eni': ({ exit }) => exit,
  'tgw-src-az-id': (_flow, { source }) => source.zoneId,
  'tgw-dst-az-id': (_flow, { destination }) => destination.zoneId,
  'tgw-pair-attachment-id': ({ direction, entered, left }) => (direction === 'ingress' ? left : entered),
  srcaddr: ({ source }) => formatAddress(source),
  dstaddr: ({ destination }) => formatAddress(destination),
  srcport: ({ sourcePort }) => sourcePort,
  dstport: ({ destinationPort }) => destinationPort,
  protocol: ({ protocol }) => protocol,
  packets: ({ packets }) => packets,
  bytes: ({ bytes }) => bytes,
  type: ({ source }) => (typeof source === 'bigint' ? 'IPv6' : 'IPv4'),
  'packets-lost-no-route': (flow) => lost(flow, 'no-route'),
  'packets-lost-blackhole': (flow) => lost(flow, 'blackhole'),
  'packets-lost-mtu-exceeded': (flow) => lost(flow, 'mtu-exceeded'),
  'packets-lost-ttl-expired': (flow) => lost(flow, 'ttl-expired'),
  'tcp-flags': ({ tcpFlags }) => tcpFlags,
  'flow-direction': ({ direction }) => direction,
  'pkt-src-aws-service': ({ source }, { serviceOf }) => serviceOf(source),
  'pkt-dst-aws-service': ({ destination }, { serviceOf }) => serviceOf(destination),
};

/** One line, without its end; `placesOf` is asked for flows alone. */
export function transitRecordLine(
  fields: readonly TransitFlowLogField[],
  record: AttachmentRecord,
  placesOf: (flow: AttachmentFlow) => TransitPlaces,
): string {
  const { content } = record;
  const flow = content.status === 'OK' ? content.flow : undefined;
  const places = flow && placesOf(flow);
  return fields
    .map(
      (field) => ofAttachment[field]?.(record) ?? (flow && places ? ofFlow[field]?.(flow, places) : undefined) ?? '-',
    )
    .join(' ');
}
