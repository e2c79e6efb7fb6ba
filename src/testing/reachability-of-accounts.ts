/** Explanation codes about what lies in accounts that an analysis does not see, each in a network in which it is the answer. */
import { arnOf } from '../model/regions.ts';
import type { TestAccount } from './account.ts';
import { settle } from './guests.ts';
import { given } from './instance-parts.ts';
import { analyse, type ReachabilityCase, route } from './reachability.ts';
import type { Tiers } from './tiers.ts';
import { attach, gatewayWith, routeTo } from './transit-parts.ts';
import { subnetWith, vpcWith } from './vpc-parts.ts';

/** An instance of another account, which lets in TCP 80 from everybody. */
export interface FarInstance {
  readonly owner: TestAccount;
  readonly arn: string;
  readonly address: string;
  readonly groupId: string;
}

/** Launches one into a subnet. */
function farInstance(owner: TestAccount, VpcId: string, SubnetId: string): FarInstance {
  const made = owner.call('CreateSecurityGroup', { VpcId, GroupName: 'far', Description: 'far' });
  const groupId = given(made.GroupId);
  owner.call('AuthorizeSecurityGroupIngress', {
    GroupId: groupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  const launch = { ImageId: 'ami-virtual', InstanceType: 't3.large', MinCount: 1, MaxCount: 1, SubnetId } as const;
  const { Instances } = settle(owner, owner.commit('RunInstances', { ...launch, SecurityGroupIds: [groupId] }));
  const [one] = Instances ?? [];
  const arn = arnOf(owner.scope, 'instance', given(one?.InstanceId));
  return { owner, arn, address: given(one?.PrivateIpAddress), groupId };
}

/** A VPC 10.9.0.0/16 of another account, peered with the web server's, with routes both ways. */
export function peeredAccount(net: Tiers): FarInstance & { readonly peering: string } {
  const { account, vpcId } = net;
  const owner = account.in({ account: '210987654321' });
  const vpc = vpcWith(owner, '10.9.0.0/16');
  const { VpcPeeringConnection: made } = account.call('CreateVpcPeeringConnection', {
    VpcId: vpcId,
    PeerVpcId: vpc.id,
    PeerOwnerId: owner.scope.account,
  });
  const peering = given(made?.VpcPeeringConnectionId);
  owner.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: peering });
  route(net, '10.9.0.0/16', { VpcPeeringConnectionId: peering });
  const { RouteTables } = owner.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpc.id] }] });
  owner.call('CreateRoute', {
    RouteTableId: given(RouteTables?.[0]?.RouteTableId),
    DestinationCidrBlock: '10.0.0.0/16',
    VpcPeeringConnectionId: peering,
  });
  return { ...farInstance(owner, vpc.id, subnetWith(owner, vpc, '10.9.1.0/24').id), peering };
}

/** An instance in a VPC of the caller's and one of another account's, on a transit gateway that a third account shares. */
export function sharedTransit(net: Tiers): FarInstance & { readonly hub: TestAccount; readonly near: string } {
  const { account } = net;
  const hub = account.in({ account: '345678901234' });
  const owner = account.in({ account: '210987654321' });
  const gateway = gatewayWith(hub, { AutoAcceptSharedAttachments: 'enable' });
  const own = attach(account, gateway, '10.20.0.0/16');
  const other = attach(owner, gateway, '10.21.0.0/16');
  routeTo(account, own.vpc, gateway);
  routeTo(owner, other.vpc, gateway);
  return { ...farInstance(owner, other.vpc.id, other.subnet.id), hub, near: net.instance({ SubnetId: own.subnet.id }) };
}

/** A rule of the database's group for TCP 80 that names a group of the peered account. */
export const admitFarGroup = ({ account, db }: Tiers, { owner, groupId }: FarInstance): void =>
  void account.call('AuthorizeSecurityGroupIngress', {
    GroupId: db.groupId,
    IpPermissions: [
      {
        IpProtocol: 'tcp',
        FromPort: 80,
        ToPort: 80,
        UserIdGroupPairs: [{ GroupId: groupId, UserId: owner.scope.account }],
      },
    ],
  });

export const CASES_OF_ACCOUNTS: readonly ReachabilityCase[] = [
  {
    code: 'UNKNOWN_RESOURCE',
    ask: (net) => analyse(net, { Destination: peeredAccount(net).arn, DestinationPort: 80 }),
  },
  {
    code: 'UNKNOWN_PEERED_SGS',
    ask: (net) => {
      const far = peeredAccount(net);
      admitFarGroup(net, far);
      return analyse(net, { Source: far.peering, DestinationPort: 80 });
    },
  },
  {
    code: 'TGW_RTB_ROUTES_ARE_UNKNOWN',
    ask: (net) => {
      const { near, address } = sharedTransit(net);
      return analyse(net, { Source: near, DestinationIp: address, DestinationPort: 80 });
    },
  },
  {
    code: 'UNKNOWN_DESTINATION',
    ask: (net) => {
      const { near, address, hub } = sharedTransit(net);
      const AdditionalAccounts = [hub.scope.account];
      return analyse(net, { Source: near, DestinationIp: address, DestinationPort: 80 }, { AdditionalAccounts });
    },
  },
];
