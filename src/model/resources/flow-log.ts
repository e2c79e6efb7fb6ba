/** A flow log: whose flows are written down, which of them, in what form and where to. */
import type {
  FlowLogId,
  NetworkInterfaceId,
  SubnetId,
  TransitGatewayAttachmentId,
  TransitGatewayId,
  VpcId,
} from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

/** Interfaces that are watched: all of a VPC or subnet, those that come later too, or one. */
export type LoggedInterfaces =
  | { readonly type: 'VPC'; readonly id: VpcId }
  | { readonly type: 'Subnet'; readonly id: SubnetId }
  | { readonly type: 'NetworkInterface'; readonly id: NetworkInterfaceId };

/** Attachments that are watched: all of a transit gateway, those that come later too, or one. */
export type LoggedAttachments =
  | { readonly type: 'TransitGateway'; readonly id: TransitGatewayId }
  | { readonly type: 'TransitGatewayAttachment'; readonly id: TransitGatewayAttachmentId };

/** What is watched. */
export type FlowLogResource = LoggedInterfaces | LoggedAttachments;

/** Where records go. */
export type FlowLogDestination =
  | { readonly type: 'cloud-watch-logs'; readonly logGroupName: string; readonly arn: string | undefined }
  | {
      readonly type: 's3';
      readonly arn: string;
      readonly hiveCompatiblePartitions: boolean;
      readonly perHourPartition: boolean;
    };

export interface FlowLog extends TaggedRow {
  readonly id: FlowLogId;
  readonly resource: FlowLogResource;
  /** Undefined for transit gateways, which accept and reject nothing. */
  readonly trafficType: 'ACCEPT' | 'REJECT' | 'ALL' | undefined;
  readonly destination: FlowLogDestination;
  readonly permissionArn: string | undefined;
  readonly crossAccountRole: string | undefined;
  /** As the request had it, or the default format. */
  readonly logFormat: string;
  readonly maxAggregationIntervalSeconds: 60 | 600;
  readonly createdAtMs: number;
}

export const FlowLog = kind<FlowLog>()({
  name: 'vpc-flow-log',
  prefix: 'fl',
  notFound: 'InvalidFlowLogId.NotFound',
  indexes: { resourceId: (row) => row.resource.id },
});
