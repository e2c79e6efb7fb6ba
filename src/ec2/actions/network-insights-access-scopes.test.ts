/** Network Access Analyzer's calls: which interfaces can be reached, by whom, and what is left out. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { accessFindings, gatewayOf, publicAddress, type ScopeRequest } from '../../testing/reachability.ts';
import { admit, defaultRoute, interfaceOf, otherVpc, type Tiers, tiers } from '../../testing/tiers.ts';

/** Analyses a new scope; "first > last ports" of each finding. */
function findings(net: Tiers, request: ScopeRequest): readonly string[] {
  return accessFindings(net, request).map(({ FindingComponents = [] }) => {
    const header = FindingComponents.at(-1)?.InboundHeader;
    const [ports] = header?.DestinationPortRanges ?? [];
    const ends = `${FindingComponents[0]?.Component?.Id} > ${FindingComponents.at(-1)?.Component?.Id}`;
    return `${ends} ${header?.Protocol === '6' ? 'tcp' : 'udp'} ${ports?.From}-${ports?.To}`;
  });
}

const FROM_OUTSIDE = { Source: { ResourceStatement: { ResourceTypes: ['AWS::EC2::InternetGateway'] } } };

/** The web server is public and lets in port 443; the database lets in the web server. */
function network(): Tiers {
  const net = tiers();
  publicAddress(net, net.web.id);
  defaultRoute(net);
  admit(net, net.web.groupId, 443);
  net.account.call('AuthorizeSecurityGroupIngress', {
    GroupId: net.db.groupId,
    IpPermissions: [
      { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5433, UserIdGroupPairs: [{ GroupId: net.web.groupId }] },
    ],
  });
  return net;
}

test('what the internet reaches is found, with its ports, and nothing else', () => {
  const net = network();
  deepEqual(findings(net, { MatchPaths: [FROM_OUTSIDE] }), [`${gatewayOf(net)} > ${net.web.id} tcp 443-443`]);
});

test('who reaches a database is found by the database', () => {
  const net = network();
  const toDatabase = { Destination: { ResourceStatement: { Resources: [net.db.id] } } };
  deepEqual(findings(net, { MatchPaths: [toDatabase] }), [`${net.web.id} > ${net.db.id} tcp 5432-5433`]);
  const toInterface = { Destination: { ResourceStatement: { Resources: [interfaceOf(net, net.db.id)] } } };
  equal(findings(net, { MatchPaths: [toInterface] }).length, 1);
});

test('what is excluded is no finding, and what the exclusion leaves open still is', () => {
  const net = network();
  const only = (port: string) => ({ Destination: { PacketHeaderStatement: { DestinationPorts: [port] } } });
  deepEqual(findings(net, { MatchPaths: [FROM_OUTSIDE], ExcludePaths: [only('443')] }), []);
  admit(net, net.web.groupId, 444);
  deepEqual(findings(net, { MatchPaths: [FROM_OUTSIDE], ExcludePaths: [only('400-443')] }), [
    `${gatewayOf(net)} > ${net.web.id} tcp 444-444`,
  ]);
});

test('of two internet gateways each is the end of its own VPC’s paths', () => {
  const net = network();
  const { account } = net;
  const other = otherVpc(net);
  const { Vpcs: [vpc] = [] } = account.call('DescribeVpcs', { Filters: [{ Name: 'cidr', Values: ['10.9.0.0/16'] }] });
  const InternetGatewayId = given(account.call('CreateInternetGateway').InternetGateway?.InternetGatewayId);
  account.call('AttachInternetGateway', { InternetGatewayId, VpcId: given(vpc?.VpcId) });
  publicAddress(net, other);
  deepEqual(findings(net, { MatchPaths: [FROM_OUTSIDE] }), [
    `${gatewayOf(net)} > ${net.web.id} tcp 443-443`,
    `${InternetGatewayId} > ${other} tcp 80-80`,
  ]);
});

