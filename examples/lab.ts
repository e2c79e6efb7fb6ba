/**
 * What the examples stand on: a network of their own in the localvpc that runs, and programs inside its instances.
 *
 * Run one with `npx tsx examples/NAME.ts` while localvpc is up. It prints what it does and what really came back, and
 * ends with status 1 when something is not as it says.
 */
import {
  AssociateAddressCommand,
  AttachInternetGatewayCommand,
  AttachNetworkInterfaceCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  type EC2Client,
  type InstanceNetworkInterfaceSpecification,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { processContext } from '../src/cli/context.ts';
import { ec2Client } from '../src/cli/ec2.ts';
import { CommandFailure } from '../src/cli/failure.ts';
import { named } from '../src/cli/tour/network.ts';
import { present } from '../src/cli/tour/present.ts';
import { Show, type TourInstance, until } from '../src/cli/tour/show.ts';

const ZONE = 'us-east-1a';

/** A network interface of an example. */
export interface LabInterface {
  readonly id: string;
  readonly address: string;
  readonly mac: string;
}

/** A VPC with an internet gateway, and one group that lets everything in. */
export class Lab {
  readonly show: Show;
  readonly vpcId: string;
  readonly groupId: string;
  readonly routeTableId: string;

  private constructor(show: Show, ids: { vpcId: string; groupId: string; routeTableId: string }) {
    this.show = show;
    this.vpcId = ids.vpcId;
    this.groupId = ids.groupId;
    this.routeTableId = ids.routeTableId;
  }

  get ec2(): EC2Client {
    return this.show.ec2;
  }

  static async open(show: Show, cidr: string): Promise<Lab> {
    const { ec2 } = show;
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: cidr }));
    const vpcId = present(Vpc?.VpcId, 'VpcId');
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
    const gatewayId = present(InternetGateway?.InternetGatewayId, 'InternetGatewayId');
    await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId: gatewayId }));
    const { RouteTables } = await ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
    );
    const routeTableId = present(RouteTables?.[0]?.RouteTableId, 'RouteTableId');
    await ec2.send(
      new CreateRouteCommand({ RouteTableId: routeTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gatewayId }),
    );
    const groupId = await createGroup(ec2, vpcId, 'open', [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]);
    show.called(`CreateVpc ${cidr}`, vpcId);
    return new Lab(show, { vpcId, groupId, routeTableId });
  }

  async subnet(cidr: string): Promise<string> {
    const { Subnet } = await this.ec2.send(
      new CreateSubnetCommand({ VpcId: this.vpcId, CidrBlock: cidr, AvailabilityZone: ZONE }),
    );
    const id = present(Subnet?.SubnetId, 'SubnetId');
    this.show.called(`CreateSubnet ${cidr}`, id);
    return id;
  }

  /** A group that lets in TCP on these ports and ping. */
  group(name: string, ports: readonly number[]): Promise<string> {
    return createGroup(this.ec2, this.vpcId, name, [
      ...ports.map((port) => ({
        IpProtocol: 'tcp',
        FromPort: port,
        ToPort: port,
        IpRanges: [{ CidrIp: '0.0.0.0/0' }],
      })),
      { IpProtocol: 'icmp', FromPort: -1, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
    ]);
  }

  /** Launches an instance with interfaces in these subnets, device index by position, and waits until it runs. */
  async instance(
    name: string,
    interfaces: readonly (Omit<InstanceNetworkInterfaceSpecification, 'DeviceIndex'> | string)[],
    userData = '',
    more: Pick<RunInstancesCommandInput, 'InstanceType' | 'Placement'> = {},
  ): Promise<TourInstance> {
    const { Instances } = await this.ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-host',
        InstanceType: 't3.large',
        MinCount: 1,
        MaxCount: 1,
        ...more,
        ...(userData && { UserData: Buffer.from(`#!/bin/sh\n${userData}\n`).toString('base64') }),
        NetworkInterfaces: interfaces.map((one, index) => ({
          DeviceIndex: index,
          Groups: [this.groupId],
          ...(typeof one === 'string' ? { SubnetId: one } : one),
        })),
        TagSpecifications: named('instance', name),
        ...more,
      }),
    );
    const instance = present(Instances?.[0], 'instance');
    const id = present(instance.InstanceId, 'InstanceId');
    const privateAddress = present(instance.PrivateIpAddress, 'PrivateIpAddress');
    this.show.called(`RunInstances ${name}`, `${id} at ${privateAddress}`);
    await until(`${name} does not run`, async () => {
      const { Reservations } = await this.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      return Reservations?.[0]?.Instances?.[0]?.State?.Name === 'running' ? id : undefined;
    });
    return { name, id, privateAddress };
  }

  async interface(subnetId: string, groupId = this.groupId): Promise<LabInterface> {
    const { NetworkInterface: made } = await this.ec2.send(
      new CreateNetworkInterfaceCommand({ SubnetId: subnetId, Groups: [groupId] }),
    );
    const one = {
      id: present(made?.NetworkInterfaceId, 'NetworkInterfaceId'),
      address: present(made?.PrivateIpAddress, 'PrivateIpAddress'),
      mac: present(made?.MacAddress, 'MacAddress'),
    };
    this.show.called('CreateNetworkInterface', `${one.id} at ${one.address}, ${one.mac}`);
    return one;
  }

  /** Attaches an interface to a running instance; resolves with the attachment's id. */
  async attach(one: LabInterface, instance: TourInstance, deviceIndex = 1): Promise<string> {
    const { AttachmentId } = await this.ec2.send(
      new AttachNetworkInterfaceCommand({
        NetworkInterfaceId: one.id,
        InstanceId: instance.id,
        DeviceIndex: deviceIndex,
      }),
    );
    this.show.called('AttachNetworkInterface', `${one.id} to ${instance.name}`);
    return present(AttachmentId, 'AttachmentId');
  }

  /** Interfaces of an instance by device index. */
  async interfacesOf(instance: TourInstance): Promise<readonly LabInterface[]> {
    const { NetworkInterfaces = [] } = await this.ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [instance.id] }] }),
    );
    return NetworkInterfaces.sort(
      (one, other) => (one.Attachment?.DeviceIndex ?? 0) - (other.Attachment?.DeviceIndex ?? 0),
    ).map((one) => ({
      id: present(one.NetworkInterfaceId, 'NetworkInterfaceId'),
      address: present(one.PrivateIpAddress, 'PrivateIpAddress'),
      mac: present(one.MacAddress, 'MacAddress'),
    }));
  }

  /** Points an Elastic IP at an interface, wherever it pointed before. */
  async associate(allocationId: string, one: LabInterface): Promise<void> {
    await this.ec2.send(
      new AssociateAddressCommand({
        AllocationId: allocationId,
        NetworkInterfaceId: one.id,
        AllowReassociation: true,
      }),
    );
    this.show.called('AssociateAddress', `${allocationId} with ${one.id}`);
  }
}

async function createGroup(
  ec2: EC2Client,
  vpcId: string,
  name: string,
  rules: NonNullable<ConstructorParameters<typeof AuthorizeSecurityGroupIngressCommand>[0]>['IpPermissions'],
): Promise<string> {
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: name, Description: `group ${name} of an example` }),
  );
  const groupId = present(GroupId, 'GroupId');
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions: rules }));
  return groupId;
}

/** Serves one page that says who serves it. */
export const WEB_SERVER = `mkdir -p /srv/www
hostname > /srv/www/index.html
busybox httpd -p 80 -h /srv/www`;

/** Runs an example against the localvpc that runs. */
export async function example(title: string, work: (show: Show) => Promise<void>): Promise<void> {
  const { endpoint, colours, print } = processContext();
  const show = new Show(ec2Client(endpoint.url, {}), endpoint, colours, print);
  print(title);
  try {
    await work(show);
  } catch (error) {
    print(error instanceof CommandFailure ? error.message : `FAILED: ${String(error)}`);
    process.exitCode = 1;
  }
}

/** A client of Elastic Load Balancing for the localvpc that runs. */
export const elbv2Client = (): ElasticLoadBalancingV2Client =>
  new ElasticLoadBalancingV2Client({
    endpoint: processContext().endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
