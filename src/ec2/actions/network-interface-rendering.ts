/** Network interfaces as the API shows them: by themselves, and as parts of an instance. */
import type * as sdk from '@aws-sdk/client-ec2';
import { chosenPublicName, interfacePrivateDnsName, publicDnsName, publicNamesOf } from '../../model/dns-names.ts';
import { instanceOwnerOf } from '../../model/instance-interfaces.ts';
import { isHiddenPublicAddress, type PublicMapping, publicAddressesOf } from '../../model/public-addresses.ts';
import { zoneNamed } from '../../model/regions.ts';
import type { Attachment, NetworkInterface } from '../../model/resources/network-interface.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatIpv4, formatIpv6, type Ipv4 } from '../../net/address.ts';
import { formatCidr } from '../../net/cidr.ts';
import { formatMac } from '../../net/mac.ts';
import { describeTags } from '../tag-set.ts';

/** Public addresses that Describe shows: an auto-assigned one only from the time the instance runs. */
export function shownPublicAddresses(tx: Transaction, row: NetworkInterface): readonly PublicMapping[] {
  const mappings = publicAddressesOf(tx, row);
  if (row.autoAssignedPublicIp === undefined || !isHiddenPublicAddress(tx, row)) return mappings;
  return mappings.filter(({ kind }) => kind === 'elastic');
}

/** The public address of the primary private one. */
export const primaryMapping = (tx: Transaction, row: NetworkInterface): PublicMapping | undefined =>
  mappingOf(shownPublicAddresses(tx, row), row.ipv4Addresses[0]);

const mappingOf = (mappings: readonly PublicMapping[], address: Ipv4 | undefined): PublicMapping | undefined =>
  mappings.find(({ privateAddress }) => privateAddress === address);

/** `available` or `in-use`; a service's interface is in use as long as it exists. */
export const interfaceStatus = (row: NetworkInterface): 'available' | 'in-use' =>
  row.attachment || row.requesterManaged ? 'in-use' : 'available';

/** An association as an interface shows it; an auto-assigned address is AWS's and has no ids. */
export function describeAssociation(
  tx: Transaction,
  row: NetworkInterface,
  mapping: PublicMapping | undefined,
): sdk.NetworkInterfaceAssociation | undefined {
  if (!mapping) return undefined;
  const publicIp = formatIpv4(mapping.publicAddress);
  const shown = { PublicIp: publicIp, PublicDnsName: publicDnsName(tx, row.vpcId, mapping.publicAddress) ?? '' };
  const owned = { IpOwnerId: ownerOfAddress(mapping, row), ...shown };
  if (mapping.kind === 'auto-assigned') return owned;
  const { id, association } = mapping.elasticIp.row;
  return { AllocationId: id, AssociationId: association?.id, ...owned };
}

/** Whose a public address is: an auto-assigned one AWS's, of a load balancer ELB's (unconfirmed for network ones). */
export function ownerOfAddress(mapping: PublicMapping, { requesterId }: NetworkInterface): string {
  if (mapping.kind === 'elastic') return mapping.elasticIp.owner.account;
  return requesterId === 'amazon-elb' ? requesterId : 'amazon';
}

/** Shown from the time that a kind was chosen (whether AWS shows them earlier is unconfirmed). */
function describePublicNames(
  tx: Transaction,
  row: NetworkInterface,
  publicAddress: Ipv4 | undefined,
): sdk.PublicIpDnsNameOptions | undefined {
  if (row.publicHostnameType === undefined) return undefined;
  const { ipv4, ipv6, dualStack } = publicNamesOf(tx, row, publicAddress);
  return {
    DnsHostnameType: row.publicHostnameType,
    PublicIpv4DnsName: ipv4,
    PublicIpv6DnsName: ipv6,
    PublicDualStackDnsName: dualStack,
  };
}

/** Ids and names of the groups. */
export const describeGroups = (tx: Transaction, row: NetworkInterface): sdk.GroupIdentifier[] =>
  row.securityGroupIds.map((id) => ({ GroupId: id, GroupName: tx.find(SecurityGroup, id)?.name }));

