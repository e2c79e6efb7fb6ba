/** What a Describe call shows of rules can be given back to the calls that make and take them. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../model/fault.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { vpcWith } from '../../testing/vpc-parts.ts';
import type { RequestOf } from '../operation.ts';

type Permission = NonNullable<RequestOf<'AuthorizeSecurityGroupIngress'>['IpPermissions']>[number];
type Entry = Omit<RequestOf<'CreateNetworkAclEntry'>, 'NetworkAclId'>;

const SEED = 20240102;

const port = fc.nat({ max: 65535 });
const portPair = fc
  .tuple(port, port)
  .map(([one, other]): [number, number] => [Math.min(one, other), Math.max(one, other)]);
const icmpPair = fc
  .tuple(fc.integer({ min: -1, max: 255 }), fc.integer({ min: -1, max: 255 }))
  .map(([type, code]): [number, number] => [type, type === -1 ? -1 : code]);

const octet = fc.nat({ max: 255 });
const ipv4Cidr = fc
  .tuple(octet, octet, octet, octet, fc.nat({ max: 32 }))
  .map(([one, two, three, four, length]) => `${one}.${two}.${three}.${four}/${length}`);
const ipv6Cidr = fc
  .tuple(fc.nat({ max: 0xffff }), fc.nat({ max: 0xffff }), fc.nat({ max: 128 }))
  .map(([one, two, length]) => `2001:${one.toString(16)}::${two.toString(16)}/${length}`);

const traffic: fc.Arbitrary<Permission> = fc.oneof(
  fc.constant({ IpProtocol: '-1' }),
  fc
    .tuple(fc.constantFrom('tcp', 'udp', '6', '17'), portPair)
    .map(([IpProtocol, [FromPort, ToPort]]) => ({ IpProtocol, FromPort, ToPort })),
  fc
    .tuple(fc.constantFrom('icmp', 'icmpv6', '1', '58'), icmpPair)
    .map(([IpProtocol, [FromPort, ToPort]]) => ({ IpProtocol, FromPort, ToPort })),
  fc.constantFrom('47', '50', '132').map((IpProtocol) => ({ IpProtocol })),
);

const permission: fc.Arbitrary<Permission> = fc
  .tuple(traffic, fc.uniqueArray(ipv4Cidr, { minLength: 1, maxLength: 3 }), fc.uniqueArray(ipv6Cidr, { maxLength: 2 }))
  .map(([one, ipv4, ipv6]) => ({
    ...one,
    IpRanges: ipv4.map((CidrIp) => ({ CidrIp, Description: `from ${CidrIp}` })),
    Ipv6Ranges: ipv6.map((CidrIpv6) => ({ CidrIpv6 })),
  }));

const ingressOf = (account: TestAccount, id: string) =>
  account.call('DescribeSecurityGroups', { GroupIds: [id] }).SecurityGroups?.[0]?.IpPermissions ?? [];

const newGroup = (account: TestAccount, VpcId: string, GroupName: string): string =>
  account.call('CreateSecurityGroup', { GroupName, Description: 'd', VpcId }).GroupId ?? '';

/** Generated permissions may share a rule, or name one twice in two spellings. */
function unlessDuplicate(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    const isDuplicate = error instanceof Fault && /already exists|multiple times/.test(error.message);
    if (!isDuplicate) throw error;
  }
}

