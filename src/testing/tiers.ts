/** A web server and a database in one VPC, with what tests break about it. */
import { given, type Lab, lab } from './instance-parts.ts';

export interface Tier {
  readonly id: string;
  readonly groupId: string;
  readonly subnetId: string;
}

/** A lab with a web server and a database, each in a subnet and a group of its own, and nothing let in. */
export interface Tiers extends Lab {
  readonly web: Tier;
  readonly db: Tier;
  readonly routeTableId: string;
}

export function tiers(): Tiers {
  const parts = lab();
  const tier = (name: string, subnetId: string): Tier => {
    const group = parts.account.call('CreateSecurityGroup', { VpcId: parts.vpcId, GroupName: name, Description: name });
    const groupId = given(group.GroupId);
    return { id: parts.instance({ SubnetId: subnetId, SecurityGroupIds: [groupId] }), groupId, subnetId };
  };
  const { RouteTables } = parts.account.call('DescribeRouteTables', {
    Filters: [{ Name: 'vpc-id', Values: [parts.vpcId] }],
  });
  return {
    ...parts,
    web: tier('web', parts.subnetId),
    db: tier('db', parts.subnet('10.0.2.0/24')),
    routeTableId: given(RouteTables?.[0]?.RouteTableId),
  };
}

/** Lets a group's interfaces be reached at a port by everybody. */
export const admit = ({ account }: Lab, GroupId: string, port: number, IpProtocol: 'tcp' | 'udp' = 'tcp'): void =>
  void account.call('AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [{ IpProtocol, FromPort: port, ToPort: port, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });

/** An own ACL for a subnet; it denies everything until entries are made. */
export function closedAcl({ account, vpcId }: Lab, subnetId: string): string {
  const aclId = given(account.call('CreateNetworkAcl', { VpcId: vpcId }).NetworkAcl?.NetworkAclId);
  const { NetworkAcls } = account.call('DescribeNetworkAcls', {
    Filters: [{ Name: 'association.subnet-id', Values: [subnetId] }],
  });
  const association = NetworkAcls?.[0]?.Associations?.find((one) => one.SubnetId === subnetId);
  account.call('ReplaceNetworkAclAssociation', {
    AssociationId: given(association?.NetworkAclAssociationId),
    NetworkAclId: aclId,
  });
  return aclId;
}

/** Leads everything else to the VPC's internet gateway; gives back its id. */
export const defaultRoute = ({ account, vpcId, routeTableId }: Tiers): string => {
  const { InternetGateways } = account.call('DescribeInternetGateways', {
    Filters: [{ Name: 'attachment.vpc-id', Values: [vpcId] }],
  });
  const GatewayId = given(InternetGateways?.[0]?.InternetGatewayId);
  account.call('CreateRoute', { RouteTableId: routeTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  return GatewayId;
};

/** The primary interface of an instance. */
export function interfaceOf({ account }: Lab, instanceId: string): string {
  const { NetworkInterfaces } = account.call('DescribeNetworkInterfaces', {
    Filters: [{ Name: 'attachment.instance-id', Values: [instanceId] }],
  });
  return given(NetworkInterfaces?.[0]?.NetworkInterfaceId);
}

/** An instance in a VPC of its own, which lets in port 80. */
export function otherVpc(net: Lab): string {
  const { account } = net;
  const VpcId = given(account.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc?.VpcId);
  const SubnetId = given(account.call('CreateSubnet', { VpcId, CidrBlock: '10.9.1.0/24' }).Subnet?.SubnetId);
  const GroupId = given(account.call('CreateSecurityGroup', { VpcId, GroupName: 'far', Description: 'far' }).GroupId);
  admit(net, GroupId, 80);
  return net.instance({ SubnetId, SecurityGroupIds: [GroupId] });
}
