/** Described network interfaces and the addresses that lead to them: public ones, Elastic IPs, NAT gateways. */
import type * as sdk from '@aws-sdk/client-ec2';
import { isOfSubnet } from '../model/free-addresses.ts';
import { loadBalancerOf } from '../model/load-balancers.ts';
import { ElasticIp, PublicAddress } from '../model/resources/elastic-ip.ts';
import { NatGateway, type NatGatewayAddress } from '../model/resources/nat-gateway.ts';
import { type Attachment, addressKey, NetworkInterface } from '../model/resources/network-interface.ts';
import { SecurityGroup } from '../model/resources/security-group.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { WORLD } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';
import { formatIpv4, type Ipv4, type Ipv6 } from '../net/address.ts';
import { type Mac, mac, parseMac } from '../net/mac.ts';
import type { DescribedResources } from './description.ts';
import { associateElsewhere, associationWith, attachElsewhere, otherThan } from './place-bonds.ts';
import { isOfRegional, isRegional, placeRegionalNatGateway } from './place-regional-nat-gateways.ts';
import {
  existing,
  idOf,
  idOrNew,
  ipv4CidrOf,
  ipv4Of,
  ipv6CidrOf,
  ipv6Of,
  type Place,
  place,
  tagsOf,
  Unplaceable,
} from './placing.ts';

/** An interface, attached if its instance is described. @throws Unplaceable */
export function placeNetworkInterface(where: Place, one: sdk.NetworkInterface): void {
  const { tx } = where;
  const subnet = existing(tx, Subnet, one.SubnetId);
  const interfaceType = typeOf(one.InterfaceType);
  const attachment = attachmentOf(where, one);
  const isOfAnotherAccount = attachment?.instanceOwnerId !== undefined;
  const row: NetworkInterface = {
    id: idOf('eni', one.NetworkInterfaceId),
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    zone: subnet.zone,
    description: one.Description ?? '',
    mac: macOf(tx, one.MacAddress),
    interfaceType,
    sourceDestCheck: one.SourceDestCheck ?? true,
    requesterManaged: one.RequesterManaged ?? false,
    requesterId: one.RequesterManaged ? one.RequesterId : undefined,
    securityGroupIds: (one.Groups ?? []).map(({ GroupId: id }) => existing(tx, SecurityGroup, id).id),
    ipv4Addresses: ipv4Addresses(one),
    ipv4Prefixes: (one.Ipv4Prefixes ?? []).map(({ Ipv4Prefix: text }) => ipv4CidrOf(text)),
    ipv6Addresses: ipv6Addresses(one),
    ipv6Prefixes: (one.Ipv6Prefixes ?? []).map(({ Ipv6Prefix: text }) => ipv6CidrOf(text)),
    primaryIpv6: one.Ipv6Addresses?.some(({ IsPrimaryIpv6: is }) => is) ?? false,
    connectionTracking: {
      tcpEstablishedTimeoutSeconds: one.ConnectionTrackingConfiguration?.TcpEstablishedTimeout,
      udpTimeoutSeconds: one.ConnectionTrackingConfiguration?.UdpTimeout,
      udpStreamTimeoutSeconds: one.ConnectionTrackingConfiguration?.UdpStreamTimeout,
    },
    attachment: isOfAnotherAccount ? undefined : attachment,
    associatePublicIpAddress: isAutoAssigned(one.Association),
    autoAssignedPublicIp: undefined,
    publicHostnameType: undefined,
    tags: tagsOf(one.TagSet),
  };
  refuseBadAddresses(tx, row, subnet);
  place(tx, NetworkInterface, row);
  if (isAutoAssigned(one.Association))
    tx.update(NetworkInterface, row.id, { autoAssignedPublicIp: takePublic(tx, one.Association?.PublicIp) });
  if (isOfAnotherAccount) attachElsewhere(where, row.id, attachment);
}

const isAutoAssigned = (association: sdk.NetworkInterfaceAssociation | undefined): boolean =>
  association?.IpOwnerId === 'amazon' && association.AllocationId === undefined;

