import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { given } from '../../testing/instance-parts.ts';

const SSH = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22 };

function group(): { readonly account: TestAccount; readonly GroupId: string; readonly ruleId: string } {
  const account = testAccount();
  const GroupId = given(account.call('CreateSecurityGroup', { GroupName: 'g', Description: 'g' }).GroupId);
  const added = account.call('AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [{ ...SSH, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'old' }] }],
  });
  return { account, GroupId, ruleId: given(added.SecurityGroupRules?.[0]?.SecurityGroupRuleId) };
}

const descriptions = (account: TestAccount, GroupId: string) =>
  account
    .call('DescribeSecurityGroupRules', { Filters: [{ Name: 'group-id', Values: [GroupId] }] })
    .SecurityGroupRules?.map((rule) => rule.Description);

test('a rule gets another description by what it says, by its id, and loses it', () => {
  const { account, GroupId, ruleId } = group();
  const update = (request: object) =>
    account.call('UpdateSecurityGroupRuleDescriptionsIngress', { GroupId, ...request }).Return;
  update({ IpPermissions: [{ ...SSH, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'new' }] }] });
  deepEqual(descriptions(account, GroupId), [undefined, 'new']);
  update({ SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: ruleId, Description: 'newer' }] });
  deepEqual(descriptions(account, GroupId), [undefined, 'newer']);
  update({ SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: ruleId }] });
  deepEqual(descriptions(account, GroupId), [undefined, undefined]);
});

test('each mistake in an update of descriptions has its fault', () => {
  const { account, GroupId, ruleId } = group();
  const byId = { SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: ruleId, Description: 'x' }] };
  const byRange = (CidrIp: string, Description = 'x') => ({
    IpPermissions: [{ ...SSH, IpRanges: [{ CidrIp, Description }] }],
  });
  const cases: readonly (readonly [object, string])[] = [
    [{}, 'MissingParameter'],
    [{ ...byId, ...byRange('10.0.0.0/8') }, 'InvalidParameterCombination'],
    [byRange('10.0.0.0/9'), 'InvalidPermission.NotFound'],
    [byRange('10.0.0.0/8', 'é'), 'InvalidParameterValue'],
    [{ SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: 'x' }] }, 'InvalidSecurityGroupRuleId.Malformed'],
  ];
  for (const [request, code] of cases) {
    equal(
      account.faultCode(() => account.call('UpdateSecurityGroupRuleDescriptionsIngress', { GroupId, ...request })),
      code,
    );
  }
  equal(
    account.faultCode(() => account.call('UpdateSecurityGroupRuleDescriptionsEgress', { GroupId, ...byId })),
    'InvalidSecurityGroupRuleId.NotFound',
  );
  deepEqual(descriptions(account, GroupId), [undefined, 'old']);
});
