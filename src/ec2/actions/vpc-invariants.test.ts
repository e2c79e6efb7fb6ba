/** What holds of groups, ACLs, route tables and gateways whatever is called in whatever order. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../model/fault.ts';
import { InternetGateway } from '../../model/resources/internet-gateway.ts';
import { NetworkAcl } from '../../model/resources/network-acl.ts';
import { RouteTable } from '../../model/resources/route-table.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { equalDestinations } from '../../model/route-destinations.ts';
import { ruleKey } from '../../model/security-group-rules.ts';
import type { Transaction } from '../../model/transaction.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { subnetWith, vpcWith } from '../../testing/vpc-parts.ts';

/** A step draws what it needs from a list of numbers, so that fast-check can shrink a run. */
interface Dice {
  pick<T>(items: readonly T[]): T | undefined;
}

type Step = (account: TestAccount, dice: Dice) => unknown;

/** Rows of the default VPC are left alone: there are many, and few calls would meet the same one twice. */
const ids = (
  account: TestAccount,
  list: (tx: Transaction) => readonly { readonly id: string; readonly vpcId?: string | undefined }[],
): readonly string[] =>
  account.transact((tx) => {
    const [standard] = tx.by(Vpc, 'isDefault', 'true');
    return list(tx)
      .filter((row) => row.id !== standard?.id && row.vpcId !== standard?.id)
      .map((row) => row.id);
  });

const tables = (account: TestAccount) => ids(account, (tx) => tx.list(RouteTable));
const subnets = (account: TestAccount) => ids(account, (tx) => tx.list(Subnet));
const acls = (account: TestAccount) => ids(account, (tx) => tx.list(NetworkAcl));
const groups = (account: TestAccount) => ids(account, (tx) => tx.list(SecurityGroup));
const gateways = (account: TestAccount) => ids(account, (tx) => tx.list(InternetGateway));
const vpcs = (account: TestAccount) => ids(account, (tx) => tx.list(Vpc));
const tableAssociations = (account: TestAccount) =>
  ids(account, (tx) =>
    tx.list(RouteTable).flatMap(({ vpcId, associations }) => associations.map(({ id }) => ({ id, vpcId }))),
  );
const aclAssociations = (account: TestAccount) =>
  ids(account, (tx) => tx.list(Subnet).map(({ vpcId, networkAclAssociation: { id } }) => ({ id, vpcId })));
const rules = (account: TestAccount) => ids(account, (tx) => tx.list(SecurityGroup).flatMap((group) => group.rules));

const CIDRS = ['0.0.0.0/0', '10.0.0.0/16', '10.0.1.0/24', '10.0.2.0/24', '192.0.2.7/24', '192.0.2.0/24'];

const permission = (account: TestAccount, dice: Dice) => ({
  IpProtocol: dice.pick(['tcp', '-1']) ?? '-1',
  FromPort: 80,
  ToPort: 80,
  ...(dice.pick([true, false])
    ? { UserIdGroupPairs: [{ GroupId: dice.pick(groups(account)) ?? '' }] }
    : { IpRanges: [{ CidrIp: dice.pick(CIDRS) ?? '' }] }),
});

const entry = (account: TestAccount, dice: Dice) => ({
  NetworkAclId: dice.pick(acls(account)) ?? '',
  RuleNumber: dice.pick([1, 2, 100, 32766, 32767]) ?? 1,
  Egress: dice.pick([true, false]) ?? true,
  Protocol: '-1',
  RuleAction: dice.pick(['allow', 'deny']) ?? 'deny',
  CidrBlock: dice.pick(CIDRS) ?? '',
});

const route = (account: TestAccount, dice: Dice) => ({
  RouteTableId: dice.pick(tables(account)) ?? '',
  DestinationCidrBlock: dice.pick(CIDRS) ?? '',
});

