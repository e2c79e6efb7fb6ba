import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { covers, formatCidr, overlaps } from '../net/cidr.ts';
import { seededRandom, type TestAccount, testAccount } from '../testing/account.ts';
import { Fault } from './fault.ts';
import { allKinds } from './kind.ts';
import { DhcpOptions } from './resources/dhcp-options.ts';
import { Ipv6Block } from './resources/ipv6-block.ts';
import { NetworkAcl } from './resources/network-acl.ts';
import { RouteTable } from './resources/route-table.ts';
import { SecurityGroup } from './resources/security-group.ts';
import { Subnet } from './resources/subnet.ts';
import { cidrsOfVpc, Vpc } from './resources/vpc.ts';
import { isLocalRoute } from './route-table-lifecycle.ts';
import { WORLD } from './scope.ts';
import { cidrsOfSubnet } from './subnet-cidr-rules.ts';
import type { Transaction } from './transaction.ts';

const ROUNDS = 25;
const STEPS = 120;

/** All that the account has, as text. */
const everything = (account: TestAccount): string =>
  account.transact((tx) =>
    JSON.stringify(
      [tx, tx.in(WORLD)].map((where) => allKinds().map((kind) => where.list(kind))),
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    ),
  );

/** Calls that make sense now and then, with arguments that fit now and then. */
function randomCall(account: TestAccount, pick: (bound: number) => number): void {
  const one = <T>(list: readonly T[]): T | undefined => list[pick(list.length)];
  const vpc = one(account.transact((tx) => tx.list(Vpc)));
  const subnet = one(account.transact((tx) => tx.list(Subnet)));
  const VpcId = vpc?.id ?? 'vpc-0123456789abcdef0';
  const SubnetId = subnet?.id ?? 'subnet-0123456789abcdef0';
  const CidrBlock = `10.${pick(6)}.${pick(4) * 64}.0/${16 + pick(3) * 4}`;
  const ipv6 = vpc?.ipv6CidrBlocks[0]?.cidr;
  const Ipv6CidrBlock = ipv6 ? formatCidr(ipv6).replace(/00::\/56$/, `0${pick(4)}::/64`) : '2001:db8::/64';
  const calls: readonly (() => unknown)[] = [
    () => account.call('CreateVpc', { CidrBlock, AmazonProvidedIpv6CidrBlock: pick(2) === 0 }),
    () => account.call('DeleteVpc', { VpcId }),
    () => account.call('CreateDefaultVpc'),
    () => account.call('AssociateVpcCidrBlock', { VpcId, CidrBlock }),
    () => account.call('AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true }),
    () => account.call('DisassociateVpcCidrBlock', { AssociationId: one(vpc?.cidrBlocks ?? [])?.associationId ?? 'x' }),
    () =>
      account.call('DisassociateVpcCidrBlock', { AssociationId: one(vpc?.ipv6CidrBlocks ?? [])?.associationId ?? 'x' }),
    () => account.call('CreateSubnet', { VpcId, CidrBlock, ...(pick(2) === 0 && { Ipv6CidrBlock }) }),
    () => account.call('CreateSubnet', { VpcId, Ipv6Native: true, Ipv6CidrBlock }),
    () => account.call('CreateDefaultSubnet', { AvailabilityZone: `us-east-1${one(['a', 'b', 'f', 'x'])}` }),
    () => account.call('DeleteSubnet', { SubnetId }),
    () => account.call('AssociateSubnetCidrBlock', { SubnetId, Ipv6CidrBlock }),
    () =>
      account.call('DisassociateSubnetCidrBlock', {
        AssociationId: subnet?.ipv6CidrBlocks[0]?.associationId ?? 'x',
      }),
    () => account.call('CreateRouteTable', { VpcId }),
    () =>
      account.call('DeleteRouteTable', { RouteTableId: one(account.transact((tx) => tx.list(RouteTable)))?.id ?? '' }),
    () =>
      account.call('AssociateRouteTable', {
        SubnetId,
        RouteTableId: one(account.transact((tx) => tx.list(RouteTable)))?.id ?? '',
      }),
    () => account.call('DetachInternetGateway', { VpcId, InternetGatewayId: gatewayOf(account, VpcId) }),
  ];
  one(calls)?.();
}

const gatewayOf = (account: TestAccount, vpcId: string): string =>
  account.call('DescribeInternetGateways', { Filters: [{ Name: 'attachment.vpc-id', Values: [vpcId] }] })
    .InternetGateways?.[0]?.InternetGatewayId ?? 'igw-0123456789abcdef0';

function checkVpc(tx: Transaction, vpc: Vpc): void {
  const cidrs = cidrsOfVpc(vpc);
  const locals = cidrs.map(formatCidr).sort();
  ok(vpc.cidrBlocks.length >= 1 && vpc.cidrBlocks.length <= 5 && vpc.ipv6CidrBlocks.length <= 5);
  for (const cidr of cidrs) equal(cidrs.filter((other) => overlaps(cidr, other)).length, 1);
  equal(tx.count(RouteTable, 'mainOfVpcId', vpc.id), 1);
  equal(tx.count(NetworkAcl, 'defaultOfVpcId', vpc.id), 1);
  equal(tx.by(SecurityGroup, 'vpcId', vpc.id).filter((group) => group.name === 'default').length, 1);
  for (const table of tx.by(RouteTable, 'vpcId', vpc.id)) {
    const shown = table.routes.filter(isLocalRoute).map(({ destination }) => destination);
    deepEqual(shown.map((one) => (one.kind === 'cidr' ? formatCidr(one.cidr) : one.id)).sort(), locals);
    for (const association of table.associations) {
      if (association.kind === 'subnet') equal(tx.find(Subnet, association.subnetId)?.vpcId, vpc.id);
    }
  }
  ok(vpc.dhcpOptionsId === 'default' || tx.find(DhcpOptions, vpc.dhcpOptionsId));
}

function checkSubnets(tx: Transaction, vpc: Vpc): void {
  const subnets = tx.by(Subnet, 'vpcId', vpc.id);
  const blocks = subnets.flatMap(cidrsOfSubnet);
  for (const block of blocks) {
    equal(blocks.filter((other) => overlaps(block, other)).length, 1);
    ok(cidrsOfVpc(vpc).some((around) => covers(around, block)));
  }
  for (const subnet of subnets) {
    equal(tx.find(NetworkAcl, subnet.networkAclAssociation.networkAclId)?.vpcId, vpc.id);
    equal(subnet.ipv6Native, subnet.cidr === undefined);
    ok(tx.by(RouteTable, 'subnetId', subnet.id).length <= 1);
  }
}

function checkAll(tx: Transaction): void {
  const vpcs = tx.list(Vpc);
  ok(vpcs.length <= 5 && vpcs.filter((vpc) => vpc.isDefault).length <= 1);
  for (const vpc of vpcs) {
    checkVpc(tx, vpc);
    checkSubnets(tx, vpc);
  }
  const ofVpcs = new Set(vpcs.map((vpc) => vpc.id));
  const parts = [...tx.list(RouteTable), ...tx.list(NetworkAcl), ...tx.list(SecurityGroup), ...tx.list(Subnet)];
  for (const part of parts) ok(ofVpcs.has(part.vpcId), part.id);
  const inUse = vpcs.flatMap((vpc) => vpc.ipv6CidrBlocks.map((block) => formatCidr(block.cidr))).sort();
  const taken = tx.in(WORLD).list(Ipv6Block);
  deepEqual(taken.map((block) => block.id).sort(), inUse);
  const defaults = tx.list(Subnet, (subnet) => subnet.defaultForAz).map((subnet) => subnet.zone);
  equal(new Set(defaults).size, defaults.length);
}

test('whatever is called, VPCs and subnets keep their shape, and a fault changes nothing', () => {
  const outcomes = { done: 0, refused: 0 };
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const account = testAccount({ seed });
    const random = seededRandom(seed + 1000);
    for (let step = 0; step < STEPS; step++) {
      const before = everything(account);
      try {
        randomCall(account, (bound) => random.integer(Math.max(bound, 1)));
        outcomes.done++;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        equal(everything(account), before, `seed ${seed}, step ${step}: ${error.message}`);
        outcomes.refused++;
      }
      account.transact(checkAll);
    }
  }
  ok(outcomes.done > 200 && outcomes.refused > 200, JSON.stringify(outcomes));
});
