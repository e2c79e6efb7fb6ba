/** An elastic network interface: where all networking of an instance is configured. */
import { formatAddress, formatIpv4, type IpAddress, type Ipv4, type Ipv6, isIpv4 } from '../../net/address.ts';
import { type Cidr, cidrOf, formatCidr, type Ipv4Cidr, type Ipv6Cidr } from '../../net/cidr.ts';
import type {
  AttachmentId,
  InstanceId,
  NetworkInterfaceId,
  SecurityGroupId,
  SubnetId,
  VpcId,
} from '../../net/identifiers.ts';
import { formatMac, type Mac } from '../../net/mac.ts';
import type { NicMode } from '../../net/nic-mode.ts';
import { kind, type TaggedRow } from '../kind.ts';

/** The bond between an interface and an instance; gone with a detach, and with it all that is said here. */
export interface Attachment {
  readonly id: AttachmentId;
  readonly instanceId: InstanceId;
  /** Twelve digits: whose the instance is, where it is another account's than the interface. */
  readonly instanceOwnerId: string | undefined;
  readonly deviceIndex: number;
  readonly networkCardIndex: number;
  readonly status: 'attaching' | 'attached' | 'detaching';
  /** Milliseconds since the epoch. */
  readonly attachedAtMs: number;
  readonly deleteOnTermination: boolean;
  /** ENA Express, where it was asked for: its flows may have a higher rate. */
  readonly enaSrd: { readonly enabled: boolean; readonly udpEnabled: boolean } | undefined;
  readonly enaQueueCount: number | undefined;
  /** How its frames get to and from the guest, as decided when the guest got it or is about to; undefined before that. */
  readonly nic: NicMode | undefined;
}

/** Idle timeouts of connection tracking in seconds, where the interface sets its own. */
export interface ConnectionTracking {
  readonly tcpEstablishedTimeoutSeconds: number | undefined;
  readonly udpTimeoutSeconds: number | undefined;
  readonly udpStreamTimeoutSeconds: number | undefined;
}

export interface NetworkInterface extends TaggedRow {
  readonly id: NetworkInterfaceId;
  readonly subnetId: SubnetId;
  readonly vpcId: VpcId;
  readonly zone: string;
  readonly description: string;
  readonly mac: Mac;
  readonly interfaceType:
    | 'interface'
    | 'efa'
    | 'efa-only'
    | 'trunk'
    | 'natGateway'
    | 'transit_gateway'
    | 'vpc_endpoint'
    | 'gateway_load_balancer_endpoint'
    /** Of a Classic Load Balancer; EC2 describes it as "interface". */
    | 'load_balancer'
    | 'network_load_balancer'
    | 'gateway_load_balancer';
  readonly sourceDestCheck: boolean;
  readonly requesterManaged: boolean;
  readonly requesterId: string | undefined;
  readonly securityGroupIds: readonly SecurityGroupId[];
  /** Primary private address first; empty in an IPv6-only subnet. */
  readonly ipv4Addresses: readonly Ipv4[];
  readonly ipv4Prefixes: readonly Ipv4Cidr[];
  readonly ipv6Addresses: readonly Ipv6[];
  readonly ipv6Prefixes: readonly Ipv6Cidr[];
  /** EnablePrimaryIpv6: the first IPv6 address is the primary one and stays. */
  readonly primaryIpv6: boolean;
  readonly connectionTracking: ConnectionTracking;
  readonly attachment: Attachment | undefined;
  /** Whether an auto-assigned public address is wanted (launch flag, subnet attribute at creation, or the toggle). */
  readonly associatePublicIpAddress: boolean;
  /** The auto-assigned public address it has now; Elastic IPs stand on their allocations. */
  readonly autoAssignedPublicIp: Ipv4 | undefined;
  /** ModifyPublicIpDnsNameOptions; undefined until it was called. */
  readonly publicHostnameType:
    | 'public-dual-stack-dns-name'
    | 'public-ipv4-dns-name'
    | 'public-ipv6-dns-name'
    | undefined;
}

export const NetworkInterface = kind<NetworkInterface>()({
  name: 'network-interface',
  prefix: 'eni',
  notFound: 'InvalidNetworkInterfaceID.NotFound',
  malformed: 'InvalidNetworkInterfaceId.Malformed',
  indexes: {
    subnetId: (row) => row.subnetId,
    vpcId: (row) => row.vpcId,
    securityGroupId: (row) => row.securityGroupIds,
    instanceId: (row) => row.attachment?.instanceId,
    attachmentId: (row) => row.attachment?.id,
    mac: (row) => formatMac(row.mac),
    autoAssignedPublicIp: (row) =>
      row.autoAssignedPublicIp === undefined ? undefined : formatIpv4(row.autoAssignedPublicIp),
    /** `subnet-…/address`: is this address in use here, and by whom? Addresses inside prefixes are not listed. */
    address: (row) => [...row.ipv4Addresses, ...row.ipv6Addresses].map((address) => addressKey(row.subnetId, address)),
    /** `subnet-…/block`: who holds this /28 or /80 as a prefix? */
    prefix: (row) => [...row.ipv4Prefixes, ...row.ipv6Prefixes].map((cidr) => blockKey(row.subnetId, cidr)),
    /** `subnet-…/block`: does a single address lie in this /28 or /80, so that it cannot become a prefix? */
    occupiedBlock: (row) =>
      [...row.ipv4Addresses, ...row.ipv6Addresses].map((one) => blockKey(row.subnetId, prefixAround(one))),
  },
});

/** Lengths of the prefixes that interfaces are given (user guide, ec2-prefix-eni). */
export const IPV4_PREFIX_LENGTH = 28;
export const IPV6_PREFIX_LENGTH = 80;

/** The block of a prefix's size that holds this address. */
export const prefixAround = (address: IpAddress): Cidr =>
  isIpv4(address) ? cidrOf(address, IPV4_PREFIX_LENGTH) : cidrOf(address, IPV6_PREFIX_LENGTH);

/** Key of the `prefix` and `occupiedBlock` indexes. */
export const blockKey = (subnetId: SubnetId, block: Cidr): string => `${subnetId}/${formatCidr(block)}`;

/** Key of the `address` index. */
export const addressKey = (subnetId: SubnetId, address: Ipv4 | Ipv6): string => `${subnetId}/${formatAddress(address)}`;
