/** Resources of AWS Network Firewall: rule groups, policies that name them, and firewalls that have a policy. Their ids are their ARNs. */
import type { StatelessAction } from '../../net/firewall-rule.ts';
import type {
  FirewallArn,
  FirewallPolicyArn,
  RuleGroupArn,
  SubnetId,
  VpcEndpointId,
  VpcId,
} from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

/** What every one of them has. */
interface FirewallResource extends TaggedRow {
  readonly name: string;
  /** A UUID that stays when everything else changes. */
  readonly uniqueId: string;
  readonly description: string | undefined;
  /** A UUID that is another after each change. */
  readonly updateToken: string;
  /** Recorded: nothing is encrypted here. */
  readonly encryption: EncryptionChoice;
  /** Milliseconds since the epoch. */
  readonly modifiedAtMs: number;
}

export interface EncryptionChoice {
  readonly type: 'CUSTOMER_KMS' | 'AWS_OWNED_KMS_KEY';
  readonly keyId: string | undefined;
}

export type RuleGroupType = 'STATELESS' | 'STATEFUL';
export type RuleOrder = 'DEFAULT_ACTION_ORDER' | 'STRICT_ORDER';

/** A custom action: it publishes metrics, which nobody sees here, and is recorded. */
export interface CustomAction {
  readonly name: string;
  readonly dimensions: readonly string[];
}

/** Ports as the API has them. */
export interface PortsSetting {
  readonly fromPort: number;
  readonly toPort: number;
}

/** What a stateless rule looks at, as it was written; an empty list was not given. */
export interface StatelessMatch {
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  readonly sourcePorts: readonly PortsSetting[];
  readonly destinationPorts: readonly PortsSetting[];
  readonly protocols: readonly number[];
  readonly tcpFlags: readonly { readonly flags: readonly string[]; readonly masks: readonly string[] }[];
}

export interface StatelessRuleSetting {
  readonly priority: number;
  /** One of the standard actions, and names of custom ones. */
  readonly actions: readonly string[];
  readonly match: StatelessMatch;
}

/** A stateful rule by its parts, as it was written. */
export interface StatefulRuleSetting {
  readonly action: string;
  readonly protocol: string;
  readonly source: string;
  readonly sourcePort: string;
  readonly direction: 'FORWARD' | 'ANY';
  readonly destination: string;
  readonly destinationPort: string;
  readonly options: readonly { readonly keyword: string; readonly settings: readonly string[] }[];
}

/** The rules of a group. */
export type RulesSource =
  | {
      readonly kind: 'stateless';
      readonly rules: readonly StatelessRuleSetting[];
      readonly customActions: readonly CustomAction[];
    }
  | { readonly kind: 'rules-string'; readonly text: string }
  | { readonly kind: 'stateful-rules'; readonly rules: readonly StatefulRuleSetting[] };

/** Variables of a group's rules: name without `$`, and what it stands for. */
export interface RuleVariables {
  readonly ipSets: Readonly<Record<string, readonly string[]>>;
  readonly portSets: Readonly<Record<string, readonly string[]>>;
}

export interface FirewallRuleGroup extends FirewallResource {
  readonly id: RuleGroupArn;
  readonly type: RuleGroupType;
  readonly capacity: number;
  readonly rules: RulesSource;
  readonly variables: RuleVariables;
  /** Of a stateful group, where it was given. */
  readonly ruleOrder: RuleOrder | undefined;
  readonly copiedFrom: { readonly sourceArn: string | undefined; readonly updateToken: string | undefined } | undefined;
}

export const FirewallRuleGroup = kind<FirewallRuleGroup>()({ name: 'network-firewall-rule-group' });

/** What happens to TCP connections that are known no more. */
export type StreamExceptionPolicy = 'DROP' | 'CONTINUE' | 'REJECT';

export interface RuleGroupReference {
  /** Of the group, which was there when the policy was written and cannot go while it is named. */
  readonly arn: string;
  /** Always of stateless groups, and of stateful ones in strict order. */
  readonly priority: number | undefined;
}

/** Actions for packets that no rule matches: the standard one, and names of custom ones. */
export interface DefaultActions {
  readonly standard: StatelessAction;
  /** As they were written, the standard one among them. */
  readonly written: readonly string[];
}

/** What a policy says. */
export interface FirewallPolicySettings {
  readonly statelessGroups: readonly RuleGroupReference[];
  readonly statelessDefault: DefaultActions;
  readonly fragmentDefault: DefaultActions;
  readonly customActions: readonly CustomAction[];
  readonly statefulGroups: readonly RuleGroupReference[];
  readonly statefulDefaultActions: readonly string[];
  /** Undefined where nothing was said. */
  readonly engine:
    | {
        readonly ruleOrder: RuleOrder | undefined;
        readonly streamExceptionPolicy: StreamExceptionPolicy | undefined;
        readonly tcpIdleTimeoutSeconds: number | undefined;
      }
    | undefined;
  /** HOME_NET and EXTERNAL_NET, where they are others than the VPC's blocks and the rest. */
  readonly variables: Readonly<Record<string, readonly string[]>>;
}

export interface FirewallPolicy extends FirewallResource {
  readonly id: FirewallPolicyArn;
  readonly settings: FirewallPolicySettings;
}

export const FirewallPolicy = kind<FirewallPolicy>()({
  name: 'network-firewall-policy',
  indexes: {
    ruleGroup: ({ settings }) => [...settings.statelessGroups, ...settings.statefulGroups].map(({ arn }) => arn),
  },
});

/** A firewall's endpoint in one of its subnets. */
export interface FirewallPlace {
  readonly subnetId: SubnetId;
  readonly zone: string;
  readonly addressType: 'IPV4' | 'IPV6' | 'DUALSTACK';
  readonly endpointId: VpcEndpointId;
}

export interface Firewall extends FirewallResource {
  readonly id: FirewallArn;
  readonly policyArn: FirewallPolicyArn;
  readonly vpcId: VpcId;
  readonly places: readonly FirewallPlace[];
  readonly isDeleteProtected: boolean;
  readonly isSubnetChangeProtected: boolean;
  readonly isPolicyChangeProtected: boolean;
}

export const Firewall = kind<Firewall>()({
  name: 'network-firewall',
  indexes: { policy: (row) => row.policyArn, vpcId: (row) => row.vpcId },
});
