/** Analyses see the caller's account and those that he names; what lies beyond is unknown, and who should be named is said. */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arnOf } from '../../model/regions.ts';
import { given } from '../../testing/instance-parts.ts';
import { loadBalancerArn, sendTo, withdrawFrom } from '../../testing/private-service.ts';
import { type Analysis, analyse, publicAddress } from '../../testing/reachability.ts';
import { admitFarGroup, peeredAccount, sharedTransit } from '../../testing/reachability-of-accounts.ts';
import { admit, defaultRoute, tiers } from '../../testing/tiers.ts';

/** "CODE (account …)" of the first explanation, or the last component of the path that was found. */
function answerOf({ Explanations = [], SuggestedAccounts = [], ForwardPathComponents: way = [] }: Analysis): string {
  const [first] = Explanations;
  if (!first) return given(way.at(-1)?.Component?.Id);
  return [first.ExplanationCode, ...SuggestedAccounts].join(' ');
}

describe('a peered VPC of another account', () => {
  test('is unknown as an end until its account is named, and then is looked at', () => {
    const net = tiers();
    const { arn, owner, groupId } = peeredAccount(net);
    const ask = (...AdditionalAccounts: string[]) =>
      answerOf(analyse(net, { Destination: arn, DestinationPort: 80 }, { AdditionalAccounts }));
    equal(ask(), 'UNKNOWN_RESOURCE 210987654321');
    equal(ask('345678901234'), 'UNKNOWN_RESOURCE 210987654321');
    equal(ask(owner.scope.account), arn.slice(arn.lastIndexOf('/') + 1));
    owner.call('RevokeSecurityGroupIngress', {
      GroupId: groupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    });
    equal(ask(owner.scope.account), 'SG_HAS_NO_RULES');
  });

  test('shows nothing of its addresses: one that somebody has is as good as one that nobody has', () => {
    const net = tiers();
    const { address, owner } = peeredAccount(net);
    const ask = (DestinationIp: string, ...AdditionalAccounts: string[]) =>
      answerOf(analyse(net, { DestinationIp, DestinationPort: 80 }, { AdditionalAccounts }));
    equal(ask(address), 'NO_POSSIBLE_DESTINATION 210987654321');
    equal(ask('10.9.1.200'), 'NO_POSSIBLE_DESTINATION 210987654321');
    equal(ask('10.9.1.200', owner.scope.account), 'NO_POSSIBLE_DESTINATION');
    equal(analyse(net, { DestinationIp: address, DestinationPort: 80 }).NetworkPathFound, false);
  });

  test('is named by an ARN: an id alone is the caller’s own, and an ARN’s account is where it must be', () => {
    const net = tiers();
    const { arn, owner } = peeredAccount(net);
    const AdditionalAccounts = [owner.scope.account];
    const ask = (Destination: string) => answerOf(analyse(net, { Destination }, { AdditionalAccounts }));
    equal(ask(arn.slice(arn.lastIndexOf('/') + 1)), 'NO_SOURCE_OR_DESTINATION');
    equal(ask(arn.replace(owner.scope.account, net.account.scope.account)), 'NO_SOURCE_OR_DESTINATION');
    equal(ask(arn.replace('us-east-1', 'eu-west-1')), 'UNKNOWN_RESOURCE');
  });

  test('has groups that rules cannot be about while its account is not named', () => {
    const net = tiers();
    const far = peeredAccount(net);
    admitFarGroup(net, far);
    const ask = (port: number, ...AdditionalAccounts: string[]) =>
      answerOf(analyse(net, { Source: far.peering, DestinationPort: port }, { AdditionalAccounts }));
    equal(ask(80), 'UNKNOWN_PEERED_SGS 210987654321');
    equal(ask(81), 'ENI_SG_RULES_MISMATCH');
    equal(ask(80, far.owner.scope.account), net.db.id);
    admit(net, net.db.groupId, 80);
    equal(ask(80), net.db.id);
  });

  test('cannot be what an egress rule names either', () => {
    const net = tiers();
    const { peering, groupId, owner } = peeredAccount(net);
    const everything = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    net.account.call('RevokeSecurityGroupEgress', { GroupId: net.web.groupId, IpPermissions: [everything] });
    const toFarGroup = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: groupId, UserId: owner.scope.account }] };
    net.account.call('AuthorizeSecurityGroupEgress', { GroupId: net.web.groupId, IpPermissions: [toFarGroup] });
    const ask = (...AdditionalAccounts: string[]) =>
      answerOf(analyse(net, { Destination: peering, DestinationPort: 80 }, { AdditionalAccounts }));
    equal(ask(), 'UNKNOWN_PEERED_SGS 210987654321');
    equal(ask(owner.scope.account), peering);
  });

  test('has public addresses that are the internet’s to everybody else', () => {
    const net = tiers();
    const { owner, arn } = peeredAccount(net);
    const InstanceId = arn.slice(arn.lastIndexOf('/') + 1);
    const [far] = owner.call('DescribeInstances', { InstanceIds: [InstanceId] }).Reservations?.[0]?.Instances ?? [];
    const { InternetGateway: made } = owner.call('CreateInternetGateway');
    owner.call('AttachInternetGateway', {
      InternetGatewayId: given(made?.InternetGatewayId),
      VpcId: given(far?.VpcId),
    });
    const { AllocationId, PublicIp: DestinationIp } = owner.call('AllocateAddress');
    owner.call('AssociateAddress', { AllocationId: given(AllocationId), InstanceId });
    const Destination = defaultRoute(net);
    publicAddress(net, net.web.id);
    const ask = (...AdditionalAccounts: string[]) =>
      answerOf(analyse(net, { DestinationIp: given(DestinationIp), DestinationPort: 80 }, { AdditionalAccounts }));
    equal(ask(), Destination);
    equal(answerOf(analyse(net, { Destination, DestinationIp: given(DestinationIp) })), Destination);
    equal(ask(owner.scope.account), 'IGW_NAT_REFLECTION');
  });

  test('is described by both sides of the peering, whichever account the ARN names', () => {
    const net = tiers();
    const { peering, owner } = peeredAccount(net);
    const named = arnOf(owner.scope, 'vpc-peering-connection', peering);
    equal(answerOf(analyse(net, { Destination: named, DestinationPort: 80 })), peering);
  });

  test('is no part of the way to the peering connection itself', () => {
    const net = tiers();
    const { peering } = peeredAccount(net);
    equal(answerOf(analyse(net, { Destination: peering, DestinationPort: 80 })), peering);
  });
});

