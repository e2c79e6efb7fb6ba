import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import type { RequestOf } from '../operation.ts';

const interfaceIn = ({ account }: Lab): string => {
  const SubnetId = given(account.call('DescribeSubnets').Subnets?.[0]?.SubnetId);
  return given(account.call('CreateNetworkInterface', { SubnetId }).NetworkInterface?.NetworkInterfaceId);
};
const target = (net: Lab, NetworkInterfaceId: string): string =>
  given(
    net.account.call('CreateTrafficMirrorTarget', { NetworkInterfaceId }).TrafficMirrorTarget?.TrafficMirrorTargetId,
  );
const filter = ({ account }: Lab): string =>
  given(account.call('CreateTrafficMirrorFilter', {}).TrafficMirrorFilter?.TrafficMirrorFilterId);
const rule = (net: Lab, id: string, more: Partial<RequestOf<'CreateTrafficMirrorFilterRule'>> = {}) =>
  net.account.call('CreateTrafficMirrorFilterRule', {
    TrafficMirrorFilterId: id,
    TrafficDirection: 'ingress',
    RuleNumber: 10,
    RuleAction: 'accept',
    SourceCidrBlock: '0.0.0.0/0',
    DestinationCidrBlock: '10.0.0.0/16',
    ...more,
  }).TrafficMirrorFilterRule;

