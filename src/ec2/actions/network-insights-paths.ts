/** Paths of Reachability Analyzer: create, describe, delete. */
import type * as sdk from '@aws-sdk/client-ec2';
import { analysedArn, idOfArn, kindNameOf } from '../../model/analysed-resources.ts';
import { Fault } from '../../model/fault.ts';
import { arnOf } from '../../model/regions.ts';
import {
  NetworkInsightsAnalysis,
  NetworkInsightsPath,
  type PathFilter,
} from '../../model/resources/network-insights.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { parseIpv4 } from '../../net/address.ts';
import { action } from '../action.ts';
import { capitalised } from '../capitalised.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import type { RequestOf } from '../operation.ts';
import { describeTags } from '../tag-set.ts';

/** Reachability Analyzer guide, quotas. */
const MAX_PATHS = 100;

/** CreateNetworkInsightsPath. Whether the ends exist is for the analysis to say (unconfirmed). */
export const CreateNetworkInsightsPath = action('CreateNetworkInsightsPath', (request, tx) => {
  const tags = tagsOf(request.TagSpecifications, 'network-insights-path');
  refuseDoubleFilters(request);
  const protocol = choice(request.Protocol, ['tcp', 'udp'], 'protocol');
  if (protocol === undefined) throw new Fault('MissingParameter', { parameter: 'Protocol' });
  const source = resourceId(request.Source, 'source');
  const destination = request.Destination === undefined ? undefined : resourceId(request.Destination, 'destination');
  if (destination === undefined && !hasDestinationAddress(request))
    throw new Fault('MissingParameter', { parameter: 'Destination' });
  if (tx.size(NetworkInsightsPath) >= MAX_PATHS)
    throw new Fault('NetworkInsightsPath.LimitExceeded', `You have reached the limit of ${MAX_PATHS} paths.`);
  const row = tx.insert(NetworkInsightsPath, {
    createdAtMs: tx.nowMs,
    source,
    sourceArn: analysedArn(tx.scope, request.Source ?? source),
    destination,
    destinationArn: request.Destination === undefined ? undefined : analysedArn(tx.scope, request.Destination),
    sourceIp: addressOf(request.SourceIp, 'sourceIp'),
    destinationIp: addressOf(request.DestinationIp, 'destinationIp'),
    protocol,
    destinationPort: portOf(request.DestinationPort, 'destinationPort'),
    filterAtSource: filterOf(request.FilterAtSource),
    filterAtDestination: filterOf(request.FilterAtDestination),
    tags,
  });
  return { NetworkInsightsPath: describePath(row, tx) };
});

type CreateRequest = RequestOf<'CreateNetworkInsightsPath'>;

/** API reference, CreateNetworkInsightsPath: each says the same as members of the other form. */
function refuseDoubleFilters({ FilterAtSource, FilterAtDestination, ...request }: CreateRequest): void {
  const both = (parameter: string, other: string): Fault =>
    new Fault('InvalidParameterCombination', { parameter, other });
  if (FilterAtSource && request.SourceIp !== undefined) throw both('filterAtSource', 'sourceIp');
  if (FilterAtSource && request.DestinationPort !== undefined) throw both('filterAtSource', 'destinationPort');
  if (FilterAtDestination && request.DestinationIp !== undefined) throw both('filterAtDestination', 'destinationIp');
}

const hasDestinationAddress = ({ DestinationIp, FilterAtSource, FilterAtDestination }: CreateRequest): boolean =>
  (DestinationIp ?? FilterAtSource?.DestinationAddress ?? FilterAtDestination?.DestinationAddress) !== undefined;

function resourceId(text: string | undefined, parameter: string): string {
  if (text === undefined) throw new Fault('MissingParameter', { parameter });
  const id = idOfArn(text);
  if (kindNameOf(id) === undefined) throw new Fault('InvalidParameterValue', { value: text, parameter, reason: '' });
  return id;
}

function addressOf(text: string | undefined, parameter: string): string | undefined {
  if (text !== undefined && parseIpv4(text) === undefined)
    throw new Fault('InvalidParameterValue', { value: text, parameter, reason: '' });
  return text;
}

