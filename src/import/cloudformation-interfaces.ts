/** CloudFormation's interfaces, instances, Elastic IPs and NAT gateways. Addresses that a template leaves open are chosen. */
import type * as sdk from '@aws-sdk/client-ec2';
import {
  type CloudFormationContext,
  type CloudFormationResource,
  numberOf,
  recordsOf,
  textOf,
  textsOf,
  type Values,
} from './cloudformation-context.ts';
import { Unresolved } from './cloudformation-functions.ts';
import { isTrue } from './cloudformation-template.ts';
import { describedRegional } from './written-regional-nat-gateways.ts';

const IMAGE_OF_A_PARAMETER = 'ami-00000000000000000';

/** Reads one property of a resource, or of an object inside of one. */
type Read = (name: string) => unknown;

/** Interfaces by themselves, and those that instances are made with. */
export function readInterfaces(context: CloudFormationContext): void {
  // Known addresses first: none of them may be chosen for another.
  context.each(['NetworkInterface', 'Instance', 'NatGateway'], (one) => {
    takeKnown(context, (name) => one.property(name));
    if (one.resource.type === 'AWS::EC2::Instance')
      for (const given of one.records('NetworkInterfaces')) takeKnown(context, (name) => given[name]);
  });
  context.each(['NetworkInterface'], (one) => {
    const described = interfaceOf(context, (name) => one.property(name), 'GroupSet');
    context.into.NetworkInterfaces.push({ ...described, NetworkInterfaceId: one.id, TagSet: one.tags() });
  });
  context.each(['Instance'], (one) => readInstance(context, one));
  context.each(['NetworkInterfaceAttachment'], (one) =>
    attach(context, one.text('NetworkInterfaceId'), {
      InstanceId: one.text('InstanceId'),
      DeviceIndex: one.number('DeviceIndex') ?? 1,
      DeleteOnTermination: one.flag('DeleteOnTermination'),
    }),
  );
}

function takeKnown(context: CloudFormationContext, read: Read): void {
  const subnetId = textOf(read('SubnetId'), 'SubnetId');
  if (subnetId !== undefined) context.addresses.takePrivate(subnetId, knownAddresses(read));
}

/** The primary address first, if the template says it. */
function knownAddresses(read: Read): readonly string[] {
  const listed = recordsOf(read('PrivateIpAddresses'), 'PrivateIpAddresses');
  const sorted = [...listed].sort((one, other) => Number(isTrue(other.Primary)) - Number(isTrue(one.Primary)));
  const primary = textOf(read('PrivateIpAddress'), 'PrivateIpAddress');
  const all = sorted.flatMap(({ PrivateIpAddress: text }) => textOf(text, 'PrivateIpAddress') ?? []);
  return primary === undefined ? all : [primary, ...all.filter((one) => one !== primary)];
}

function interfaceOf(context: CloudFormationContext, read: Read, groupsName: string): sdk.NetworkInterface {
  const SubnetId = textOf(read('SubnetId'), 'SubnetId') ?? '';
  const subnet = context.into.Subnets.find(({ SubnetId: id }) => id === SubnetId);
  if (!subnet) throw new Unresolved('its subnet is not part of the template, or was left out');
  const known = knownAddresses(read);
  const hasPrimary = known.length > 0 && !(read('PrivateIpAddress') === undefined && noneIsPrimary(read));
  const more = numberOf(read('SecondaryPrivateIpAddressCount'), 'SecondaryPrivateIpAddressCount') ?? 0;
  const wanted = (hasPrimary || subnet.CidrBlock === undefined ? 0 : 1) + Math.min(more, MOST_ADDRESSES);
  const chosen = Array.from({ length: wanted }, () => chooseAddress(context, SubnetId));
  const addresses = hasPrimary ? [...known, ...chosen] : [...chosen.slice(0, 1), ...known, ...chosen.slice(1)];
  return {
    SubnetId,
    VpcId: subnet.VpcId,
    Description: textOf(read('Description'), 'Description') ?? '',
    PrivateIpAddresses: addresses.map((PrivateIpAddress, index) => ({ PrivateIpAddress, Primary: index === 0 })),
    Ipv6Addresses: recordsOf(read('Ipv6Addresses'), 'Ipv6Addresses').map(({ Ipv6Address: text }) => ({
      Ipv6Address: textOf(text, 'Ipv6Address'),
    })),
    Groups: groupsOf(context, subnet, textsOf(read(groupsName), groupsName)),
    SourceDestCheck: read('SourceDestCheck') === undefined || isTrue(read('SourceDestCheck')),
  };
}

/** More than any type of instance takes. */
const MOST_ADDRESSES = 50;

