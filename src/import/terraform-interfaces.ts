/** Terraform's interfaces, instances, Elastic IPs and NAT gateways. Addresses that a plan leaves open are chosen. */
import type * as sdk from '@aws-sdk/client-ec2';
import { standIn } from './stand-ins.ts';
import { type TerraformContext, tagsOf, text, texts } from './terraform-context.ts';
import type { TerraformResource } from './terraform-document.ts';
import { describedRegional } from './written-regional-nat-gateways.ts';

const IMAGE_OF_A_VARIABLE = 'ami-00000000000000000';

/** Interfaces by themselves, and the primary ones that instances are made with. */
export function readInterfaces(context: TerraformContext): void {
  const interfaces = context.all('aws_network_interface');
  const instances = context.all('aws_instance');
  // Known addresses first: none of them may be chosen for another.
  for (const one of [...interfaces, ...instances]) {
    const addresses = [...texts(one.values.private_ips), ...texts(one.values.secondary_private_ips)];
    context.addresses.takePrivate(subnetOf(context, one), [...addresses, text(one.values.private_ip) ?? []].flat());
  }
  for (const one of interfaces) context.into.NetworkInterfaces.push(interfaceOf(context, one));
  for (const one of instances) readInstance(context, one);
  for (const one of context.all('aws_network_interface_attachment'))
    attach(context, one, context.reference(one, 'network_interface_id'), {
      InstanceId: context.reference(one, 'instance_id'),
      DeviceIndex: Number(one.values.device_index ?? 1),
    });
  for (const one of context.all('aws_network_interface_sg_attachment')) {
    const id = context.reference(one, 'network_interface_id');
    const group = context.reference(one, 'security_group_id');
    context.into.NetworkInterfaces.find((each) => each.NetworkInterfaceId === id)?.Groups?.push({ GroupId: group });
  }
}

const subnetOf = (context: TerraformContext, one: TerraformResource): string =>
  context.reference(one, 'subnet_id') ?? '';

function interfaceOf(context: TerraformContext, one: TerraformResource): sdk.NetworkInterface {
  const SubnetId = subnetOf(context, one);
  const known = texts(one.values.private_ips);
  const chosen = known.length > 0 ? known : [context.addresses.choosePrivate(SubnetId) ?? []].flat();
  return {
    NetworkInterfaceId: context.id(one),
    SubnetId,
    Description: text(one.values.description) ?? '',
    MacAddress: text(one.values.mac_address),
    PrivateIpAddresses: addressesOf(chosen),
    Ipv6Addresses: texts(one.values.ipv6_addresses).map((Ipv6Address) => ({ Ipv6Address })),
    Groups: groupsOf(context, SubnetId, context.referencesOf(one, 'security_groups')),
    SourceDestCheck: one.values.source_dest_check !== false,
    TagSet: tagsOf(one),
    Attachment: inlineAttachment(context, one),
  };
}

const addressesOf = (all: readonly string[]): sdk.NetworkInterfacePrivateIpAddress[] =>
  all.map((PrivateIpAddress, index) => ({ PrivateIpAddress, Primary: index === 0 }));

/** Without a group of its own an interface has the VPC's default one. */
function groupsOf(context: TerraformContext, subnetId: string, groups: readonly string[]): sdk.GroupIdentifier[] {
  if (groups.length > 0) return groups.map((GroupId) => ({ GroupId }));
  const vpcId = context.into.Subnets.find(({ SubnetId: id }) => id === subnetId)?.VpcId;
  const group = context.into.SecurityGroups.find((one) => one.VpcId === vpcId && one.GroupName === 'default');
  return group ? [{ GroupId: group.GroupId }] : [];
}

function inlineAttachment(
  context: TerraformContext,
  one: TerraformResource,
): sdk.NetworkInterfaceAttachment | undefined {
  const [block] = context.blocks(one, 'attachment');
  const [InstanceId] = block?.references('instance') ?? [];
  if (!block || InstanceId === undefined) return undefined;
  return { InstanceId, DeviceIndex: Number(block.values.device_index ?? 1), Status: 'attached' };
}

