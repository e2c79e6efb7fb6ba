/** Network ACLs, through their calls. */
import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { subnetWith, vpcWith } from '../../testing/vpc-parts.ts';
import type { RequestOf } from '../operation.ts';

type Entry = RequestOf<'CreateNetworkAclEntry'>;

const newAcl = (account: TestAccount, VpcId: string): string =>
  account.call('CreateNetworkAcl', { VpcId }).NetworkAcl?.NetworkAclId ?? '';

const describeAcl = (account: TestAccount, id: string) =>
  account.call('DescribeNetworkAcls', { NetworkAclIds: [id] }).NetworkAcls?.[0];

/** The entries of an ACL as lines: direction, number, action, protocol, block, ports or type and code. */
const entriesOf = (account: TestAccount, id: string): string[] =>
  (describeAcl(account, id)?.Entries ?? []).map((entry) =>
    [
      entry.Egress ? 'out' : 'in',
      entry.RuleNumber,
      entry.RuleAction,
      entry.Protocol,
      entry.CidrBlock ?? entry.Ipv6CidrBlock,
      ...(entry.PortRange ? [`${entry.PortRange.From}-${entry.PortRange.To}`] : []),
      ...(entry.IcmpTypeCode ? [`${entry.IcmpTypeCode.Type}/${entry.IcmpTypeCode.Code}`] : []),
    ].join(' '),
  );

const defaultAclOf = (account: TestAccount, vpcId: string) =>
  account.call('DescribeNetworkAcls', {
    Filters: [
      { Name: 'vpc-id', Values: [vpcId] },
      { Name: 'default', Values: ['true'] },
    ],
  }).NetworkAcls?.[0];

test('a custom ACL is born with the final denies only', () => {
  const account = testAccount();
  const ipv4 = newAcl(account, vpcWith(account, '10.0.0.0/16').id);
  const dual = newAcl(account, vpcWith(account, '10.1.0.0/16', '2600:1f18::/56').id);
  deepEqual(entriesOf(account, ipv4), ['out 32767 deny -1 0.0.0.0/0', 'in 32767 deny -1 0.0.0.0/0']);
  deepEqual(entriesOf(account, dual), [
    'out 32767 deny -1 0.0.0.0/0',
    'out 32768 deny -1 ::/0',
    'in 32767 deny -1 0.0.0.0/0',
    'in 32768 deny -1 ::/0',
  ]);
});

test('the default ACL lets everything through, of IPv6 too where the VPC has it', () => {
  const account = testAccount();
  const dual = defaultAclOf(account, vpcWith(account, '10.1.0.0/16', '2600:1f18::/56').id);
  deepEqual(entriesOf(account, dual?.NetworkAclId ?? ''), [
    'out 100 allow -1 0.0.0.0/0',
    'out 101 allow -1 ::/0',
    'out 32767 deny -1 0.0.0.0/0',
    'out 32768 deny -1 ::/0',
    'in 100 allow -1 0.0.0.0/0',
    'in 101 allow -1 ::/0',
    'in 32767 deny -1 0.0.0.0/0',
    'in 32768 deny -1 ::/0',
  ]);
});

