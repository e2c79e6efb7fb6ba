/** Firewalls in test networks, made by Network Firewall's API. */
import type { TestAccount } from './account.ts';
import { given } from './instance-parts.ts';
import { networkFirewall } from './other-services.ts';

/** A firewall with one stateful group, in action order unless `strict`. */
export interface FirewallParts {
  readonly name?: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** Suricata's rules, one on each line. */
  readonly rules?: string;
  readonly strict?: boolean;
  /** Ports of TCP that a stateless rule drops. */
  readonly statelessDrops?: readonly number[];
}

export interface MadeFirewall {
  readonly arn: string;
  readonly policyArn: string;
  readonly statefulGroupArn: string;
  readonly statelessGroupArn: string | undefined;
  /** Of each subnet in its order. */
  readonly endpointIds: readonly string[];
}

export function makeFirewall(account: TestAccount, parts: FirewallParts): MadeFirewall {
  const call = networkFirewall(account);
  const { name = 'test', strict = false } = parts;
  const RuleOrder = strict ? 'STRICT_ORDER' : 'DEFAULT_ACTION_ORDER';
  const stateful = call('CreateRuleGroup', {
    RuleGroupName: name,
    Type: 'STATEFUL',
    Capacity: 100,
    RuleGroup: { RulesSource: { RulesString: parts.rules ?? '' }, StatefulRuleOptions: { RuleOrder } },
  });
  const statefulGroupArn = given(stateful.RuleGroupResponse?.RuleGroupArn);
  const statelessGroupArn = parts.statelessDrops && statelessGroup(account, name, parts.statelessDrops);
  const policy = call('CreateFirewallPolicy', {
    FirewallPolicyName: name,
    FirewallPolicy: {
      StatelessDefaultActions: ['aws:forward_to_sfe'],
      StatelessFragmentDefaultActions: ['aws:forward_to_sfe'],
      StatelessRuleGroupReferences: statelessGroupArn ? [{ ResourceArn: statelessGroupArn, Priority: 1 }] : [],
      StatefulEngineOptions: { RuleOrder },
      StatefulRuleGroupReferences: [{ ResourceArn: statefulGroupArn, ...(strict ? { Priority: 1 } : {}) }],
      ...(strict ? { StatefulDefaultActions: ['aws:drop_strict'] } : {}),
    },
  });
  const policyArn = given(policy.FirewallPolicyResponse?.FirewallPolicyArn);
  const made = call('CreateFirewall', {
    FirewallName: name,
    FirewallPolicyArn: policyArn,
    VpcId: parts.vpcId,
    SubnetMappings: parts.subnetIds.map((SubnetId) => ({ SubnetId })),
  });
  const states = Object.values(made.FirewallStatus?.SyncStates ?? {});
  return {
    arn: given(made.Firewall?.FirewallArn),
    policyArn,
    statefulGroupArn,
    statelessGroupArn,
    endpointIds: parts.subnetIds.map((id) =>
      given(states.find(({ Attachment }) => Attachment?.SubnetId === id)?.Attachment?.EndpointId),
    ),
  };
}

function statelessGroup(account: TestAccount, name: string, ports: readonly number[]): string {
  const made = networkFirewall(account)('CreateRuleGroup', {
    RuleGroupName: name,
    Type: 'STATELESS',
    Capacity: 100,
    RuleGroup: {
      RulesSource: {
        StatelessRulesAndCustomActions: {
          StatelessRules: [
            {
              Priority: 10,
              RuleDefinition: {
                Actions: ['aws:drop'],
                MatchAttributes: {
                  Protocols: [6],
                  DestinationPorts: ports.map((port) => ({ FromPort: port, ToPort: port })),
                },
              },
            },
          ],
        },
      },
    },
  });
  return given(made.RuleGroupResponse?.RuleGroupArn);
}
