/** Flow logs: create, delete, describe. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import {
  DEFAULT_FLOW_LOG_FORMAT,
  DEFAULT_TRANSIT_FLOW_LOG_FORMAT,
  parseFlowLogFormat,
  parseTransitFlowLogFormat,
} from '../../model/flow-log-fields.ts';
import { createFlowLog, deleteFlowLogs, flowLogResource } from '../../model/flow-log-lifecycle.ts';
import { FlowLog, type FlowLogDestination, type FlowLogResource } from '../../model/resources/flow-log.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import type { RequestOf } from '../operation.ts';
import { describeTags } from '../tag-set.ts';

type Request = RequestOf<'CreateFlowLogs'>;

const INTERFACE_TYPES = ['VPC', 'Subnet', 'NetworkInterface'] as const;
const TRANSIT_TYPES = ['TransitGateway', 'TransitGatewayAttachment'] as const;
const SERVED_TYPES = [...INTERFACE_TYPES, ...TRANSIT_TYPES];
const OTHER_RESOURCE_TYPES = ['RegionalNatGateway'] as const;
/** Transit gateways and attachments in one call (transit gateway guide, flow-logs-api-cli). */
const MAX_TRANSIT_RESOURCES = 25;

/**
 * CreateFlowLogs: one for each resource. Those that cannot be made because of what stands already are listed with their
 * reason, the others are made. (Which errors are told in that list and which fail the call is unconfirmed.)
 */
export const CreateFlowLogs = action('CreateFlowLogs', (request, tx) => {
  const type = resourceTypeOf(request);
  const isTransit = TRANSIT_TYPES.some((one) => one === type);
  const settings = {
    trafficType: isTransit ? noTrafficTypeOf(request) : trafficTypeOf(request),
    destination: destinationOf(request),
    permissionArn: request.DeliverLogsPermissionArn,
    crossAccountRole: request.DeliverCrossAccountRole,
    logFormat: isTransit ? transitFormatOf(request) : formatOf(request),
    maxAggregationIntervalSeconds: isTransit ? transitIntervalOf(request) : intervalOf(request),
    tags: tagsOf(request.TagSpecifications, 'vpc-flow-log'),
  };
  const { ResourceIds: ids = [] } = request;
  if (isTransit && ids.length > MAX_TRANSIT_RESOURCES) {
    throw invalid(`At most ${MAX_TRANSIT_RESOURCES} resources of the type ${type} can be named in one call.`);
  }
  const resources = ids.map((id) => flowLogResource(tx, type, id));
  const results = resources.map((resource) => create(tx, resource, settings));
  return {
    ClientToken: request.ClientToken,
    FlowLogIds: results.flatMap((result) => ('made' in result ? [result.made.id] : [])),
    Unsuccessful: results.flatMap((result) => ('made' in result ? [] : [result.item])),
  };
});

type Result = { readonly made: FlowLog } | { readonly item: sdk.UnsuccessfulItem };

