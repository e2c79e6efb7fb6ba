/** Traffic mirror targets: create, delete, describe. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { TrafficMirrorTarget } from '../../model/resources/traffic-mirror.ts';
import { tagsOf } from '../../model/tags.ts';
import { createTarget, deleteTarget } from '../../model/traffic-mirroring.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** CreateTrafficMirrorTarget: of the three kinds of targets localvpc has interfaces. */
export const CreateTrafficMirrorTarget = action('CreateTrafficMirrorTarget', (request, tx) => {
  const { NetworkInterfaceId: id, NetworkLoadBalancerArn: arn, GatewayLoadBalancerEndpointId: endpoint } = request;
  if ([id, arn, endpoint].filter((one) => one !== undefined).length !== 1) {
    // The sentence is unconfirmed.
    throw new Fault(
      'InvalidParameterCombination',
      'Exactly one of NetworkInterfaceId, NetworkLoadBalancerArn and GatewayLoadBalancerEndpointId must be specified.',
    );
  }
  if (id === undefined) {
    throw new Fault('UnsupportedOperation', 'localvpc mirrors traffic to network interfaces, not to load balancers.');
  }
  const target = createTarget(tx, {
    networkInterfaceId: tx.get(NetworkInterface, id).id,
    description: request.Description,
    tags: tagsOf(request.TagSpecifications, 'traffic-mirror-target'),
  });
  return { TrafficMirrorTarget: describeTarget(target, tx), ClientToken: request.ClientToken };
});

/** DeleteTrafficMirrorTarget. */
export const DeleteTrafficMirrorTarget = action('DeleteTrafficMirrorTarget', (request, tx) => {
  const target = tx.get(TrafficMirrorTarget, request.TrafficMirrorTargetId);
  deleteTarget(tx, target);
  return { TrafficMirrorTargetId: target.id };
});

const describeTarget = (row: TrafficMirrorTarget, tx: Transaction): sdk.TrafficMirrorTarget => ({
  TrafficMirrorTargetId: row.id,
  NetworkInterfaceId: row.networkInterfaceId,
  Type: 'network-interface',
  Description: row.description,
  OwnerId: tx.account,
  Tags: describeTags(row.tags),
});

/** DescribeTrafficMirrorTargets. */
export const DescribeTrafficMirrorTargets = describe('DescribeTrafficMirrorTargets', 'TrafficMirrorTargets', {
  kind: TrafficMirrorTarget,
  ids: 'TrafficMirrorTargetIds',
  filters: {
    description: (row) => row.description,
    'network-interface-id': (row) => row.networkInterfaceId,
    'network-load-balancer-arn': () => undefined,
    'owner-id': (_row, tx) => tx.account,
    'traffic-mirror-target-id': (row) => row.id,
  },
  render: describeTarget,
});

export const trafficMirrorTargetActions = [
  CreateTrafficMirrorTarget,
  DeleteTrafficMirrorTarget,
  DescribeTrafficMirrorTargets,
] as const;
