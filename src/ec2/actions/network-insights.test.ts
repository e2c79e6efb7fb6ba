/** Reachability Analyzer's calls: paths, analyses, the components of a path that is found. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import {
  type Analysis,
  analyse,
  gatewayOf,
  natGateway,
  overTransit,
  privateAddress,
  publicAddress,
} from '../../testing/reachability.ts';
import { endpoint, vpnGateway } from '../../testing/reachability-of-sites.ts';
import { admit, closedAcl, defaultRoute, interfaceOf, type Tiers, tiers } from '../../testing/tiers.ts';

const pathOf = ({ account, web, db }: Tiers): string => {
  const request = { Source: web.id, Destination: db.id, Protocol: 'tcp', DestinationPort: 5432 } as const;
  return given(account.call('CreateNetworkInsightsPath', request).NetworkInsightsPath?.NetworkInsightsPathId);
};

test('a path is shown as it was asked for, with the ARNs of its ends', () => {
  const net = tiers();
  const id = pathOf(net);
  const { NetworkInsightsPaths } = net.account.call('DescribeNetworkInsightsPaths', { NetworkInsightsPathIds: [id] });
  const path = given(NetworkInsightsPaths?.[0]);
  equal(path.NetworkInsightsPathArn, `arn:aws:ec2:us-east-1:123456789012:network-insights-path/${id}`);
  deepEqual([path.Source, path.Destination, path.Protocol, path.DestinationPort], [net.web.id, net.db.id, 'tcp', 5432]);
  equal(path.SourceArn, `arn:aws:ec2:us-east-1:123456789012:instance/${net.web.id}`);
  const named = (Name: string, value: string) =>
    net.account.call('DescribeNetworkInsightsPaths', { Filters: [{ Name, Values: [value] }] }).NetworkInsightsPaths
      ?.length;
  deepEqual([named('source', net.web.id), named('source', net.db.id), named('protocol', 'tcp')], [1, 0, 1]);
});

test('an ARN names an end as its id does', () => {
  const net = tiers();
  admit(net, net.db.groupId, 5432);
  const Source = `arn:aws:ec2:us-east-1:123456789012:instance/${net.web.id}`;
  equal(analyse(net, { Source }).NetworkPathFound, true);
});

test('what says the same thing twice, or nothing, is refused', () => {
  const { account, web, db } = tiers();
  const create = (more: object): string =>
    account.faultCode(() =>
      account.call('CreateNetworkInsightsPath', { Source: web.id, Destination: db.id, Protocol: 'tcp', ...more }),
    );
  const range = { DestinationPortRange: { FromPort: 1, ToPort: 2 } };
  equal(create({ FilterAtSource: range, DestinationPort: 80 }), 'InvalidParameterCombination');
  equal(create({ FilterAtSource: range, SourceIp: '10.0.1.1' }), 'InvalidParameterCombination');
  equal(create({ FilterAtDestination: range, DestinationIp: '10.0.1.1' }), 'InvalidParameterCombination');
  equal(create({ Destination: undefined }), 'MissingParameter');
  equal(create({ Source: 'vol-0123456789abcdef0' }), 'InvalidParameterValue');
  equal(create({ SourceIp: '10.0.1' }), 'InvalidParameterValue');
  equal(create({ DestinationPort: 70_000 }), 'InvalidParameterValue');
  equal(create({ Protocol: 'icmp' }), 'InvalidParameterValue');
});

test('a started analysis is running, and the next look finds it succeeded; it stays as it was', () => {
  const net = tiers();
  const { account } = net;
  const NetworkInsightsPathId = pathOf(net);
  const started = account.call('StartNetworkInsightsAnalysis', { NetworkInsightsPathId }).NetworkInsightsAnalysis;
  equal(started?.Status, 'running');
  equal(started?.NetworkPathFound, undefined);
  admit(net, net.db.groupId, 5432);
  const look = (filters: object = {}) =>
    account.call('DescribeNetworkInsightsAnalyses', { NetworkInsightsPathId, ...filters }).NetworkInsightsAnalyses ??
    [];
  deepEqual(
    look().map(({ Status, NetworkPathFound }) => [Status, NetworkPathFound]),
    [['succeeded', false]],
  );
  account.call('StartNetworkInsightsAnalysis', { NetworkInsightsPathId });
  equal(look({ Filters: [{ Name: 'path-found', Values: ['true'] }] }).length, 1);
  equal(look({ AnalysisEndTime: new Date(0) }).length, 0);
  account.advance(121 * 24 * 3_600_000);
  equal(look().length, 0);
});

test('a path with analyses cannot be deleted, one without can', () => {
  const net = tiers();
  const { account } = net;
  const NetworkInsightsPathId = pathOf(net);
  const { NetworkInsightsAnalysis } = account.call('StartNetworkInsightsAnalysis', { NetworkInsightsPathId });
  const remove = () => account.call('DeleteNetworkInsightsPath', { NetworkInsightsPathId });
  equal(account.faultCode(remove), 'AnalysisExistsForNetworkInsightsPath');
  const NetworkInsightsAnalysisId = given(NetworkInsightsAnalysis?.NetworkInsightsAnalysisId);
  account.call('DeleteNetworkInsightsAnalysis', { NetworkInsightsAnalysisId });
  equal(remove().NetworkInsightsPathId, NetworkInsightsPathId);
  equal(account.faultCode(remove), 'InvalidNetworkInsightsPathId.NotFound');
});

/** Kinds of the components, in order. */
const kindsOf = (
  components: readonly { readonly Component?: { readonly Id?: string | undefined } | undefined }[] = [],
): string => components.map(({ Component }) => Component?.Id?.replace(/-[0-9a-f]+$/, '')).join(' ');

