/** What must be true at any time of the interfaces of an account and of their addresses, whatever was called before. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { isPrimary } from '../model/dns-names.ts';
import { isOfSubnet, isReserved } from '../model/free-addresses.ts';
import { instanceOfInterface, interfacesOfInstance } from '../model/instance-interfaces.ts';
import { instanceTypeNamed } from '../model/instance-type-table.ts';
import { elasticIpsOn, interfaceOfElasticIp } from '../model/interface-elastic-ips.ts';
import { ElasticIp, PublicAddress } from '../model/resources/elastic-ip.ts';
import { Instance } from '../model/resources/instance.ts';
import { NatGateway } from '../model/resources/nat-gateway.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { WORLD } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';
import { formatAddress, formatIpv4 } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import { formatMac } from '../net/mac.ts';
import { given } from './instance-parts.ts';

/** Holds in every scope, after every call. @throws AssertionError */
export function checkInterfaces(tx: Transaction): void {
  const interfaces = tx.list(NetworkInterface);
  checkAddresses(tx, interfaces);
  checkAttachments(tx, interfaces);
  checkPublicAddresses(tx, interfaces);
}

function checkAddresses(tx: Transaction, interfaces: readonly NetworkInterface[]): void {
  const seen = new Set<string>();
  const macs = new Set<string>();
  for (const one of interfaces) {
    const subnet = tx.get(Subnet, one.subnetId);
    ok(!macs.has(formatMac(one.mac)), 'a MAC address twice');
    macs.add(formatMac(one.mac));
    ok(one.ipv4Addresses.length > 0, 'an interface without a primary address');
    for (const address of [...one.ipv4Addresses, ...one.ipv6Addresses]) {
      const key = `${subnet.vpcId}/${formatAddress(address)}`;
      ok(!seen.has(key), `${key} twice`);
      seen.add(key);
      ok(isOfSubnet(subnet, address), `${key} outside of its subnet`);
      ok(!isReserved(subnet, address), `${key} is reserved`);
    }
    for (const prefix of one.ipv4Prefixes) {
      const inside = interfaces.filter((other) => other.ipv4Addresses.some((address) => contains(prefix, address)));
      deepEqual(inside, [], 'an address inside of a prefix');
      const holders = interfaces.filter((other) => other.ipv4Prefixes.some((its) => its.address === prefix.address));
      equal(holders.length, 1, 'a prefix twice');
    }
  }
}

function checkAttachments(tx: Transaction, interfaces: readonly NetworkInterface[]): void {
  const slots = new Set<string>();
  for (const one of interfaces) {
    const { attachment } = one;
    if (!attachment) continue;
    const { row: instance, owner } = given(instanceOfInterface(tx, one));
    ok(
      interfacesOfInstance(owner, instance.id).some(({ row }) => row === one),
      'an instance that does not know its interface',
    );
    ok(instance.state !== 'terminated', 'attached to a terminated instance');
    equal(one.zone, instance.zone, 'in another zone than its instance');
    const slot = `${instance.id}/${attachment.networkCardIndex}/${attachment.deviceIndex}`;
    ok(!slots.has(slot), `${slot} twice`);
    slots.add(slot);
    if (instance.state === 'stopped') equal(attachment.status, 'attached');
    const { Ipv4AddressesPerInterface: limit } = instanceTypeNamed(instance.instanceType).NetworkInfo;
    ok(one.ipv4Addresses.length + one.ipv4Prefixes.length <= limit, 'more addresses than the type has room for');
  }
  for (const { id, state, instanceType } of tx.list(Instance)) {
    const attached = interfacesOfInstance(tx, id).map(({ row }) => row);
    ok(attached.every((one) => one.attachment?.instanceId === id));
    equal(
      attached.filter(isPrimary).length,
      state === 'terminated' ? 0 : 1,
      `primary interfaces of a ${state} instance`,
    );
    ok(attached.length <= instanceTypeNamed(instanceType).NetworkInfo.MaximumNetworkInterfaces);
  }
}

function checkPublicAddresses(tx: Transaction, interfaces: readonly NetworkInterface[]): void {
  const inUse = new Set<string>();
  const targets = new Set<string>();
  for (const elasticIp of tx.list(ElasticIp)) {
    const { publicIp, association } = elasticIp;
    inUse.add(formatIpv4(publicIp));
    if (!association) continue;
    const { row: one, owner } = given(interfaceOfElasticIp(tx, elasticIp));
    ok(
      elasticIpsOn(owner, one.id).some(({ row }) => row === elasticIp),
      'an interface that does not know its Elastic IP',
    );
    const { privateIpAddress: address } = association;
    const isThere = one.ipv4Addresses.includes(address) || one.ipv4Prefixes.some((prefix) => contains(prefix, address));
    ok(isThere, 'an Elastic IP points to an address that its interface does not have');
    const target = `${one.id}/${formatIpv4(address)}`;
    ok(!targets.has(target), `two Elastic IPs on ${target}`);
    targets.add(target);
  }
  for (const one of interfaces) {
    if (one.autoAssignedPublicIp === undefined) continue;
    inUse.add(formatIpv4(one.autoAssignedPublicIp));
    ok(isPrimary(one), 'an auto-assigned address on an interface that is not primary');
    ok(
      !targets.has(`${one.id}/${formatIpv4(one.ipv4Addresses[0] ?? one.autoAssignedPublicIp)}`),
      'two public addresses',
    );
    const state = instanceOfInterface(tx, one)?.row.state;
    ok(state !== 'stopped' && state !== 'terminated', `an auto-assigned address of a ${state} instance`);
  }
  const taken = tx.in(WORLD).list(PublicAddress, ({ account }) => account === tx.account);
  deepEqual(taken.map(({ id }) => id).sort(), [...inUse].sort(), 'the pool and its users disagree');
  for (const { addresses, state, regional, vpcId } of tx.list(NatGateway)) {
    if (state !== 'available') continue;
    if (regional) {
      const zones = regional.zones.map(({ zone }) => zone).sort();
      const present = new Set(interfaces.filter((one) => one.vpcId === vpcId).map(({ zone }) => zone));
      if (regional.mode === 'automatic') deepEqual(zones, [...present].sort(), 'a regional NAT gateway elsewhere');
      continue;
    }
    const one = tx.get(NetworkInterface, addresses[0]?.networkInterfaceId);
    deepEqual(
      addresses.map(({ privateIp }) => privateIp),
      one.ipv4Addresses,
      'a NAT gateway and its interface disagree',
    );
    for (const { allocation } of addresses)
      equal(allocation && tx.get(ElasticIp, allocation.id).association?.id, allocation?.associationId);
  }
}