function portOf(port: number | undefined, parameter: string): number | undefined {
  if (port !== undefined && (port < 0 || port > 65_535))
    throw new Fault('InvalidParameterValue', { value: String(port), parameter, reason: '' });
  return port;
}

function filterOf(filter: CreateRequest['FilterAtSource']): PathFilter | undefined {
  if (!filter) return undefined;
  return {
    sourceAddress: addressOf(filter.SourceAddress, 'sourceAddress'),
    sourcePortRange: rangeOf(filter.SourcePortRange, 'sourcePortRange'),
    destinationAddress: addressOf(filter.DestinationAddress, 'destinationAddress'),
    destinationPortRange: rangeOf(filter.DestinationPortRange, 'destinationPortRange'),
  };
}

function rangeOf(range: sdk.RequestFilterPortRange | undefined, parameter: string): PathFilter['sourcePortRange'] {
  if (!range) return undefined;
  const fromPort = portOf(range.FromPort, parameter) ?? 0;
  const toPort = portOf(range.ToPort, parameter) ?? 65_535;
  if (fromPort > toPort)
    throw new Fault('InvalidParameterValue', { value: `${fromPort}-${toPort}`, parameter, reason: '' });
  return { fromPort, toPort };
}

/** A path as the API shows it. */
export const describePath = (row: NetworkInsightsPath, tx: Transaction): sdk.NetworkInsightsPath => ({
  NetworkInsightsPathId: row.id,
  NetworkInsightsPathArn: arnOf(tx.scope, 'network-insights-path', row.id),
  CreatedDate: new Date(row.createdAtMs),
  Source: row.source,
  Destination: row.destination,
  SourceArn: row.sourceArn,
  DestinationArn: row.destinationArn,
  SourceIp: row.sourceIp,
  DestinationIp: row.destinationIp,
  Protocol: row.protocol,
  DestinationPort: row.destinationPort,
  FilterAtSource: row.filterAtSource && capitalised(row.filterAtSource),
  FilterAtDestination: row.filterAtDestination && capitalised(row.filterAtDestination),
  Tags: describeTags(row.tags),
});

/** DescribeNetworkInsightsPaths. */
export const DescribeNetworkInsightsPaths = describe('DescribeNetworkInsightsPaths', 'NetworkInsightsPaths', {
  kind: NetworkInsightsPath,
  ids: 'NetworkInsightsPathIds',
  filters: {
    destination: (row) => row.destination,
    'filter-at-source.source-address': (row) => row.filterAtSource?.sourceAddress,
    'filter-at-source.source-port-range': (row) => rangeText(row.filterAtSource?.sourcePortRange),
    'filter-at-source.destination-address': (row) => row.filterAtSource?.destinationAddress,
    'filter-at-source.destination-port-range': (row) => rangeText(row.filterAtSource?.destinationPortRange),
    'filter-at-destination.source-address': (row) => row.filterAtDestination?.sourceAddress,
    'filter-at-destination.source-port-range': (row) => rangeText(row.filterAtDestination?.sourcePortRange),
    'filter-at-destination.destination-address': (row) => row.filterAtDestination?.destinationAddress,
    'filter-at-destination.destination-port-range': (row) => rangeText(row.filterAtDestination?.destinationPortRange),
    protocol: (row) => row.protocol,
    source: (row) => row.source,
  },
  render: describePath,
});

/** The form of a range as a filter's value is unconfirmed. */
const rangeText = (range: PathFilter['sourcePortRange']): string | undefined =>
  range && (range.fromPort === range.toPort ? String(range.fromPort) : `${range.fromPort}-${range.toPort}`);

/** DeleteNetworkInsightsPath. */
export const DeleteNetworkInsightsPath = action('DeleteNetworkInsightsPath', (request, tx) => {
  const { id } = tx.get(NetworkInsightsPath, request.NetworkInsightsPathId);
  if (tx.count(NetworkInsightsAnalysis, 'pathId', id) > 0)
    throw new Fault('AnalysisExistsForNetworkInsightsPath', { id });
  tx.remove(NetworkInsightsPath, id);
  return { NetworkInsightsPathId: id };
});

export const networkInsightsPathActions = [
  CreateNetworkInsightsPath,
  DescribeNetworkInsightsPaths,
  DeleteNetworkInsightsPath,
] as const;
