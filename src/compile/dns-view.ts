/**
 * The names that one asker can resolve, found in the model through its indexes when the question comes.
 *
 * Inside a VPC: private names of the VPC's own addresses and instances, and public names of the whole world, which are
 * the private address where the holder is in the same VPC (or in a peered one that lets its names be resolved so).
 * Outside: public names, which are the public address. Forms of names are `model/dns-names`'s.
 *
 * Source: VPC user guide, vpc-dns and AmazonDNS-concepts; user guide, hostname-types. Unconfirmed: that addresses which
 * no interface has, or which lie in a delegated prefix, have no name; that without enableDnsHostnames neither private
 * names nor reverse names exist (the page says so of private host names); that public addresses have no reverse name but the
 * one that the owner of an Elastic IP has set.
 */

import { addressOfAwsHost } from '../model/aws-services.ts';
import {
  addressesOfInterfaceName,
  hasPublicNames,
  interfaceNameDomain,
  ipName,
  primaryInterface,
  publicName,
  resourceName,
} from '../model/dns-names.ts';
import { endpointOfName, endpointOfPrivateName } from '../model/endpoint-names.ts';
import { instanceOfInterface } from '../model/instance-interfaces.ts';
import { interfaceOfElasticIp } from '../model/interface-elastic-ips.ts';
import { addressesOfBalancer } from '../model/load-balancer-addresses.ts';
import type { Owned } from '../model/owned.ts';
import { allRegions, privateDnsDomain, publicDnsDomain } from '../model/regions.ts';
import { ElasticIp, PublicAddress } from '../model/resources/elastic-ip.ts';
import { Instance } from '../model/resources/instance.ts';
import { addressKey, NetworkInterface } from '../model/resources/network-interface.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { Vpc } from '../model/resources/vpc.ts';
import type { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import { type PeeringSide, VpcPeeringConnection } from '../model/resources/vpc-peering-connection.ts';
import { WORLD } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';
import { ipv6BlockAt } from '../model/vpc-ipv6-blocks.ts';
import { formatIpv4, type IpAddress, type Ipv4, type Ipv6, isIpv4, parseIpv4 } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import { isId, type NetworkInterfaceId } from '../net/identifiers.ts';
import type { DnsView, NameAddresses } from '../services/dns-view.ts';

/**
 * What the asker sees; undefined for an interface that is gone. Only for use inside the transaction.
 * @param tx in the scope of the interface; in any scope for the outside world
 */
export function dnsView(tx: Transaction, asker: NetworkInterfaceId | 'internet'): DnsView | undefined {
  if (asker === 'internet') return internetView(tx);
  const networkInterface = tx.find(NetworkInterface, asker);
  const vpc = networkInterface && tx.find(Vpc, networkInterface.vpcId);
  const isDns64 = networkInterface !== undefined && (tx.find(Subnet, networkInterface.subnetId)?.enableDns64 ?? false);
  return vpc && vpcView(tx, vpc, isDns64);
}

/** The domains of public names, each with its Region. */
const PUBLIC_DOMAINS: ReadonlyMap<string, string> = new Map(
  allRegions().map(({ name }) => [publicDnsDomain(name), name]),
);

/** The domains of the names that lead to IPv6 addresses, likewise. */
const INTERFACE_DOMAINS: ReadonlyMap<string, string> = new Map(
  allRegions().map(({ name }) => [interfaceNameDomain(name), name]),
);

const internetView = (tx: Transaction): DnsView => ({
  isServed: true,
  isDns64: false,
  domains: [...PUBLIC_DOMAINS.keys(), ...INTERFACE_DOMAINS.keys(), ...SERVICE_DOMAINS],
  addressesOf: (name) => publicAddresses(tx, undefined, name) ?? serviceAddresses(tx, name),
  nameOf: (address) => reverseNameOfElasticIp(tx, address),
});

const vpcView = (tx: Transaction, vpc: Vpc, isDns64: boolean): DnsView => ({
  isServed: vpc.enableDnsSupport,
  isDns64,
  domains: [privateDnsDomain(tx.region), ...PUBLIC_DOMAINS.keys(), ...INTERFACE_DOMAINS.keys(), ...SERVICE_DOMAINS],
  addressesOf: (name) =>
    privateAddresses(tx, vpc, name) ??
    endpointAddresses(tx, vpc, name) ??
    publicAddresses(tx, vpc, name) ??
    serviceAddresses(tx, name),
  nameOf: (address) => reverseName(tx, vpc, address) ?? reverseNameOfElasticIp(tx, address),
});

const onlyIpv4 = (address: Ipv4): NameAddresses => ({ ipv4: [address], ipv6: [] });

/** Domains of AWS's services, of endpoints and of load balancers. */
const SERVICE_DOMAINS: readonly string[] = [...new Set(allRegions().map(({ partition }) => partition.dnsSuffix))];

/** A private name of an endpoint service, where an endpoint of the VPC has it enabled; both DNS attributes must be on. */
function endpointAddresses(tx: Transaction, vpc: Vpc, name: string): NameAddresses | undefined {
  if (!hasPublicNames(vpc)) return undefined;
  const endpoint = endpointOfPrivateName(tx, vpc.id, name);
  return endpoint && addressesOfPlaces(tx, endpoint.places);
}

/** Names of endpoints and load balancers are public, also where their addresses are private; those of AWS's services are as everywhere. */
function serviceAddresses(tx: Transaction, name: string): NameAddresses | undefined {
  const address = addressOfAwsHost(name);
  if (address !== undefined) return onlyIpv4(address);
  const ofBalancer = addressesOfBalancer(tx, name);
  if (ofBalancer) return { ipv4: ofBalancer, ipv6: [] };
  const found = endpointOfName(tx, name);
  return found && addressesOfPlaces(tx.in(found.scope), found.places);
}

const addressesOfPlaces = (tx: Transaction, places: VpcEndpoint['places']): NameAddresses => ({
  ipv4: places.flatMap((place) => tx.find(NetworkInterface, place.networkInterfaceId)?.ipv4Addresses.slice(0, 1) ?? []),
  ipv6: [],
});

function privateAddresses(tx: Transaction, vpc: Vpc, name: string): NameAddresses | undefined {
  if (!hasPublicNames(vpc)) return undefined;
  const [label = ''] = name.split('.', 1);
  const address = dashedAddress('ip', label);
  if (address === undefined) return resourceNameAddresses(tx, vpc, name, label);
  const exists = ipName(tx.region, address) === name && interfaceAt(tx, vpc, address) !== undefined;
  return exists ? onlyIpv4(address) : undefined;
}

/** A resource name has the records that the instance's options ask for; without any of them it does not exist. */
function resourceNameAddresses(tx: Transaction, vpc: Vpc, name: string, label: string): NameAddresses | undefined {
  if (!isId('i', label) || resourceName(tx.region, label) !== name) return undefined;
  const instance = tx.find(Instance, label);
  const primary = instance && primaryInterface(tx, instance.id);
  if (!primary || primary.vpcId !== vpc.id) return undefined;
  const { enableResourceNameDnsARecord: withA, enableResourceNameDnsAAAARecord: withAaaa } =
    instance.privateDnsNameOptions;
  if (!withA && !withAaaa) return undefined;
  return {
    ipv4: withA ? primary.ipv4Addresses.slice(0, 1) : [],
    ipv6: withAaaa ? primary.ipv6Addresses.slice(0, 1) : [],
  };
}

/** The interface of the VPC that has this address as one of its own. */
function interfaceAt(tx: Transaction, vpc: Vpc, address: IpAddress): NetworkInterface | undefined {
  const subnet = tx
    .by(Subnet, 'vpcId', vpc.id)
    .find(({ cidr, ipv6CidrBlocks }) =>
      isIpv4(address)
        ? cidr !== undefined && contains(cidr, address)
        : ipv6CidrBlocks.some((block) => contains(block.cidr, address)),
    );
  return subnet && tx.by(NetworkInterface, 'address', addressKey(subnet.id, address))[0];
}

/** An IPv6 address has a name only where the resource name of its instance leads back to it. */
function reverseName(tx: Transaction, vpc: Vpc, address: IpAddress): string | undefined {
  if (!hasPublicNames(vpc)) return undefined;
  const holder = interfaceAt(tx, vpc, address);
  if (!holder) return undefined;
  if (isIpv4(address)) return ipName(tx.region, address);
  const instance = instanceOfInterface(tx, holder);
  if (!instance) return undefined;
  const name = resourceName(tx.region, instance.row.id);
  return resourceNameAddresses(tx, vpc, name, instance.row.id)?.ipv6.includes(address) ? name : undefined;
}

/** The name that the owner of an Elastic IP has set for it, whether it is associated or not. */
function reverseNameOfElasticIp(tx: Transaction, address: IpAddress): string | undefined {
  if (!isIpv4(address)) return undefined;
  const text = formatIpv4(address);
  const row = tx.in(WORLD).find(PublicAddress, text);
  const owner = row && tx.in({ account: row.account, region: row.region });
  return owner?.by(ElasticIp, 'publicIp', text)[0]?.ptrRecord?.replace(/\.$/, '').toLowerCase();
}

/** @param vpc where it is asked; undefined in the outside world */
function publicAddresses(tx: Transaction, vpc: Vpc | undefined, name: string): NameAddresses | undefined {
  const ofInterface = interfaceNameHolder(tx, name);
  const holder = ofInterface?.ipv4 ?? publicNameHolder(tx, name);
  if (!holder) return ofInterface && { ipv4: [], ipv6: ofInterface.ipv6 };
  const seesPrivate = vpc && (holder.vpc.id === vpc.id || isResolvedPrivately(tx, vpc, holder.vpc));
  return { ipv4: [seesPrivate ? holder.privateAddress : holder.publicAddress], ipv6: ofInterface?.ipv6 ?? [] };
}

/** What a name under ip.aws stands for: an IPv6 address, and for a dual-stack name a public IPv4 address as well. */
interface InterfaceNameHolder {
  readonly ipv6: readonly Ipv6[];
  readonly ipv4: PublicHolder | undefined;
}

/**
 * The interface whose first IPv6 address, and primary public IPv4 address, the name was made of: a name that was made of
 * earlier addresses leads nowhere. Only interfaces whose kind of name was chosen have such names.
 */
function interfaceNameHolder(tx: Transaction, name: string): InterfaceNameHolder | undefined {
  const dot = name.indexOf('.');
  const region = INTERFACE_DOMAINS.get(name.slice(dot + 1));
  const addresses = region === undefined ? undefined : addressesOfInterfaceName(name.slice(0, dot));
  const found = addresses && ipv6Holder(tx, addresses.address);
  if (!found || found.region !== region || found.row.publicHostnameType === undefined) return undefined;
  if (found.row.ipv6Addresses[0] !== addresses.address || !hasPublicNames(found.vpc)) return undefined;
  if (addresses.publicAddress === undefined) return { ipv6: [addresses.address], ipv4: undefined };
  const holder = publicNameHolder(tx, publicName(region, addresses.publicAddress));
  const isOfBoth = holder?.vpc.id === found.vpc.id && holder.privateAddress === found.row.ipv4Addresses[0];
  return isOfBoth ? { ipv6: [addresses.address], ipv4: holder } : undefined;
}

/** Who has an IPv6 address, in any account and Region: by the block that was given to its VPC. */
function ipv6Holder(
  tx: Transaction,
  address: Ipv6,
): { readonly row: NetworkInterface; readonly vpc: Vpc; readonly region: string } | undefined {
  const block = ipv6BlockAt(tx, address);
  if (!block) return undefined;
  const owner = tx.in({ account: block.account, region: block.region });
  const [vpc] = owner.list(Vpc, ({ ipv6CidrBlocks }) => ipv6CidrBlocks.some(({ cidr }) => contains(cidr, address)));
  const row = vpc && interfaceAt(owner, vpc, address);
  return row && { row, vpc, region: block.region };
}

/** Whether an active peering has the other VPC's public names stand for private addresses (its side's DNS option). */
const isResolvedPrivately = (tx: Transaction, vpc: Vpc, other: Vpc): boolean =>
  tx.by(VpcPeeringConnection, 'vpcId', vpc.id).some(({ state, requester, accepter }) => {
    const otherSide: PeeringSide = requester.vpcId === vpc.id ? accepter : requester;
    return state === 'active' && otherSide.vpcId === other.id && otherSide.allowDnsResolutionFromRemoteVpc;
  });

/** An interface's public address, with the VPC that it is in. */
interface PublicHolder {
  readonly publicAddress: Ipv4;
  readonly privateAddress: Ipv4;
  readonly vpc: Vpc;
}

/** Who has the address of a public name, in any account and Region; undefined where nobody has, or without a name. */
function publicNameHolder(tx: Transaction, name: string): PublicHolder | undefined {
  const dot = name.indexOf('.');
  const region = PUBLIC_DOMAINS.get(name.slice(dot + 1));
  const address = dashedAddress('ec2', name.slice(0, dot));
  if (region === undefined || address === undefined || publicName(region, address) !== name) return undefined;
  const row = tx.in(WORLD).find(PublicAddress, formatIpv4(address));
  if (row?.region !== region) return undefined;
  const owner = tx.in({ account: row.account, region });
  const found = privateHolder(owner, address);
  if (!found) return undefined;
  const vpc = found.networkInterface.owner.find(Vpc, found.networkInterface.row.vpcId);
  if (!vpc || !hasPublicNames(vpc)) return undefined;
  return { publicAddress: address, privateAddress: found.privateAddress, vpc };
}

function privateHolder(
  owner: Transaction,
  address: Ipv4,
): { readonly networkInterface: Owned<NetworkInterface>; readonly privateAddress: Ipv4 } | undefined {
  const text = formatIpv4(address);
  const [elasticIp] = owner.by(ElasticIp, 'publicIp', text);
  const [autoAssigned] = owner.by(NetworkInterface, 'autoAssignedPublicIp', text);
  const networkInterface = elasticIp
    ? interfaceOfElasticIp(owner, elasticIp)
    : autoAssigned && { row: autoAssigned, owner };
  const privateAddress = elasticIp?.association?.privateIpAddress ?? networkInterface?.row.ipv4Addresses[0];
  return networkInterface && privateAddress !== undefined ? { networkInterface, privateAddress } : undefined;
}

/** The address in "ip-10-0-1-5" after its prefix. */
function dashedAddress(prefix: string, label: string): Ipv4 | undefined {
  if (!label.startsWith(`${prefix}-`)) return undefined;
  return parseIpv4(label.slice(prefix.length + 1).replaceAll('-', '.'));
}
