/** Load balancers of endpoint services in an analysis: which targets they send to, and what they keep of a packet. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { loadBalancerArn, targetOf } from '../../testing/private-service.ts';
import { type Analysis, analyse, port, privateAddress } from '../../testing/reachability.ts';
import { balancer, targets, throughEndpoint, withdraw } from '../../testing/reachability-of-load-balancers.ts';
import { endpoint } from '../../testing/reachability-of-sites.ts';
import { admit, type Tiers, tiers } from '../../testing/tiers.ts';

const codes = ({ Explanations: all = [] }: Analysis): readonly string[] =>
  all.map(({ ExplanationCode: code }) => code ?? '').filter((code) => !code.endsWith('ROUTE'));

const inZone = (net: Tiers, zone: string, cidr: string): string =>
  targetOf(net, 'first', net.subnet(cidr, `${net.account.scope.region}${zone}`));

test('a target in another zone is named with the reason: no node is there, or nodes keep to their zone', () => {
  const net = tiers();
  const known = inZone(net, 'b', '10.0.7.0/24');
  const { endpointId } = endpoint(net);
  const later = inZone(net, 'c', '10.0.8.0/24');
  for (const one of targets(net)) if (one !== known && one !== later) withdraw(net, one);
  const { Explanations = [] } = analyse(net, { Destination: endpointId, DestinationPort: 443 });
  const named = Explanations.filter(({ LoadBalancerTarget: one }) => one);
  deepEqual(
    named.map(({ ExplanationCode, AvailabilityZones: [zone] = [], LoadBalancerTarget: one, LoadBalancerArn }) => [
      ExplanationCode,
      zone,
      one?.Instance?.Id,
      one?.Address,
      LoadBalancerArn,
    ]),
    [
      ['ELB_NOT_CROSSZONE', 'us-east-1b', known, privateAddress(net, known), loadBalancerArn(net.account, 'first')],
      [
        'ELB_INSTALLED_AZ_RESTRICTION',
        'us-east-1c',
        later,
        privateAddress(net, later),
        loadBalancerArn(net.account, 'first'),
      ],
    ],
  );
  equal(Explanations[0]?.ExplanationCode, 'ELBV2_NO_TARGETS_IN_AZ');
});

test('a load balancer keeps the port, and neither the client’s port nor the endpoint’s address', () => {
  const net = tiers();
  const { path } = throughEndpoint(net);
  const ask = (FilterAtDestination: object) => analyse(net, { ...path, FilterAtDestination });
  const address = privateAddress(net, path.Destination);
  equal(ask({ DestinationAddress: address, DestinationPortRange: port(443) }).NetworkPathFound, true);
  deepEqual(codes(ask({ DestinationPortRange: port(80) })).slice(0, 1), ['TARGET_PORT_RESTRICTION']);
  deepEqual(codes(ask({ DestinationAddress: path.FilterAtSource.DestinationAddress })).slice(0, 1), [
    'TARGET_ADDRESS_RESTRICTION',
  ]);
  deepEqual(codes(ask({ SourcePortRange: port(80) })).slice(0, 1), ['REMAP_EPHEMERAL_PORT']);
});

test('a service sends to its targets alone, from the node in the zone of each', () => {
  const net = tiers();
  const other = inZone(net, 'b', '10.0.7.0/24');
  const { serviceId } = endpoint(net);
  const ask = (Destination: string) => analyse(net, { Source: serviceId, Destination, DestinationPort: 443 });
  deepEqual(codes(ask(net.web.id)), ['TARGET_ADDRESS_RESTRICTION']);
  const { Reservations } = net.account.call('DescribeInstances', { InstanceIds: [other] });
  admit(net, given(Reservations?.[0]?.Instances?.[0]?.SecurityGroups?.[0]?.GroupId), 443);
  for (const target of targets(net)) equal(ask(target).NetworkPathFound, true, target);
});

test('a path through a load balancer shows its node, listener and target group, and each target can be the end', () => {
  const net = tiers();
  const other = net.instance({ SubnetId: net.db.subnetId, SecurityGroupIds: [net.db.groupId] });
  const {
    balancer: { id },
    group,
    listener,
    node,
    at,
  } = balancer(net, [net.db.id, other]);
  admit(net, net.db.groupId, 8080);
  for (const Destination of [net.db.id, other]) {
    const {
      NetworkPathFound,
      ForwardPathComponents = [],
      ReturnPathComponents = [],
    } = analyse(net, {
      ...at(80),
      Destination,
    });
    equal(NetworkPathFound, true);
    const ids = ForwardPathComponents.map(({ Component }) => Component?.Id);
    const shownIds = ids.filter((one) => [node, id, group.id, Destination].includes(one ?? ''));
    deepEqual(shownIds, [node, id, group.id, node, Destination]);
    const [shown] = ForwardPathComponents.filter(({ ElasticLoadBalancerListener: one }) => one);
    equal(shown?.ElasticLoadBalancerListener?.Arn, listener.id);
    deepEqual(
      shown?.OutboundHeader?.DestinationPortRanges,
      [port(8080)].map(({ FromPort: From, ToPort: To }) => ({ From, To })),
    );
    equal(
      ReturnPathComponents.some(({ Component }) => Component?.Arn === id),
      true,
    );
  }
});

test('a listener that does not take a packet is named with its port, and groups that do not lead there are as well', () => {
  const net = tiers();
  const {
    balancer: { id },
    group,
    listener,
    at,
  } = balancer(net, [net.instance()]);
  const [mismatch, restriction] = analyse(net, at(81)).Explanations ?? [];
  deepEqual([mismatch?.ExplanationCode, mismatch?.LoadBalancerArn], ['ELBV2_LISTENERS_MISMATCH', id]);
  deepEqual(
    [
      restriction?.ExplanationCode,
      restriction?.ElasticLoadBalancerListener?.Arn,
      restriction?.LoadBalancerListenerPort,
    ],
    ['ELBV2_LISTENER_PORT_RESTRICTION', listener.id, 80],
  );
  const { Explanations = [] } = analyse(net, at(80));
  const refusal = Explanations.find(({ ExplanationCode }) => ExplanationCode === 'ELBV2_LISTENER_REQUIRES_TG_ACCEPT');
  deepEqual(
    refusal?.LoadBalancerTargetGroups?.map(({ Arn }) => Arn),
    [group.id],
  );
});
