/** Descriptions of security group rules: the one thing of a rule that can change without being another rule. */
import { Fault } from '../../model/fault.ts';
import type { SecurityGroup } from '../../model/resources/security-group.ts';
import { readDescription, readPermission } from '../../model/security-group-permissions.ts';
import { nameReferencedGroup } from '../../model/security-group-references.ts';
import { describeRules, findEqualRule, findRule, type Redescription } from '../../model/security-group-rules.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import type { RequestOf } from '../operation.ts';
import { groupOf } from './security-group-rules.ts';

type UpdateRequest =
  | RequestOf<'UpdateSecurityGroupRuleDescriptionsIngress'>
  | RequestOf<'UpdateSecurityGroupRuleDescriptionsEgress'>;

/** UpdateSecurityGroupRuleDescriptionsIngress. */
export const UpdateSecurityGroupRuleDescriptionsIngress = action(
  'UpdateSecurityGroupRuleDescriptionsIngress',
  (request, tx) => update(tx, request, false),
);

/** UpdateSecurityGroupRuleDescriptionsEgress. */
export const UpdateSecurityGroupRuleDescriptionsEgress = action(
  'UpdateSecurityGroupRuleDescriptionsEgress',
  (request, tx) => update(tx, request, true),
);

function update(tx: Transaction, request: UpdateRequest, egress: boolean): { Return: boolean } {
  const group = groupOf(tx, request);
  describeRules(tx, group, changesOf(tx, group, request, egress));
  return { Return: true };
}

/** Either form of naming rules, not both. The sentences are unconfirmed. */
function changesOf(
  tx: Transaction,
  group: SecurityGroup,
  { IpPermissions: permissions = [], SecurityGroupRuleDescriptions: byId = [] }: UpdateRequest,
  egress: boolean,
): readonly Redescription[] {
  if (permissions.length > 0 && byId.length > 0) {
    throw new Fault('InvalidParameterCombination', {
      parameter: 'securityGroupRuleDescriptions',
      other: 'ipPermissions',
    });
  }
  if (permissions.length + byId.length === 0) throw new Fault('MissingParameter', { parameter: 'ipPermissions' });
  const reader = { tx, egress, findGroup: nameReferencedGroup.bind(undefined, tx) };
  const named = permissions.flatMap((permission) => readPermission(reader, permission));
  return [
    ...named.map((content) => ({ rule: findEqualRule(group, content), description: content.description })),
    ...byId.map((one) => ({
      rule: ruleOf(group, one.SecurityGroupRuleId, egress),
      description: readDescription(one.Description),
    })),
  ];
}

/** That a rule of the other direction counts as unknown is unconfirmed. */
function ruleOf(group: SecurityGroup, id: string | undefined, egress: boolean) {
  if (id === undefined) throw new Fault('MissingParameter', { parameter: 'securityGroupRuleId' });
  const rule = findRule(group, id);
  if (rule.egress !== egress) throw new Fault('InvalidSecurityGroupRuleId.NotFound', { id });
  return rule;
}

export const securityGroupRuleDescriptionActions = [
  UpdateSecurityGroupRuleDescriptionsIngress,
  UpdateSecurityGroupRuleDescriptionsEgress,
] as const;
