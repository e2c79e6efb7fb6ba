/** The tour's network: a VPC with a public and a private subnet, and the groups of its instances. */
import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeAvailabilityZonesCommand,
  type IpPermission,
  type ResourceType,
  type Tag,
} from '@aws-sdk/client-ec2';
import { present } from './present.ts';
import type { Show } from './show.ts';

export const DATABASE_PORT = 5432;

/** What the tour's instances stand in. */
export interface TourNetwork {
  readonly vpcId: string;
  readonly publicSubnetId: string;
  readonly privateSubnetId: string;
  readonly webGroupId: string;
  readonly databaseGroupId: string;
  readonly otherGroupId: string;
}

/** A TagSpecifications parameter with a name. */
export const named = (type: ResourceType, name: string): { ResourceType: ResourceType; Tags: Tag[] }[] => [
  { ResourceType: type, Tags: [{ Key: 'Name', Value: name }] },
];

export async function buildNetwork(show: Show): Promise<TourNetwork> {
  show.step('A VPC with a public and a private subnet');
  const { ec2 } = show;
  const { Vpc } = await ec2.send(
    new CreateVpcCommand({ CidrBlock: '10.20.0.0/16', TagSpecifications: named('vpc', 'tour') }),
  );
  const vpcId = present(Vpc?.VpcId, 'VpcId');
  show.called('CreateVpc 10.20.0.0/16', vpcId);
  const zones = await ec2.send(new DescribeAvailabilityZonesCommand({}));
  const zone = present(zones.AvailabilityZones?.[0]?.ZoneName, 'ZoneName');
  const publicSubnetId = await createSubnet(show, vpcId, zone, '10.20.1.0/24', 'public');
  const privateSubnetId = await createSubnet(show, vpcId, zone, '10.20.2.0/24', 'private');
  await openToInternet(show, vpcId, publicSubnetId);
  return { vpcId, publicSubnetId, privateSubnetId, ...(await createGroups(show, vpcId)) };
}

async function createSubnet(show: Show, vpcId: string, zone: string, cidr: string, name: string): Promise<string> {
  const { Subnet } = await show.ec2.send(
    new CreateSubnetCommand({
      VpcId: vpcId,
      CidrBlock: cidr,
      AvailabilityZone: zone,
      TagSpecifications: named('subnet', name),
    }),
  );
  const id = present(Subnet?.SubnetId, 'SubnetId');
  show.called(`CreateSubnet ${cidr}`, `${id} (${name}, ${zone})`);
  return id;
}

/** A subnet is public by its route to an internet gateway, and by nothing else. */
async function openToInternet(show: Show, vpcId: string, subnetId: string): Promise<void> {
  const { ec2 } = show;
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const gatewayId = present(InternetGateway?.InternetGatewayId, 'InternetGatewayId');
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: gatewayId, VpcId: vpcId }));
  show.called('AttachInternetGateway', gatewayId);
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
  const routeTableId = present(RouteTable?.RouteTableId, 'RouteTableId');
  const route = { RouteTableId: routeTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gatewayId };
  await ec2.send(new CreateRouteCommand(route));
  await ec2.send(new AssociateRouteTableCommand({ RouteTableId: routeTableId, SubnetId: subnetId }));
  show.called('CreateRoute 0.0.0.0/0', `${routeTableId}, the public subnet's`);
}

async function createGroups(
  show: Show,
  vpcId: string,
): Promise<Pick<TourNetwork, 'webGroupId' | 'databaseGroupId' | 'otherGroupId'>> {
  const http = tcpFrom(80, { IpRanges: [{ CidrIp: '0.0.0.0/0' }] });
  const webGroupId = await createGroup(show, vpcId, 'web', http, 'TCP 80 from everywhere');
  const fromWeb = tcpFrom(DATABASE_PORT, { UserIdGroupPairs: [{ GroupId: webGroupId }] });
  const databaseGroupId = await createGroup(show, vpcId, 'db', fromWeb, `TCP ${DATABASE_PORT} from group web`);
  const otherGroupId = await createGroup(show, vpcId, 'other', http, 'TCP 80 from everywhere');
  return { webGroupId, databaseGroupId, otherGroupId };
}

const tcpFrom = (port: number, peer: Pick<IpPermission, 'IpRanges' | 'UserIdGroupPairs'>): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  ...peer,
});

async function createGroup(
  show: Show,
  vpcId: string,
  name: string,
  permission: IpPermission,
  does: string,
): Promise<string> {
  const { GroupId } = await show.ec2.send(
    new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: name, Description: does }),
  );
  const groupId = present(GroupId, 'GroupId');
  await show.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions: [permission] }));
  show.called(`CreateSecurityGroup ${name}`, `${groupId} (${does})`);
  return groupId;
}
