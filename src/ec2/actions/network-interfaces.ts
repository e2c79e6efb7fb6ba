/** Network interfaces: create, delete, attach, detach, describe. */

import { interfacePrivateDnsName, publicDnsName } from '../../model/dns-names.ts';
import { Fault } from '../../model/fault.ts';
import { elasticIpsOn } from '../../model/interface-elastic-ips.ts';
import { attach, detach } from '../../model/network-interface-attachment.ts';
import { createNetworkInterface, deleteNetworkInterface } from '../../model/network-interface-creation.ts';
import { permittedInterface } from '../../model/network-interface-permissions.ts';
import { zoneNamed } from '../../model/regions.ts';
import type { ElasticIp } from '../../model/resources/elastic-ip.ts';
import { Instance } from '../../model/resources/instance.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatIpv4, formatIpv6 } from '../../net/address.ts';
import { formatMac } from '../../net/mac.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import type { FilterTable } from '../filter.ts';
import { addressRequest, connectionTracking, enaSrd } from './address-parameters.ts';
import {
  addressTexts,
  describeAttachment,
  describeNetworkInterface,
  interfaceStatus,
  ownerOfAddress,
  primaryMapping,
  shownInterfaceType,
  shownPublicAddresses,
} from './network-interface-rendering.ts';

/** CreateNetworkInterface. The answer says `pending`, as AWS's does; the next Describe says `available`. */
export const CreateNetworkInterface = action('CreateNetworkInterface', (request, tx) => {
  const interfaceType = choice(request.InterfaceType, ['interface', 'efa', 'efa-only', 'trunk'], 'interfaceType');
  const addresses = addressRequest(request);
  if (request.Operator !== undefined) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve interfaces that an operator manages.');
  }
  const tags = tagsOf(request.TagSpecifications, 'network-interface');
  const networkInterface = createNetworkInterface(tx, {
    askedBy: 'CreateNetworkInterface',
    subnet: tx.get(Subnet, request.SubnetId),
    description: request.Description ?? '',
    interfaceType: interfaceType ?? 'interface',
    securityGroupIds: request.Groups,
    primaryIpv6: request.EnablePrimaryIpv6 ?? false,
    connectionTracking: connectionTracking(request.ConnectionTrackingSpecification),
    associatePublicIpAddress: undefined,
    tags,
    requesterId: undefined,
    // Last, as members after a spread are slow to add: six of them took 10 µs of each call.
    ...addresses,
  });
  const shown = describeNetworkInterface(networkInterface, tx);
  return { NetworkInterface: { ...shown, Status: PENDING }, ClientToken: request.ClientToken };
});

/** A status that AWS's answers have and its enumeration has not. */
const PENDING = 'pending' as 'available';

/** DeleteNetworkInterface. */
export const DeleteNetworkInterface = action('DeleteNetworkInterface', (request, tx) => {
  deleteNetworkInterface(tx, tx.get(NetworkInterface, request.NetworkInterfaceId));
});

/** AttachNetworkInterface. */
export const AttachNetworkInterface = action('AttachNetworkInterface', (request, tx) => {
  const networkInterface = permittedInterface(tx, request.NetworkInterfaceId, 'INSTANCE-ATTACH');
  const instance = tx.get(Instance, request.InstanceId);
  const networkCardIndex = request.NetworkCardIndex ?? 0;
  const id = attach(tx, networkInterface, instance, {
    deviceIndex: request.DeviceIndex,
    networkCardIndex,
    enaSrd: enaSrd(request.EnaSrdSpecification),
    enaQueueCount: request.EnaQueueCount,
  });
  return { AttachmentId: id, NetworkCardIndex: networkCardIndex };
});

/** DetachNetworkInterface. */
export const DetachNetworkInterface = action('DetachNetworkInterface', (request, tx) => {
  detach(tx, request.AttachmentId, request.Force ?? false);
});

const publicIps = (row: NetworkInterface, tx: Transaction): readonly string[] =>
  shownPublicAddresses(tx, row).map(({ publicAddress }) => formatIpv4(publicAddress));

