/**
 * Attributes of load balancers, target groups and listeners: which there are, what they may be set to, and what they are
 * unless they are set. What is set to anything that has no effect here is refused.
 *
 * Source: Elastic Load Balancing API reference, LoadBalancerAttribute, TargetGroupAttribute, ListenerAttribute. Sentences
 * are unconfirmed.
 */
import { Fault } from './fault.ts';
import type { Listener } from './resources/listener.ts';
import type { LoadBalancer, SetAttributes } from './resources/load-balancer.ts';
import type { TargetGroup } from './resources/target-group.ts';

/** What an attribute may be set to. */
type Allowed = { readonly values: readonly string[] } | { readonly from: number; readonly to: number };

interface AttributeRule {
  readonly default: string;
  /** What has an effect here. */
  readonly allowed: Allowed;
  /** True where AWS takes other values as well, which localvpc does not have. */
  readonly isRestricted?: boolean;
}

const SWITCH: Allowed = { values: ['true', 'false'] };
const always = (value: string): AttributeRule => ({
  default: value,
  allowed: { values: [value] },
  isRestricted: true,
});

const OF_LOAD_BALANCERS = {
  'deletion_protection.enabled': { default: 'false', allowed: SWITCH },
  'load_balancing.cross_zone.enabled': { default: 'false', allowed: SWITCH },
} as const satisfies Record<string, AttributeRule>;

const OF_NETWORK_LOAD_BALANCERS = {
  'access_logs.s3.enabled': always('false'),
  'access_logs.s3.bucket': always(''),
  'access_logs.s3.prefix': always(''),
  'dns_record.client_routing_policy': always('any_availability_zone'),
  'ipv6.deny_all_igw_traffic': always('false'),
  'secondary_ips.auto_assigned.per_subnet': always('0'),
  'zonal_shift.config.enabled': always('false'),
} as const satisfies Record<string, AttributeRule>;

const OF_TARGET_GROUPS = {
  'deregistration_delay.timeout_seconds': { default: '300', allowed: { from: 0, to: 3600 } },
  'stickiness.enabled': { default: 'false', allowed: SWITCH },
} as const satisfies Record<string, AttributeRule>;

const OF_NETWORK_TARGET_GROUPS = {
  'stickiness.type': { default: 'source_ip', allowed: { values: ['source_ip'] } },
  'load_balancing.cross_zone.enabled': {
    default: 'use_load_balancer_configuration',
    allowed: { values: ['true', 'false', 'use_load_balancer_configuration'] },
  },
  'deregistration_delay.connection_termination.enabled': always('false'),
  'preserve_client_ip.enabled': { default: 'true', allowed: SWITCH },
  'proxy_protocol_v2.enabled': always('false'),
  'target_group_health.dns_failover.minimum_healthy_targets.count': always('1'),
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': always('off'),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': always('1'),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': always('off'),
  'target_health_state.unhealthy.connection_termination.enabled': always('true'),
  'target_health_state.unhealthy.draining_interval_seconds': always('0'),
} as const satisfies Record<string, AttributeRule>;

const OF_GATEWAY_TARGET_GROUPS = {
  'stickiness.type': {
    default: 'source_ip_dest_ip_proto',
    allowed: { values: ['source_ip_dest_ip', 'source_ip_dest_ip_proto'] },
  },
  'target_failover.on_deregistration': { default: 'no_rebalance', allowed: { values: ['no_rebalance', 'rebalance'] } },
  'target_failover.on_unhealthy': { default: 'no_rebalance', allowed: { values: ['no_rebalance', 'rebalance'] } },
} as const satisfies Record<string, AttributeRule>;

const OF_LISTENERS = {
  'tcp.idle_timeout.seconds': { default: '350', allowed: { from: 60, to: 6000 } },
} as const satisfies Record<string, AttributeRule>;

export type LoadBalancerAttribute = keyof typeof OF_LOAD_BALANCERS | keyof typeof OF_NETWORK_LOAD_BALANCERS;
export type TargetGroupAttribute =
  | keyof typeof OF_TARGET_GROUPS
  | keyof typeof OF_NETWORK_TARGET_GROUPS
  | keyof typeof OF_GATEWAY_TARGET_GROUPS;
export type ListenerAttribute = keyof typeof OF_LISTENERS;

type Rules = Readonly<Record<string, AttributeRule>>;

const rulesOfLoadBalancer = ({ type }: Pick<LoadBalancer, 'type'>): Rules =>
  type === 'network' ? { ...OF_LOAD_BALANCERS, ...OF_NETWORK_LOAD_BALANCERS } : OF_LOAD_BALANCERS;