test('permissions as described can be authorized for another group, and revoked to the last', () => {
  fc.assert(
    fc.property(fc.array(permission, { minLength: 1, maxLength: 6 }), (permissions) => {
      const account = testAccount();
      const vpc = vpcWith(account, '10.0.0.0/16');
      const [one, two] = [newGroup(account, vpc.id, 'one'), newGroup(account, vpc.id, 'two')];
      const allow = (each: Permission) =>
        account.call('AuthorizeSecurityGroupIngress', { GroupId: one, IpPermissions: [each] });
      allow({ IpProtocol: '41', UserIdGroupPairs: [{ GroupId: one }, { GroupId: two, Description: 'peers' }] });
      for (const each of permissions) unlessDuplicate(() => allow(each));
      const described = ingressOf(account, one);
      account.call('AuthorizeSecurityGroupIngress', { GroupId: two, IpPermissions: described });
      deepEqual(ingressOf(account, two), described);
      account.call('RevokeSecurityGroupIngress', { GroupId: one, IpPermissions: described });
      deepEqual(ingressOf(account, one), []);
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test('a single rule as described revokes itself and no other', () => {
  fc.assert(
    fc.property(permission, (each) => {
      const account = testAccount();
      const id = newGroup(account, vpcWith(account, '10.0.0.0/16').id, 'one');
      const IpRanges = (each.IpRanges ?? []).slice(0, 1);
      account.call('AuthorizeSecurityGroupIngress', {
        GroupId: id,
        IpPermissions: [{ ...each, IpRanges, Ipv6Ranges: [] }],
      });
      account.call('AuthorizeSecurityGroupIngress', {
        GroupId: id,
        IpPermissions: [{ IpProtocol: '89', UserIdGroupPairs: [{ GroupId: id }] }],
      });
      const [rule] =
        account
          .call('DescribeSecurityGroupRules', {
            Filters: [{ Name: 'group-id', Values: [id] }],
          })
          .SecurityGroupRules?.filter((one) => one.CidrIpv4 !== undefined && !one.IsEgress) ?? [];
      account.call('RevokeSecurityGroupIngress', {
        GroupId: id,
        IpPermissions: [
          {
            IpProtocol: rule?.IpProtocol,
            FromPort: rule?.FromPort,
            ToPort: rule?.ToPort,
            IpRanges: [{ CidrIp: rule?.CidrIpv4 }],
          },
        ],
      });
      equal(ingressOf(account, id).length, 1);
    }),
    { seed: SEED, numRuns: 60 },
  );
});

const aclTraffic: fc.Arbitrary<Partial<Entry>> = fc.oneof(
  fc.constant({ Protocol: '-1' }),
  fc
    .tuple(fc.constantFrom('6', '17'), portPair)
    .map(([Protocol, [From, To]]) => ({ Protocol, PortRange: { From, To } })),
  fc
    .tuple(fc.constantFrom('1', '58'), icmpPair)
    .map(([Protocol, [Type, Code]]) => ({ Protocol, IcmpTypeCode: { Type, Code } })),
  fc.constantFrom('47', '50').map((Protocol) => ({ Protocol })),
);

const aclEntry: fc.Arbitrary<Entry> = fc
  .tuple(
    aclTraffic,
    fc.oneof(
      ipv4Cidr.map((CidrBlock) => ({ CidrBlock })),
      ipv6Cidr.map((Ipv6CidrBlock) => ({ Ipv6CidrBlock })),
    ),
    fc.record({
      RuleNumber: fc.integer({ min: 1, max: 32766 }),
      Egress: fc.boolean(),
      RuleAction: fc.constantFrom('allow', 'deny'),
    }),
  )
  .map(([one, block, rest]) => ({ Protocol: '-1', ...one, ...block, ...rest }));

test('entries as described make an equal network ACL', () => {
  const place = ({ Egress, RuleNumber }: Entry) => `${Egress} ${RuleNumber}`;
  fc.assert(
    fc.property(fc.uniqueArray(aclEntry, { maxLength: 15, selector: place }), (entries) => {
      const account = testAccount();
      const VpcId = vpcWith(account, '10.0.0.0/16', '2600:1f18::/56').id;
      const create = (list: readonly Entry[]) => {
        const NetworkAclId = account.call('CreateNetworkAcl', { VpcId }).NetworkAcl?.NetworkAclId ?? '';
        for (const one of list) account.call('CreateNetworkAclEntry', { ...one, NetworkAclId });
        return account.call('DescribeNetworkAcls', { NetworkAclIds: [NetworkAclId] }).NetworkAcls?.[0]?.Entries ?? [];
      };
      const first = create(entries);
      equal(first.length, entries.length + 4);
      const given = first.flatMap((one) =>
        (one.RuleNumber ?? 0) > 32766
          ? []
          : [
              {
                ...one,
                RuleNumber: one.RuleNumber ?? 0,
                Egress: one.Egress ?? false,
                Protocol: one.Protocol ?? '',
                RuleAction: one.RuleAction ?? '',
              },
            ],
      );
      deepEqual(create(given.toReversed()), first);
    }),
    { seed: SEED, numRuns: 60 },
  );
});