function describePrivateAddresses(
  tx: Transaction,
  row: NetworkInterface,
  mappings: readonly PublicMapping[],
): sdk.NetworkInterfacePrivateIpAddress[] {
  return row.ipv4Addresses.map((address, index) => ({
    Primary: index === 0,
    PrivateIpAddress: formatIpv4(address),
    PrivateDnsName: interfacePrivateDnsName(tx, row.vpcId, address),
    Association: describeAssociation(tx, row, mappingOf(mappings, address)),
  }));
}

const describeIpv6Addresses = (row: NetworkInterface): sdk.NetworkInterfaceIpv6Address[] =>
  row.ipv6Addresses.map((address, index) => ({
    Ipv6Address: formatIpv6(address),
    IsPrimaryIpv6: row.primaryIpv6 && index === 0,
  }));

const describeIpv4Prefixes = ({ ipv4Prefixes }: NetworkInterface): sdk.Ipv4PrefixSpecification[] | undefined =>
  ipv4Prefixes.length === 0 ? undefined : ipv4Prefixes.map((prefix) => ({ Ipv4Prefix: formatCidr(prefix) }));

const describeIpv6Prefixes = ({ ipv6Prefixes }: NetworkInterface): sdk.Ipv6PrefixSpecification[] | undefined =>
  ipv6Prefixes.length === 0 ? undefined : ipv6Prefixes.map((prefix) => ({ Ipv6Prefix: formatCidr(prefix) }));

function describeConnectionTracking({ connectionTracking }: NetworkInterface) {
  const { tcpEstablishedTimeoutSeconds, udpTimeoutSeconds, udpStreamTimeoutSeconds } = connectionTracking;
  if ((tcpEstablishedTimeoutSeconds ?? udpTimeoutSeconds ?? udpStreamTimeoutSeconds) === undefined) return undefined;
  return {
    TcpEstablishedTimeout: tcpEstablishedTimeoutSeconds,
    UdpTimeout: udpTimeoutSeconds,
    UdpStreamTimeout: udpStreamTimeoutSeconds,
  };
}

/** The attachment as an instance shows it, where owner and instance go without saying. */
const describeOwnAttachment = (attachment: Attachment) => ({
  AttachmentId: attachment.id,
  AttachTime: new Date(attachment.attachedAtMs),
  DeleteOnTermination: attachment.deleteOnTermination,
  DeviceIndex: attachment.deviceIndex,
  NetworkCardIndex: attachment.networkCardIndex,
  Status: attachment.status,
  EnaQueueCount: attachment.enaQueueCount,
  EnaSrdSpecification: attachment.enaSrd && {
    EnaSrdEnabled: attachment.enaSrd.enabled,
    EnaSrdUdpSpecification: { EnaSrdUdpEnabled: attachment.enaSrd.udpEnabled },
  },
});

/** The attachment; of a service's interface the service's own, whose details AWS does not document (unconfirmed). */
export function describeAttachment(tx: Transaction, row: NetworkInterface): sdk.NetworkInterfaceAttachment | undefined {
  if (row.requesterManaged) {
    return {
      AttachmentId: row.id.replace('eni-', 'ela-attach-'),
      DeleteOnTermination: false,
      DeviceIndex: 1,
      NetworkCardIndex: 0,
      InstanceOwnerId: row.interfaceType === 'load_balancer' ? 'amazon-elb' : 'amazon-aws',
      Status: 'attached',
    };
  }
  const { attachment } = row;
  if (!attachment) return undefined;
  // The spread is last: in front of them it made these two members take 3.4 µs of each interface of a Describe.
  return {
    InstanceId: attachment.instanceId,
    InstanceOwnerId: instanceOwnerOf(tx, attachment),
    ...describeOwnAttachment(attachment),
  };
}

/** EC2 describes interfaces of Classic Load Balancers as any others (unconfirmed). */
export const shownInterfaceType = ({
  interfaceType,
}: NetworkInterface): Exclude<typeof interfaceType, 'load_balancer'> =>
  interfaceType === 'load_balancer' ? 'interface' : interfaceType;

