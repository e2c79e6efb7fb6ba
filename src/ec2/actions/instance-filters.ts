/** The filters of DescribeInstances. */

import { instancePrivateDnsName } from '../../model/dns-names.ts';
import { instanceTypeNamed, isNitro } from '../../model/instance-type-table.ts';
import { elasticIpsOn } from '../../model/interface-elastic-ips.ts';
import { zoneNamed } from '../../model/regions.ts';
import type { ElasticIp } from '../../model/resources/elastic-ip.ts';
import { INSTANCE_STATE_CODES, type Instance } from '../../model/resources/instance.ts';
import type { Attachment, NetworkInterface } from '../../model/resources/network-interface.ts';
import { PlacementGroup } from '../../model/resources/placement-group.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import type { Transaction } from '../../model/transaction.ts';
import { volumesOf } from '../../model/volumes.ts';
import { formatIpv4, formatIpv6 } from '../../net/address.ts';
import { formatCidr } from '../../net/cidr.ts';
import { formatMac } from '../../net/mac.ts';
import type { FilterTable, FilterValue } from '../filter.ts';
import { describeInstance, interfacesOf } from './instance-rendering.ts';
import { interfaceStatus, ownerOfAddress, shownPublicAddresses } from './network-interface-rendering.ts';

type Read = FilterTable<Instance>[string];

/** Reads a value of every interface of the instance. */
const each =
  (read: (one: NetworkInterface, tx: Transaction) => FilterValue | readonly FilterValue[]): Read =>
  (row, tx) =>
    interfacesOf(tx, row).flatMap((one) => read(one.row, one.owner));

/** Reads a value of every attachment. */
const eachAttachment = (read: (attachment: Attachment) => FilterValue): Read =>
  each(({ attachment }) => attachment && read(attachment));

/** Reads a value of the primary interface. */
const primary =
  (read: (one: NetworkInterface, tx: Transaction) => FilterValue | readonly FilterValue[]): Read =>
  (row, tx) => {
    const [one] = interfacesOf(tx, row);
    return one && read(one.row, one.owner);
  };

/** Reads a value of every volume. */
const eachVolume =
  (read: (one: ReturnType<typeof volumesOf>[number]) => FilterValue): Read =>
  (row, tx) =>
    volumesOf(tx, row).map(read);

const publicIps = (one: NetworkInterface, tx: Transaction): readonly string[] =>
  shownPublicAddresses(tx, one).map(({ publicAddress }) => formatIpv4(publicAddress));

const ipOwners = (one: NetworkInterface, tx: Transaction): readonly string[] =>
  shownPublicAddresses(tx, one).map((mapping) => ownerOfAddress(mapping, one));

const groupNames = (one: NetworkInterface, tx: Transaction): readonly FilterValue[] =>
  one.securityGroupIds.map((id) => tx.find(SecurityGroup, id)?.name);

const elasticIps = (one: NetworkInterface, tx: Transaction): readonly ElasticIp[] =>
  elasticIpsOn(tx, one.id).map(({ row }) => row);

