/** Firewall policies. */
import type * as sdk from '@aws-sdk/client-network-firewall';
import { resourceNamed } from '../../../model/network-firewall/naming.ts';
import {
  createFirewallPolicy,
  deleteFirewallPolicy,
  firewallsWith,
  reservedCapacity,
  updateFirewallPolicy,
} from '../../../model/network-firewall/policies.ts';
import { FirewallPolicy } from '../../../model/resources/network-firewall.ts';
import type { Transaction } from '../../../model/transaction.ts';
import { action } from '../action.ts';
import { pageOf } from '../pages.ts';
import { describeSettings, settingsOf } from '../policy-settings.ts';
import { describeEncryption, describeTags, encryptionAsked, encryptionOf, tagged, unlessEmpty } from '../words.ts';

interface PolicyNaming {
  readonly FirewallPolicyArn?: string | undefined;
  readonly FirewallPolicyName?: string | undefined;
}

const policyNamed = (tx: Transaction, { FirewallPolicyArn: arn, FirewallPolicyName: name }: PolicyNaming) =>
  resourceNamed(tx, FirewallPolicy, 'firewall-policy', { arn, name });

function describePolicy(tx: Transaction, policy: FirewallPolicy): sdk.FirewallPolicyResponse {
  return {
    FirewallPolicyName: policy.name,
    FirewallPolicyArn: policy.id,
    FirewallPolicyId: policy.uniqueId,
    Description: policy.description,
    FirewallPolicyStatus: 'ACTIVE',
    Tags: unlessEmpty(describeTags(policy.tags)),
    ConsumedStatelessRuleCapacity: reservedCapacity(tx, policy.settings.statelessGroups),
    ConsumedStatefulRuleCapacity: reservedCapacity(tx, policy.settings.statefulGroups),
    NumberOfAssociations: firewallsWith(tx, policy).length,
    EncryptionConfiguration: describeEncryption(policy.encryption),
    LastModifiedTime: new Date(policy.modifiedAtMs),
  };
}

export const CreateFirewallPolicy = action('CreateFirewallPolicy', (request, tx) => {
  const policy = createFirewallPolicy(tx, {
    name: request.FirewallPolicyName,
    settings: settingsOf(request.FirewallPolicy),
    description: request.Description,
    encryption: encryptionOf(request.EncryptionConfiguration),
    tags: tagged({}, request.Tags),
  });
  return { UpdateToken: policy.updateToken, FirewallPolicyResponse: describePolicy(tx, policy) };
});

export const UpdateFirewallPolicy = action('UpdateFirewallPolicy', (request, tx) => {
  const before = policyNamed(tx, request);
  const policy = updateFirewallPolicy(tx, before, {
    updateToken: request.UpdateToken,
    settings: settingsOf(request.FirewallPolicy),
    description: request.Description,
    encryption: encryptionAsked(request.EncryptionConfiguration),
  });
  return { UpdateToken: policy.updateToken, FirewallPolicyResponse: describePolicy(tx, policy) };
});

export const DescribeFirewallPolicy = action('DescribeFirewallPolicy', (request, tx) => {
  const policy = policyNamed(tx, request);
  return {
    UpdateToken: policy.updateToken,
    FirewallPolicyResponse: describePolicy(tx, policy),
    FirewallPolicy: describeSettings(policy.settings),
  };
});

export const DeleteFirewallPolicy = action('DeleteFirewallPolicy', (request, tx) => {
  const policy = policyNamed(tx, request);
  const described = describePolicy(tx, policy);
  deleteFirewallPolicy(tx, policy);
  return { FirewallPolicyResponse: { ...described, FirewallPolicyStatus: 'DELETING' } };
});

export const ListFirewallPolicies = action('ListFirewallPolicies', (request, tx) => {
  const { items, NextToken } = pageOf(tx.list(FirewallPolicy), request);
  return { NextToken, FirewallPolicies: items.map(({ name, id }) => ({ Name: name, Arn: id })) };
});
