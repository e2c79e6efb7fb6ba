/** Making and deleting network interfaces: the one way for CreateNetworkInterface, launches, NAT gateways and transit gateways. */
import type { Ipv4, Ipv6 } from '../net/address.ts';
import { formatMac, type Mac, mac } from '../net/mac.ts';
import { disassociate } from './elastic-ip-association.ts';
import { Fault } from './fault.ts';
import { elasticIpsOn } from './interface-elastic-ips.ts';
import type { Tags } from './kind.ts';
import { type AddressAsk, chooseIpv4, chooseIpv6, NO_ADDRESSES } from './network-interface-choice.ts';
import { type AskedBy, requesterManaged } from './network-interface-faults.ts';
import { groupsFor } from './network-interface-groups.ts';
import { revokeAllPermissions } from './network-interface-permissions.ts';
import { quota } from './quotas.ts';
import { contractFrom, expandInto } from './regional-nat-gateway-zones.ts';
import { type ConnectionTracking, NetworkInterface } from './resources/network-interface.ts';
import type { Subnet } from './resources/subnet.ts';
import { removeSessionsOf } from './traffic-mirroring.ts';
import type { Transaction } from './transaction.ts';

/** What somebody wants of a new interface. */
export interface NetworkInterfaceSpec {
  readonly askedBy: AskedBy;
  readonly subnet: Subnet;
  readonly description: string;
  readonly interfaceType: NetworkInterface['interfaceType'];
  /** Undefined or empty for the default group; those of gateways and load balancers have none. */
  readonly securityGroupIds: readonly string[] | undefined;
  /** Undefined to choose one. */
  readonly primaryIpv4: Ipv4 | undefined;
  readonly ipv4: AddressAsk<Ipv4>;
  readonly ipv6: AddressAsk<Ipv6>;
  readonly primaryIpv6: boolean;
  readonly connectionTracking: ConnectionTracking;
  /** Undefined: as the subnet has it now; it stays with the interface. */
  readonly associatePublicIpAddress: boolean | undefined;
  readonly tags: Tags;
  /** The service that the interface is made for, if it is: its owner may then not change it. */
  readonly requesterId: string | undefined;
}

/** No timeouts of its own. */
export const DEFAULT_CONNECTION_TRACKING: ConnectionTracking = {
  tcpEstablishedTimeoutSeconds: undefined,
  udpTimeoutSeconds: undefined,
  udpStreamTimeoutSeconds: undefined,
};

/** What a service of AWS (gateway, endpoint, load balancer) wants of an interface in somebody's subnet. */
export interface ServiceInterfaceSpec {
  readonly subnet: Subnet;
  readonly description: string;
  readonly interfaceType: NetworkInterface['interfaceType'];
  readonly requesterId: string;
  /** Of what has groups: undefined or empty for the default one. */
  readonly securityGroupIds?: readonly string[];
  /** Undefined to choose one. */
  readonly primaryIpv4?: Ipv4 | undefined;
  /** Addresses beside the primary one; undefined for none. */
  readonly ipv4?: AddressAsk<Ipv4>;
  /** How many IPv6 addresses; undefined for none. */
  readonly ipv6Count?: number;
}

/**
 * Makes the interface of a service: it has no public address of the subnet's, no tags and no timeouts of its own.
 * @throws Fault as `createNetworkInterface`
 */
export const createServiceInterface = (tx: Transaction, spec: ServiceInterfaceSpec): NetworkInterface =>
  createNetworkInterface(tx, {
    askedBy: 'CreateNetworkInterface',
    subnet: spec.subnet,
    description: spec.description,
    interfaceType: spec.interfaceType,
    securityGroupIds: spec.securityGroupIds,
    primaryIpv4: spec.primaryIpv4,
    ipv4: spec.ipv4 ?? NO_ADDRESSES,
    ipv6: { ...NO_ADDRESSES, count: spec.ipv6Count ?? 0 },
    primaryIpv6: false,
    connectionTracking: DEFAULT_CONNECTION_TRACKING,
    associatePublicIpAddress: false,
    tags: {},
    requesterId: spec.requesterId,
  });

/**
 * Makes an interface that is attached to nothing.
 * @throws Fault of groups and addresses, NetworkInterfaceLimitExceeded
 */
export function createNetworkInterface(tx: Transaction, spec: NetworkInterfaceSpec): NetworkInterface {
  const { subnet, askedBy } = spec;
  const securityGroupIds = hasNoGroups(spec) ? [] : groupsFor(tx, subnet, spec.securityGroupIds, askedBy);
  const { ipv4, ipv6 } = chooseAddresses(tx, spec);
  if (spec.primaryIpv6 && ipv6.addresses.length === 0) {
    // Code and sentence are unconfirmed.
    throw new Fault('InvalidParameterCombination', 'A primary IPv6 address requires an IPv6 address on the interface.');
  }
  if (tx.size(NetworkInterface) >= quota(tx, 'networkInterfacesPerRegion')) {
    throw new Fault('NetworkInterfaceLimitExceeded');
  }
  const made = tx.insert(NetworkInterface, {
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    zone: subnet.zone,
    description: spec.description,
    mac: newMac(tx),
    interfaceType: spec.interfaceType,
    sourceDestCheck: !isServiceType(spec.interfaceType),
    requesterManaged: spec.requesterId !== undefined,
    requesterId: spec.requesterId,
    securityGroupIds,
    ipv4Addresses: ipv4.addresses,
    ipv4Prefixes: ipv4.prefixes,
    ipv6Addresses: ipv6.addresses,
    ipv6Prefixes: ipv6.prefixes,
    primaryIpv6: spec.primaryIpv6,
    connectionTracking: spec.connectionTracking,
    attachment: undefined,
    associatePublicIpAddress: spec.associatePublicIpAddress ?? subnet.mapPublicIpOnLaunch,
    autoAssignedPublicIp: undefined,
    publicHostnameType: undefined,
    tags: spec.tags,
  });
  expandInto(tx, made.vpcId, made.zone);
  return made;
}

