/** A large network as `aws ec2 describe-…` would print it: one VPC, 500 groups, instances with one interface each. */
import { createHash } from 'node:crypto';

const ACCOUNT = '111122223333';
const GROUPS = 500;
const INTERFACES_PER_SUBNET = 200;
const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'];

/** An id that follows from a number. */
const id = (prefix: string, number: number): string => {
  const digits = createHash('sha256').update(`${prefix} ${number}`).digest('hex');
  return `${prefix}-0${digits.slice(0, 16)}`;
};

const VPC = id('vpc', 0);

/** Files with the answers of the calls. */
export function describedNetwork(interfaces: number): readonly { readonly path: string; readonly text: string }[] {
  const all = Array.from({ length: interfaces }, (_, index) => index);
  const subnets = all.filter((index) => index % INTERFACES_PER_SUBNET === 0).map(describeSubnet);
  const answers = {
    'describe-vpcs': { Vpcs: [{ VpcId: VPC, CidrBlock: '10.0.0.0/8', OwnerId: ACCOUNT }] },
    'describe-subnets': { Subnets: subnets },
    'describe-route-tables': { RouteTables: [ROUTE_TABLE] },
    'describe-network-acls': { NetworkAcls: [NETWORK_ACL] },
    'describe-security-groups': { SecurityGroups: Array.from({ length: GROUPS }, (_, index) => describeGroup(index)) },
    'describe-instances': { Reservations: all.map(describeReservation) },
    'describe-network-interfaces': { NetworkInterfaces: all.map(describeInterface) },
  };
  return Object.entries(answers).map(([name, answer]) => ({ path: `${name}.json`, text: JSON.stringify(answer) }));
}

const subnetOf = (index: number): number => Math.floor(index / INTERFACES_PER_SUBNET);
const zoneOf = (index: number): string | undefined => ZONES[subnetOf(index) % ZONES.length];
const network = (subnet: number): string => `10.${subnet >> 8}.${subnet & 255}`;

const describeSubnet = (index: number) => ({
  SubnetId: id('subnet', subnetOf(index)),
  VpcId: VPC,
  CidrBlock: `${network(subnetOf(index))}.0/24`,
  AvailabilityZone: zoneOf(index),
  OwnerId: ACCOUNT,
});

/** Each group opens a port of its own to the next group and to the VPC. */
const describeGroup = (index: number) => ({
  GroupId: id('sg', index),
  VpcId: VPC,
  GroupName: `group-${index}`,
  Description: 'of the benchmark',
  OwnerId: ACCOUNT,
  IpPermissions: [
    {
      IpProtocol: 'tcp',
      FromPort: 1000 + index,
      ToPort: 1000 + index,
      UserIdGroupPairs: [{ GroupId: id('sg', (index + 1) % GROUPS), UserId: ACCOUNT }],
      IpRanges: [{ CidrIp: '10.0.0.0/8' }],
    },
  ],
  IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
});

const describeReservation = (index: number) => ({
  ReservationId: id('r', index),
  OwnerId: ACCOUNT,
  Instances: [
    {
      InstanceId: id('i', index),
      ImageId: 'ami-0123456789abcdef0',
      InstanceType: 't3.micro',
      State: { Name: 'running', Code: 16 },
      Placement: { AvailabilityZone: zoneOf(index) },
      LaunchTime: '2026-01-01T00:00:00Z',
      Tags: [{ Key: 'Name', Value: `server-${index}` }],
    },
  ],
});

const describeInterface = (index: number) => {
  const address = `${network(subnetOf(index))}.${10 + (index % INTERFACES_PER_SUBNET)}`;
  const octets = [24, 16, 8, 0].map((bits) => ((index >> bits) & 255).toString(16).padStart(2, '0'));
  return {
    NetworkInterfaceId: id('eni', index),
    SubnetId: id('subnet', subnetOf(index)),
    VpcId: VPC,
    MacAddress: `02:00:${octets.join(':')}`,
    PrivateIpAddress: address,
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: address }],
    Groups: [{ GroupId: id('sg', index % GROUPS) }],
    SourceDestCheck: true,
    OwnerId: ACCOUNT,
    AvailabilityZone: zoneOf(index),
    Attachment: {
      AttachmentId: id('eni-attach', index),
      InstanceId: id('i', index),
      DeviceIndex: 0,
      NetworkCardIndex: 0,
      Status: 'attached',
      DeleteOnTermination: true,
    },
  };
};

const ROUTE_TABLE = {
  RouteTableId: id('rtb', 0),
  VpcId: VPC,
  Routes: [{ DestinationCidrBlock: '10.0.0.0/8', GatewayId: 'local', Origin: 'CreateRouteTable' }],
  Associations: [{ Main: true, RouteTableAssociationId: id('rtbassoc', 0) }],
};

const ANYTHING = { RuleNumber: 100, Protocol: '-1', RuleAction: 'allow', CidrBlock: '0.0.0.0/0' };

const NETWORK_ACL = {
  NetworkAclId: id('acl', 0),
  VpcId: VPC,
  IsDefault: true,
  Entries: [
    { ...ANYTHING, Egress: true },
    { ...ANYTHING, Egress: false },
  ],
  Associations: [],
};