function attach(
  context: TerraformContext,
  one: TerraformResource,
  id: string | undefined,
  attachment: sdk.NetworkInterfaceAttachment,
): void {
  const found = context.into.NetworkInterfaces.find((each) => each.NetworkInterfaceId === id);
  if (found) found.Attachment = { ...attachment, Status: 'attached' };
  else context.leaveOut(one, 'its interface is not part of the plan');
}

function readInstance(context: TerraformContext, one: TerraformResource): void {
  const InstanceId = context.id(one);
  const given = [...context.blocks(one, 'network_interface'), ...context.blocks(one, 'primary_network_interface')];
  for (const block of given)
    attach(context, one, block.references('network_interface_id')[0], {
      InstanceId,
      DeviceIndex: Number(block.values.device_index ?? 0),
    });
  const SubnetId = subnetOf(context, one);
  if (given.length === 0 && SubnetId === '') {
    context.leaveOut(one, 'it names no subnet, and the default VPC is not part of the plan');
    return;
  }
  if (given.length === 0) context.into.NetworkInterfaces.push(primaryOf(context, one, SubnetId, InstanceId));
  const first = context.into.NetworkInterfaces.find(({ Attachment: each }) => each?.InstanceId === InstanceId);
  const subnet = context.into.Subnets.find((each) => each.SubnetId === first?.SubnetId);
  context.into.Reservations.push({
    ReservationId: standIn('r', one.address),
    OwnerId: context.scope.account,
    Instances: [
      {
        InstanceId,
        ImageId: text(one.values.ami) ?? IMAGE_OF_A_VARIABLE,
        InstanceType: (text(one.values.instance_type) ?? 't3.micro') as sdk._InstanceType,
        KeyName: text(one.values.key_name),
        State: { Name: one.values.instance_state === 'stopped' ? 'stopped' : 'running' },
        Placement: { AvailabilityZone: subnet?.AvailabilityZone },
        Tags: tagsOf(one),
      },
    ],
  });
}

function primaryOf(
  context: TerraformContext,
  one: TerraformResource,
  SubnetId: string,
  InstanceId: string,
): sdk.NetworkInterface {
  const { values } = one;
  const address = text(values.private_ip) ?? context.addresses.choosePrivate(SubnetId);
  const subnet = context.into.Subnets.find((each) => each.SubnetId === SubnetId);
  const isPublic =
    typeof values.associate_public_ip_address === 'boolean'
      ? values.associate_public_ip_address
      : subnet?.MapPublicIpOnLaunch === true;
  const groups = [
    ...context.referencesOf(one, 'vpc_security_group_ids'),
    ...context.referencesOf(one, 'security_groups'),
  ];
  return {
    NetworkInterfaceId: text(values.primary_network_interface_id) ?? standIn('eni', `${one.address} primary`),
    SubnetId,
    PrivateIpAddresses: addressesOf([address ?? [], texts(values.secondary_private_ips)].flat()),
    Ipv6Addresses: texts(values.ipv6_addresses).map((Ipv6Address) => ({ Ipv6Address })),
    Groups: groupsOf(context, SubnetId, groups),
    SourceDestCheck: values.source_dest_check !== false,
    Attachment: { InstanceId, DeviceIndex: 0, Status: 'attached', DeleteOnTermination: true },
    ...(isPublic && !hasElasticIp(context, InstanceId)
      ? { Association: { IpOwnerId: 'amazon', PublicIp: context.publicAddress(one) } }
      : {}),
  };
}

/** An Elastic IP takes the place of the address that is assigned by itself. */
const hasElasticIp = (context: TerraformContext, instanceId: string): boolean =>
  context.all('aws_eip').some((one) => context.reference(one, 'instance') === instanceId) ||
  context.all('aws_eip_association').some((one) => context.reference(one, 'instance_id') === instanceId);

