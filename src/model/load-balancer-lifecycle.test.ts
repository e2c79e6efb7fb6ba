import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { balancerIn, groupOf, listenerOf } from '../testing/balancers.ts';
import { given, lab } from '../testing/instance-parts.ts';
import { deleteLoadBalancer, setSecurityGroups, setSubnets } from './load-balancer-lifecycle.ts';
import { dnsNameOf } from './load-balancer-names.ts';
import {
  attributesOfTargetGroup,
  targetGroupAttribute,
  withLoadBalancerAttributes,
  withTargetGroupAttributes,
} from './load-balancing-attributes.ts';
import { LoadBalancer } from './resources/load-balancer.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { TargetGroup } from './resources/target-group.ts';
import { deleteTargetGroup, deregisterTargets } from './target-groups.ts';
import { drainingTargets, healthOf, placedTargets } from './target-health.ts';

/** A subnet as a place for a node. */
const placeIn = (subnetId: string) => ({ subnetId, allocationId: undefined, privateIpv4: undefined });

test('a load balancer has an interface of its own in each zone, which goes with it', () => {
  const net = lab();
  const elsewhere = net.subnet('10.0.2.0/24', 'us-east-1b');
  const balancer = balancerIn(net.account, [net.subnetId, elsewhere]);
  match(balancer.id, /^arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer\/net\/shop\/[0-9a-f]{16}$/);
  match(dnsNameOf(balancer), /^shop-[0-9a-f]{16}\.elb\.us-east-1\.amazonaws\.com$/);
  const interfaces = () => net.account.transact((tx) => tx.list(NetworkInterface));
  deepEqual(
    interfaces().map(({ interfaceType, subnetId, securityGroupIds }) => [interfaceType, subnetId, securityGroupIds]),
    [net.subnetId, elsewhere].map((subnetId) => ['network_load_balancer', subnetId, []]),
  );
  net.account.transact((tx) => setSubnets(tx, balancer, [placeIn(elsewhere)]));
  deepEqual(
    interfaces().map(({ zone }) => zone),
    ['us-east-1b'],
  );
  net.account.transact((tx) => deleteLoadBalancer(tx, tx.get(LoadBalancer, balancer.id)));
  deepEqual(interfaces(), []);
});

test('a node to the internet has the Elastic IP that was named, or an address of AWS’s, which both go free with it', () => {
  const net = lab();
  const elsewhere = net.subnet('10.0.2.0/24', 'us-east-1b');
  const allocationId = net.elasticIp();
  const balancer = balancerIn(net.account, [], {
    scheme: 'internet-facing',
    places: [{ ...placeIn(net.subnetId), allocationId }, placeIn(elsewhere)],
  });
  const addresses = () =>
    (net.account.call('DescribeNetworkInterfaces').NetworkInterfaces ?? []).map(({ Association }) => Association);
  equal(addresses()[0]?.AllocationId, allocationId);
  match(given(addresses()[1]?.PublicIp), /^\d/);
  equal(addresses()[1]?.IpOwnerId, 'amazon-elb');
  net.account.transact((tx) => deleteLoadBalancer(tx, balancer));
  const [elasticIp] = net.account.call('DescribeAddresses').Addresses ?? [];
  equal(elasticIp?.AssociationId, undefined);
});

test('what makes no load balancer is told by ELB’s codes', () => {
  const net = lab();
  const other = net.subnet('10.0.3.0/24');
  const code = (subnets: readonly string[], spec: Parameters<typeof balancerIn>[2] = {}) =>
    net.account.faultCode(() => balancerIn(net.account, subnets, { name: 'new', ...spec }));
  equal(code([net.subnetId], { name: '-new' }), 'ValidationError');
  equal(code([]), 'ValidationError');
  equal(code(['subnet-0123456789abcdef0']), 'SubnetNotFound');
  equal(code([net.subnetId, other]), 'InvalidConfigurationRequest');
  equal(code([net.subnetId], { securityGroupIds: ['sg-0123456789abcdef0'] }), 'InvalidSecurityGroup');
  const { id } = balancerIn(net.account, [net.subnetId]);
  equal(balancerIn(net.account, [net.subnetId]).id, id, 'the same again is the same');
  equal(code([other], { name: 'shop' }), 'DuplicateLoadBalancerName');
});

test('groups of a load balancer can be others later, but not none and not the first', () => {
  const net = lab();
  const [group] =
    net.account.call('DescribeSecurityGroups', {
      Filters: [{ Name: 'vpc-id', Values: [net.vpcId] }],
    }).SecurityGroups ?? [];
  const groupId = given(group?.GroupId);
  const without = balancerIn(net.account, [net.subnetId]);
  const within = balancerIn(net.account, [net.subnetId], { name: 'guarded', securityGroupIds: [groupId] });
  const set = (balancer: LoadBalancer, ids: readonly string[]) =>
    net.account.transact((tx) => setSecurityGroups(tx, balancer, ids, false));
  equal(
    net.account.faultCode(() => set(without, [groupId])),
    'InvalidConfigurationRequest',
  );
  equal(
    net.account.faultCode(() => set(within, [])),
    'InvalidConfigurationRequest',
  );
  equal(set(within, [groupId]).filtersPrivateLink, false);
});