const elasticIps = (row: NetworkInterface, tx: Transaction): readonly ElasticIp[] =>
  elasticIpsOn(tx, row.id).map((one) => one.row);

/** Owners of all public addresses of an interface. */
const ipOwners = (row: NetworkInterface, tx: Transaction): readonly string[] =>
  shownPublicAddresses(tx, row).map((mapping) => ownerOfAddress(mapping, row));

const publicNames = (row: NetworkInterface, tx: Transaction): readonly (string | undefined)[] =>
  shownPublicAddresses(tx, row).map(({ publicAddress }) => publicDnsName(tx, row.vpcId, publicAddress));

const privateNames = (row: NetworkInterface, tx: Transaction): readonly (string | undefined)[] =>
  row.ipv4Addresses.map((address) => interfacePrivateDnsName(tx, row.vpcId, address));

const filters: FilterTable<NetworkInterface> = {
  'addresses.association.owner-id': ipOwners,
  'addresses.association.public-ip': publicIps,
  'addresses.primary': (row) => row.ipv4Addresses.map((_, index) => index === 0),
  'addresses.private-ip-address': addressTexts,
  'association.allocation-id': (row, tx) => elasticIps(row, tx).map(({ id }) => id),
  'association.association-id': (row, tx) => elasticIps(row, tx).map(({ association }) => association?.id),
  'association.ip-owner-id': ipOwners,
  'association.public-ip': (row, tx) => primaryMapping(tx, row) && publicIps(row, tx)[0],
  'association.public-dns-name': publicNames,
  'attachment.attach-time': (row) => row.attachment && new Date(row.attachment.attachedAtMs),
  'attachment.attachment-id': (row, tx) => describeAttachment(tx, row)?.AttachmentId,
  'attachment.delete-on-termination': (row, tx) => describeAttachment(tx, row)?.DeleteOnTermination,
  'attachment.device-index': (row, tx) => describeAttachment(tx, row)?.DeviceIndex,
  'attachment.instance-id': (row) => row.attachment?.instanceId,
  'attachment.instance-owner-id': (row, tx) => describeAttachment(tx, row)?.InstanceOwnerId,
  'attachment.nat-gateway-id': () => undefined,
  'attachment.status': (row, tx) => describeAttachment(tx, row)?.Status,
  'availability-zone': (row) => row.zone,
  'availability-zone-id': (row, tx) => zoneNamed(tx.region, row.zone).id,
  description: (row) => row.description,
  'group-id': (row) => row.securityGroupIds,
  'ipv6-addresses.ipv6-address': (row) => row.ipv6Addresses.map(formatIpv6),
  // The API shows natGateway, and its filter is documented as nat_gateway.
  'interface-type': (row) =>
    row.interfaceType === 'natGateway' ? ['nat_gateway', 'natGateway'] : shownInterfaceType(row),
  'mac-address': (row) => formatMac(row.mac),
  'network-interface-id': (row) => row.id,
  'operator.managed': () => false,
  'operator.principal': () => undefined,
  'owner-id': (_, tx) => tx.account,
  'private-dns-name': privateNames,
  'private-ip-address': addressTexts,
  'requester-id': (row, tx) => row.requesterId ?? tx.account,
  'requester-managed': (row) => row.requesterManaged,
  'source-dest-check': (row) => row.sourceDestCheck,
  status: interfaceStatus,
  'subnet-id': (row) => row.subnetId,
  'vpc-id': (row) => row.vpcId,
};

/** DescribeNetworkInterfaces. */
export const DescribeNetworkInterfaces = describe('DescribeNetworkInterfaces', 'NetworkInterfaces', {
  kind: NetworkInterface,
  ids: 'NetworkInterfaceIds',
  filters,
  render: describeNetworkInterface,
});

export const networkInterfaceActions = [
  CreateNetworkInterface,
  DeleteNetworkInterface,
  AttachNetworkInterface,
  DetachNetworkInterface,
  DescribeNetworkInterfaces,
] as const;