/** Elastic IPs, where they lead, and NAT gateways, which hold some of them. */
export function readAddresses(context: TerraformContext): void {
  const associations = context.all('aws_eip_association');
  for (const one of context.all('aws_eip')) {
    const AllocationId = text(one.values.allocation_id) ?? context.id(one);
    const association = associations.find((each) => context.reference(each, 'allocation_id') === AllocationId);
    const holder = association
      ? holderOf(context, association, 'network_interface_id', 'instance_id')
      : holderOf(context, one, 'network_interface', 'instance');
    const address =
      text(association?.values.private_ip_address) ?? text(one.values.associate_with_private_ip) ?? addressOf(holder);
    context.into.Addresses.push({
      AllocationId,
      PublicIp: context.publicAddress(one),
      Tags: tagsOf(one),
      ...(holder && {
        AssociationId: standIn('eipassoc', one.address),
        NetworkInterfaceId: holder.NetworkInterfaceId,
        PrivateIpAddress: address,
      }),
    });
  }
  for (const one of context.all('aws_nat_gateway')) readNatGateway(context, one);
}

const addressOf = (one: sdk.NetworkInterface | undefined): string | undefined =>
  one?.PrivateIpAddresses?.[0]?.PrivateIpAddress;

function holderOf(
  context: TerraformContext,
  one: TerraformResource,
  interfaceName: string,
  instanceName: string,
): sdk.NetworkInterface | undefined {
  const interfaceId = context.reference(one, interfaceName);
  const instanceId = context.reference(one, instanceName);
  return context.into.NetworkInterfaces.find(
    ({ NetworkInterfaceId: id, Attachment: attachment }) =>
      (interfaceId !== undefined && id === interfaceId) ||
      (instanceId !== undefined && attachment?.InstanceId === instanceId && attachment.DeviceIndex === 0),
  );
}

/** In automatic mode its addresses are chosen when it is imported, also where a state knows those of AWS. */
function readRegionalNatGateway(context: TerraformContext, one: TerraformResource): void {
  const zones = context.blocks(one, 'availability_zone_address').map(({ values, references }) => ({
    AvailabilityZone: text(values.availability_zone),
    AvailabilityZoneId: text(values.availability_zone_id),
    AllocationIds: [...references('allocation_ids')],
  }));
  context.into.NatGateways.push(
    describedRegional({
      name: one.address,
      id: context.id(one),
      vpcId: context.reference(one, 'vpc_id'),
      zones,
      tags: tagsOf(one),
    }),
  );
}

function readNatGateway(context: TerraformContext, one: TerraformResource): void {
  if (one.values.availability_mode === 'regional') {
    readRegionalNatGateway(context, one);
    return;
  }
  const SubnetId = subnetOf(context, one);
  const PrivateIp = text(one.values.private_ip) ?? context.addresses.choosePrivate(SubnetId);
  if (PrivateIp === undefined) {
    context.leaveOut(one, 'its subnet is not part of the plan, or has no free address');
    return;
  }
  const NetworkInterfaceId = text(one.values.network_interface_id) ?? standIn('eni', `${one.address} interface`);
  const AllocationId = context.reference(one, 'allocation_id');
  context.into.NetworkInterfaces.push({
    NetworkInterfaceId,
    SubnetId,
    InterfaceType: 'natGateway',
    Description: `Interface for NAT Gateway ${context.id(one)}`,
    PrivateIpAddresses: addressesOf([PrivateIp]),
    SourceDestCheck: false,
    RequesterManaged: true,
  });
  const elasticIp = context.into.Addresses.find((each) => each.AllocationId === AllocationId);
  if (elasticIp)
    Object.assign(elasticIp, {
      AssociationId: standIn('eipassoc', one.address),
      NetworkInterfaceId,
      PrivateIpAddress: PrivateIp,
    });
  context.into.NatGateways.push({
    NatGatewayId: context.id(one),
    SubnetId,
    State: 'available',
    ConnectivityType: one.values.connectivity_type === 'private' ? 'private' : 'public',
    NatGatewayAddresses: [{ AllocationId, NetworkInterfaceId, PrivateIp, IsPrimary: true }],
    Tags: tagsOf(one),
  });
}