const noneIsPrimary = (read: Read): boolean =>
  !recordsOf(read('PrivateIpAddresses'), 'PrivateIpAddresses').some(({ Primary: is }) => isTrue(is));

function chooseAddress({ addresses }: CloudFormationContext, subnetId: string): string {
  const chosen = addresses.choosePrivate(subnetId);
  if (chosen === undefined) throw new Unresolved('its subnet has no free address');
  return chosen;
}

/** Without a group of its own an interface has the VPC's default one. */
function groupsOf(
  { into }: CloudFormationContext,
  { VpcId }: sdk.Subnet,
  groups: readonly string[],
): sdk.GroupIdentifier[] {
  if (groups.length > 0) return groups.map((GroupId) => ({ GroupId }));
  const group = into.SecurityGroups.find((one) => one.VpcId === VpcId && one.GroupName === 'default');
  return group ? [{ GroupId: group.GroupId }] : [];
}

function attach(
  { into }: CloudFormationContext,
  id: string | undefined,
  attachment: sdk.NetworkInterfaceAttachment,
): sdk.NetworkInterface {
  const found = into.NetworkInterfaces.find(({ NetworkInterfaceId: each }) => each === id);
  if (!found) throw new Unresolved('its interface is not part of the template, or was left out');
  found.Attachment = { ...attachment, Status: 'attached' };
  return found;
}

function readInstance(context: CloudFormationContext, one: CloudFormationResource): void {
  const given = one.records('NetworkInterfaces');
  const interfaces =
    given.length > 0
      ? given.map((each, index) => givenInterface(context, one, each, index))
      : [ownInterface(context, one, (name) => one.property(name), 'SecurityGroupIds', 0)];
  const subnet = context.into.Subnets.find(({ SubnetId: id }) => id === interfaces[0]?.SubnetId);
  context.into.Reservations.push({
    ReservationId: one.part('r', 'reservation'),
    OwnerId: context.scope.account,
    Instances: [
      {
        InstanceId: one.id,
        ImageId: imageOf(one),
        InstanceType: (one.text('InstanceType') ?? 'm1.small') as sdk._InstanceType,
        KeyName: one.text('KeyName'),
        State: { Name: 'running' },
        Placement: { AvailabilityZone: subnet?.AvailabilityZone },
        Tags: one.tags(),
      },
    ],
  });
}

/** Nothing is launched from it, so an image that is not known keeps no instance out. */
function imageOf(one: CloudFormationResource): string {
  try {
    const image = one.text('ImageId');
    return image?.startsWith('ami-') ? image : IMAGE_OF_A_PARAMETER;
  } catch (error) {
    if (!(error instanceof Unresolved)) throw error;
    return IMAGE_OF_A_PARAMETER;
  }
}

function givenInterface(
  context: CloudFormationContext,
  one: CloudFormationResource,
  given: Values,
  index: number,
): sdk.NetworkInterface {
  const device = numberOf(given.DeviceIndex, 'DeviceIndex') ?? index;
  const id = textOf(given.NetworkInterfaceId, 'NetworkInterfaceId');
  if (id !== undefined) return attach(context, id, { InstanceId: one.id, DeviceIndex: device });
  return ownInterface(context, one, (name) => given[name], 'GroupSet', device);
}

/** An interface that is made with its instance, and that the instance ends with. */
function ownInterface(
  context: CloudFormationContext,
  one: CloudFormationResource,
  read: Read,
  groupsName: string,
  DeviceIndex: number,
): sdk.NetworkInterface {
  if (read('SubnetId') === undefined)
    throw new Unresolved('it names no subnet, and the default VPC is not part of the template');
  const described: sdk.NetworkInterface = {
    ...interfaceOf(context, read, groupsName),
    NetworkInterfaceId: one.part('eni', `interface ${DeviceIndex}`),
    Attachment: { InstanceId: one.id, DeviceIndex, Status: 'attached', DeleteOnTermination: true },
  };
  if (isPublic(context, read, described)) {
    const PublicIp = context.addresses.publicAddress(`${one.logicalId} ${DeviceIndex}`);
    described.Association = { IpOwnerId: 'amazon', PublicIp };
  }
  context.into.NetworkInterfaces.push(described);
  return described;
}

function isPublic({ into }: CloudFormationContext, read: Read, { SubnetId }: sdk.NetworkInterface): boolean {
  const asked = read('AssociatePublicIpAddress');
  if (asked !== undefined) return isTrue(asked);
  return into.Subnets.find(({ SubnetId: id }) => id === SubnetId)?.MapPublicIpOnLaunch === true;
}