test('what a part of the outside world or a secondary address alone has is found', () => {
  const net = network();
  const { account, web, db } = net;
  const permission = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '198.51.100.0/24' }] };
  account.call('RevokeSecurityGroupIngress', {
    GroupId: web.groupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  account.call('AuthorizeSecurityGroupIngress', { GroupId: web.groupId, IpPermissions: [permission] });
  deepEqual(findings(net, { MatchPaths: [FROM_OUTSIDE] }), [`${gatewayOf(net)} > ${web.id} tcp 22-22`]);
  const NetworkInterfaceId = interfaceOf(net, db.id);
  account.call('AssignPrivateIpAddresses', { NetworkInterfaceId, PrivateIpAddresses: ['10.0.2.200'] });
  const toSecond = { Destination: { PacketHeaderStatement: { DestinationAddresses: ['10.0.2.200'] } } };
  deepEqual(findings(net, { MatchPaths: [toSecond] }), [`${web.id} > ${db.id} tcp 5432-5433`]);
});

test('a path can be asked to lead through a resource', () => {
  const net = network();
  const through = (...Resources: string[]) => ({
    ...FROM_OUTSIDE,
    ThroughResources: [{ ResourceStatement: { Resources } }],
  });
  equal(findings(net, { MatchPaths: [through(net.web.groupId)] }).length, 1);
  equal(findings(net, { MatchPaths: [through(net.db.groupId)] }).length, 0);
});

test('a scope and its analysis are shown as they are, and go in the order that EC2 wants', () => {
  const net = network();
  const { account } = net;
  const made = account.call('CreateNetworkInsightsAccessScope', { MatchPaths: [FROM_OUTSIDE] });
  const NetworkInsightsAccessScopeId = given(made.NetworkInsightsAccessScope?.NetworkInsightsAccessScopeId);
  const { NetworkInsightsAccessScopeContent: content } = account.call('GetNetworkInsightsAccessScopeContent', {
    NetworkInsightsAccessScopeId,
  });
  deepEqual(content?.MatchPaths?.[0]?.Source?.ResourceStatement?.ResourceTypes, ['AWS::EC2::InternetGateway']);
  const started = account.call('StartNetworkInsightsAccessScopeAnalysis', { NetworkInsightsAccessScopeId });
  equal(started.NetworkInsightsAccessScopeAnalysis?.Status, 'running');
  const [analysis] =
    account.call('DescribeNetworkInsightsAccessScopeAnalyses', { NetworkInsightsAccessScopeId })
      .NetworkInsightsAccessScopeAnalyses ?? [];
  deepEqual([analysis?.Status, analysis?.FindingsFound, analysis?.AnalyzedEniCount], ['succeeded', 'true', 2]);
  const remove = () => account.call('DeleteNetworkInsightsAccessScope', { NetworkInsightsAccessScopeId });
  equal(account.faultCode(remove), 'AnalysisExistsForNetworkInsightsAccessScope');
  account.call('DeleteNetworkInsightsAccessScopeAnalysis', {
    NetworkInsightsAccessScopeAnalysisId: given(analysis?.NetworkInsightsAccessScopeAnalysisId),
  });
  remove();
  equal(account.call('DescribeNetworkInsightsAccessScopes').NetworkInsightsAccessScopes?.length, 0);
});

test('what cannot be read is refused', () => {
  const { account } = tiers();
  const create = (PacketHeaderStatement: object): string =>
    account.faultCode(() =>
      account.call('CreateNetworkInsightsAccessScope', { MatchPaths: [{ Source: { PacketHeaderStatement } }] }),
    );
  equal(create({ SourceAddresses: ['10.0'] }), 'InvalidParameterValue');
  equal(create({ DestinationPorts: ['http'] }), 'InvalidParameterValue');
  equal(create({ Protocols: ['icmp'] }), 'InvalidParameterValue');
  equal(
    account.faultCode(() => account.call('CreateNetworkInsightsAccessScope')),
    'MissingParameter',
  );
});