const STEPS: readonly Step[] = [
  (account, dice) => account.call('CreateRouteTable', { VpcId: dice.pick(vpcs(account)) ?? '' }),
  (account, dice) => account.call('DeleteRouteTable', { RouteTableId: dice.pick(tables(account)) ?? '' }),
  (account, dice) =>
    account.call('AssociateRouteTable', {
      RouteTableId: dice.pick(tables(account)) ?? '',
      SubnetId: dice.pick(subnets(account)),
    }),
  (account, dice) =>
    account.call('AssociateRouteTable', {
      RouteTableId: dice.pick(tables(account)) ?? '',
      GatewayId: dice.pick(gateways(account)),
    }),
  (account, dice) =>
    account.call('ReplaceRouteTableAssociation', {
      AssociationId: dice.pick(tableAssociations(account)) ?? '',
      RouteTableId: dice.pick(tables(account)) ?? '',
    }),
  (account, dice) =>
    account.call('DisassociateRouteTable', { AssociationId: dice.pick(tableAssociations(account)) ?? '' }),
  (account, dice) => account.call('CreateRoute', { ...route(account, dice), GatewayId: dice.pick(gateways(account)) }),
  (account, dice) => account.call('ReplaceRoute', { ...route(account, dice), GatewayId: dice.pick(gateways(account)) }),
  (account, dice) => account.call('DeleteRoute', route(account, dice)),
  (account) => account.call('CreateInternetGateway'),
  (account, dice) => account.call('DeleteInternetGateway', { InternetGatewayId: dice.pick(gateways(account)) ?? '' }),
  (account, dice) =>
    account.call('AttachInternetGateway', {
      InternetGatewayId: dice.pick(gateways(account)) ?? '',
      VpcId: dice.pick(vpcs(account)) ?? '',
    }),
  (account, dice) =>
    account.call('DetachInternetGateway', {
      InternetGatewayId: dice.pick(gateways(account)) ?? '',
      VpcId: dice.pick(vpcs(account)) ?? '',
    }),
  (account, dice) => account.call('CreateNetworkAcl', { VpcId: dice.pick(vpcs(account)) ?? '' }),
  (account, dice) => account.call('DeleteNetworkAcl', { NetworkAclId: dice.pick(acls(account)) ?? '' }),
  (account, dice) => account.call('CreateNetworkAclEntry', entry(account, dice)),
  (account, dice) => account.call('ReplaceNetworkAclEntry', entry(account, dice)),
  (account, dice) => account.call('DeleteNetworkAclEntry', entry(account, dice)),
  (account, dice) =>
    account.call('ReplaceNetworkAclAssociation', {
      AssociationId: dice.pick(aclAssociations(account)) ?? '',
      NetworkAclId: dice.pick(acls(account)) ?? '',
    }),
  (account, dice) =>
    account.call('CreateSecurityGroup', {
      GroupName: dice.pick(['web', 'Web']) ?? '',
      Description: 'd',
      VpcId: dice.pick(vpcs(account)),
    }),
  (account, dice) => account.call('DeleteSecurityGroup', { GroupId: dice.pick(groups(account)) }),
  (account, dice) =>
    account.call('AuthorizeSecurityGroupIngress', {
      GroupId: dice.pick(groups(account)),
      IpPermissions: [permission(account, dice)],
    }),
  (account, dice) =>
    account.call('RevokeSecurityGroupIngress', {
      GroupId: dice.pick(groups(account)),
      IpPermissions: [permission(account, dice)],
    }),
  (account, dice) =>
    account.call('ModifySecurityGroupRules', {
      GroupId: dice.pick(groups(account)) ?? '',
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: dice.pick(rules(account)) ?? '',
          SecurityGroupRule: { IpProtocol: '-1', CidrIpv4: dice.pick(CIDRS) ?? '' },
        },
      ],
    }),
];

