/** Records of interfaces as lines of text: each field as AWS writes it, `-` where it does not apply (user guide, flow-log-records). */
import { FLOW_LOG_FIELDS, type FlowLogField, flowLogVersion } from '../model/flow-log-fields.ts';
import { formatAddress, type IpAddress } from '../net/address.ts';
import type { InstanceId, NetworkInterfaceId, SubnetId, VpcId } from '../net/identifiers.ts';
import type { FlowRecord } from '../tables/flow-report.ts';
import type { LogRecord } from './windows.ts';

/** The interface that a record is about, as far as records tell of it. */
export interface LoggedInterface {
  readonly interfaceId: NetworkInterfaceId;
  readonly accountId: string;
  readonly region: string;
  readonly zoneId: string | undefined;
  readonly vpcId: VpcId;
  readonly subnetId: SubnetId;
  /** Undefined for a NAT gateway's. */
  readonly instanceId: InstanceId | undefined;
  readonly isNitro: boolean;
}

/** The AWS service that an address is of. */
export type ServiceOf = (address: IpAddress) => string | undefined;

/** A record of an interface. */
export type InterfaceRecord = LogRecord<LoggedInterface, FlowRecord>;

type Value = string | number | undefined;

/** Fields of any record. */
const ofInterface: Partial<Record<FlowLogField, (record: InterfaceRecord) => Value>> = {
  'account-id': ({ of }) => of.accountId,
  'interface-id': ({ of }) => of.interfaceId,
  'vpc-id': ({ of }) => of.vpcId,
  'subnet-id': ({ of }) => of.subnetId,
  'instance-id': ({ of }) => of.instanceId,
  region: ({ of }) => of.region,
  'az-id': ({ of }) => of.zoneId,
  start: ({ startMs }) => Math.floor(startMs / 1000),
  end: ({ endMs }) => Math.floor(endMs / 1000),
  'log-status': ({ content }) => content.status,
};

/**
 * Fields of a flow. Fields that are in no table have no value here: sublocations (there are only Availability Zones), ECS
 * tasks, regional NAT gateways.
 */
const ofFlow: Partial<Record<FlowLogField, (flow: FlowRecord, of: LoggedInterface, serviceOf: ServiceOf) => Value>> = {
  srcaddr: (flow) => formatAddress(flow.direction === 'egress' ? flow.interfaceAddress : flow.source),
  dstaddr: (flow) => formatAddress(flow.direction === 'ingress' ? flow.interfaceAddress : flow.destination),
  srcport: (flow) => flow.sourcePort,
  dstport: (flow) => flow.destinationPort,
  protocol: (flow) => flow.protocol,
  packets: (flow) => flow.packets,
  bytes: (flow) => flow.bytes,
  action: (flow) => flow.action,
  'tcp-flags': (flow) => flow.tcpFlags,
  'reject-reason': (flow) => flow.rejectReason,
  type: (flow) => (typeof flow.source === 'bigint' ? 'IPv6' : 'IPv4'),
  'pkt-srcaddr': (flow) => formatAddress(flow.source),
  'pkt-dstaddr': (flow) => formatAddress(flow.destination),
  'pkt-src-aws-service': (flow, _of, serviceOf) => serviceOf(flow.source),
  'pkt-dst-aws-service': (flow, _of, serviceOf) => serviceOf(flow.destination),
  'flow-direction': (flow) => flow.direction,
  'traffic-path': (flow, of) => (flow.direction === 'egress' ? trafficPath(flow, of.isNitro) : undefined),
};

/** The numbers of AWS's table; what it does not name has none. That a transit gateway is a 1 is unconfirmed. */
function trafficPath({ by, isInterRegion }: FlowRecord, isNitro: boolean): number | undefined {
  switch (by) {
    case undefined:
    case 'local':
    case 'interface':
    case 'nat-gateway':
    case 'transit-gateway':
    case 'gateway-load-balancer-endpoint':
      return 1;
    case 'internet-gateway':
    case 'egress-only-internet-gateway':
      return isNitro ? 8 : 2;
    case 'vpn-gateway':
      return 3;
    case 'peering':
      return isInterRegion ? 5 : 4;
    case 'endpoint':
      return isNitro ? 7 : 2;
  }
}

/** One line, without its end. */
export const recordLine = (fields: readonly FlowLogField[], record: InterfaceRecord, serviceOf: ServiceOf): string =>
  fields.map((field) => fieldValue(field, fields, record, serviceOf) ?? '-').join(' ');

function fieldValue(
  field: FlowLogField,
  fields: readonly FlowLogField[],
  record: InterfaceRecord,
  serviceOf: ServiceOf,
): Value {
  if (field === 'version') return flowLogVersion(fields);
  const { of, content } = record;
  const ofAny = ofInterface[field]?.(record);
  return ofAny ?? (content.status === 'OK' ? ofFlow[field]?.(content.flow, of, serviceOf) : undefined);
}

/** Fields that always say `-` here, for documents. */
export const valuelessFields = (): readonly string[] =>
  Object.keys(FLOW_LOG_FIELDS).filter(
    (name) => name !== 'version' && !Object.hasOwn(ofInterface, name) && !Object.hasOwn(ofFlow, name),
  );
