/** Firewalls in Reachability Analyzer: what a path shows of one, and how the rule is named that drops a packet. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { networkFirewall } from '../../testing/other-services.ts';
import { analyse } from '../../testing/reachability.ts';
import { firewallBetween } from '../../testing/reachability-of-firewalls.ts';
import { admit, type Tiers, tiers } from '../../testing/tiers.ts';

function admitted(): Tiers {
  const net = tiers();
  admit(net, net.db.groupId, 5432);
  return net;
}

test('a stateful rule that drops the packet is named with its group', () => {
  const net = admitted();
  const { arn, statefulGroupArn, endpointIds } = firewallBetween(net, {
    rules: 'drop tcp $HOME_NET any -> 10.0.2.0/24 [5000:6000,!5500] (sid:1;)',
  });
  const [explanation] = analyse(net, {}).Explanations ?? [];
  equal(explanation?.ExplanationCode, 'FIREWALL_RULES_RESTRICTION');
  deepEqual(explanation?.Component, { Id: 'test', Arn: arn });
  equal(explanation?.VpcEndpoint?.Id, endpointIds[0]);
  deepEqual(explanation?.FirewallStatefulRule, {
    RuleGroupArn: statefulGroupArn,
    Sources: ['10.0.0.0/16'],
    Destinations: ['10.0.2.0/24'],
    SourcePorts: [{ From: 0, To: 65_535 }],
    DestinationPorts: [
      { From: 5000, To: 5499 },
      { From: 5501, To: 6000 },
    ],
    Protocol: 'tcp',
    RuleAction: 'drop',
    Direction: 'FORWARD',
  });
});

test('a stateless rule that drops the packet is named with its priority', () => {
  const net = admitted();
  const { statelessGroupArn } = firewallBetween(net, { statelessDrops: [5432] });
  const [explanation] = analyse(net, {}).Explanations ?? [];
  deepEqual(explanation?.FirewallStatelessRule, {
    RuleGroupArn: statelessGroupArn,
    DestinationPorts: [{ From: 5432, To: 5432 }],
    Protocols: [6],
    RuleAction: 'drop',
    Priority: 10,
  });
});

test('a default action that drops the packet is the firewall’s own', () => {
  const net = admitted();
  const { arn } = firewallBetween(net, { strict: true });
  const [explanation] = analyse(net, {}).Explanations ?? [];
  equal(explanation?.ExplanationCode, 'FIREWALL_RULES_RESTRICTION');
  equal(explanation?.Component?.Arn, arn);
  equal(explanation?.FirewallStatefulRule, undefined);
});

test('a path shows the endpoint, the firewall and the rule that passes the packet, both ways', () => {
  const net = admitted();
  const { arn, endpointIds, statefulGroupArn } = firewallBetween(net, {
    strict: true,
    rules: 'pass tcp any any -> any 5432 (sid:1;)',
  });
  const { NetworkPathFound, ForwardPathComponents = [], ReturnPathComponents = [] } = analyse(net, {});
  equal(NetworkPathFound, true);
  const at = ForwardPathComponents.findIndex(({ Component }) => Component?.Arn === arn);
  equal(ForwardPathComponents[at - 1]?.Component?.Id, endpointIds[0]);
  ok(ForwardPathComponents[at - 1]?.ServiceName?.startsWith('com.amazonaws.vpce.us-east-1.vpce-svc-'));
  equal(ForwardPathComponents[at]?.FirewallStatefulRule?.RuleGroupArn, statefulGroupArn);
  ok(ReturnPathComponents.some(({ Component }) => Component?.Arn === arn));
});

test('a port that a rule of a firewall tells apart is found among all that a path leaves open', () => {
  const net = admitted();
  firewallBetween(net, { strict: true, rules: 'pass tcp any 50000:50010 -> any 5432 (sid:1;)' });
  const analysis = analyse(net, {});
  equal(analysis.NetworkPathFound, true);
  deepEqual(analysis.ForwardPathComponents?.[0]?.OutboundHeader?.SourcePortRanges, [{ From: 50_000, To: 50_010 }]);
});

test('a firewall can be left out of a path by its ARN', () => {
  const net = admitted();
  const { arn } = firewallBetween(net, {});
  equal(analyse(net, {}).NetworkPathFound, true);
  const [explanation] = analyse(net, {}, { FilterOutArns: [arn] }).Explanations ?? [];
  equal(explanation?.ExplanationCode, 'COMPONENT_FILTER_RESTRICTION_REMOVED_COMPONENT');
  equal(analyse(net, {}, { FilterInArns: [arn] }).NetworkPathFound, true);
});

test('an analysis obeys a policy as it was changed last', () => {
  const net = admitted();
  const { arn, policyArn } = firewallBetween(net, { rules: 'pass tcp any any -> any 5432 (sid:1;)' });
  equal(analyse(net, {}).NetworkPathFound, true);
  const call = networkFirewall(net.account);
  const UpdateToken = given(call('DescribeFirewallPolicy', { FirewallPolicyArn: policyArn }).UpdateToken);
  const FirewallPolicy = { StatelessDefaultActions: ['aws:drop'], StatelessFragmentDefaultActions: ['aws:drop'] };
  call('UpdateFirewallPolicy', { FirewallPolicyArn: policyArn, UpdateToken, FirewallPolicy });
  const [explanation] = analyse(net, {}).Explanations ?? [];
  deepEqual([explanation?.ExplanationCode, explanation?.Component?.Arn], ['FIREWALL_RULES_RESTRICTION', arn]);
});
