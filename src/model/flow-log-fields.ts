/** The fields of flow log records and the formats made of them (user guide, flow-log-records). */

/** Every field of VPC flow logs by the version that brought it; those of version 2 stand in the order of the default format. */
export const FLOW_LOG_FIELDS = {
  version: 2,
  'account-id': 2,
  'interface-id': 2,
  srcaddr: 2,
  dstaddr: 2,
  srcport: 2,
  dstport: 2,
  protocol: 2,
  packets: 2,
  bytes: 2,
  start: 2,
  end: 2,
  action: 2,
  'log-status': 2,
  'vpc-id': 3,
  'subnet-id': 3,
  'instance-id': 3,
  'tcp-flags': 3,
  type: 3,
  'pkt-srcaddr': 3,
  'pkt-dstaddr': 3,
  region: 4,
  'az-id': 4,
  'sublocation-type': 4,
  'sublocation-id': 4,
  'pkt-src-aws-service': 5,
  'pkt-dst-aws-service': 5,
  'flow-direction': 5,
  'traffic-path': 5,
  'ecs-cluster-arn': 7,
  'ecs-cluster-name': 7,
  'ecs-container-instance-arn': 7,
  'ecs-container-instance-id': 7,
  'ecs-container-id': 7,
  'ecs-second-container-id': 7,
  'ecs-service-name': 7,
  'ecs-task-definition-arn': 7,
  'ecs-task-arn': 7,
  'ecs-task-id': 7,
  'reject-reason': 8,
  'resource-id': 9,
  'encryption-status': 10,
} as const;

/** Name of a field. */
export type FlowLogField = keyof typeof FLOW_LOG_FIELDS;

/** Every field of transit gateway flow logs, in the order of their default format (transit gateway guide, tgw-flow-logs). */
export const TRANSIT_FLOW_LOG_FIELDS = [
  'version',
  'resource-type',
  'account-id',
  'tgw-id',
  'tgw-attachment-id',
  'tgw-src-vpc-account-id',
  'tgw-dst-vpc-account-id',
  'tgw-src-vpc-id',
  'tgw-dst-vpc-id',
  'tgw-src-subnet-id',
  'tgw-dst-subnet-id',
  'tgw-src-eni',
  'tgw-dst-eni',
  'tgw-src-az-id',
  'tgw-dst-az-id',
  'tgw-pair-attachment-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'log-status',
  'type',
  'packets-lost-no-route',
  'packets-lost-blackhole',
  'packets-lost-mtu-exceeded',
  'packets-lost-ttl-expired',
  'tcp-flags',
  'region',
  'flow-direction',
  'pkt-src-aws-service',
  'pkt-dst-aws-service',
] as const;

/** Name of such a field. */
export type TransitFlowLogField = (typeof TRANSIT_FLOW_LOG_FIELDS)[number];

/** The version of their records; all fields came with it. */
export const TRANSIT_FLOW_LOG_VERSION = 6;

const isField = (name: string): name is FlowLogField => Object.hasOwn(FLOW_LOG_FIELDS, name);
const TRANSIT_FIELDS: ReadonlySet<string> = new Set(TRANSIT_FLOW_LOG_FIELDS);
const isTransitField = (name: string): name is TransitFlowLogField => TRANSIT_FIELDS.has(name);

/** The fields of a record without a format of its own. */
const DEFAULT_FIELDS: readonly FlowLogField[] = Object.entries(FLOW_LOG_FIELDS)
  .filter(([, version]) => version === 2)
  .map(([name]) => name)
  .filter(isField);

/** A list of fields as requests have it: `${version} ${account-id} …`. */
export const flowLogFormat = (fields: readonly string[]): string => fields.map((name) => `\${${name}}`).join(' ');

/** The format of a flow log for which none is asked. */
export const DEFAULT_FLOW_LOG_FORMAT = flowLogFormat(DEFAULT_FIELDS);

/** The same for transit gateways: every field. */
export const DEFAULT_TRANSIT_FLOW_LOG_FORMAT = flowLogFormat(TRANSIT_FLOW_LOG_FIELDS);

/** The fields of a format; undefined when it is not made of known fields in `${}`. */
export const parseFlowLogFormat = (format: string): readonly FlowLogField[] | undefined => parse(format, isField);

/** The fields of a format of transit gateways; undefined as above. */
export const parseTransitFlowLogFormat = (format: string): readonly TransitFlowLogField[] | undefined =>
  parse(format, isTransitField);

function parse<Field extends string>(
  format: string,
  isKnown: (name: string) => name is Field,
): readonly Field[] | undefined {
  const parts = format.trim().split(/\s+/);
  const fields = parts.map((part) => /^\$\{([a-z-]+)\}$/.exec(part)?.[1] ?? '').filter(isKnown);
  return fields.length === parts.length ? fields : undefined;
}

/** The version of a record with these fields: the highest that one of them has. */
export const flowLogVersion = (fields: readonly FlowLogField[]): number =>
  Math.max(2, ...fields.map((name) => FLOW_LOG_FIELDS[name]));
