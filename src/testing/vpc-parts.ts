/** Parts of a VPC for tests of what depends on them, in as few words as a test can spare. */
import { Instance, type InstanceStateName } from '../model/resources/instance.ts';
import { NatGateway } from '../model/resources/nat-gateway.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import type { SecurityGroup } from '../model/resources/security-group.ts';
import type { Subnet } from '../model/resources/subnet.ts';
import type { Vpc } from '../model/resources/vpc.ts';
import { insertSubnet } from '../model/subnet-lifecycle.ts';
import { createVpc } from '../model/vpc-lifecycle.ts';
import { parseIpv4Cidr, parseIpv6Cidr } from '../net/cidr.ts';
import type { InstanceId } from '../net/identifiers.ts';
import type { TestAccount } from './account.ts';

/** A VPC with this block, and with this IPv6 block if one is given. */
export const vpcWith = (account: TestAccount, cidr: string, ipv6Cidr?: string): Vpc =>
  account.transact((tx) =>
    createVpc(tx, {
      cidr: known(parseIpv4Cidr(cidr)),
      ipv6Cidr: ipv6Cidr === undefined ? undefined : known(parseIpv6Cidr(ipv6Cidr)),
      instanceTenancy: 'default',
      tags: {},
    }),
  );

/** A subnet of the VPC with this block. */
export const subnetWith = (account: TestAccount, vpc: Vpc, cidr: string, ipv6Cidr?: string): Subnet =>
  account.transact((tx) =>
    insertSubnet(tx, {
      vpc,
      cidr: known(parseIpv4Cidr(cidr)),
      ipv6Cidr: ipv6Cidr === undefined ? undefined : known(parseIpv6Cidr(ipv6Cidr)),
      zone: undefined,
      tags: {},
    }),
  );

/** An interface in the subnet with this address, in the VPC's default group unless others are named. */
export function interfaceWith(
  account: TestAccount,
  subnet: Subnet,
  address: string,
  groups: readonly SecurityGroup[] = [],
): NetworkInterface {
  const { NetworkInterface: made } = account.call('CreateNetworkInterface', {
    SubnetId: subnet.id,
    ...(address.includes(':') ? { Ipv6Addresses: [{ Ipv6Address: address }] } : { PrivateIpAddress: address }),
    ...(groups.length > 0 && { Groups: groups.map((group) => group.id) }),
  });
  return account.transact((tx) => tx.get(NetworkInterface, made?.NetworkInterfaceId));
}

/** An instance with one interface for each address. */
export function instanceWith(
  account: TestAccount,
  subnet: Subnet,
  ...addresses: readonly string[]
): { readonly instance: Instance; readonly interfaces: readonly NetworkInterface[] } {
  const { Instances: made } = account.call('RunInstances', {
    ImageId: 'ami-virtual',
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    NetworkInterfaces: addresses.map((PrivateIpAddress, DeviceIndex) => ({
      DeviceIndex,
      SubnetId: subnet.id,
      PrivateIpAddress,
    })),
  });
  return account.transact((tx) => {
    const instance = tx.get(Instance, made?.[0]?.InstanceId);
    return { instance, interfaces: tx.by(NetworkInterface, 'instanceId', instance.id) };
  });
}

/** Puts an instance into a state, without what that does to its addresses. */
export const setInstanceState = (account: TestAccount, id: InstanceId, state: InstanceStateName): void => {
  account.transact((tx) => tx.update(Instance, id, { state }));
};

/** A private NAT gateway of the subnet, in this state; a deleted one has no interface any more. */
export function natGatewayWith(account: TestAccount, subnet: Subnet, state: NatGateway['state']): NatGateway {
  const { NatGateway: made } = account.call('CreateNatGateway', { SubnetId: subnet.id, ConnectivityType: 'private' });
  const gateway = account.transact((tx) => tx.get(NatGateway, made?.NatGatewayId));
  if (state === 'deleted') account.call('DeleteNatGateway', { NatGatewayId: gateway.id });
  return account.transact((tx) => tx.update(NatGateway, gateway.id, { state }));
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a test names an address or block that is none');
  return value;
}