/** Interfaces that other services make are interfaces like others here. */
function typeOf(text: string | undefined): NetworkInterface['interfaceType'] {
  switch (text) {
    case 'natGateway':
    case 'nat_gateway':
      return 'natGateway';
    case 'efa':
    case 'efa-only':
    case 'transit_gateway':
    case 'trunk':
    case 'vpc_endpoint':
    case 'network_load_balancer':
      return text;
    default:
      return 'interface';
  }
}

/** The primary address first. A description without the list has one address. */
function ipv4Addresses({ PrivateIpAddress: only, PrivateIpAddresses: all }: sdk.NetworkInterface): readonly Ipv4[] {
  if (!all || all.length === 0) return only === undefined ? [] : [ipv4Of(only)];
  const sorted = [...all].sort((one, other) => Number(other.Primary ?? false) - Number(one.Primary ?? false));
  return sorted.map(({ PrivateIpAddress: text }) => ipv4Of(text));
}

/** The primary address first. */
const ipv6Addresses = ({ Ipv6Addresses: all = [] }: sdk.NetworkInterface): readonly Ipv6[] =>
  [...all]
    .sort((one, other) => Number(other.IsPrimaryIpv6 ?? false) - Number(one.IsPrimaryIpv6 ?? false))
    .map(({ Ipv6Address: text }) => ipv6Of(text));

/** A description may come without MACs (Terraform plans): then it is one that nobody has. */
function macOf(tx: Transaction, text: string | undefined): Mac {
  if (text === undefined) return mac(0x0200_0000_0000 + tx.random.integer(2 ** 40));
  const parsed = parseMac(text);
  if (parsed === undefined) throw new Unplaceable(`${text} is not a MAC address`);
  return parsed;
}

function attachmentOf({ tx, ignore, described }: Place, one: sdk.NetworkInterface): Attachment | undefined {
  const { Attachment: attachment } = one;
  const type = typeOf(one.InterfaceType);
  if (!attachment || type === 'natGateway' || type === 'transit_gateway') return undefined;
  if (attachment.InstanceId === undefined) {
    if (isOfEndpoint(described.resources, one)) return undefined;
    const owner = attachment.InstanceOwnerId ?? 'a service';
    ignore({ what: `${one.NetworkInterfaceId}`, why: `it belongs to ${owner}, and nothing answers at it here` });
    return undefined;
  }
  const express = attachment.EnaSrdSpecification;
  return {
    id: idOrNew(tx, 'eni-attach', attachment.AttachmentId),
    instanceId: idOf('i', attachment.InstanceId),
    instanceOwnerId: otherThan(tx, attachment.InstanceOwnerId),
    deviceIndex: attachment.DeviceIndex ?? 0,
    networkCardIndex: attachment.NetworkCardIndex ?? 0,
    status: 'attached',
    attachedAtMs: attachment.AttachTime?.getTime() ?? tx.nowMs,
    deleteOnTermination: attachment.DeleteOnTermination ?? false,
    enaSrd: express && {
      enabled: express.EnaSrdEnabled ?? false,
      udpEnabled: express.EnaSrdUdpSpecification?.EnaSrdUdpEnabled ?? false,
    },
    enaQueueCount: attachment.EnaQueueCount,
    nic: undefined,
  };
}

/** Whether an endpoint that is described stands there, or a load balancer of a service. */
function isOfEndpoint(resources: DescribedResources, one: sdk.NetworkInterface): boolean {
  const { NetworkInterfaceId: id = '', Description: text = '' } = one;
  if (one.InterfaceType === 'vpc_endpoint')
    return resources.VpcEndpoints.some(({ NetworkInterfaceIds: ids = [] }) => ids.includes(id));
  if (one.InterfaceType !== 'network_load_balancer') return false;
  return resources.ServiceConfigurations.some(({ NetworkLoadBalancerArns: arns = [] }) =>
    arns.some((arn) => loadBalancerOf(arn)?.description === text),
  );
}