test('between subnets a path leads through interface, group, ACL and route table, and back the same way', () => {
  const net = tiers();
  admit(net, net.db.groupId, 5432);
  const analysis = analyse(net, {});
  const way = 'i eni sg acl rtb acl sg eni i';
  deepEqual([kindsOf(analysis.ForwardPathComponents), kindsOf(analysis.ReturnPathComponents)], [way, way]);
  deepEqual(
    analysis.ForwardPathComponents?.map(({ SequenceNumber }) => SequenceNumber),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  const [, eni, sg, acl, rtb] = analysis.ForwardPathComponents ?? [];
  deepEqual([eni?.AttachedTo?.Id, eni?.Subnet?.Id, eni?.Vpc?.Id], [net.web.id, net.web.subnetId, net.vpcId]);
  deepEqual([sg?.SecurityGroupRule?.Direction, sg?.SecurityGroupRule?.Protocol], ['egress', 'all']);
  deepEqual([acl?.AclRule?.RuleNumber, acl?.AclRule?.Egress, acl?.AclRule?.RuleAction], [100, true, 'allow']);
  deepEqual([rtb?.RouteTableRoute?.DestinationCidr, rtb?.RouteTableRoute?.GatewayId], ['10.0.0.0/16', 'local']);
});

test('inside a subnet neither ACL nor route table is passed, and an interface is an end as well', () => {
  const net = tiers();
  admit(net, net.web.groupId, 80);
  const Source = interfaceOf(net, net.instance({ SubnetId: net.web.subnetId }));
  const analysis = analyse(net, { Source, Destination: interfaceOf(net, net.web.id), DestinationPort: 80 });
  equal(kindsOf(analysis.ForwardPathComponents), 'eni sg sg eni');
});

test('an internet gateway shows the packet before and after its translation', () => {
  const net = tiers();
  const outside = publicAddress(net, net.web.id);
  const igw = defaultRoute(net);
  admit(net, net.web.groupId, 22);
  const analysis = analyse(net, { Source: igw, Destination: net.web.id, DestinationPort: 22 });
  equal(kindsOf(analysis.ForwardPathComponents), 'igw acl sg eni i');
  equal(kindsOf(analysis.ReturnPathComponents), 'i eni sg acl rtb igw');
  const first = analysis.ForwardPathComponents?.[0];
  deepEqual(first?.InboundHeader?.DestinationAddresses, [`${outside}/32`]);
  deepEqual(first?.OutboundHeader?.DestinationAddresses, [`${privateAddress(net, net.web.id)}/32`]);
  deepEqual(first?.InboundHeader?.SourcePortRanges, [{ From: 0, To: 65_535 }]);
  equal(first?.InboundHeader?.Protocol, '6');
  match(analysis.WarningMessage ?? '', /represented by 203\.0\.113\.1/);
});

test('the way out through a NAT gateway passes both subnets’ ACLs and route tables', () => {
  const net = tiers();
  natGateway(net);
  const analysis = analyse(net, { Destination: gatewayOf(net), DestinationPort: 443 });
  equal(kindsOf(analysis.ForwardPathComponents), 'i eni sg acl rtb acl eni nat eni acl rtb igw');
});

test('a port that the path leaves open is found where only some ports are let in, and shown as their range', () => {
  const net = tiers();
  const { account, db } = net;
  const ports = { IpProtocol: 'tcp', FromPort: 8000, ToPort: 8010, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  account.call('AuthorizeSecurityGroupIngress', { GroupId: db.groupId, IpPermissions: [ports] });
  const analysis = analyse(net, { DestinationPort: undefined });
  deepEqual(analysis.ForwardPathComponents?.[0]?.OutboundHeader?.DestinationPortRanges, [{ From: 8000, To: 8010 }]);
});

test('an answer that is lost makes a path unreachable, with the ACL that loses it', () => {
  const net = tiers();
  admit(net, net.db.groupId, 5432);
  const NetworkAclId = closedAcl(net, net.db.subnetId);
  const entry = { NetworkAclId, RuleNumber: 100, RuleAction: 'allow', Protocol: '-1', CidrBlock: '0.0.0.0/0' } as const;
  net.account.call('CreateNetworkAclEntry', { ...entry, Egress: false });
  const [explanation] = analyse(net, {}).Explanations ?? [];
  deepEqual(
    [explanation?.ExplanationCode, explanation?.Direction, explanation?.Acl?.Id, explanation?.AclRule?.RuleAction],
    ['SUBNET_ACL_RESTRICTION', 'egress', NetworkAclId, 'deny'],
  );
});

test('a component that must be passed and is not gives the components of the path that there is', () => {
  const net = tiers();
  admit(net, net.db.groupId, 5432);
  const FilterInArns = [`arn:aws:ec2:us-east-1:123456789012:internet-gateway/${gatewayOf(net)}`];
  const hints = analyse(net, {}, { FilterInArns }).AlternatePathHints ?? [];
  equal(
    hints.some(({ ComponentId }) => ComponentId === net.routeTableId),
    true,
  );
});

/** Ids of the components that a path was found to pass, there and back. @throws Error that says why there is none */
function wayOf({ NetworkPathFound, ForwardPathComponents = [], ReturnPathComponents = [], Explanations }: Analysis) {
  if (!NetworkPathFound) throw new Error(JSON.stringify(Explanations));
  const ids = (all: typeof ForwardPathComponents) => all.map(({ Component }) => Component?.Id ?? '');
  return [ids(ForwardPathComponents), ids(ReturnPathComponents)];
}

test('a path begins or ends at a virtual private gateway', () => {
  const net = tiers();
  const gateway = vpnGateway(net, '192.168.0.0/16');
  admit(net, net.db.groupId, 5432);
  const [there, back] = wayOf(analyse(net, { Source: gateway }));
  deepEqual([there?.[0], there?.at(-1), back?.[0], back?.at(-1)], [gateway, net.db.id, net.db.id, gateway]);
  const [out] = wayOf(analyse(net, { Destination: gateway }));
  deepEqual([out?.[0], out?.at(-1), out?.includes(net.routeTableId)], [net.web.id, gateway, true]);
});

test('a path begins or ends at a transit gateway, or at an attachment of it', () => {
  const net = tiers();
  const { gateway, one, two, path } = overTransit(net);
  for (const Source of [gateway, two.id]) {
    const [there, back] = wayOf(analyse(net, { ...path, Source }));
    deepEqual([there?.[0], there?.at(-1), back?.at(-1)], [Source, two.instance, Source]);
  }
  for (const Destination of [gateway, one.id]) {
    const [there, back] = wayOf(analyse(net, { ...path, Destination }));
    deepEqual([there?.[0], there?.at(-1), back], [one.instance, Destination, []]);
  }
});

test('a path ends at an endpoint where its packets reach the service', () => {
  const net = tiers();
  const { endpointId } = endpoint(net);
  const path = { Destination: endpointId, DestinationPort: 443 };
  equal(analyse(net, path).Explanations?.[0]?.ExplanationCode, 'SG_REFERENCES_NOT_PRESERVED');
  const { SecurityGroups: [group] = [] } = net.account.call('DescribeSecurityGroups', {
    Filters: [
      { Name: 'vpc-id', Values: [net.vpcId] },
      { Name: 'group-name', Values: ['default'] },
    ],
  });
  admit(net, given(group?.GroupId), 443);
  const [there] = wayOf(analyse(net, path));
  deepEqual([there?.[0], there?.includes(endpointId)], [net.web.id, true]);
});