/**
 * Interfaces of gateways and Gateway Load Balancer endpoints, which have no groups and take packets for everybody; in use
 * as long as they exist.
 */
export const isServiceType = (type: NetworkInterface['interfaceType']): boolean =>
  type === 'natGateway' || type === 'transit_gateway' || type === 'gateway_load_balancer_endpoint';

/** Interfaces that a service made for itself, and no instance can have; in use as long as they exist. */
export const isOfService = (type: NetworkInterface['interfaceType']): boolean =>
  isServiceType(type) || type === 'vpc_endpoint' || isOfLoadBalancer(type);

const isOfLoadBalancer = (type: NetworkInterface['interfaceType']): boolean =>
  type === 'load_balancer' || type === 'network_load_balancer' || type === 'gateway_load_balancer';

/** A load balancer that was made without groups has none, not the default one. */
const hasNoGroups = ({ interfaceType, securityGroupIds = [] }: NetworkInterfaceSpec): boolean =>
  isServiceType(interfaceType) || (isOfLoadBalancer(interfaceType) && securityGroupIds.length === 0);

function chooseAddresses(tx: Transaction, spec: NetworkInterfaceSpec) {
  const { subnet, askedBy } = spec;
  const place = { tx, subnet, askedBy };
  const takesNone = spec.interfaceType === 'efa-only';
  const asksIpv4 = spec.primaryIpv4 !== undefined || isAsked(spec.ipv4);
  if (takesNone && (asksIpv4 || isAsked(spec.ipv6))) {
    // Sentence unconfirmed.
    throw new Fault('InvalidParameterCombination', 'IP addresses cannot be assigned to an EFA-only network interface.');
  }
  if (subnet.ipv6Native && asksIpv4) {
    // Sentence unconfirmed.
    throw new Fault(
      'InvalidParameterCombination',
      `IPv4 addresses cannot be assigned in the IPv6-only subnet '${subnet.id}'.`,
    );
  }
  const primary = takesNone || subnet.ipv6Native ? 'none' : spec.primaryIpv4;
  const ipv6Ask = takesNone ? spec.ipv6 : { ...spec.ipv6, count: ipv6Count(spec) };
  return { ipv4: chooseIpv4(place, primary, spec.ipv4), ipv6: chooseIpv6(place, ipv6Ask) };
}

const isAsked = (ask: AddressAsk<Ipv4> | AddressAsk<Ipv6>): boolean =>
  ask.addresses.length + ask.prefixes.length + ask.prefixCount + (ask.count ?? 0) > 0;

/** Where the call says nothing of IPv6 the subnet decides; an IPv6-only subnet gives one, or there would be none at all. */
function ipv6Count({ subnet, ipv6 }: NetworkInterfaceSpec): number {
  if (ipv6.count !== undefined) return ipv6.count;
  if (isAsked(ipv6) || subnet.ipv6CidrBlocks.length === 0) return 0;
  return subnet.assignIpv6AddressOnCreation || subnet.ipv6Native ? 1 : 0;
}

/** Unicast, locally administered; AWS's begin with 02 or 06. */
function newMac(tx: Transaction): Mac {
  for (;;) {
    const first = tx.random.integer(2) === 0 ? 0x02 : 0x06;
    const address = mac(first * 2 ** 40 + tx.random.integer(2 ** 40));
    if (tx.count(NetworkInterface, 'mac', formatMac(address)) === 0) return address;
  }
}

/**
 * DeleteNetworkInterface: frees its private addresses and disassociates its Elastic IPs, which stay allocated.
 * @throws Fault InvalidParameterValue while it is attached, AuthFailure for a service's interface
 */
export function deleteNetworkInterface(tx: Transaction, networkInterface: NetworkInterface): void {
  const { id, attachment } = networkInterface;
  if (networkInterface.requesterManaged) throw requesterManaged();
  if (attachment) throw new Fault('InvalidParameterValue', `Network interface '${id}' is currently in use.`);
  removeNetworkInterface(tx, networkInterface);
}

/** The same without asking: for terminations and for services that delete what they made. */
export function removeNetworkInterface(tx: Transaction, { id, vpcId, zone }: NetworkInterface): void {
  for (const { row, owner } of elasticIpsOn(tx, id)) disassociate(owner, row);
  revokeAllPermissions(tx, { id });
  removeSessionsOf(tx, id);
  tx.remove(NetworkInterface, id);
  contractFrom(tx, vpcId, zone);
}