/** Every address of a subnet has one interface. */
function refuseBadAddresses(tx: Transaction, row: NetworkInterface, subnet: Subnet): void {
  for (const address of [...row.ipv4Addresses, ...row.ipv6Addresses]) {
    const text = typeof address === 'number' ? formatIpv4(address) : String(address);
    if (!isOfSubnet(subnet, address)) throw new Unplaceable(`its address ${text} lies outside of ${subnet.id}`);
    const [other] = tx.by(NetworkInterface, 'address', addressKey(subnet.id, address));
    if (other) throw new Unplaceable(`its address ${text} belongs to ${other.id} too`);
  }
}

/** Notes that a public address is somebody's: in the whole world it is one's alone. */
function takePublic(tx: Transaction, text: string | undefined): Ipv4 {
  const address = ipv4Of(text);
  const id = formatIpv4(address);
  const world = tx.in(WORLD);
  if (world.find(PublicAddress, id)) throw new Unplaceable(`the public address ${id} belongs to somebody else too`);
  world.put(PublicAddress, { id, account: tx.account, region: tx.region });
  return address;
}

/** An Elastic IP, associated where its interface is there. @throws Unplaceable */
export function placeAddress(where: Place, one: sdk.Address): void {
  const { tx } = where;
  const isOfAnotherAccount = otherThan(tx, one.NetworkInterfaceOwnerId) !== undefined;
  const elasticIp = place(tx, ElasticIp, {
    id: idOf('eipalloc', one.AllocationId),
    publicIp: takePublic(tx, one.PublicIp),
    networkBorderGroup: one.NetworkBorderGroup ?? tx.region,
    publicIpv4Pool: one.PublicIpv4Pool ?? 'amazon',
    ptrRecord: undefined,
    ...(one.ServiceManaged === 'rnat' && { serviceManaged: 'rnat' }),
    association:
      isOfAnotherAccount || isOfRegional(where.described.resources, one) ? undefined : associationOf(tx, one),
    tags: tagsOf(one.Tags),
  });
  if (isOfAnotherAccount) associateElsewhere(where, elasticIp.id, one);
}

function associationOf(tx: Transaction, one: sdk.Address): ElasticIp['association'] {
  if (one.AssociationId === undefined && one.NetworkInterfaceId === undefined) return undefined;
  return associationWith(tx, one, existing(tx, NetworkInterface, one.NetworkInterfaceId));
}

/** A NAT gateway that stands; what is over is left away. @throws Unplaceable */
export function placeNatGateway(where: Place, one: sdk.NatGateway): void {
  if (one.State === 'deleted' || one.State === 'failed' || one.State === 'deleting') return;
  if (isRegional(one)) {
    placeRegionalNatGateway(where, one);
    return;
  }
  const { tx } = where;
  const subnet = existing(tx, Subnet, one.SubnetId);
  const addresses = (one.NatGatewayAddresses ?? []).map((address, index) => natAddress(tx, address, index === 0));
  if (addresses.length === 0) throw new Unplaceable('it has no address');
  place(tx, NatGateway, {
    id: idOf('nat', one.NatGatewayId),
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    connectivityType: one.ConnectivityType === 'private' ? 'private' : 'public',
    state: 'available',
    failure: undefined,
    createdAtMs: one.CreateTime?.getTime() ?? tx.nowMs,
    deletedAtMs: undefined,
    addresses: [...addresses].sort((a, b) => Number(b.isPrimary) - Number(a.isPrimary)),
    tags: tagsOf(one.Tags),
  });
}

function natAddress(tx: Transaction, one: sdk.NatGatewayAddress, isFirst: boolean): NatGatewayAddress {
  const holder = existing(tx, NetworkInterface, one.NetworkInterfaceId);
  const elasticIp = one.AllocationId === undefined ? undefined : existing(tx, ElasticIp, one.AllocationId);
  return {
    privateIp: ipv4Of(one.PrivateIp),
    isPrimary: one.IsPrimary ?? isFirst,
    networkInterfaceId: holder.id,
    allocation: elasticIp && {
      id: elasticIp.id,
      associationId: idOrNew(tx, 'eipassoc', elasticIp.association?.id),
      publicIp: elasticIp.publicIp,
    },
  };
}