/** Everything that must hold after every step. */
function check(tx: Transaction): void {
  for (const vpc of tx.list(Vpc)) checkVpc(tx, vpc);
  for (const subnet of tx.list(Subnet)) {
    equal(tx.get(NetworkAcl, subnet.networkAclAssociation.networkAclId).vpcId, subnet.vpcId);
    ok(tx.count(RouteTable, 'subnetId', subnet.id) <= 1, 'a subnet has two route tables');
  }
  for (const table of tx.list(RouteTable)) checkTable(tx, table);
  for (const group of tx.list(SecurityGroup)) checkGroup(tx, group);
  for (const acl of tx.list(NetworkAcl)) {
    const places = acl.entries.map((one) => `${one.egress} ${one.number}`);
    equal(new Set(places).size, places.length, 'two entries have one number');
  }
}

function checkVpc(tx: Transaction, { id }: Vpc): void {
  equal(tx.count(RouteTable, 'mainOfVpcId', id), 1, 'a VPC has not exactly one main table');
  equal(tx.count(NetworkAcl, 'defaultOfVpcId', id), 1, 'a VPC has not exactly one default ACL');
  ok(tx.count(InternetGateway, 'vpcId', id) <= 1, 'a VPC has two internet gateways');
  const names = tx.by(SecurityGroup, 'vpcId', id).map((group) => group.name.toLowerCase());
  equal(new Set(names).size, names.length, 'two groups of a VPC have one name');
  ok(names.includes('default'), 'a VPC has no default group');
}

function checkTable(tx: Transaction, table: RouteTable): void {
  for (const association of table.associations) {
    if (association.kind === 'subnet') equal(tx.get(Subnet, association.subnetId).vpcId, table.vpcId);
    if (association.kind === 'gateway') {
      equal(tx.find(InternetGateway, association.gatewayId)?.vpcId, table.vpcId);
      ok(!table.associations.some((one) => one.kind === 'main'), 'an edge table is a main table');
    }
  }
  ok(table.associations.filter((one) => one.kind === 'main').length <= 1);
  table.routes.forEach(({ destination }, index) => {
    const later = table.routes.slice(index + 1);
    ok(!later.some((other) => equalDestinations(destination, other.destination)), 'two routes have one destination');
  });
  ok(
    table.routes.some((one) => one.origin === 'CreateRouteTable'),
    'a table has no local route',
  );
}

function checkGroup(tx: Transaction, group: SecurityGroup): void {
  const keys = group.rules.map(ruleKey);
  equal(new Set(keys).size, keys.length, 'two rules of a group are equal');
  for (const { peer } of group.rules) {
    if (peer.kind === 'security-group') equal(tx.get(SecurityGroup, peer.id).vpcId, group.vpcId);
  }
}

/** Runs the steps; a fault changes nothing, and nothing but a fault may be thrown. */
function run(steps: readonly (readonly number[])[]): number {
  const account = testAccount({ seed: 7 });
  for (const cidr of ['10.0.0.0/16', '10.9.0.0/16']) {
    const vpc = vpcWith(account, cidr);
    for (const third of [1, 2]) subnetWith(account, vpc, cidr.replace('.0.0/16', `.${third}.0/24`));
  }
  let done = 0;
  for (const [first = 0, ...numbers] of steps) {
    let next = 0;
    const dice: Dice = { pick: (items) => items[(numbers[next++ % numbers.length] ?? 0) % items.length] };
    const step = STEPS[first % STEPS.length];
    if (!step) throw new Error('no such step');
    const before = account.transact((tx) => tx.list(RouteTable).length + tx.list(SecurityGroup).length);
    try {
      step(account, dice);
      done++;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      deepEqual(
        account.transact((tx) => tx.list(RouteTable).length + tx.list(SecurityGroup).length),
        before,
      );
    }
    account.transact(check);
  }
  return done;
}

test('no order of calls breaks what EC2 promises of a VPC’s parts', () => {
  let done = 0;
  const step = fc.array(fc.nat({ max: 997 }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 100 }), (steps) => {
      done += run(steps);
    }),
    { seed: 20240102, numRuns: 120 },
  );
  ok(done > 2000, `only ${done} calls did anything, so that little was tried`);
});