const interfaceFilters: FilterTable<Instance> = {
  'network-interface.addresses.association.allocation-id': each((one, tx) => elasticIps(one, tx).map(({ id }) => id)),
  'network-interface.addresses.association.association-id': each((one, tx) =>
    elasticIps(one, tx).map(({ association }) => association?.id),
  ),
  'network-interface.addresses.association.ip-owner-id': each(ipOwners),
  'network-interface.addresses.association.public-ip': each(publicIps),
  'network-interface.addresses.primary': each((one) => one.ipv4Addresses.map((_, index) => index === 0)),
  'network-interface.addresses.private-ip-address': each((one) => one.ipv4Addresses.map(formatIpv4)),
  'network-interface.association.allocation-id': each((one, tx) => elasticIps(one, tx).map(({ id }) => id)),
  'network-interface.association.association-id': each((one, tx) =>
    elasticIps(one, tx).map(({ association }) => association?.id),
  ),
  'network-interface.association.ip-owner-id': each(ipOwners),
  'network-interface.association.public-ip': each(publicIps),
  'network-interface.attachment.attach-time': eachAttachment((one) => new Date(one.attachedAtMs)),
  'network-interface.attachment.attachment-id': eachAttachment((one) => one.id),
  'network-interface.attachment.delete-on-termination': eachAttachment((one) => one.deleteOnTermination),
  'network-interface.attachment.device-index': eachAttachment((one) => one.deviceIndex),
  'network-interface.attachment.instance-id': eachAttachment((one) => one.instanceId),
  'network-interface.attachment.instance-owner-id': (row, tx) => interfacesOf(tx, row).map(() => tx.account),
  'network-interface.attachment.network-card-index': eachAttachment((one) => one.networkCardIndex),
  'network-interface.attachment.status': eachAttachment((one) => one.status),
  'network-interface.availability-zone': each((one) => one.zone),
  'network-interface.availability-zone-id': each((one, tx) => zoneNamed(tx.region, one.zone).id),
  'network-interface.description': each((one) => one.description),
  'network-interface.group-id': each((one) => one.securityGroupIds),
  'network-interface.group-name': each(groupNames),
  'network-interface.ipv4-prefixes.ipv4-prefix': each((one) => one.ipv4Prefixes.map(formatCidr)),
  'network-interface.ipv6-address': each((one) => one.ipv6Addresses.map(formatIpv6)),
  'network-interface.ipv6-addresses.ipv6-address': each((one) => one.ipv6Addresses.map(formatIpv6)),
  'network-interface.ipv6-addresses.is-primary-ipv6': each((one) =>
    one.ipv6Addresses.map((_, index) => one.primaryIpv6 && index === 0),
  ),
  'network-interface.ipv6-native': each((one) => one.ipv4Addresses.length === 0),
  'network-interface.ipv6-prefixes.ipv6-prefix': each((one) => one.ipv6Prefixes.map(formatCidr)),
  'network-interface.mac-address': each((one) => formatMac(one.mac)),
  'network-interface.network-interface-id': each((one) => one.id),
  'network-interface.owner-id': each((_, tx) => tx.account),
  'network-interface.private-ip-address': each((one) => one.ipv4Addresses.slice(0, 1).map(formatIpv4)),
  'network-interface.requester-id': each((one, tx) => one.requesterId ?? tx.account),
  'network-interface.requester-managed': each((one) => one.requesterManaged),
  'network-interface.source-dest-check': each((one) => one.sourceDestCheck),
  'network-interface.status': each(interfaceStatus),
  'network-interface.subnet-id': each((one) => one.subnetId),
  'network-interface.tag-key': each((one) => Object.keys(one.tags)),
  'network-interface.tag-value': each((one) => Object.values(one.tags)),
  'network-interface.vpc-id': each((one) => one.vpcId),
};