test('attributes have AWS’s defaults, and what has no effect here is refused', () => {
  const net = lab();
  const balancer = balancerIn(net.account, [net.subnetId]);
  const ofInstances = groupOf(net.account, net.vpcId, []);
  const ofAddresses = groupOf(net.account, net.vpcId, [], { name: 'addresses', targetType: 'ip' });
  equal(targetGroupAttribute(ofInstances, 'preserve_client_ip.enabled'), 'true');
  equal(targetGroupAttribute(ofAddresses, 'preserve_client_ip.enabled'), 'false');
  equal(attributesOfTargetGroup(ofAddresses).find(({ Key }) => Key === 'stickiness.type')?.Value, 'source_ip');
  deepEqual(withTargetGroupAttributes(ofAddresses, [{ Key: 'preserve_client_ip.enabled', Value: 'true' }]), {
    'preserve_client_ip.enabled': 'true',
  });
  const code = (Key: string, Value: string) =>
    net.account.faultCode(() => withLoadBalancerAttributes(balancer, [{ Key, Value }]));
  equal(code('load_balancing.cross_zone.enabled', 'perhaps'), 'ValidationError');
  equal(code('idle_timeout.timeout_seconds', '60'), 'ValidationError');
  equal(code('access_logs.s3.enabled', 'true'), 'InvalidConfigurationRequest');
});

test('a protected load balancer stays', () => {
  const net = lab();
  const { id } = balancerIn(net.account, [net.subnetId]);
  const remove = () => net.account.transact((tx) => deleteLoadBalancer(tx, tx.get(LoadBalancer, id)));
  const attributes = { 'deletion_protection.enabled': 'true' };
  net.account.transact((tx) => tx.update(LoadBalancer, id, { attributes }));
  equal(net.account.faultCode(remove), 'OperationNotPermitted');
});

test('targets are well while their instances run, and those that were taken out drain', () => {
  const net = lab();
  const [first, second] = [net.instance(), net.instance()];
  const { id } = groupOf(net.account, net.vpcId, [{ Id: first }, { Id: second, Port: 8080 }]);
  const states = () =>
    net.account.transact((tx) => {
      const group = tx.get(TargetGroup, id);
      return placedTargets(tx, group).map((one) => healthOf(tx, group, one).state);
    });
  deepEqual(states(), ['unused', 'unused']);
  const balancer = balancerIn(net.account, [net.subnetId]);
  const group = net.account.transact((tx) => tx.get(TargetGroup, id));
  listenerOf(net.account, balancer, [group]);
  deepEqual(states(), ['healthy', 'healthy']);
  net.stop(first);
  deepEqual(states(), ['unused', 'healthy']);
  net.terminate(first);
  deepEqual(states(), ['healthy']);
  net.account.transact((tx) => deregisterTargets(tx, tx.get(TargetGroup, id), [{ Id: second, Port: 8080 }]));
  const draining = () => net.account.transact((tx) => drainingTargets(tx, tx.get(TargetGroup, id)).length);
  deepEqual([states().length, draining()], [0, 1]);
  net.account.advance(300_000);
  equal(draining(), 0);
});

test('what a target group or a listener cannot be is told by ELB’s codes', () => {
  const net = lab();
  const balancer = balancerIn(net.account, [net.subnetId]);
  const group = groupOf(net.account, net.vpcId, []);
  const ofUdp = groupOf(net.account, net.vpcId, [], { name: 'udp', protocol: 'UDP' });
  const geneve = { name: 'geneve', protocol: 'GENEVE', port: 6081 } as const;
  listenerOf(net.account, balancer, [group]);
  const code = (work: () => unknown) => net.account.faultCode(work);
  equal(
    code(() => groupOf(net.account, net.vpcId, [], { port: 81 })),
    'DuplicateTargetGroupName',
  );
  equal(
    code(() => groupOf(net.account, net.vpcId, [], { ...geneve, port: 80 })),
    'ValidationError',
  );
  equal(
    code(() => groupOf(net.account, net.vpcId, [{ Id: 'i-0123456789abcdef0' }])),
    'InvalidTarget',
  );
  equal(
    code(() => listenerOf(net.account, balancer, [ofUdp])),
    'IncompatibleProtocols',
  );
  const takesUdp = { takes: { protocol: 'UDP', port: 80 } } as const;
  equal(
    code(() => listenerOf(net.account, balancer, [ofUdp], takesUdp)),
    'DuplicateListener',
  );
  const other = balancerIn(net.account, [net.subnetId], { name: 'other' });
  equal(
    code(() => listenerOf(net.account, other, [group])),
    'TargetGroupAssociationLimit',
  );
  equal(
    code(() => net.account.transact((tx) => deleteTargetGroup(tx, group))),
    'ResourceInUse',
  );
  const gateway = balancerIn(net.account, [net.subnetId], { name: 'gateway', type: 'gateway' });
  const inspected = groupOf(net.account, net.vpcId, [], geneve);
  equal(
    code(() => listenerOf(net.account, gateway, [inspected])),
    'ValidationError',
  );
  equal(listenerOf(net.account, gateway, [inspected], { takes: undefined }).takes, undefined);
});
