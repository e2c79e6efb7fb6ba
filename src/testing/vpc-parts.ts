/** Parts of a VPC for tests of what depends on them, put into the model without the calls that would make them. */

import { Instance, type InstanceStateName } from '../model/resources/instance.ts';
import { NatGateway } from '../model/resources/nat-gateway.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import type { SecurityGroup } from '../model/resources/security-group.ts';
import type { Subnet } from '../model/resources/subnet.ts';
import type { Vpc } from '../model/resources/vpc.ts';
import { defaultSecurityGroup } from '../model/security-group-lifecycle.ts';
import { insertSubnet } from '../model/subnet-lifecycle.ts';
import type { Transaction } from '../model/transaction.ts';
import { createVpc } from '../model/vpc-lifecycle.ts';
import { parseIpv4, parseIpv6 } from '../net/address.ts';
import { parseIpv4Cidr, parseIpv6Cidr } from '../net/cidr.ts';
import type { InstanceId } from '../net/identifiers.ts';
import { mac } from '../net/mac.ts';
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
export const interfaceWith = (
  account: TestAccount,
  subnet: Subnet,
  address: string,
  groups?: readonly SecurityGroup[],
): NetworkInterface => account.transact((tx) => insertInterface(tx, subnet, address, groups));

/** A running instance with one interface for each address. */
export const instanceWith = (
  account: TestAccount,
  subnet: Subnet,
  ...addresses: readonly string[]
): { readonly instance: Instance; readonly interfaces: readonly NetworkInterface[] } =>
  account.transact((tx) => {
    const instance = insertInstance(tx, subnet.zone);
    const interfaces = addresses.map((address, index) =>
      attach(tx, insertInterface(tx, subnet, address), instance.id, index),
    );
    return { instance, interfaces };
  });

/** Puts an instance into a state, without what that does to its addresses. */
export const setInstanceState = (account: TestAccount, id: InstanceId, state: InstanceStateName): void => {
  account.transact((tx) => tx.update(Instance, id, { state }));
};

/** A NAT gateway of the subnet, in this state. */
export const natGatewayWith = (account: TestAccount, subnet: Subnet, state: NatGateway['state']): NatGateway =>
  account.transact((tx) =>
    tx.insert(NatGateway, {
      vpcId: subnet.vpcId,
      subnetId: subnet.id,
      connectivityType: 'private',
      state,
      failure: undefined,
      createdAtMs: tx.nowMs,
      deletedAtMs: undefined,
      addresses: [],
      tags: {},
    }),
  );

const insertInterface = (
  tx: Transaction,
  subnet: Subnet,
  address: string,
  groups: readonly SecurityGroup[] = [defaultSecurityGroup(tx, subnet.vpcId)],
): NetworkInterface =>
  tx.insert(NetworkInterface, {
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    zone: subnet.zone,
    description: '',
    mac: mac(0x02_00_00_00_00_00 + tx.random.integer(2 ** 32)),
    interfaceType: 'interface',
    sourceDestCheck: true,
    requesterManaged: false,
    requesterId: undefined,
    securityGroupIds: groups.map((group) => group.id),
    ipv4Addresses: address.includes(':') ? [] : [known(parseIpv4(address))],
    ipv4Prefixes: [],
    ipv6Addresses: address.includes(':') ? [known(parseIpv6(address))] : [],
    ipv6Prefixes: [],
    primaryIpv6: false,
    connectionTracking: {
      tcpEstablishedTimeoutSeconds: undefined,
      udpTimeoutSeconds: undefined,
      udpStreamTimeoutSeconds: undefined,
    },
    attachment: undefined,
    associatePublicIpAddress: false,
    autoAssignedPublicIp: undefined,
    tags: {},
  });

const attach = (
  tx: Transaction,
  row: NetworkInterface,
  instanceId: InstanceId,
  deviceIndex: number,
): NetworkInterface =>
  tx.update(NetworkInterface, row.id, {
    attachment: {
      id: tx.newId('eni-attach'),
      instanceId,
      deviceIndex,
      networkCardIndex: 0,
      status: 'attached',
      attachedAtMs: tx.nowMs,
      deleteOnTermination: true,
    },
  });

const insertInstance = (tx: Transaction, zone: string): Instance =>
  tx.insert(Instance, {
    reservationId: tx.newId('r'),
    launchIndex: 0,
    imageId: tx.newId('ami'),
    guestDriver: 'virtual',
    instanceType: 't3.micro',
    zone,
    state: 'running',
    stateTransitionReason: '',
    stateReason: undefined,
    launchedAtMs: tx.nowMs,
    terminatedAtMs: undefined,
    neverBooted: false,
    keyName: undefined,
    userData: undefined,
    architecture: 'x86_64',
    disableApiTermination: false,
    disableApiStop: false,
    instanceInitiatedShutdownBehavior: 'stop',
    ebsOptimized: false,
    enaSupport: true,
    sriovNetSupport: undefined,
    monitoring: false,
    tenancy: 'default',
    hibernationConfigured: false,
    iamInstanceProfileArn: undefined,
    metadataOptions: {
      httpTokens: 'required',
      httpPutResponseHopLimit: 2,
      httpEndpoint: 'enabled',
      httpProtocolIpv6: 'disabled',
      instanceMetadataTags: 'disabled',
    },
    privateDnsNameOptions: {
      hostnameType: 'ip-name',
      enableResourceNameDnsARecord: false,
      enableResourceNameDnsAAAARecord: false,
    },
    clientToken: undefined,
    cpuOptions: { coreCount: 1, threadsPerCore: 2 },
    autoRecovery: 'default',
    bandwidthWeighting: 'default',
    bootMode: undefined,
    platformDetails: 'Linux/UNIX',
    rootDeviceName: '/dev/xvda',
    tags: {},
  });

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a test names an address or block that is none');
  return value;
}
