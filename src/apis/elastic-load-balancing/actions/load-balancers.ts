/** Classic Load Balancers: made, described, placed in subnets and zones, given groups, taken away. */

import { classicDnsName } from '../../../model/classic-load-balancer-names.ts';
import {
  applyGroups,
  attachSubnets,
  classicLoadBalancer,
  createClassicLoadBalancer,
  defaultSubnets,
  deleteClassicLoadBalancer,
  detachSubnets,
} from '../../../model/classic-load-balancers.ts';
import { withBalancerTags } from '../../../model/elastic-load-balancing-tags.ts';
import { Fault } from '../../../model/fault.ts';
import { ClassicLoadBalancer } from '../../../model/resources/classic-load-balancer.ts';
import type { Transaction } from '../../../model/transaction.ts';
import { action } from '../action.ts';
import { pageOf } from '../pages.ts';
import { describeLoadBalancer } from '../rendering.ts';
import { listenerOf } from './listeners.ts';

export const CreateLoadBalancer = action('CreateLoadBalancer', (request, tx) => {
  const row = createClassicLoadBalancer(tx, {
    name: request.LoadBalancerName,
    scheme: schemeOf(request.Scheme),
    listeners: request.Listeners.map(listenerOf),
    subnetIds: request.Subnets ?? [],
    zones: request.AvailabilityZones ?? [],
    securityGroupIds: request.SecurityGroups ?? [],
    tags: withBalancerTags({}, request.Tags ?? []),
  });
  return { DNSName: classicDnsName(tx.region, row) };
});

function schemeOf(scheme: string | undefined): ClassicLoadBalancer['scheme'] {
  if (scheme === undefined || scheme === 'internet-facing') return 'internet-facing';
  if (scheme === 'internal') return 'internal';
  throw new Fault('InvalidScheme');
}

export const DescribeLoadBalancers = action('DescribeLoadBalancers', (request, tx) => {
  const { LoadBalancerNames: names = [] } = request;
  const all = names.length > 0 ? names.map((name) => classicLoadBalancer(tx, name)) : tx.list(ClassicLoadBalancer);
  const { rows, nextMarker } = pageOf(all, ({ name }) => name, request);
  return { LoadBalancerDescriptions: rows.map((row) => describeLoadBalancer(tx, row)), NextMarker: nextMarker };
});

export const DeleteLoadBalancer = action('DeleteLoadBalancer', (request, tx) => {
  deleteClassicLoadBalancer(tx, request.LoadBalancerName);
  return {};
});

const subnetsOf = ({ nodes }: ClassicLoadBalancer): string[] => nodes.map(({ subnetId }) => subnetId);

export const AttachLoadBalancerToSubnets = action('AttachLoadBalancerToSubnets', (request, tx) => {
  const row = attachSubnets(tx, classicLoadBalancer(tx, request.LoadBalancerName), request.Subnets);
  return { Subnets: subnetsOf(row) };
});

export const DetachLoadBalancerFromSubnets = action('DetachLoadBalancerFromSubnets', (request, tx) => {
  const row = detachSubnets(tx, classicLoadBalancer(tx, request.LoadBalancerName), request.Subnets);
  return { Subnets: subnetsOf(row) };
});

/** For load balancers in the default VPC; elsewhere subnets are attached (API reference). */
function inDefaultSubnets(
  tx: Transaction,
  { vpcId }: ClassicLoadBalancer,
  zones: readonly string[],
): readonly string[] {
  const subnets = defaultSubnets(tx, zones);
  if (subnets.some((subnet) => subnet.vpcId !== vpcId)) {
    const sentence =
      'EnableAvailabilityZonesForLoadBalancer and DisableAvailabilityZonesForLoadBalancer are for the default VPC';
    throw new Fault('InvalidConfigurationRequest', sentence);
  }
  return subnets.map(({ id }) => id);
}

export const EnableAvailabilityZonesForLoadBalancer = action(
  'EnableAvailabilityZonesForLoadBalancer',
  (request, tx) => {
    const row = classicLoadBalancer(tx, request.LoadBalancerName);
    const { nodes } = attachSubnets(tx, row, inDefaultSubnets(tx, row, request.AvailabilityZones));
    return { AvailabilityZones: nodes.map(({ zone }) => zone) };
  },
);

export const DisableAvailabilityZonesForLoadBalancer = action(
  'DisableAvailabilityZonesForLoadBalancer',
  (request, tx) => {
    const row = classicLoadBalancer(tx, request.LoadBalancerName);
    const { nodes } = detachSubnets(tx, row, inDefaultSubnets(tx, row, request.AvailabilityZones));
    return { AvailabilityZones: nodes.map(({ zone }) => zone) };
  },
);

export const ApplySecurityGroupsToLoadBalancer = action('ApplySecurityGroupsToLoadBalancer', (request, tx) => {
  const row = applyGroups(tx, classicLoadBalancer(tx, request.LoadBalancerName), request.SecurityGroups);
  return { SecurityGroups: [...row.securityGroupIds] };
});
