/** Rule groups. */
import type * as sdk from '@aws-sdk/client-network-firewall';
import { arnTypeOf, type Naming, resourceAt, resourceNamed } from '../../../model/network-firewall/naming.ts';
import { refused } from '../../../model/network-firewall/refusal.ts';
import {
  consumedCapacity,
  createRuleGroup,
  deleteRuleGroup,
  policiesWith,
  updateRuleGroup,
} from '../../../model/network-firewall/rule-groups.ts';
import { FirewallRuleGroup } from '../../../model/resources/network-firewall.ts';
import type { Transaction } from '../../../model/transaction.ts';
import { action } from '../action.ts';
import { pageOf } from '../pages.ts';
import { contentOf, describeContent } from '../rule-group-content.ts';
import {
  describeEncryption,
  describeTags,
  encryptionAsked,
  encryptionOf,
  optionalWord,
  tagged,
  unlessEmpty,
  word,
} from '../words.ts';

const TYPES = ['STATELESS', 'STATEFUL'] as const;

/** AWS's analysis of stateless groups looks for rules that lead one direction past the stateful engine; localvpc's traces show these. */
function refuseAnalysis(asked: boolean | undefined, summary: object | undefined): void {
  if (asked) throw refused('localvpc does not analyze rule groups');
  if (summary) throw refused('localvpc does not summarize rule groups');
}

interface GroupNaming {
  readonly RuleGroupArn?: string | undefined;
  readonly RuleGroupName?: string | undefined;
  readonly Type?: string | undefined;
}

/** A name alone says nothing without the type: a stateless and a stateful group may have one name. */
function groupNamed(tx: Transaction, { RuleGroupArn: arn, RuleGroupName: name, Type }: GroupNaming): FirewallRuleGroup {
  const type = optionalWord(Type, TYPES, 'Type');
  if (arn !== undefined && type === undefined) return resourceAt(tx, FirewallRuleGroup, arn);
  if (type === undefined) throw refused('the request must contain the ARN of the rule group, or its name and its type');
  const naming: Naming = { arn, name };
  return resourceNamed(tx, FirewallRuleGroup, arnTypeOf(type), naming);
}

function describeGroup(tx: Transaction, group: FirewallRuleGroup): sdk.RuleGroupResponse {
  return {
    RuleGroupArn: group.id,
    RuleGroupName: group.name,
    RuleGroupId: group.uniqueId,
    Description: group.description,
    Type: group.type,
    Capacity: group.capacity,
    RuleGroupStatus: 'ACTIVE',
    Tags: unlessEmpty(describeTags(group.tags)),
    ConsumedCapacity: consumedCapacity(group),
    NumberOfAssociations: policiesWith(tx, group).length,
    EncryptionConfiguration: describeEncryption(group.encryption),
    ...(group.copiedFrom && {
      SourceMetadata: { SourceArn: group.copiedFrom.sourceArn, SourceUpdateToken: group.copiedFrom.updateToken },
    }),
    LastModifiedTime: new Date(group.modifiedAtMs),
  };
}

type CopiedFrom = { readonly SourceArn?: string | undefined; readonly SourceUpdateToken?: string | undefined };

const copiedFrom = (metadata: CopiedFrom | undefined): FirewallRuleGroup['copiedFrom'] =>
  metadata && { sourceArn: metadata.SourceArn, updateToken: metadata.SourceUpdateToken };

export const CreateRuleGroup = action('CreateRuleGroup', (request, tx) => {
  refuseAnalysis(request.AnalyzeRuleGroup, request.SummaryConfiguration);
  const group = createRuleGroup(tx, {
    name: request.RuleGroupName,
    type: word(request.Type, TYPES, 'Type'),
    ...contentOf(request),
    description: request.Description,
    capacity: request.Capacity,
    encryption: encryptionOf(request.EncryptionConfiguration),
    copiedFrom: copiedFrom(request.SourceMetadata),
    tags: tagged({}, request.Tags),
  });
  return { UpdateToken: group.updateToken, RuleGroupResponse: describeGroup(tx, group) };
});

export const UpdateRuleGroup = action('UpdateRuleGroup', (request, tx) => {
  refuseAnalysis(request.AnalyzeRuleGroup, request.SummaryConfiguration);
  const before = groupNamed(tx, request);
  const group = updateRuleGroup(tx, before, {
    updateToken: request.UpdateToken,
    ...contentOf(request),
    description: request.Description,
    encryption: encryptionAsked(request.EncryptionConfiguration),
    copiedFrom: copiedFrom(request.SourceMetadata) ?? before.copiedFrom,
  });
  return { UpdateToken: group.updateToken, RuleGroupResponse: describeGroup(tx, group) };
});

export const DescribeRuleGroup = action('DescribeRuleGroup', (request, tx) => {
  refuseAnalysis(request.AnalyzeRuleGroup, undefined);
  const group = groupNamed(tx, request);
  return {
    UpdateToken: group.updateToken,
    RuleGroup: describeContent(group),
    RuleGroupResponse: describeGroup(tx, group),
  };
});

export const DescribeRuleGroupMetadata = action('DescribeRuleGroupMetadata', (request, tx) => {
  const group = groupNamed(tx, request);
  return {
    RuleGroupArn: group.id,
    RuleGroupName: group.name,
    Description: group.description,
    Type: group.type,
    Capacity: group.capacity,
    ...(group.ruleOrder && { StatefulRuleOptions: { RuleOrder: group.ruleOrder } }),
    LastModifiedTime: new Date(group.modifiedAtMs),
  };
});

export const DeleteRuleGroup = action('DeleteRuleGroup', (request, tx) => {
  const group = groupNamed(tx, request);
  const described = describeGroup(tx, group);
  deleteRuleGroup(tx, group);
  return { RuleGroupResponse: { ...described, RuleGroupStatus: 'DELETING' } };
});

export const ListRuleGroups = action('ListRuleGroups', (request, tx) => {
  const type = optionalWord(request.Type, [...TYPES, 'STATEFUL_DOMAIN'], 'Type');
  const isManaged = optionalWord(request.Scope, ['MANAGED', 'ACCOUNT'], 'Scope') === 'MANAGED';
  const groups = isManaged ? [] : tx.list(FirewallRuleGroup, (one) => type === undefined || one.type === type);
  const { items, NextToken } = pageOf(groups, request);
  return { NextToken, RuleGroups: items.map(({ name, id }) => ({ Name: name, Arn: id })) };
});