test('entries come back canonical, in order of number, and without what their protocol has not', () => {
  const account = testAccount();
  const NetworkAclId = newAcl(account, vpcWith(account, '10.0.0.0/16', '2600:1f18::/56').id);
  const common = { NetworkAclId, RuleAction: 'allow', Egress: false };
  const entries: readonly Entry[] = [
    { ...common, RuleNumber: 300, Protocol: '47', CidrBlock: '0.0.0.0/0', PortRange: { From: 1, To: 2 } },
    { ...common, RuleNumber: 100, Protocol: '6', CidrBlock: '100.68.0.18/18', PortRange: { From: 80, To: 90 } },
    { ...common, RuleNumber: 200, Protocol: '1', CidrBlock: '10.0.0.0/8', IcmpTypeCode: { Type: 8, Code: -1 } },
    { ...common, RuleNumber: 210, Protocol: '58', Ipv6CidrBlock: '::/0', IcmpTypeCode: { Type: 128, Code: 0 } },
    { ...common, RuleNumber: 220, Protocol: '58', CidrBlock: '0.0.0.0/0' },
    { ...common, RuleNumber: 1, Protocol: '17', Ipv6CidrBlock: '2001:DB8::1/32', PortRange: { From: 53, To: 53 } },
  ];
  for (const entry of entries) account.call('CreateNetworkAclEntry', entry);
  deepEqual(
    entriesOf(account, NetworkAclId).filter((line) => line.startsWith('in') && !line.includes(' 3276')),
    [
      'in 1 allow 17 2001:db8::/32 53-53',
      'in 100 allow 6 100.68.0.0/18 80-90',
      'in 200 allow 1 10.0.0.0/8 8/-1',
      'in 210 allow 58 ::/0 128/0',
      'in 220 allow 58 0.0.0.0/0',
      'in 300 allow 47 0.0.0.0/0',
    ],
  );
});

test('creating an entry tells each mistake, one after the other is mended', () => {
  const account = testAccount();
  const NetworkAclId = newAcl(account, vpcWith(account, '10.0.0.0/16').id);
  const wrong: Entry = {
    NetworkAclId: 'acl-00000000000000001',
    RuleNumber: 32767,
    RuleAction: 'reject',
    Protocol: 'tcp',
    Egress: true,
  };
  const mended: readonly Partial<Entry>[] = [
    {},
    { RuleNumber: 100 },
    { RuleAction: 'deny' },
    { Protocol: '6' },
    { CidrBlock: '10.0.0.0/33', Ipv6CidrBlock: '::/0' },
    { Ipv6CidrBlock: undefined },
    { CidrBlock: '10.0.0.0/24' },
    { PortRange: { From: 90 } },
    { PortRange: { From: 90, To: 65536 } },
    { PortRange: { From: 90, To: 80 } },
    { PortRange: { From: 80, To: 90 } },
  ];
  let request = wrong;
  const faults = mended.map((fields) => {
    request = { ...request, ...fields };
    return account.fault(() => account.call('CreateNetworkAclEntry', request));
  });
  deepEqual(faults, [
    'InvalidParameterValue: Value (32767) for parameter ruleNumber is invalid. The rule number must be between 1 and 32766.',
    'InvalidParameterValue: Value (reject) for parameter ruleAction is invalid. Use allow or deny.',
    "InvalidParameterValue: Invalid value 'tcp' for IP protocol. Unknown protocol.",
    'MissingParameter: The request must contain the parameter cidrBlock or ipv6CidrBlock',
    'InvalidParameterCombination: The parameter cidrBlock cannot be used with the parameter ipv6CidrBlock',
    'InvalidParameterValue: Value (10.0.0.0/33) for parameter cidrBlock is invalid. This is not a valid CIDR block.',
    'MissingParameter: The request must contain the parameter portRange.from',
    'MissingParameter: The request must contain the parameter portRange.to',
    'InvalidParameterValue: TCP/UDP port (65536) out of range',
    'InvalidParameterValue: Invalid TCP/UDP port range (90:80)',
    "InvalidNetworkAclID.NotFound: The networkAcl ID 'acl-00000000000000001' does not exist",
  ]);
  const right = { ...request, NetworkAclId };
  account.call('CreateNetworkAclEntry', right);
  equal(
    account.fault(() => account.call('CreateNetworkAclEntry', right)),
    'NetworkAclEntryAlreadyExists: The network acl entry identified by 100 already exists.',
  );
  account.call('CreateNetworkAclEntry', { ...right, Egress: false });
});

