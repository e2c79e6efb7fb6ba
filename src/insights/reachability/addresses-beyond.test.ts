/** Of all that lies beyond a gateway nothing is left out: one address stands for others only where nothing tells them apart. */
import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { type Analysis, analyse, overTransit, peered, privateAddress, route } from '../../testing/reachability.ts';
import { vpnGateway } from '../../testing/reachability-of-sites.ts';
import { interfaceOf, type Tiers, tiers } from '../../testing/tiers.ts';

const MANY = 40;

/** Instances in the far VPC beside the one that is there, with this as the last one's group where it is said; the last one's address. */
function lastOfMany(net: Tiers, far: string, lastGroupId?: string): string {
  const { Reservations } = net.account.call('DescribeInstances', { InstanceIds: [far] });
  const [one] = Reservations?.[0]?.Instances ?? [];
  const SubnetId = given(one?.SubnetId);
  const SecurityGroupIds = [given(one?.SecurityGroups?.[0]?.GroupId)];
  for (let count = 1; count < MANY; count++) net.instance({ SubnetId, SecurityGroupIds });
  const groups = lastGroupId === undefined ? SecurityGroupIds : [lastGroupId];
  return privateAddress(net, net.instance({ SubnetId, SecurityGroupIds: groups }));
}

const allow = ({ account, db }: Tiers, permission: object): void =>
  void account.call('AuthorizeSecurityGroupIngress', {
    GroupId: db.groupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, ...permission }],
  });

const sourceOf = ({ ForwardPathComponents: [first] = [] }: Analysis): string =>
  first?.OutboundHeader?.SourceAddresses?.[0]?.replace('/32', '') ?? '';

/** The web server's group lets out nothing but what is for this block. */
function letOutOnly({ account, web }: Tiers, block: string): void {
  const { SecurityGroups: [group] = [] } = account.call('DescribeSecurityGroups', { GroupIds: [web.groupId] });
  const everything = (CidrIp: string) => ({ IpProtocol: '-1', IpRanges: [{ CidrIp }] });
  const [now] = group?.IpPermissionsEgress ?? [];
  const blocks = now?.IpRanges?.map(({ CidrIp }) => given(CidrIp)) ?? [];
  account.call('RevokeSecurityGroupEgress', { GroupId: web.groupId, IpPermissions: blocks.map(everything) });
  account.call('AuthorizeSecurityGroupEgress', { GroupId: web.groupId, IpPermissions: [everything(block)] });
}

/** A peering connection with a VPC, to which a route leads, and the instance there. */
function peeredWithRoute(net: Tiers) {
  const { peering, far } = peered(net);
  route(net, '10.9.0.0/16', { VpcPeeringConnectionId: peering });
  return { peering, far };
}

describe('beyond a peering connection', () => {
  test('the one of many interfaces that has the path is found, by a rule about its address', () => {
    const net = tiers();
    const { peering, far } = peeredWithRoute(net);
    const address = lastOfMany(net, far);
    allow(net, { IpRanges: [{ CidrIp: `${address}/32` }] });
    const found = analyse(net, { Source: peering });
    equal(found.NetworkPathFound, true);
    equal(sourceOf(found), address);
  });

  test('and by a rule about the group that it alone is in', () => {
    const net = tiers();
    const { account } = net;
    const { peering, far } = peeredWithRoute(net);
    const { Vpcs: [vpc] = [] } = account.call('DescribeVpcs', { Filters: [{ Name: 'cidr', Values: ['10.9.0.0/16'] }] });
    const VpcId = given(vpc?.VpcId);
    const group = account.call('CreateSecurityGroup', { VpcId, GroupName: 'last', Description: 'last' });
    const GroupId = given(group.GroupId);
    const { NetworkInterface: unattached } = account.call('CreateNetworkInterface', {
      SubnetId: given(
        account.call('DescribeSubnets', { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }).Subnets?.[0]?.SubnetId,
      ),
      Groups: [GroupId],
    });
    const address = lastOfMany(net, far, GroupId);
    allow(net, { UserIdGroupPairs: [{ GroupId }] });
    const found = analyse(net, { Source: peering });
    equal(found.NetworkPathFound, true);
    equal(sourceOf(found), address);
    // An interface that belongs to nobody sends nothing, and is not taken for the one that does.
    notEqual(address, unattached?.PrivateIpAddress);
  });

  test('a secondary address is asked, and an address that nobody has', () => {
    const net = tiers();
    const { account } = net;
    const { peering, far } = peeredWithRoute(net);
    const NetworkInterfaceId = interfaceOf(net, far);
    const second = '10.9.1.200';
    account.call('AssignPrivateIpAddresses', { NetworkInterfaceId, PrivateIpAddresses: [second] });
    for (const address of [second, '10.9.200.7']) {
      letOutOnly(net, `${address}/32`);
      const found = analyse(net, { Destination: peering });
      equal(found.NetworkPathFound, true, address);
      deepEqual(found.ForwardPathComponents?.[0]?.OutboundHeader?.DestinationAddresses, [`${address}/32`]);
    }
  });
});

test('beyond a transit gateway and its attachment every block and interface is asked', () => {
  const net = tiers();
  const { account } = net;
  const { gateway, one, two } = overTransit(net);
  const GroupId = one.groupId;
  const SecurityGroupIds = [GroupId];
  const other = net.instance({ SubnetId: one.subnet.id, SecurityGroupIds });
  const ask = (Source: string): Analysis => analyse(net, { Source, Destination: other, DestinationPort: 5432 });
  const addresses = [privateAddress(net, two.instance), '10.21.200.7'];
  for (const address of addresses) {
    const rule = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: `${address}/32` }] };
    account.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [rule] });
    for (const Source of [gateway, one.id]) {
      const found = ask(Source);
      equal(found.NetworkPathFound, true, address);
      equal(sourceOf(found), address);
    }
    account.call('RevokeSecurityGroupIngress', { GroupId, IpPermissions: [rule] });
    equal(ask(gateway).NetworkPathFound, false);
  }
});

test('of the customer’s site a part is asked that a rule tells apart', () => {
  const net = tiers();
  const gateway = vpnGateway(net, '192.168.0.0/16');
  allow(net, { IpRanges: [{ CidrIp: '192.168.7.0/24' }] });
  const found = analyse(net, { Source: gateway });
  equal(found.NetworkPathFound, true);
  match(sourceOf(found), /^192\.168\.7\./);
});

test('where there are more packets than an analysis may run, its warning says so', () => {
  const net = tiers();
  const { peering } = peeredWithRoute(net);
  const rules = Array.from({ length: 60 }, (_, index) => ({
    IpProtocol: 'tcp',
    FromPort: 1000 + 10 * index,
    ToPort: 1001 + 10 * index,
    IpRanges: [{ CidrIp: `10.9.${index}.0/24` }],
  }));
  net.account.call('AuthorizeSecurityGroupIngress', { GroupId: net.db.groupId, IpPermissions: rules.slice(0, 60) });
  const asked = analyse(net, { Source: peering, DestinationPort: undefined, Protocol: 'udp' });
  equal(asked.NetworkPathFound, false);
  match(asked.WarningMessage ?? '', /^More than 4096 packets/);
});
