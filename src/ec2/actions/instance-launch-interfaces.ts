/** The interfaces of a RunInstances request: said at instance level, or one by one in NetworkInterface.N. */
import { Fault } from '../../model/fault.ts';
import type { LaunchInterface } from '../../model/instance-launch.ts';
import { NO_ADDRESSES } from '../../model/network-interface-choice.ts';
import { DEFAULT_CONNECTION_TRACKING, type NetworkInterfaceSpec } from '../../model/network-interface-creation.ts';
import { permittedInterface } from '../../model/network-interface-permissions.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { requestedZone } from '../../model/subnet-zones.ts';
import type { Transaction } from '../../model/transaction.ts';
import { choice } from '../choice.ts';
import type { RequestOf } from '../operation.ts';
import {
  type AddressParameters,
  addressRequest,
  connectionTracking,
  enaSrd,
  ipv6Ask,
  requestedIpv4,
} from './address-parameters.ts';

type LaunchRequest = RequestOf<'RunInstances'>;
type InterfaceRequest = NonNullable<LaunchRequest['NetworkInterfaces']>[number];

/** @throws Fault InvalidParameterCombination where both ways are used, and those of each parameter */
export function launchInterfaces(request: LaunchRequest, tx: Transaction): readonly LaunchInterface[] {
  const listed = request.NetworkInterfaces ?? [];
  if (listed.length === 0) return [instanceLevel(request, tx)];
  refuseBothWays(request);
  if (listed.some(({ DeviceIndex: index }) => index === undefined)) {
    throw new Fault('InvalidParameterValue', 'Each network interface requires a device index.');
  }
  refusePublicAddress(listed);
  const fallback = lazily(() => defaultSubnet(request, tx));
  const interfaces = listed.map((one) => interfaceLevel(one, tx, fallback));
  checkZone(request, tx, interfaces);
  return interfaces;
}

/** The first three sentences are captured; the last one is alike and unconfirmed. */
function refuseBothWays(request: LaunchRequest): void {
  const pairs: readonly (readonly [boolean, string])[] = [
    [(request.SecurityGroupIds ?? request.SecurityGroups ?? []).length > 0, 'an instance-level security groups'],
    [request.SubnetId !== undefined, 'an instance-level subnet ID'],
    [request.PrivateIpAddress !== undefined, 'an instance-level private IP address'],
    [
      request.Ipv6AddressCount !== undefined || (request.Ipv6Addresses ?? []).length > 0,
      'instance-level IPv6 addresses',
    ],
  ];
  const found = pairs.find(([given]) => given);
  if (!found) return;
  const message = `Network interfaces and ${found[1]} may not be specified on the same request`;
  throw new Fault('InvalidParameterCombination', message);
}

/** The first sentence is captured, the others are unconfirmed. */
function refusePublicAddress(listed: readonly InterfaceRequest[]): void {
  const one = listed.find(({ AssociatePublicIpAddress: value }) => value !== undefined);
  if (!one) return;
  const refuse = (reason: string): never => {
    throw new Fault(
      'InvalidParameterCombination',
      `The associatePublicIPAddress parameter cannot be specified ${reason}`,
    );
  };
  if (listed.length > 1) refuse('when launching with multiple network interfaces');
  if (one.NetworkInterfaceId !== undefined) refuse('for a network interface with an ID');
  if (one.DeviceIndex !== 0) refuse('for a network interface with a DeviceIndex other than 0');
}

const NOTHING_OF_ATTACHMENT = { enaSrd: undefined, enaQueueCount: undefined };

function instanceLevel(request: LaunchRequest, tx: Transaction): LaunchInterface {
  const { SecurityGroupIds: ids = [], SecurityGroups: names = [], PrivateIpAddress: address } = request;
  if (names.length > 0 && request.SubnetId !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'groupName', other: 'subnet' });
  }
  const subnet = request.SubnetId === undefined ? defaultSubnet(request, tx) : tx.get(Subnet, request.SubnetId);
  const ipv6 = ipv6Ask({
    addresses: request.Ipv6Addresses?.map((entry) => entry.Ipv6Address ?? ''),
    count: request.Ipv6AddressCount,
  });
  const launched: LaunchInterface = {
    kind: 'new',
    slot: { deviceIndex: 0, networkCardIndex: 0, ...NOTHING_OF_ATTACHMENT },
    deleteOnTermination: true,
    spec: {
      ...NEW_INTERFACE,
      subnet,
      securityGroupIds: [...ids, ...groupIds(tx, subnet, names)],
      primaryIpv4: address === undefined ? undefined : requestedIpv4(address),
      ipv6,
      primaryIpv6: request.EnablePrimaryIpv6 ?? false,
    },
  };
  checkZone(request, tx, [launched]);
  return launched;
}

const NEW_INTERFACE: Omit<NetworkInterfaceSpec, 'subnet' | 'tags'> = {
  askedBy: 'RunInstances',
  description: '',
  interfaceType: 'interface',
  securityGroupIds: undefined,
  primaryIpv4: undefined,
  ipv4: NO_ADDRESSES,
  ipv6: NO_ADDRESSES,
  primaryIpv6: false,
  connectionTracking: DEFAULT_CONNECTION_TRACKING,
  associatePublicIpAddress: undefined,
  requesterId: undefined,
};