/** Elastic IPs, NAT gateways, which hold some of them, and where the others lead. */
export function readAddresses(context: CloudFormationContext): void {
  context.each(['EIP'], (one) => {
    const instanceId = one.text('InstanceId');
    const holder = instanceId === undefined ? undefined : primaryOf(context, instanceId);
    context.into.Addresses.push({
      AllocationId: one.id,
      PublicIp: context.addresses.publicAddress(one.logicalId),
      Tags: one.tags(),
      ...(holder && association(one, holder, undefined)),
    });
  });
  context.each(['EIPAssociation'], (one) => {
    const address = addressOf(context, one.text('AllocationId'), one.text('EIP') ?? one.text('PublicIp'));
    const interfaceId = one.text('NetworkInterfaceId');
    const holder = context.into.NetworkInterfaces.find(({ NetworkInterfaceId: id }) => id === interfaceId);
    const found = holder ?? primaryOf(context, one.text('InstanceId') ?? '');
    Object.assign(address, association(one, found, one.text('PrivateIpAddress')));
  });
  context.each(['NatGateway'], (one) => readNatGateway(context, one));
}

function addressOf(
  { into }: CloudFormationContext,
  allocationId: string | undefined,
  publicIp: string | undefined,
): sdk.Address {
  const found = into.Addresses.find((one) => one.AllocationId === allocationId || one.PublicIp === publicIp);
  if (!found) throw new Unresolved('its Elastic IP is not part of the template');
  return found;
}

function primaryOf({ into }: CloudFormationContext, instanceId: string): sdk.NetworkInterface {
  const found = into.NetworkInterfaces.find(
    ({ Attachment: attachment }) => attachment?.InstanceId === instanceId && attachment.DeviceIndex === 0,
  );
  if (!found) throw new Unresolved('what it leads to is not part of the template, or was left out');
  return found;
}

/** An Elastic IP takes the place of the address that is assigned by itself. */
function association(
  one: CloudFormationResource,
  holder: sdk.NetworkInterface,
  privateIp: string | undefined,
): sdk.Address {
  const [primary] = holder.PrivateIpAddresses ?? [];
  const PrivateIpAddress = privateIp ?? primary?.PrivateIpAddress;
  if (PrivateIpAddress === primary?.PrivateIpAddress) holder.Association = undefined;
  return {
    AssociationId: one.part('eipassoc', 'association'),
    NetworkInterfaceId: holder.NetworkInterfaceId,
    PrivateIpAddress,
  };
}

function readRegionalNatGateway(context: CloudFormationContext, one: CloudFormationResource): void {
  const zones = one.records('AvailabilityZoneAddresses').map((zone) => ({
    AvailabilityZone: textOf(zone.AvailabilityZone, 'AvailabilityZone'),
    AvailabilityZoneId: textOf(zone.AvailabilityZoneId, 'AvailabilityZoneId'),
    AllocationIds: textsOf(zone.AllocationIds, 'AllocationIds').map(
      (id) => addressOf(context, id, undefined).AllocationId ?? id,
    ),
  }));
  const { logicalId: name, id } = one;
  context.into.NatGateways.push(describedRegional({ name, id, vpcId: one.text('VpcId'), zones, tags: one.tags() }));
}

function readNatGateway(context: CloudFormationContext, one: CloudFormationResource): void {
  if (one.text('AvailabilityMode') === 'regional') {
    readRegionalNatGateway(context, one);
    return;
  }
  const SubnetId = one.text('SubnetId') ?? '';
  const subnet = context.into.Subnets.find(({ SubnetId: id }) => id === SubnetId);
  if (!subnet) throw new Unresolved('its subnet is not part of the template, or was left out');
  const PrivateIp = one.text('PrivateIpAddress') ?? chooseAddress(context, SubnetId);
  const NetworkInterfaceId = one.part('eni', 'interface');
  const AllocationId = one.text('AllocationId');
  const elasticIp = AllocationId === undefined ? undefined : addressOf(context, AllocationId, undefined);
  const holder: sdk.NetworkInterface = {
    NetworkInterfaceId,
    SubnetId,
    VpcId: subnet.VpcId,
    InterfaceType: 'natGateway',
    Description: `Interface for NAT Gateway ${one.id}`,
    PrivateIpAddresses: [{ PrivateIpAddress: PrivateIp, Primary: true }],
    SourceDestCheck: false,
    RequesterManaged: true,
  };
  context.into.NetworkInterfaces.push(holder);
  if (elasticIp) Object.assign(elasticIp, association(one, holder, PrivateIp));
  context.into.NatGateways.push({
    NatGatewayId: one.id,
    SubnetId,
    VpcId: subnet.VpcId,
    State: 'available',
    ConnectivityType: one.text('ConnectivityType') === 'private' ? 'private' : 'public',
    NatGatewayAddresses: [{ AllocationId, NetworkInterfaceId, PrivateIp, IsPrimary: true }],
    Tags: one.tags(),
  });
}
