/** What is told of instances besides Describe: their place in the network, their images; and what is told about them. */
import { Fault } from '../../model/fault.ts';
import { hostOf } from '../../model/hosts.ts';
import { placementGroupNamed } from '../../model/placement-groups.ts';
import { zoneNamed } from '../../model/regions.ts';
import { Instance } from '../../model/resources/instance.ts';
import { PlacementGroup } from '../../model/resources/placement-group.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { select } from '../describe.ts';
import type { FilterTable } from '../filter.ts';
import { describeTags } from '../tag-set.ts';
import { imageOf } from './images.ts';
import { describeState } from './instance-rendering.ts';

const groupOf = ({ placementGroupId }: Instance, tx: Transaction): PlacementGroup | undefined =>
  placementGroupId && tx.find(PlacementGroup, placementGroupId);

/**
 * Three levels of nodes, from the top down, as AWS shows them: the Region's, the zone's and the rack's, where the
 * instance hangs. Each account sees names of its own.
 */
function networkNodes(row: Instance, tx: Transaction): readonly string[] {
  const host = hostOf(tx, row.id);
  const top = `${tx.account} ${tx.region}`;
  return [top, `${top} ${row.zone}`, `${top} ${row.zone} ${host?.rack ?? row.id}`].map(nodeName);
}

/** "nn-" and 17 hexadecimal digits that follow from a text (FNV-1a). */
function nodeName(text: string): string {
  const sum = (start: number): string => {
    let hash = start;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, '0');
  };
  return `nn-0${sum(0x811c9dc5)}${sum(0x050c5d1f)}`;
}

const topologyFilters: FilterTable<Instance> = {
  'availability-zone': (row) => row.zone,
  'instance-type': (row) => row.instanceType,
  'zone-id': (row, tx) => zoneNamed(tx.region, row.zone).id,
};

/** DescribeInstanceTopology, of instances of every type (AWS: of some types only). */
export const DescribeInstanceTopology = action('DescribeInstanceTopology', (request, tx) => {
  const groups = request.GroupNames?.map((name) => placementGroupNamed(tx, name).id);
  const where = ({ state, placementGroupId }: Instance): boolean =>
    (state === 'running' || state === 'pending') &&
    (!groups || (placementGroupId !== undefined && groups.includes(placementGroupId)));
  const selection = { kind: Instance, ids: 'InstanceIds', filters: topologyFilters, where };
  const { rows, nextToken } = select('DescribeInstanceTopology', selection, request, tx);
  const instances = rows.map((row) => ({
    InstanceId: row.id,
    InstanceType: row.instanceType,
    GroupName: groupOf(row, tx)?.name,
    NetworkNodes: networkNodes(row, tx),
    AvailabilityZone: row.zone,
    ZoneId: zoneNamed(tx.region, row.zone).id,
  }));
  return { Instances: instances, NextToken: nextToken };
});

const imageFilters: FilterTable<Instance> = {
  'availability-zone': (row) => row.zone,
  'image-allowed': () => true,
  'instance-id': (row) => row.id,
  'instance-state-name': (row) => row.state,
  'instance-type': (row) => row.instanceType,
  'launch-time': (row) => new Date(row.launchedAtMs),
  'owner-alias': (row, tx) => imageOf(tx, row.imageId)?.ImageOwnerAlias,
  'owner-id': (_, tx) => tx.account,
  'zone-id': (row, tx) => zoneNamed(tx.region, row.zone).id,
};

/** DescribeInstanceImageMetadata. */
export const DescribeInstanceImageMetadata = action('DescribeInstanceImageMetadata', (request, tx) => {
  const selection = { kind: Instance, ids: 'InstanceIds', filters: imageFilters };
  const { rows, nextToken } = select('DescribeInstanceImageMetadata', selection, request, tx);
  return { InstanceImageMetadata: rows.map((row) => describeImageMetadata(row, tx)), NextToken: nextToken };
});

function describeImageMetadata(row: Instance, tx: Transaction) {
  const image = imageOf(tx, row.imageId);
  return {
    InstanceId: row.id,
    InstanceType: row.instanceType,
    LaunchTime: new Date(row.launchedAtMs),
    AvailabilityZone: row.zone,
    ZoneId: zoneNamed(tx.region, row.zone).id,
    State: describeState(row.state),
    OwnerId: tx.account,
    Tags: describeTags(row.tags),
    ImageMetadata: {
      ImageId: row.imageId,
      Name: image?.Name,
      OwnerId: image?.OwnerId,
      ImageOwnerAlias: image?.ImageOwnerAlias,
      // Of a deregistered image nothing but the id is left.
      State: image ? ('available' as const) : ('deregistered' as const),
      CreationDate: image?.CreationDate,
      DeprecationTime: image?.DeprecationTime,
      ImageAllowed: true,
      IsPublic: image?.Public,
    },
  };
}

const REASONS = [
  'instance-stuck-in-state',
  'unresponsive',
  'not-accepting-credentials',
  'password-not-available',
  'performance-network',
  'performance-instance-store',
  'performance-ebs-volume',
  'performance-other',
  'other',
] as const;

/** ReportInstanceStatus: taken note of by nobody, and changes no status check; on AWS neither. */
export const ReportInstanceStatus = action('ReportInstanceStatus', (request, tx) => {
  choice(request.Status, ['ok', 'impaired'], 'status');
  for (const reason of request.ReasonCodes) choice(reason, REASONS, 'reasonCode');
  for (const id of request.Instances) {
    const { state } = tx.get(Instance, id);
    if (state !== 'running')
      throw new Fault('IncorrectInstanceState', `The instance '${id}' is not in the 'running' state.`);
  }
});

export const instanceReportActions = [
  DescribeInstanceTopology,
  DescribeInstanceImageMetadata,
  ReportInstanceStatus,
] as const;