test('a replaced entry keeps its number, a deleted one is gone from its direction only, the final deny stays', () => {
  const account = testAccount();
  const NetworkAclId = newAcl(account, vpcWith(account, '10.0.0.0/16').id);
  const entry = { NetworkAclId, RuleNumber: 7, Protocol: '-1', RuleAction: 'allow', CidrBlock: '0.0.0.0/0' };
  for (const Egress of [true, false]) account.call('CreateNetworkAclEntry', { ...entry, Egress });
  account.call('ReplaceNetworkAclEntry', { ...entry, Egress: true, RuleAction: 'deny' });
  deepEqual(entriesOf(account, NetworkAclId), [
    'out 7 deny -1 0.0.0.0/0',
    'out 32767 deny -1 0.0.0.0/0',
    'in 7 allow -1 0.0.0.0/0',
    'in 32767 deny -1 0.0.0.0/0',
  ]);
  const remove = (Egress: boolean, RuleNumber: number) => () =>
    account.call('DeleteNetworkAclEntry', { NetworkAclId, Egress, RuleNumber });
  remove(true, 7)();
  equal(entriesOf(account, NetworkAclId).length, 3);
  equal(account.faultCode(remove(true, 7)), 'InvalidNetworkAclEntry.NotFound');
  equal(account.faultCode(remove(false, 32767)), 'InvalidParameterValue');
  equal(
    account.faultCode(() => account.call('ReplaceNetworkAclEntry', { ...entry, Egress: true })),
    'InvalidNetworkAclEntry.NotFound',
  );
});

test('an ACL takes twenty entries in each direction', () => {
  const account = testAccount();
  const NetworkAclId = newAcl(account, vpcWith(account, '10.0.0.0/16').id);
  const create = (Egress: boolean, RuleNumber: number) => () =>
    account.call('CreateNetworkAclEntry', {
      NetworkAclId,
      RuleNumber,
      Egress,
      Protocol: '-1',
      RuleAction: 'allow',
      CidrBlock: '0.0.0.0/0',
    });
  for (let number = 1; number <= 20; number++) create(true, number)();
  equal(account.faultCode(create(true, 21)), 'NetworkAclEntryLimitExceeded');
  create(false, 1)();
});

test('a subnet changes its ACL under a new association, and the old association is forgotten', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const subnet = subnetWith(account, vpc, '10.0.1.0/24');
  const [before] = defaultAclOf(account, vpc.id)?.Associations ?? [];
  equal(before?.SubnetId, subnet.id);
  const NetworkAclId = newAcl(account, vpc.id);
  const AssociationId = before?.NetworkAclAssociationId ?? '';
  const replace = (aclId: string) => () =>
    account.call('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId: aclId });
  const elsewhere = newAcl(account, vpcWith(account, '10.1.0.0/16').id);
  equal(account.faultCode(replace('acl-00000000000000001')), 'InvalidNetworkAclID.NotFound');
  equal(account.faultCode(replace(elsewhere)), 'InvalidParameterValue');
  const { NewAssociationId } = replace(NetworkAclId)();
  notEqual(NewAssociationId, AssociationId);
  deepEqual(describeAcl(account, NetworkAclId)?.Associations, [
    { NetworkAclAssociationId: NewAssociationId, NetworkAclId, SubnetId: subnet.id },
  ]);
  deepEqual(defaultAclOf(account, vpc.id)?.Associations, []);
  equal(account.faultCode(replace(NetworkAclId)), 'InvalidAssociationID.NotFound');
});

test('neither the default ACL nor one that a subnet has can be deleted', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const subnet = subnetWith(account, vpc, '10.0.1.0/24');
  const remove = (NetworkAclId: string) => () => account.call('DeleteNetworkAcl', { NetworkAclId });
  equal(account.faultCode(remove(defaultAclOf(account, vpc.id)?.NetworkAclId ?? '')), 'InvalidParameterValue');
  const id = newAcl(account, vpc.id);
  const AssociationId = subnet.networkAclAssociation.id;
  account.call('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId: id });
  equal(
    account.fault(remove(id)),
    `DependencyViolation: The networkAcl '${id}' has dependencies and cannot be deleted.`,
  );
  const unused = newAcl(account, vpc.id);
  remove(unused)();
  equal(account.faultCode(remove(unused)), 'InvalidNetworkAclID.NotFound');
});
