/** Attributes and tags of Classic Load Balancers, and how many there may be. */
import type * as sdk from '@aws-sdk/client-elastic-load-balancing';
import type { Decoded } from '../../../ec2/operation.ts';
import { setAttributes } from '../../../model/classic-listeners.ts';
import { classicLoadBalancer } from '../../../model/classic-load-balancers.ts';
import { withBalancerTags, withoutBalancerTags } from '../../../model/elastic-load-balancing-tags.ts';
import { Fault } from '../../../model/fault.ts';
import { quota } from '../../../model/quotas.ts';
import { type ClassicAttributes, ClassicLoadBalancer } from '../../../model/resources/classic-load-balancer.ts';
import { describeTags } from '../../elastic-load-balancing-v2/tags.ts';
import { action } from '../action.ts';
import { pageOf } from '../pages.ts';
import { DESYNC_MODE, describeAttributes } from '../rendering.ts';

export const DescribeLoadBalancerAttributes = action('DescribeLoadBalancerAttributes', (request, tx) => ({
  LoadBalancerAttributes: describeAttributes(classicLoadBalancer(tx, request.LoadBalancerName).attributes),
}));

export const ModifyLoadBalancerAttributes = action('ModifyLoadBalancerAttributes', (request, tx) => {
  const row = classicLoadBalancer(tx, request.LoadBalancerName);
  const { name, attributes } = setAttributes(tx, row, askedAttributes(request.LoadBalancerAttributes));
  return { LoadBalancerName: name, LoadBalancerAttributes: describeAttributes(attributes) };
});

/** @throws Fault InvalidConfigurationRequest for access logs, ValidationError for an attribute that there is not */
function askedAttributes(asked: Decoded<sdk.LoadBalancerAttributes>): Partial<ClassicAttributes> {
  const {
    CrossZoneLoadBalancing,
    AccessLog,
    ConnectionDraining,
    ConnectionSettings,
    AdditionalAttributes = [],
  } = asked;
  if (AccessLog?.Enabled) {
    throw new Fault('InvalidConfigurationRequest', 'localvpc writes no access logs of load balancers');
  }
  const [mode] = AdditionalAttributes.map(({ Key: key, Value: value = '' }) => {
    if (key === DESYNC_MODE) return value;
    throw new Fault('ValidationError', `There is no additional attribute '${key}'`);
  });
  return {
    ...(CrossZoneLoadBalancing && { crossZone: CrossZoneLoadBalancing.Enabled }),
    ...(ConnectionDraining && { drainsConnections: ConnectionDraining.Enabled }),
    ...(ConnectionDraining?.Timeout !== undefined && { drainingSeconds: ConnectionDraining.Timeout }),
    ...(ConnectionSettings && { idleTimeoutSeconds: ConnectionSettings.IdleTimeout }),
    ...(mode !== undefined && { desyncMitigationMode: mode }),
  };
}

export const AddTags = action('AddTags', (request, tx) => {
  for (const row of request.LoadBalancerNames.map((name) => classicLoadBalancer(tx, name))) {
    tx.update(ClassicLoadBalancer, row.id, { tags: withBalancerTags(row.tags, request.Tags) });
  }
  return {};
});

export const RemoveTags = action('RemoveTags', (request, tx) => {
  const keys = request.Tags.map(({ Key: key = '' }) => key);
  for (const row of request.LoadBalancerNames.map((name) => classicLoadBalancer(tx, name))) {
    tx.update(ClassicLoadBalancer, row.id, { tags: withoutBalancerTags(row.tags, keys) });
  }
  return {};
});

export const DescribeTags = action('DescribeTags', (request, tx) => ({
  TagDescriptions: request.LoadBalancerNames.map((name) => ({
    LoadBalancerName: name,
    Tags: describeTags(classicLoadBalancer(tx, name).tags),
  })),
}));

export const DescribeAccountLimits = action('DescribeAccountLimits', (request, tx) => {
  const limits = [
    { Name: 'classic-listeners', Max: String(quota(tx, 'listenersPerClassicLoadBalancer')) },
    { Name: 'classic-load-balancers', Max: String(quota(tx, 'classicLoadBalancersPerRegion')) },
    { Name: 'classic-registered-instances', Max: String(quota(tx, 'instancesPerClassicLoadBalancer')) },
  ];
  const { rows, nextMarker } = pageOf(limits, ({ Name: name }) => name, request);
  return { Limits: [...rows], NextMarker: nextMarker };
});
