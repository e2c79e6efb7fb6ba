/** What an instance type has room for: interfaces on its cards, addresses on an interface. */
import { Fault } from './fault.ts';
import { instanceOfInterface } from './instance-interfaces.ts';
import { type InstanceType, instanceTypeNamed, isNitro } from './instance-type-table.ts';
import { type AskedBy, tooManyAddresses } from './network-interface-faults.ts';
import type { NetworkInterface } from './resources/network-interface.ts';
import type { Transaction } from './transaction.ts';

/** Where an interface sits in an instance. */
export interface Slot {
  readonly deviceIndex: number;
  readonly networkCardIndex: number;
}

/** How much room an interface uses: numbers of addresses and prefixes. */
export interface Usage {
  readonly ipv4: number;
  readonly ipv4Prefixes: number;
  readonly ipv6: number;
  readonly ipv6Prefixes: number;
}

/** What an interface uses now. */
export const usageOf = (
  one: Pick<NetworkInterface, 'ipv4Addresses' | 'ipv4Prefixes' | 'ipv6Addresses' | 'ipv6Prefixes'>,
): Usage => ({
  ipv4: one.ipv4Addresses.length,
  ipv4Prefixes: one.ipv4Prefixes.length,
  ipv6: one.ipv6Addresses.length,
  ipv6Prefixes: one.ipv6Prefixes.length,
});

/** The most that any type has; an interface that is attached to nothing may have so many (unconfirmed). */
const UNATTACHED_ADDRESSES = 64;

/**
 * Checks the addresses of an interface against the type of the instance that it is (to be) attached to. Each family
 * counts by itself, a prefix like an address.
 * @throws Fault PrivateIpAddressLimitExceeded, or InvalidInterface.IpAddressLimitExceeded at launch; Unsupported for
 *   prefixes on a type that is not on Nitro and for IPv6 on a type without it (codes unconfirmed)
 */
export function checkAddressRoom(type: InstanceType | undefined, usage: Usage, askedBy: AskedBy): void {
  const ipv4 = usage.ipv4 + usage.ipv4Prefixes;
  const ipv6 = usage.ipv6 + usage.ipv6Prefixes;
  if (type && ipv6 > 0 && !type.NetworkInfo.Ipv6Supported) {
    throw new Fault('Unsupported', `The instance type '${type.InstanceType}' does not support IPv6 addresses.`);
  }
  if (type && usage.ipv4Prefixes + usage.ipv6Prefixes > 0 && !isNitro(type)) {
    throw new Fault('Unsupported', `The instance type '${type.InstanceType}' does not support prefix delegation.`);
  }
  const { Ipv4AddressesPerInterface: ipv4Limit, Ipv6AddressesPerInterface: ipv6Limit } =
    type?.NetworkInfo ?? UNATTACHED;
  if (ipv4 > ipv4Limit || ipv6 > ipv6Limit) throw tooManyAddresses(askedBy);
}

const UNATTACHED = {
  Ipv4AddressesPerInterface: UNATTACHED_ADDRESSES,
  Ipv6AddressesPerInterface: UNATTACHED_ADDRESSES,
};

/** The type of the instance that an interface is attached to, if it is. */
export function typeBehind(tx: Transaction, networkInterface: NetworkInterface): InstanceType | undefined {
  const instance = instanceOfInterface(tx, networkInterface);
  return instance && instanceTypeNamed(instance.row.instanceType);
}

/**
 * Checks the slots of all interfaces of an instance against its type.
 * @throws Fault AttachmentLimitExceeded, InvalidParameterValue (no such card; the sentence is unconfirmed)
 */
export function checkInterfaceRoom(type: InstanceType, slots: readonly Slot[]): void {
  const { MaximumNetworkInterfaces: limit, NetworkCards: cards } = type.NetworkInfo;
  for (const { networkCardIndex } of slots) {
    if (!cards.some((card) => card.NetworkCardIndex === networkCardIndex)) {
      throw new Fault('InvalidParameterValue', {
        value: networkCardIndex,
        parameter: 'networkCardIndex',
        reason: `The instance type '${type.InstanceType}' has ${cards.length} network card(s).`,
      });
    }
  }
  if (slots.length > limit) throw tooManyInterfaces(slots.length, type);
  for (const card of cards) {
    const onCard = slots.filter((slot) => slot.networkCardIndex === card.NetworkCardIndex).length;
    if (onCard > card.MaximumNetworkInterfaces) throw tooManyInterfaces(onCard, type);
  }
}

/** That a full card answers like a full instance is unconfirmed. */
const tooManyInterfaces = (count: number, type: InstanceType): Fault =>
  new Fault('AttachmentLimitExceeded', { count, instanceType: type.InstanceType });

/**
 * Checks that the type can have so many Elastic Fabric Adapters: one a card, and as many as its limit says.
 * @throws Fault InvalidParameterCombination (code unconfirmed), AttachmentLimitExceeded
 */
export function checkEfaRoom(type: InstanceType, efas: readonly Slot[]): void {
  if (efas.length === 0) return;
  if (!type.NetworkInfo.EfaSupported) {
    const message = `${type.InstanceType} instances do not support Elastic Fabric Adapters.`;
    throw new Fault('InvalidParameterCombination', message);
  }
  const cards = new Set(efas.map((slot) => slot.networkCardIndex));
  if (cards.size < efas.length || efas.length > (type.NetworkInfo.EfaInfo?.MaximumEfaInterfaces ?? 0)) {
    throw new Fault('AttachmentLimitExceeded', { count: efas.length, instanceType: type.InstanceType });
  }
}

/** Whether the interface is an Elastic Fabric Adapter. */
export const isEfa = (type: NetworkInterface['interfaceType']): boolean => type === 'efa' || type === 'efa-only';