test('a shared transit gateway shows its routes to its owner, and what is attached to its own', () => {
  const net = tiers();
  const { near, arn, address, hub, owner } = sharedTransit(net);
  const byAddress = (...AdditionalAccounts: string[]) =>
    answerOf(analyse(net, { Source: near, DestinationIp: address, DestinationPort: 80 }, { AdditionalAccounts }));
  equal(byAddress(), 'TGW_RTB_ROUTES_ARE_UNKNOWN 345678901234');
  equal(byAddress(hub.scope.account), 'UNKNOWN_DESTINATION 210987654321');
  equal(byAddress(owner.scope.account), 'TGW_RTB_ROUTES_ARE_UNKNOWN 345678901234');
  const AdditionalAccounts = [hub.scope.account, owner.scope.account];
  const found = analyse(net, { Source: near, Destination: arn, DestinationPort: 80 }, { AdditionalAccounts });
  equal(found.NetworkPathFound, true);
  equal(found.SuggestedAccounts, undefined);
  deepEqual(found.AdditionalAccounts, AdditionalAccounts);
});

test('an endpoint is reached though the account of its service is not seen, which may then say more', () => {
  const net = tiers();
  const { account, vpcId, web } = net;
  const { owner, arn } = peeredAccount(net);
  const target = arn.slice(arn.lastIndexOf('/') + 1);
  sendTo(owner, 'shop', target);
  const { ServiceConfiguration: service } = owner.call('CreateVpcEndpointServiceConfiguration', {
    NetworkLoadBalancerArns: [loadBalancerArn(owner, 'shop')],
    AcceptanceRequired: false,
  });
  owner.call('ModifyVpcEndpointServicePermissions', {
    ServiceId: given(service?.ServiceId),
    AddAllowedPrincipals: [`arn:aws:iam::${account.scope.account}:root`],
  });
  const { VpcEndpoint: made } = account.call('CreateVpcEndpoint', {
    VpcId: vpcId,
    ServiceName: given(service?.ServiceName),
    VpcEndpointType: 'Interface',
    SubnetIds: [web.subnetId],
    SecurityGroupIds: [web.groupId],
  });
  admit(net, web.groupId, 80);
  const Destination = given(made?.VpcEndpointId);
  const ask = (...AdditionalAccounts: string[]) =>
    answerOf(analyse(net, { Destination, DestinationPort: 80 }, { AdditionalAccounts }));
  equal(ask(), Destination);
  const { NetworkInterfaces: [own] = [] } = account.call('DescribeNetworkInterfaces', {
    Filters: [{ Name: 'interface-type', Values: ['vpc_endpoint'] }],
  });
  const byAddress = analyse(net, { DestinationIp: given(own?.PrivateIpAddress), DestinationPort: 80 });
  equal(byAddress.NetworkPathFound, true, answerOf(byAddress));
  equal(ask(owner.scope.account), Destination);
  withdrawFrom(owner, 'shop', target);
  equal(ask(), Destination);
  equal(ask(owner.scope.account), 'ELBV2_NO_TARGETS_IN_AZ');
});