test('a target, a filter with rules and a session are shown as they were made and changed, and go in the order of their uses', () => {
  const net = lab();
  const { account } = net;
  const [source, sink] = [interfaceIn(net), interfaceIn(net)];
  const targetId = target(net, sink);
  const filterId = filter(net);
  const made = given(rule(net, filterId, { Protocol: 6, DestinationPortRange: { FromPort: 80, ToPort: 90 } }));
  rule(net, filterId, { RuleNumber: 5, RuleAction: 'reject' });
  rule(net, filterId, { TrafficDirection: 'egress' });
  const shown = () =>
    given(
      account.call('DescribeTrafficMirrorFilters', { TrafficMirrorFilterIds: [filterId] }).TrafficMirrorFilters?.[0],
    );
  deepEqual(
    shown().IngressFilterRules?.map(({ RuleNumber }) => RuleNumber),
    [5, 10],
  );
  equal(shown().EgressFilterRules?.length, 1);
  const changed = account.call('ModifyTrafficMirrorFilterRule', {
    TrafficMirrorFilterRuleId: given(made.TrafficMirrorFilterRuleId),
    RuleNumber: 3,
    RemoveFields: ['destination-port-range', 'protocol'],
  }).TrafficMirrorFilterRule;
  deepEqual([changed?.RuleNumber, changed?.Protocol, changed?.DestinationPortRange], [3, undefined, undefined]);
  account.call('ModifyTrafficMirrorFilterNetworkServices', {
    TrafficMirrorFilterId: filterId,
    AddNetworkServices: ['amazon-dns'],
  });
  deepEqual(shown().NetworkServices, ['amazon-dns']);

  const session = given(
    account.call('CreateTrafficMirrorSession', {
      NetworkInterfaceId: source,
      TrafficMirrorTargetId: targetId,
      TrafficMirrorFilterId: filterId,
      SessionNumber: 1,
      PacketLength: 100,
      Description: 'all',
    }).TrafficMirrorSession,
  );
  const id = given(session.TrafficMirrorSessionId);
  ok(given(session.VirtualNetworkId) > 0);
  deepEqual([session.OwnerId, session.PacketLength, session.Description], ['123456789012', 100, 'all']);
  const after = account.call('ModifyTrafficMirrorSession', {
    TrafficMirrorSessionId: id,
    SessionNumber: 2,
    VirtualNetworkId: 7,
    RemoveFields: ['packet-length', 'description'],
  }).TrafficMirrorSession;
  deepEqual(
    [after?.SessionNumber, after?.VirtualNetworkId, after?.PacketLength, after?.Description],
    [2, 7, undefined, undefined],
  );
  const found = (Name: string, value: string) =>
    account.call('DescribeTrafficMirrorSessions', { Filters: [{ Name, Values: [value] }] }).TrafficMirrorSessions
      ?.length;
  deepEqual(
    [found('virtual-network-id', '7'), found('network-interface-id', source), found('session-number', '1')],
    [1, 1, 0],
  );

  const fault = (work: () => unknown) => given(account.fault(work)).split(':')[0];
  equal(
    fault(() => account.call('DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: targetId })),
    'TrafficMirrorTargetInUse',
  );
  equal(
    fault(() => account.call('DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: filterId })),
    'TrafficMirrorFilterInUse',
  );
  account.call('DeleteTrafficMirrorSession', { TrafficMirrorSessionId: id });
  account.call('DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: targetId });
  account.call('DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: filterId });
  equal(account.call('DescribeTrafficMirrorFilterRules').TrafficMirrorFilterRules?.length, 0);
});

test('an interface is source or target and not both, has three sessions of different numbers, and takes them with it', () => {
  const net = lab();
  const { account } = net;
  const [source, sink] = [interfaceIn(net), interfaceIn(net)];
  const TrafficMirrorTargetId = target(net, sink);
  const TrafficMirrorFilterId = filter(net);
  const create = (SessionNumber: number, NetworkInterfaceId = source, more = {}) =>
    account.call('CreateTrafficMirrorSession', {
      NetworkInterfaceId,
      TrafficMirrorTargetId,
      TrafficMirrorFilterId,
      SessionNumber,
      ...more,
    });
  const fault = (work: () => unknown) => given(account.fault(work)).split(':')[0];
  equal(
    fault(() => create(1, sink)),
    'InterfaceInUseByTrafficMirrorTarget',
  );
  equal(
    fault(() => create(0)),
    'InvalidParameterValue',
  );
  equal(
    fault(() => create(1, source, { VirtualNetworkId: 2 ** 24 })),
    'InvalidParameterValue',
  );
  create(1);
  equal(
    fault(() => create(1)),
    'TrafficMirrorSessionNumberInUse',
  );
  equal(
    fault(() => target(net, source)),
    'InterfaceInUseByTrafficMirrorSession',
  );
  equal(
    fault(() => target(net, sink)),
    'InterfaceInUseByTrafficMirrorTarget',
  );
  create(2);
  create(3);
  equal(
    fault(() => create(4)),
    'TrafficMirrorSessionsPerInterfaceLimitExceeded',
  );
  account.call('DeleteNetworkInterface', { NetworkInterfaceId: source });
  equal(account.call('DescribeTrafficMirrorSessions').TrafficMirrorSessions?.length, 0);
  const arn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/x/1';
  equal(
    fault(() => account.call('CreateTrafficMirrorTarget', { NetworkLoadBalancerArn: arn })),
    'UnsupportedOperation',
  );
  equal(
    fault(() => account.call('CreateTrafficMirrorTarget', {})),
    'InvalidParameterCombination',
  );
});

test('rules that say nothing are refused, and an eleventh', () => {
  const net = lab();
  const id = filter(net);
  const fault = (more: Partial<RequestOf<'CreateTrafficMirrorFilterRule'>>) =>
    given(net.account.fault(() => rule(net, id, more))).split(':')[0];
  equal(fault({ RuleNumber: 0 }), 'InvalidParameterValue');
  equal(fault({ SourceCidrBlock: 'everywhere' }), 'InvalidParameterValue');
  equal(fault({ SourceCidrBlock: '::/0' }), 'InvalidParameterCombination');
  equal(fault({ SourcePortRange: { FromPort: 1, ToPort: 2 } }), 'InvalidParameterCombination');
  equal(fault({ Protocol: 6, SourcePortRange: { FromPort: 3, ToPort: 2 } }), 'InvalidParameterValue');
  rule(net, id);
  equal(fault({}), 'TrafficMirrorFilterRuleAlreadyExists');
  for (let number = 11; number < 20; number++) rule(net, id, { RuleNumber: number });
  equal(fault({ RuleNumber: 20 }), 'TrafficMirrorFilterRuleLimitExceeded');
  equal(
    net.account.fault(() =>
      net.account.call('DeleteTrafficMirrorFilterRule', { TrafficMirrorFilterRuleId: 'tmfr-0123456789abcdef0' }),
    ),
    "InvalidTrafficMirrorFilterRuleId.NotFound: The traffic mirror filter rule 'tmfr-0123456789abcdef0' does not exist",
  );
});
