/** Network Firewall's API: what is made, shown, changed and refused. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { makeFirewall } from '../../testing/firewall-parts.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import { networkFirewall } from '../../testing/other-services.ts';
import type { RequestOf } from '../operation.ts';
import type { Sdk } from './action.ts';

type GroupRequest = RequestOf<Sdk, 'CreateRuleGroup'>;
type PolicyRequest = RequestOf<Sdk, 'CreateFirewallPolicy'>['FirewallPolicy'];

const FORWARD = {
  StatelessDefaultActions: ['aws:forward_to_sfe'],
  StatelessFragmentDefaultActions: ['aws:drop'],
} as const;

const stateful = (RulesString: string): GroupRequest => ({
  RuleGroupName: 'group',
  Type: 'STATEFUL',
  Capacity: 10,
  RuleGroup: { RulesSource: { RulesString } },
});

const stateless = (MatchAttributes: object, Actions = ['aws:drop']): GroupRequest => ({
  RuleGroupName: 'packets',
  Type: 'STATELESS',
  Capacity: 10,
  RuleGroup: {
    RulesSource: {
      StatelessRulesAndCustomActions: {
        StatelessRules: [{ Priority: 1, RuleDefinition: { Actions, MatchAttributes } }],
      },
    },
  },
});

const refusal = (parts: Lab, request: GroupRequest): string =>
  parts.account.fault(() => networkFirewall(parts.account)('CreateRuleGroup', request));

test('a rule group is shown as it was written, with what it consumes', () => {
  const { account } = lab();
  const call = networkFirewall(account);
  const RuleGroup = {
    RuleVariables: {
      IPSets: { WEB: { Definition: ['10.0.1.0/24'] } },
      PortSets: { WEB: { Definition: ['80', '443'] } },
    },
    RulesSource: {
      StatefulRules: [
        {
          Action: 'DROP',
          Header: {
            Protocol: 'TCP',
            Source: '$WEB',
            SourcePort: 'ANY',
            Direction: 'FORWARD',
            Destination: 'ANY',
            DestinationPort: '$WEB',
          },
          RuleOptions: [{ Keyword: 'sid', Settings: ['1'] }, { Keyword: 'flow:to_server' }],
        },
      ],
    },
    StatefulRuleOptions: { RuleOrder: 'STRICT_ORDER' },
  };
  const request = {
    RuleGroupName: 'standard',
    Type: 'STATEFUL',
    Capacity: 5,
    RuleGroup,
    Tags: [{ Key: 'a', Value: 'b' }],
  };
  const { RuleGroupResponse: made, UpdateToken } = call('CreateRuleGroup', request);
  equal(made?.RuleGroupArn, 'arn:aws:network-firewall:us-east-1:123456789012:stateful-rulegroup/standard');
  deepEqual([made?.ConsumedCapacity, made?.NumberOfAssociations, made?.RuleGroupStatus], [1, 0, 'ACTIVE']);
  const shown = call('DescribeRuleGroup', { RuleGroupName: 'standard', Type: 'STATEFUL' });
  deepEqual(shown.RuleGroup, RuleGroup);
  equal(shown.UpdateToken, UpdateToken);
  deepEqual(call('ListTagsForResource', { ResourceArn: given(made?.RuleGroupArn) }).Tags, [{ Key: 'a', Value: 'b' }]);
  deepEqual(call('ListRuleGroups', { Type: 'STATELESS' }).RuleGroups, []);
  equal(call('ListRuleGroups', {}).RuleGroups?.[0]?.Name, 'standard');
});

test('the capacity of a stateless rule is the product of what it names', () => {
  const { account } = lab();
  const Sources = ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24'].map((AddressDefinition) => ({ AddressDefinition }));
  const request = stateless({ Protocols: [6, 17], Sources });
  const { RuleGroupResponse } = networkFirewall(account)('CreateRuleGroup', { ...request, DryRun: true });
  equal(RuleGroupResponse?.ConsumedCapacity, 6);
  deepEqual(networkFirewall(account)('ListRuleGroups', {}).RuleGroups, [], 'a dry run makes nothing');
  match(refusal(lab(), { ...request, Capacity: 5 }), /InvalidRequestException: .*capacity of 6/);
});

test('what localvpc does not decide is refused with the word for it', () => {
  const parts = lab();
  const list = { Targets: ['.example.com'], TargetTypes: ['TLS_SNI'], GeneratedRulesType: 'ALLOWLIST' };
  const ofSource = (RulesSource: object): GroupRequest => ({ ...stateful(''), RuleGroup: { RulesSource } });
  for (const [request, sentence] of [
    [ofSource({ RulesSourceList: list }), /does not decide about domain lists/],
    [stateful('drop http any any -> any any (sid:1;)'), /http would need the content of packets/],
    [stateful('drop tcp any any -> any 80 (sid:1;)\npass tcp any any -> any 443 (sid:1;)'), /two rules .* sid 1/i],
    [stateful('drop tcp $NOBODY any -> any 80 (sid:1;)'), /"\$NOBODY" is not defined/],
    [stateless({ DestinationPorts: [{ FromPort: 80, ToPort: 80 }] }), /must name the protocols 6/],
    [stateless({ Protocols: [6], TCPFlags: [{ Flags: ['SYN'], Masks: ['ACK'] }] }), /only where they are in the mask/],
    [stateless({}, ['aws:drop', 'custom']), /custom action custom is not defined/i],
    [stateless({}, ['aws:drop', 'aws:pass']), /exactly one of/i],
    [{ ...stateful(''), RuleGroup: undefined }, /either RuleGroup or Rules/],
    [{ ...stateful(''), AnalyzeRuleGroup: true }, /does not analyze/],
  ] as const) {
    const fault = refusal(parts, request);
    match(fault, /^InvalidRequestException: /);
    match(fault, sentence);
  }
});

test('a rule group changes with its newest token alone, and goes when no policy names it', () => {
  const { account, vpcId, subnetId } = lab();
  const call = networkFirewall(account);
  const { statefulGroupArn: RuleGroupArn } = makeFirewall(account, { vpcId, subnetIds: [subnetId] });
  const UpdateToken = given(call('DescribeRuleGroup', { RuleGroupArn }).UpdateToken);
  const change = { RuleGroupArn, Rules: 'drop ip any any -> any any (sid:1;)', UpdateToken };
  call('UpdateRuleGroup', change);
  equal(
    account.faultCode(() => call('UpdateRuleGroup', change)),
    'InvalidTokenException',
  );
  equal(
    account.faultCode(() => call('DeleteRuleGroup', { RuleGroupArn })),
    'InvalidOperationException',
  );
  const other = call('CreateRuleGroup', { ...stateful(''), RuleGroupName: 'other' }).RuleGroupResponse;
  equal(
    call('DeleteRuleGroup', { RuleGroupArn: given(other?.RuleGroupArn) }).RuleGroupResponse?.RuleGroupStatus,
    'DELETING',
  );
  equal(
    account.faultCode(() => call('DescribeRuleGroup', { RuleGroupName: 'other', Type: 'STATEFUL' })),
    'ResourceNotFoundException',
  );
});

test('a policy is shown as it was written, and refuses what does not fit', () => {
  const { account } = lab();
  const call = networkFirewall(account);
  const strict = call('CreateRuleGroup', {
    ...stateful('pass ip any any -> any any (sid:1;)'),
    RuleGroup: { RulesSource: { RulesString: '' }, StatefulRuleOptions: { RuleOrder: 'STRICT_ORDER' } },
  });
  const ResourceArn = given(strict.RuleGroupResponse?.RuleGroupArn);
  const FirewallPolicy = {
    ...FORWARD,
    StatefulRuleGroupReferences: [{ ResourceArn, Priority: 100 }],
    StatefulDefaultActions: ['aws:drop_established', 'aws:alert_established'],
    StatefulEngineOptions: {
      RuleOrder: 'STRICT_ORDER',
      StreamExceptionPolicy: 'REJECT',
      FlowTimeouts: { TcpIdleTimeoutSeconds: 60 },
    },
    PolicyVariables: { RuleVariables: { HOME_NET: { Definition: ['10.0.0.0/8'] } } },
  };
  const made = call('CreateFirewallPolicy', { FirewallPolicyName: 'policy', FirewallPolicy });
  equal(made.FirewallPolicyResponse?.ConsumedStatefulRuleCapacity, 10);
  deepEqual(call('DescribeFirewallPolicy', { FirewallPolicyName: 'policy' }).FirewallPolicy, {
    ...FirewallPolicy,
    StatelessRuleGroupReferences: undefined,
    StatelessCustomActions: undefined,
  });
  const references = (Priority?: number) => ({ StatefulRuleGroupReferences: [{ ResourceArn, Priority }] });
  const engine = { StatefulEngineOptions: { RuleOrder: 'STRICT_ORDER' } };
  for (const [policy, sentence] of [
    [{ ...FORWARD, StatelessDefaultActions: [] }, /exactly one of/i],
    [{ ...FORWARD, StatefulDefaultActions: ['aws:drop_strict'] }, /for strict order/i],
    [{ ...FORWARD, ...references() }, /rule order of .* is not that of the policy/i],
    [{ ...FORWARD, ...engine, ...references() }, /must have a priority/],
    [{ ...FORWARD, ...engine, StatefulDefaultActions: ['aws:drop_established_app_layer'] }, /does not decide about/],
    [{ ...FORWARD, ...engine, StatefulDefaultActions: ['aws:drop_strict', 'aws:drop_established'] }, /one of/i],
    [{ ...FORWARD, StatelessRuleGroupReferences: [{ ResourceArn, Priority: 1 }] }, /not a stateless rule group/],
    [{ ...FORWARD, TLSInspectionConfigurationArn: 'arn' }, /does not inspect TLS/],
    [{ ...FORWARD, StatefulEngineOptions: { FlowTimeouts: { TcpIdleTimeoutSeconds: 10 } } }, /from 60 to 6000/],
  ] as const) {
    const asked: PolicyRequest = policy;
    const fault = account.fault(() =>
      call('CreateFirewallPolicy', { FirewallPolicyName: 'bad', FirewallPolicy: asked }),
    );
    match(fault, /^InvalidRequestException: /);
    match(fault, sentence);
  }
});

test('a firewall has an endpoint in each of its zones, which its status shows', () => {
  const parts = lab();
  const { account, vpcId, subnetId } = parts;
  const call = networkFirewall(account);
  const other = parts.subnet('10.0.2.0/24', 'us-east-1b');
  const { arn, policyArn, statefulGroupArn, endpointIds } = makeFirewall(account, {
    vpcId,
    subnetIds: [subnetId, other],
  });
  const { Firewall, FirewallStatus } = call('DescribeFirewall', { FirewallArn: arn });
  deepEqual(Firewall?.SubnetMappings, [
    { SubnetId: subnetId, IPAddressType: 'IPV4' },
    { SubnetId: other, IPAddressType: 'IPV4' },
  ]);
  equal(FirewallStatus?.Status, 'READY');
  deepEqual(Object.keys(FirewallStatus?.SyncStates ?? {}), ['us-east-1a', 'us-east-1b']);
  const config = FirewallStatus?.SyncStates?.['us-east-1b']?.Config ?? {};
  deepEqual(Object.keys(config), [policyArn, statefulGroupArn]);
  const { VpcEndpoints } = account.call('DescribeVpcEndpoints', { VpcEndpointIds: [...endpointIds] });
  deepEqual(
    VpcEndpoints?.map(({ VpcEndpointType, State, SubnetIds }) => [VpcEndpointType, State, SubnetIds]),
    [subnetId, other].map((id) => ['GatewayLoadBalancer', 'available', [id]]),
  );
  ok(VpcEndpoints?.[0]?.Tags?.some(({ Key, Value }) => Key === 'AWSNetworkFirewallManaged' && Value === 'true'));
  deepEqual(call('ListFirewalls', { VpcIds: ['vpc-0123456789abcdef0'] }).Firewalls, []);
});

test('subnets come and go one for each zone, while nothing protects them or leads there', () => {
  const parts = lab();
  const { account, vpcId, subnetId } = parts;
  const call = networkFirewall(account);
  const { arn: FirewallArn, endpointIds } = makeFirewall(account, { vpcId, subnetIds: [subnetId] });
  const other = parts.subnet('10.0.2.0/24', 'us-east-1b');
  const sameZone = parts.subnet('10.0.3.0/24');
  const associate = (SubnetId: string) => call('AssociateSubnets', { FirewallArn, SubnetMappings: [{ SubnetId }] });
  match(
    account.fault(() => associate(sameZone)),
    /InvalidRequestException: .*us-east-1a already/,
  );
  equal(associate(other).SubnetMappings?.length, 2);
  const { RouteTables } = account.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
  const RouteTableId = given(RouteTables?.[0]?.RouteTableId);
  const path = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0' };
  account.call('CreateRoute', { ...path, VpcEndpointId: given(endpointIds[0]) });
  const disassociate = (id: string) => call('DisassociateSubnets', { FirewallArn, SubnetIds: [id] });
  match(
    account.fault(() => disassociate(subnetId)),
    /InvalidOperationException: .*route table/,
  );
  account.call('DeleteRoute', path);
  call('UpdateSubnetChangeProtection', { FirewallArn, SubnetChangeProtection: true });
  equal(
    account.faultCode(() => disassociate(subnetId)),
    'InvalidOperationException',
  );
  call('UpdateSubnetChangeProtection', { FirewallArn, SubnetChangeProtection: false });
  equal(disassociate(subnetId).SubnetMappings?.length, 1);
  equal(
    account.faultCode(() => disassociate(other)),
    'InvalidOperationException',
  );
});

test('protections hold until they are taken away, and a firewall takes its endpoints with it', () => {
  const { account, vpcId, subnetId } = lab();
  const call = networkFirewall(account);
  const { arn: FirewallArn, policyArn, endpointIds } = makeFirewall(account, { vpcId, subnetIds: [subnetId] });
  const FirewallPolicyArn = given(
    call('CreateFirewallPolicy', { FirewallPolicyName: 'open', FirewallPolicy: FORWARD }).FirewallPolicyResponse
      ?.FirewallPolicyArn,
  );
  const { UpdateToken } = call('UpdateFirewallPolicyChangeProtection', {
    FirewallArn,
    FirewallPolicyChangeProtection: true,
  });
  const associate = () => call('AssociateFirewallPolicy', { FirewallArn, FirewallPolicyArn });
  equal(account.faultCode(associate), 'InvalidOperationException');
  call('UpdateFirewallPolicyChangeProtection', { FirewallArn, FirewallPolicyChangeProtection: false, UpdateToken });
  equal(
    account.faultCode(() => call('UpdateFirewallDescription', { FirewallArn, Description: 'x', UpdateToken })),
    'InvalidTokenException',
  );
  equal(associate().FirewallPolicyArn, FirewallPolicyArn);
  call('DeleteFirewallPolicy', { FirewallPolicyArn: policyArn });
  equal(
    account.faultCode(() => call('DeleteFirewallPolicy', { FirewallPolicyArn })),
    'InvalidOperationException',
  );
  call('UpdateFirewallDeleteProtection', { FirewallArn, DeleteProtection: true });
  equal(
    account.faultCode(() => call('DeleteFirewall', { FirewallArn })),
    'InvalidOperationException',
  );
  call('UpdateFirewallDeleteProtection', { FirewallArn, DeleteProtection: false });
  equal(call('DeleteFirewall', { FirewallArn }).FirewallStatus?.Status, 'DELETING');
  equal(
    account.faultCode(() => call('DescribeFirewall', { FirewallArn })),
    'ResourceNotFoundException',
  );
  equal(
    account.faultCode(() => account.call('DescribeVpcEndpoints', { VpcEndpointIds: [...endpointIds] })),
    'InvalidVpcEndpointId.NotFound',
  );
});

test('tags are set and taken away, and nothing is logged or shared', () => {
  const { account, vpcId, subnetId } = lab();
  const call = networkFirewall(account);
  const { arn: ResourceArn } = makeFirewall(account, { vpcId, subnetIds: [subnetId] });
  call('TagResource', {
    ResourceArn,
    Tags: [
      { Key: 'team', Value: 'net' },
      { Key: 'env', Value: 'test' },
    ],
  });
  call('UntagResource', { ResourceArn, TagKeys: ['env'] });
  deepEqual(call('ListTagsForResource', { ResourceArn }).Tags, [{ Key: 'team', Value: 'net' }]);
  deepEqual(call('DescribeLoggingConfiguration', { FirewallArn: ResourceArn }).LoggingConfiguration, {
    LogDestinationConfigs: [],
  });
  equal(
    account.faultCode(() => call('DescribeResourcePolicy', { ResourceArn })),
    'ResourceNotFoundException',
  );
});
