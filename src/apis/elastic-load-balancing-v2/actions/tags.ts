/** Tags of load balancers, target groups and listeners, and the account's limits. */

import { withBalancerTags, withoutBalancerTags } from '../../../model/elastic-load-balancing-tags.ts';
import { taggedByElb } from '../../../model/load-balancing-resources.ts';
import { type QuotaName, quota } from '../../../model/quotas.ts';
import { action } from '../action.ts';
import { describeTags } from '../tags.ts';

/** AddTags. */
export const AddTags = action('AddTags', (request, tx) => {
  for (const arn of request.ResourceArns) {
    const resource = taggedByElb(tx, arn);
    resource.setTags(withBalancerTags(resource.tags, request.Tags));
  }
  return {};
});

/** RemoveTags. */
export const RemoveTags = action('RemoveTags', (request, tx) => {
  for (const arn of request.ResourceArns) {
    const resource = taggedByElb(tx, arn);
    resource.setTags(withoutBalancerTags(resource.tags, request.TagKeys));
  }
  return {};
});

/** DescribeTags. */
export const DescribeTags = action('DescribeTags', (request, tx) => ({
  TagDescriptions: request.ResourceArns.map((arn) => ({
    ResourceArn: arn,
    Tags: describeTags(taggedByElb(tx, arn).tags),
  })),
}));

/** Limits of what localvpc has, as the API calls them. */
const LIMITS: Readonly<Record<string, QuotaName>> = {
  'network-load-balancers': 'networkLoadBalancersPerRegion',
  'gateway-load-balancers': 'gatewayLoadBalancersPerRegion',
  'gateway-load-balancers-per-vpc': 'gatewayLoadBalancersPerVpc',
  'target-groups': 'targetGroupsPerRegion',
  'listeners-per-network-load-balancer': 'listenersPerNetworkLoadBalancer',
  'targets-per-availability-zone-per-network-load-balancer': 'targetsPerZoneOfNetworkLoadBalancer',
  'target-groups-per-action-on-network-load-balancer': 'targetGroupsPerAction',
};

/** DescribeAccountLimits. */
export const DescribeAccountLimits = action('DescribeAccountLimits', (_request, tx) => ({
  Limits: Object.entries(LIMITS).map(([Name, name]) => ({ Name, Max: String(quota(tx, name)) })),
}));

export const tagActions = [AddTags, DescribeAccountLimits, DescribeTags, RemoveTags];
