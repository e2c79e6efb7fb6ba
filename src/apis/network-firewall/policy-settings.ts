/** What a firewall policy says, from the API's form and back. */
import type * as sdk from '@aws-sdk/client-network-firewall';
import type { Decoded } from '../../ec2/operation.ts';
import { refused } from '../../model/network-firewall/refusal.ts';
import { actionsOf } from '../../model/network-firewall/stateless-rules.ts';
import type { FirewallPolicySettings } from '../../model/resources/network-firewall.ts';
import { definitionsOf, describeSets } from './rule-group-content.ts';
import { customActionsOf, describeCustomActions, optionalWord, unlessEmpty } from './words.ts';

/** @throws Fault InvalidRequestException for settings that are wrong, or that localvpc does not decide about */
export function settingsOf(policy: Decoded<sdk.FirewallPolicy>): FirewallPolicySettings {
  if (policy.TLSInspectionConfigurationArn !== undefined || policy.EnableTLSSessionHolding) {
    throw refused('localvpc does not inspect TLS');
  }
  const customActions = customActionsOf(policy.StatelessCustomActions);
  const { StatefulEngineOptions: engine } = policy;
  return {
    statelessGroups: (policy.StatelessRuleGroupReferences ?? []).map(({ ResourceArn, Priority }) => ({
      arn: ResourceArn,
      priority: Priority,
    })),
    statelessDefault: actionsOf(policy.StatelessDefaultActions, customActions),
    fragmentDefault: actionsOf(policy.StatelessFragmentDefaultActions, customActions),
    customActions,
    statefulGroups: (policy.StatefulRuleGroupReferences ?? []).map(statefulReference),
    statefulDefaultActions: policy.StatefulDefaultActions ?? [],
    engine: engine && {
      ruleOrder: optionalWord(engine.RuleOrder, ['DEFAULT_ACTION_ORDER', 'STRICT_ORDER'], 'RuleOrder'),
      streamExceptionPolicy: optionalWord(
        engine.StreamExceptionPolicy,
        ['DROP', 'CONTINUE', 'REJECT'],
        'StreamExceptionPolicy',
      ),
      tcpIdleTimeoutSeconds: engine.FlowTimeouts?.TcpIdleTimeoutSeconds,
    },
    variables: definitionsOf(policy.PolicyVariables?.RuleVariables),
  };
}

function statefulReference({
  ResourceArn,
  Priority,
  Override,
  DeepThreatInspection,
}: Decoded<sdk.StatefulRuleGroupReference>) {
  if (Override?.Action !== undefined || DeepThreatInspection) {
    throw refused('an override, or deep threat inspection, is for managed rule groups, which localvpc does not have');
  }
  return { arn: ResourceArn, priority: Priority };
}

/** A policy's settings in the API's form. */
export function describeSettings(settings: FirewallPolicySettings): sdk.FirewallPolicy {
  const { engine, variables } = settings;
  const seconds = engine?.tcpIdleTimeoutSeconds;
  return {
    StatelessRuleGroupReferences: unlessEmpty(
      settings.statelessGroups.map(({ arn, priority }) => ({ ResourceArn: arn, Priority: priority })),
    ),
    StatelessDefaultActions: [...settings.statelessDefault.written],
    StatelessFragmentDefaultActions: [...settings.fragmentDefault.written],
    StatelessCustomActions: unlessEmpty(describeCustomActions(settings.customActions)),
    StatefulRuleGroupReferences: unlessEmpty(
      settings.statefulGroups.map(({ arn, priority }) => ({ ResourceArn: arn, Priority: priority })),
    ),
    StatefulDefaultActions: unlessEmpty(settings.statefulDefaultActions),
    ...(engine && {
      StatefulEngineOptions: {
        RuleOrder: engine.ruleOrder,
        StreamExceptionPolicy: engine.streamExceptionPolicy,
        ...(seconds !== undefined && { FlowTimeouts: { TcpIdleTimeoutSeconds: seconds } }),
      },
    }),
    ...(Object.keys(variables).length > 0 && { PolicyVariables: { RuleVariables: describeSets(variables) } }),
  };
}