function create(
  tx: Transaction,
  resource: FlowLogResource,
  settings: Omit<FlowLog, 'id' | 'createdAtMs' | 'resource'>,
): Result {
  try {
    return { made: createFlowLog(tx, { resource, ...settings }) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { item: { ResourceId: resource.id, Error: { Code: error.code, Message: error.message } } };
  }
}

function resourceTypeOf(request: Request): FlowLogResource['type'] {
  const type = choice(request.ResourceType, [...SERVED_TYPES, ...OTHER_RESOURCE_TYPES], 'resourceType');
  const served = SERVED_TYPES.find((one) => one === type);
  if (served) return served;
  throw new Fault('UnsupportedOperation', `localvpc does not serve flow logs of the resource type ${type}.`);
}

/** Required for interfaces. */
function trafficTypeOf({ TrafficType: type }: Request): FlowLog['trafficType'] {
  const known = choice(type, ['ACCEPT', 'REJECT', 'ALL'], 'trafficType');
  if (known === undefined) throw new Fault('MissingParameter', { parameter: 'TrafficType' });
  return known;
}

/** Transit gateways accept and reject nothing: naming it is an error (flow-logs-api-cli; the sentence is unconfirmed). */
function noTrafficTypeOf({ TrafficType: type, ResourceType: resource }: Request): undefined {
  if (type !== undefined) throw invalid(`TrafficType can not be used with the resource type ${resource}.`);
  return undefined;
}

/** That these sentences are AWS's is unconfirmed, but for the first. */
function destinationOf(request: Request): FlowLogDestination {
  const { LogDestination: arn, LogGroupName: group, DeliverLogsPermissionArn: role } = request;
  const types = ['cloud-watch-logs', 's3', 'kinesis-data-firehose'] as const;
  const type = choice(request.LogDestinationType, types, 'logDestinationType') ?? 'cloud-watch-logs';
  if (!arn && !group) throw invalid("LogDestination can't be empty if LogGroupName is not provided.");
  if (arn && group) throw invalid('Please only provide LogGroupName or only provide LogDestination.');
  if (type === 's3') return bucketOf(arn, request);
  if (type === 'kinesis-data-firehose') {
    throw new Fault(
      'UnsupportedOperation',
      'localvpc delivers flow logs to cloud-watch-logs and s3, to files of theirs.',
    );
  }
  if (!role) throw invalid("DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.");
  if (request.DestinationOptions) throw invalid('DestinationOptions can only be used with LogDestinationType s3.');
  const logGroupName = group ?? /^arn:[\w-]+:logs:[^:]*:\d*:log-group:([^:]+)(?::\*)?$/.exec(arn ?? '')?.[1];
  if (logGroupName === undefined || !/^[\w./#-]{1,512}$/.test(logGroupName)) {
    throw invalid(`LogDestination: ${arn ?? group} is not a log group.`);
  }
  return { type, logGroupName, arn };
}

function bucketOf(arn: string | undefined, { DestinationOptions: options }: Request): FlowLogDestination {
  const folder = /^arn:[\w-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]((?:\/[^/]*)*)$/.exec(arn ?? '')?.[1];
  if (arn === undefined || folder === undefined) throw invalid(`LogDestination: ${arn} is not a bucket.`);
  // User guide, flow-logs-s3-create-flow-log: it is reserved.
  if (folder.split('/').includes('AWSLogs')) {
    throw invalid('AWSLogs is a reserved term and cannot be the name of a subfolder of LogDestination.');
  }
  if (choice(options?.FileFormat, ['plain-text', 'parquet'], 'fileFormat') === 'parquet') {
    throw new Fault('UnsupportedOperation', 'localvpc writes flow logs as plain-text and not as parquet.');
  }
  return {
    type: 's3',
    arn,
    hiveCompatiblePartitions: options?.HiveCompatiblePartitions ?? false,
    perHourPartition: options?.PerHourPartition ?? false,
  };
}

function formatOf({ LogFormat: format }: Request): string {
  if (format === undefined) return DEFAULT_FLOW_LOG_FORMAT;
  if (!parseFlowLogFormat(format)) throw unknownFields(format);
  return format;
}

function transitFormatOf({ LogFormat: format }: Request): string {
  if (format === undefined) return DEFAULT_TRANSIT_FLOW_LOG_FORMAT;
  if (!parseTransitFlowLogFormat(format)) throw unknownFields(format);
  return format;
}

/** The sentence is unconfirmed. */
const unknownFields = (format: string): Fault => invalid(`LogFormat has fields that are not known: ${format}`);

function intervalOf({ MaxAggregationInterval: seconds = 600 }: Request): 60 | 600 {
  if (seconds === 60 || seconds === 600) return seconds;
  throw invalid('Invalid Flow Log Max Aggregation Interval');
}

/** The only one for transit gateways (flow-logs-api-cli). */
function transitIntervalOf({ MaxAggregationInterval: seconds = 60 }: Request): 60 {
  if (seconds === 60) return seconds;
  throw invalid('Invalid Flow Log Max Aggregation Interval');
}

const invalid = (sentence: string): Fault => new Fault('InvalidParameter', sentence);

/** DeleteFlowLogs. What has not been delivered yet is lost. */
export const DeleteFlowLogs = action('DeleteFlowLogs', (request, tx) => {
  deleteFlowLogs(tx, request.FlowLogIds ?? []);
  return { Unsuccessful: [] };
});

/** A flow log as the API shows it. */
export const describeFlowLog = ({ destination, ...row }: FlowLog): sdk.FlowLog => ({
  FlowLogId: row.id,
  FlowLogStatus: 'ACTIVE',
  ResourceId: row.resource.id,
  TrafficType: row.trafficType,
  CreationTime: new Date(row.createdAtMs),
  DeliverLogsStatus: 'SUCCESS',
  DeliverLogsPermissionArn: row.permissionArn,
  DeliverCrossAccountRole: row.crossAccountRole,
  LogDestinationType: destination.type,
  LogDestination: destination.arn,
  LogFormat: row.logFormat,
  MaxAggregationInterval: row.maxAggregationIntervalSeconds,
  ...(destination.type === 'cloud-watch-logs'
    ? { LogGroupName: destination.logGroupName }
    : {
        DestinationOptions: {
          FileFormat: 'plain-text',
          HiveCompatiblePartitions: destination.hiveCompatiblePartitions,
          PerHourPartition: destination.perHourPartition,
        },
      }),
  Tags: describeTags(row.tags),
});

/** DescribeFlowLogs. */
export const DescribeFlowLogs = describe('DescribeFlowLogs', 'FlowLogs', {
  kind: FlowLog,
  ids: 'FlowLogIds',
  filters: {
    'deliver-log-status': () => 'SUCCESS',
    'log-destination-type': ({ destination }) => destination.type,
    'flow-log-id': (row) => row.id,
    'log-group-name': ({ destination }) =>
      destination.type === 'cloud-watch-logs' ? destination.logGroupName : undefined,
    'resource-id': (row) => row.resource.id,
    'traffic-type': (row) => row.trafficType,
  },
  render: describeFlowLog,
});

export const flowLogActions = [CreateFlowLogs, DeleteFlowLogs, DescribeFlowLogs] as const;