/** Client addresses are preserved unless told otherwise, but in TCP to targets that are addresses (NLB guide). */
function rulesOfTargetGroup(group: Pick<TargetGroup, 'protocol' | 'targetType'>): Rules {
  if (group.protocol === 'GENEVE') return { ...OF_TARGET_GROUPS, ...OF_GATEWAY_TARGET_GROUPS };
  const isPreserved = group.targetType === 'instance' || group.protocol !== 'TCP';
  const preserve: AttributeRule = {
    default: String(isPreserved),
    allowed: group.protocol === 'TCP' ? SWITCH : { values: ['true'] },
  };
  return { ...OF_TARGET_GROUPS, ...OF_NETWORK_TARGET_GROUPS, 'preserve_client_ip.enabled': preserve };
}

const rulesOfListener = ({ takes }: Pick<Listener, 'takes'>): Rules => (takes?.protocol === 'UDP' ? {} : OF_LISTENERS);

const valueIn = (rules: Rules, set: SetAttributes, name: string): string => set[name] ?? rules[name]?.default ?? '';

export const loadBalancerAttribute = (row: LoadBalancer, name: LoadBalancerAttribute): string =>
  valueIn(rulesOfLoadBalancer(row), row.attributes, name);
export const targetGroupAttribute = (row: TargetGroup, name: TargetGroupAttribute): string =>
  valueIn(rulesOfTargetGroup(row), row.attributes, name);
export const listenerAttribute = (row: Listener, name: ListenerAttribute): string =>
  valueIn(rulesOfListener(row), row.attributes, name);

/** An attribute with what it is. */
export interface AttributeValue {
  readonly Key: string;
  readonly Value: string;
}

const allOf = (rules: Rules, set: SetAttributes): readonly AttributeValue[] =>
  Object.keys(rules).map((name) => ({ Key: name, Value: valueIn(rules, set, name) }));

export const attributesOfLoadBalancer = (row: LoadBalancer): readonly AttributeValue[] =>
  allOf(rulesOfLoadBalancer(row), row.attributes);
export const attributesOfTargetGroup = (row: TargetGroup): readonly AttributeValue[] =>
  allOf(rulesOfTargetGroup(row), row.attributes);
export const attributesOfListener = (row: Listener): readonly AttributeValue[] =>
  allOf(rulesOfListener(row), row.attributes);

/** An attribute as a request has it. */
export interface RequestedAttribute {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

type Asked = readonly RequestedAttribute[];

/** What is set after a change. @throws Fault ValidationError, InvalidConfigurationRequest for what is not had here */
export const withLoadBalancerAttributes = (row: LoadBalancer, asked: Asked): SetAttributes =>
  changed(rulesOfLoadBalancer(row), row.attributes, asked, 'Load balancer');
/** @throws Fault the same */
export const withTargetGroupAttributes = (row: TargetGroup, asked: Asked): SetAttributes =>
  changed(rulesOfTargetGroup(row), row.attributes, asked, 'Target group');
/** @throws Fault the same */
export const withListenerAttributes = (row: Listener, asked: Asked): SetAttributes =>
  changed(rulesOfListener(row), row.attributes, asked, 'Listener');

function changed(rules: Rules, before: SetAttributes, asked: Asked, what: string): SetAttributes {
  const set = new Map(Object.entries(before));
  for (const { Key: key = '', Value: value = '' } of asked) {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (!rule) throw new Fault('ValidationError', `${what} attribute key '${key}' is not recognized`);
    checkValue(rule, key, value, what);
    set.set(key, value);
  }
  return Object.fromEntries(set);
}

function checkValue({ allowed, isRestricted }: AttributeRule, key: string, value: string, what: string): void {
  if (isAllowed(allowed, value)) return;
  const those = 'values' in allowed ? allowed.values.join(', ') : `${allowed.from} to ${allowed.to}`;
  if (isRestricted) {
    const sentence = `localvpc does not have the attribute ${key} with the value '${value}', but with ${those} alone`;
    throw new Fault('InvalidConfigurationRequest', sentence);
  }
  throw new Fault('ValidationError', `${what} attribute value '${value}' of '${key}' is not valid; valid: ${those}`);
}

const isAllowed = (allowed: Allowed, value: string): boolean =>
  'values' in allowed
    ? allowed.values.includes(value)
    : /^\d{1,5}$/.test(value) && Number(value) >= allowed.from && Number(value) <= allowed.to;