/** Groups by name are those of the default VPC. */
function groupIds(tx: Transaction, subnet: Subnet, names: readonly string[]): readonly string[] {
  return names.map((name) => {
    const group = tx.by(SecurityGroup, 'name', name).find(({ vpcId }) => vpcId === subnet.vpcId);
    if (!group) throw new Fault('InvalidGroup.NotFound', { id: name });
    return group.id;
  });
}

function interfaceLevel(one: InterfaceRequest, tx: Transaction, fallback: () => Subnet): LaunchInterface {
  if (one.AssociateCarrierIpAddress) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve Wavelength Zones.');
  }
  const slot = {
    deviceIndex: one.DeviceIndex ?? 0,
    networkCardIndex: one.NetworkCardIndex ?? 0,
    enaSrd: enaSrd(one.EnaSrdSpecification),
    enaQueueCount: one.EnaQueueCount,
  };
  if (slot.deviceIndex < 0) {
    throw new Fault('InvalidParameterValue', { value: slot.deviceIndex, parameter: 'deviceIndex', reason: '' });
  }
  if (one.NetworkInterfaceId !== undefined) {
    refuseForExisting(one);
    return { kind: 'existing', slot, existing: permittedInterface(tx, one.NetworkInterfaceId, 'INSTANCE-ATTACH') };
  }
  const subnet = one.SubnetId === undefined ? fallback() : tx.get(Subnet, one.SubnetId);
  return { kind: 'new', slot, deleteOnTermination: one.DeleteOnTermination ?? true, spec: newInterface(one, subnet) };
}

function newInterface(one: InterfaceRequest, subnet: Subnet): Omit<NetworkInterfaceSpec, 'tags'> {
  return {
    ...NEW_INTERFACE,
    subnet,
    description: one.Description ?? '',
    interfaceType: choice(one.InterfaceType, ['interface', 'efa', 'efa-only'], 'interfaceType') ?? 'interface',
    securityGroupIds: one.Groups,
    ...addressRequest(one),
    primaryIpv6: one.PrimaryIpv6 ?? false,
    connectionTracking: connectionTracking(one.ConnectionTrackingSpecification),
    associatePublicIpAddress: one.AssociatePublicIpAddress,
  };
}

/** What says how a new interface shall be cannot be said of one that is. Codes and most sentences are unconfirmed. */
function refuseForExisting(one: InterfaceRequest): void {
  if (one.DeleteOnTermination) {
    const message = 'A network interface may not specify a network interface ID and delete on termination as true';
    throw new Fault('InvalidParameterCombination', message);
  }
  const addresses: AddressParameters = one;
  const given: readonly (readonly [unknown, string])[] = [
    [one.SubnetId, 'a subnet ID'],
    [one.Groups?.length || undefined, 'security groups'],
    [one.Description, 'a description'],
    [addresses.PrivateIpAddress ?? addresses.PrivateIpAddresses, 'private IP addresses'],
    [addresses.SecondaryPrivateIpAddressCount, 'a secondary private IP address count'],
    [addresses.Ipv4Prefixes ?? addresses.Ipv4PrefixCount, 'IPv4 prefixes'],
    [addresses.Ipv6Addresses ?? addresses.Ipv6AddressCount, 'IPv6 addresses'],
    [addresses.Ipv6Prefixes ?? addresses.Ipv6PrefixCount, 'IPv6 prefixes'],
    [one.PrimaryIpv6 || undefined, 'a primary IPv6 address'],
    [one.ConnectionTrackingSpecification, 'connection tracking timeouts'],
  ];
  const found = given.find(([value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
  if (!found) return;
  const message = `A network interface may not specify both a network interface ID and ${found[1]}`;
  throw new Fault('InvalidParameterCombination', message);
}

/** A default subnet: in the zone that is asked for, else in any (which one EC2 takes is its own choice). */
function defaultSubnet(request: LaunchRequest, tx: Transaction): Subnet {
  const [vpc] = tx.by(Vpc, 'isDefault', 'true');
  if (!vpc) throw new Fault('VPCIdNotSpecified', 'No default VPC for this user');
  const zone = zoneOf(request, tx);
  const subnets = tx
    .by(Subnet, 'vpcId', vpc.id)
    .filter((subnet) => subnet.defaultForAz && (zone === undefined || subnet.zone === zone));
  const subnet = subnets[tx.random.integer(Math.max(subnets.length, 1))];
  if (subnet) return subnet;
  const where = zone === undefined ? '' : ` in the Availability Zone '${zone}'`;
  const message = `No subnets found for the default VPC '${vpc.id}'${where}. Please specify a subnet.`;
  throw new Fault('MissingInput', message);
}

const zoneOf = ({ Placement: placement }: LaunchRequest, tx: Transaction): string | undefined =>
  requestedZone(tx, placement?.AvailabilityZone || undefined, placement?.AvailabilityZoneId || undefined)?.name;

/** The sentence is unconfirmed. */
function checkZone(request: LaunchRequest, tx: Transaction, interfaces: readonly LaunchInterface[]): void {
  const zone = zoneOf(request, tx);
  if (zone === undefined) return;
  for (const one of interfaces) {
    const actual = one.kind === 'new' ? one.spec.subnet.zone : one.existing.row.zone;
    if (actual === zone) continue;
    const reason = `The subnet or network interface is in the Availability Zone ${actual}.`;
    throw new Fault('InvalidParameterValue', { value: zone, parameter: 'availabilityZone', reason });
  }
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