/**
 * A network interface as DescribeNetworkInterfaces shows it. Written out member by member: spreading what both forms share
 * took three times as long.
 */
export function describeNetworkInterface(row: NetworkInterface, tx: Transaction): sdk.NetworkInterface {
  const mappings = shownPublicAddresses(tx, row);
  const addresses = describePrivateAddresses(tx, row, mappings);
  const [primary] = addresses;
  const publicAddress = mappingOf(mappings, row.ipv4Addresses[0])?.publicAddress;
  return {
    Association: primary?.Association,
    Attachment: describeAttachment(tx, row),
    AvailabilityZone: row.zone,
    AvailabilityZoneId: zoneNamed(tx.region, row.zone).id,
    ConnectionTrackingConfiguration: describeConnectionTracking(row),
    Description: row.description,
    Groups: describeGroups(tx, row),
    InterfaceType: shownInterfaceType(row),
    Ipv4Prefixes: describeIpv4Prefixes(row),
    Ipv6Address: row.ipv6Addresses[0] === undefined ? undefined : formatIpv6(row.ipv6Addresses[0]),
    Ipv6Addresses: describeIpv6Addresses(row),
    Ipv6Native: tx.find(Subnet, row.subnetId)?.ipv6Native || undefined,
    Ipv6Prefixes: describeIpv6Prefixes(row),
    MacAddress: formatMac(row.mac),
    NetworkInterfaceId: row.id,
    OwnerId: tx.account,
    PrivateDnsName: primary?.PrivateDnsName,
    PrivateIpAddress: primary?.PrivateIpAddress,
    PrivateIpAddresses: addresses,
    PublicDnsName: chosenPublicName(tx, row, publicAddress),
    PublicIpDnsNameOptions: describePublicNames(tx, row, publicAddress),
    // Who made it: the service, or the caller, whose user id is not known here.
    RequesterId: row.requesterId ?? tx.account,
    RequesterManaged: row.requesterManaged,
    SourceDestCheck: row.sourceDestCheck,
    Status: interfaceStatus(row),
    SubnetId: row.subnetId,
    TagSet: describeTags(row.tags),
    VpcId: row.vpcId,
  };
}

/** A network interface as a part of its instance. */
export function describeInstanceInterface(row: NetworkInterface, tx: Transaction): sdk.InstanceNetworkInterface {
  const shown = describeNetworkInterface(row, tx);
  return {
    Association: withoutIds(shown.Association),
    Attachment: row.attachment && describeOwnAttachment(row.attachment),
    ConnectionTrackingConfiguration: shown.ConnectionTrackingConfiguration,
    Description: shown.Description,
    Groups: shown.Groups,
    InterfaceType: row.interfaceType,
    Ipv4Prefixes: shown.Ipv4Prefixes,
    Ipv6Addresses: describeIpv6Addresses(row),
    Ipv6Prefixes: shown.Ipv6Prefixes,
    MacAddress: shown.MacAddress,
    NetworkInterfaceId: shown.NetworkInterfaceId,
    OwnerId: shown.OwnerId,
    PrivateDnsName: shown.PrivateDnsName,
    PrivateIpAddress: shown.PrivateIpAddress,
    PrivateIpAddresses: shown.PrivateIpAddresses?.map((one) => ({ ...one, Association: withoutIds(one.Association) })),
    SourceDestCheck: shown.SourceDestCheck,
    Status: shown.Status,
    SubnetId: shown.SubnetId,
    VpcId: shown.VpcId,
  };
}

/** Instances show associations without the ids of allocation and association. */
function withoutIds(association: sdk.NetworkInterfaceAssociation | undefined) {
  if (!association) return undefined;
  const { PublicIp, PublicDnsName, IpOwnerId } = association;
  return { PublicIp, PublicDnsName, IpOwnerId };
}

/** The address of an interface's form: used by filters. */
export const addressTexts = (row: NetworkInterface): readonly string[] =>
  row.ipv4Addresses.map((address: Ipv4) => formatIpv4(address));