/** Names as AWS lists them; those of things that localvpc does not have match nothing. */
export const instanceFilters: FilterTable<Instance> = {
  ...interfaceFilters,
  architecture: (row) => row.architecture,
  'availability-zone': (row) => row.zone,
  'availability-zone-id': (row, tx) => zoneNamed(tx.region, row.zone).id,
  'block-device-mapping.attach-time': eachVolume(({ attachment }) => new Date(attachment.attachedAtMs)),
  'block-device-mapping.delete-on-termination': eachVolume(({ attachment }) => attachment.deleteOnTermination),
  'block-device-mapping.device-name': eachVolume(({ attachment }) => attachment.device),
  'block-device-mapping.status': eachVolume(() => 'attached'),
  'block-device-mapping.volume-id': eachVolume(({ volume }) => volume.id),
  'boot-mode': (row) => row.bootMode,
  'client-token': (row) => row.clientToken,
  'current-instance-boot-mode': (row, tx) => describeInstance(row, tx).CurrentInstanceBootMode,
  'dns-name': (row, tx) => describeInstance(row, tx).PublicDnsName,
  'ebs-optimized': (row) => row.ebsOptimized,
  'ena-support': (row) => row.enaSupport,
  'enclave-options.enabled': () => false,
  'hibernation-options.configured': (row) => row.hibernationConfigured,
  'host-id': () => undefined,
  hypervisor: (row) => (isNitro(instanceTypeNamed(row.instanceType)) ? 'nitro' : 'xen'),
  'iam-instance-profile.arn': (row) => row.iamInstanceProfile?.arn,
  'iam-instance-profile.name': (row) => row.iamInstanceProfile?.arn.split('/').at(-1),
  'image-id': (row) => row.imageId,
  'instance-id': (row) => row.id,
  // Only Spot Instances and scheduled ones have a life cycle here.
  'instance-lifecycle': () => undefined,
  'instance-state-code': (row) => INSTANCE_STATE_CODES[row.state],
  'instance-state-name': (row) => row.state,
  'instance-type': (row) => row.instanceType,
  'instance.group-id': primary((one) => one.securityGroupIds),
  'instance.group-name': primary(groupNames),
  'ip-address': primary((one, tx) => publicIps(one, tx)[0]),
  'ipv6-address': each((one) => one.ipv6Addresses.map(formatIpv6)),
  'kernel-id': () => undefined,
  'key-name': (row) => row.keyName,
  'launch-index': (row) => row.launchIndex,
  'launch-time': (row) => new Date(row.launchedAtMs),
  'maintenance-options.auto-recovery': (row) => row.autoRecovery,
  'maintenance-options.reboot-migration': (row) => row.rebootMigration,
  'metadata-options.http-endpoint': (row) => row.metadataOptions.httpEndpoint,
  'metadata-options.http-protocol-ipv4': () => 'enabled',
  'metadata-options.http-protocol-ipv6': (row) => row.metadataOptions.httpProtocolIpv6,
  'metadata-options.http-put-response-hop-limit': (row) => row.metadataOptions.httpPutResponseHopLimit,
  'metadata-options.http-tokens': (row) => row.metadataOptions.httpTokens,
  'metadata-options.instance-metadata-tags': (row) => row.metadataOptions.instanceMetadataTags,
  'metadata-options.state': (row) => (row.state === 'pending' ? 'pending' : 'applied'),
  'monitoring-state': (row) => (row.monitoring ? 'enabled' : 'disabled'),
  'network-performance-options.bandwidth-weighting': (row) => row.bandwidthWeighting,
  'operator.managed': () => false,
  'operator.principal': () => undefined,
  'outpost-arn': () => undefined,
  'owner-id': (_, tx) => tx.account,
  'placement-group-name': (row, tx) => row.placementGroupId && tx.find(PlacementGroup, row.placementGroupId)?.name,
  'placement-partition-number': (row) => row.partitionNumber,
  platform: () => undefined,
  'platform-details': (row) => row.platformDetails,
  'private-dns-name': (row, tx) => instancePrivateDnsName(tx, row),
  'private-dns-name-options.enable-resource-name-dns-a-record': (row) =>
    row.privateDnsNameOptions.enableResourceNameDnsARecord,
  'private-dns-name-options.enable-resource-name-dns-aaaa-record': (row) =>
    row.privateDnsNameOptions.enableResourceNameDnsAAAARecord,
  'private-dns-name-options.hostname-type': (row) => row.privateDnsNameOptions.hostnameType,
  'private-ip-address': each((one) => one.ipv4Addresses.map(formatIpv4)),
  'product-code': () => undefined,
  'product-code.type': () => undefined,
  'ramdisk-id': () => undefined,
  reason: (row) => row.stateTransitionReason,
  'requester-id': () => undefined,
  'reservation-id': (row) => row.reservationId,
  'root-device-name': (row) => row.rootDeviceName,
  'root-device-type': () => 'ebs',
  'source-dest-check': primary((one) => one.sourceDestCheck),
  'spot-instance-request-id': () => undefined,
  'state-reason-code': (row) => row.stateReason?.code,
  'state-reason-message': (row) => row.stateReason?.message,
  'subnet-id': primary((one) => one.subnetId),
  tenancy: (row) => row.tenancy,
  'tpm-support': () => undefined,
  'usage-operation': () => 'RunInstances',
  'usage-operation-update-time': (row) => new Date(row.launchedAtMs),
  'virtualization-type': () => 'hvm',
  'vpc-id': primary((one) => one.vpcId),
};
