/**
 * How target groups come, change and go, and what is registered with them.
 *
 * Source: Elastic Load Balancing API reference; guides of Network and Gateway Load Balancers. The order of the checks, and
 * sentences where AWS prints none, are unconfirmed.
 */
import { formatIpv4, type Ipv4, isRfc1918, isRfc6598, parseIpv4 } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import { isId, type VpcId } from '../net/identifiers.ts';
import { primaryInterface } from './dns-names.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { checkedName, newTargetGroupArn } from './load-balancer-names.ts';
import { targetGroupAttribute } from './load-balancing-attributes.ts';
import { quota } from './quotas.ts';
import { Instance } from './resources/instance.ts';
import { Listener } from './resources/listener.ts';
import { LoadBalancer } from './resources/load-balancer.ts';
import { Subnet } from './resources/subnet.ts';
import { type HealthCheck, type RegisteredTarget, TargetGroup } from './resources/target-group.ts';
import { Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

/** What CreateTargetGroup asks for. */
export interface TargetGroupSpec {
  readonly name: string;
  readonly targetType: TargetGroup['targetType'];
  readonly protocol: TargetGroup['protocol'];
  readonly port: number;
  readonly vpcId: string;
  readonly healthCheck: Partial<HealthCheck>;
  readonly tags: Tags;
}

/** The port of GENEVE, which every target of a Gateway Load Balancer listens at. */
export const GENEVE_PORT = 6081;

/**
 * Makes a target group. One of the same name and settings is the one that is asked for.
 * @throws Fault ValidationError, DuplicateTargetGroupName, InvalidConfigurationRequest, TooManyTargetGroups
 */
export function createTargetGroup(tx: Transaction, spec: TargetGroupSpec): TargetGroup {
  const name = checkedName(spec.name, 'target group');
  const { protocol, port, targetType } = spec;
  if (protocol === 'GENEVE' && port !== GENEVE_PORT) {
    throw new Fault('ValidationError', `The port for GENEVE protocol target groups must be ${GENEVE_PORT}`);
  }
  const vpc = tx.find(Vpc, spec.vpcId);
  if (!vpc) throw new Fault('ValidationError', `The VPC ID '${spec.vpcId}' is not found`);
  const healthCheck = checkedHealthCheck(withDefaults(protocol, spec.healthCheck));
  const [existing] = tx.by(TargetGroup, 'name', name);
  if (existing) {
    const isSame =
      existing.vpcId === vpc.id &&
      existing.protocol === protocol &&
      existing.port === port &&
      existing.targetType === targetType;
    if (isSame) return existing;
    const sentence = `A target group with the same name '${name}' exists, but with different settings`;
    throw new Fault('DuplicateTargetGroupName', sentence);
  }
  if (tx.size(TargetGroup) >= quota(tx, 'targetGroupsPerRegion')) throw new Fault('TooManyTargetGroups');
  return tx.put(TargetGroup, {
    id: newTargetGroupArn(tx, name),
    name,
    targetType,
    protocol,
    port,
    vpcId: vpc.id,
    healthCheck,
    attributes: {},
    targets: [],
    draining: [],
    createdAtMs: tx.nowMs,
    tags: spec.tags,
  });
}

/** What is checked unless it is said: API_CreateTargetGroup. */
function withDefaults(protocol: TargetGroup['protocol'], asked: Partial<HealthCheck>): HealthCheck {
  const isGeneve = protocol === 'GENEVE';
  const checkProtocol = asked.protocol ?? 'TCP';
  const isHttp = checkProtocol !== 'TCP';
  return {
    protocol: checkProtocol,
    port: asked.port ?? (isGeneve ? '80' : 'traffic-port'),
    path: isHttp ? (asked.path ?? '/') : asked.path,
    httpCode: isHttp ? (asked.httpCode ?? '200-399') : asked.httpCode,
    intervalSeconds: asked.intervalSeconds ?? (isGeneve ? 10 : 30),
    timeoutSeconds: asked.timeoutSeconds ?? (isGeneve ? 5 : checkProtocol === 'HTTP' ? 6 : 10),
    healthyThreshold: asked.healthyThreshold ?? 5,
    unhealthyThreshold: asked.unhealthyThreshold ?? 2,
  };
}

function checkedHealthCheck(check: HealthCheck): HealthCheck {
  const complain = (sentence: string): never => {
    throw new Fault('ValidationError', sentence);
  };
  const within = (value: number, from: number, to: number, what: string): void => {
    if (value < from || value > to) complain(`${what} must be between '${from}' and '${to}'`);
  };
  within(check.intervalSeconds, 5, 300, 'Health check interval');
  within(check.timeoutSeconds, 2, 120, 'Health check timeout');
  within(check.healthyThreshold, 2, 10, 'Healthy threshold');
  within(check.unhealthyThreshold, 2, 10, 'Unhealthy threshold');
  if (check.port !== 'traffic-port' && !isPort(Number(check.port))) {
    complain(`Health check port '${check.port}' must be either 'traffic-port' or in the range 1-65535`);
  }
  if (check.protocol === 'TCP' && (check.path !== undefined || check.httpCode !== undefined)) {
    complain('Health check path and matcher are not supported for health checks with protocol TCP');
  }
  return check;
}

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

/** ModifyTargetGroup: only the health check changes. @throws Fault ValidationError */
export function modifyTargetGroup(tx: Transaction, group: TargetGroup, asked: Partial<HealthCheck>): TargetGroup {
  const before: Partial<HealthCheck> = group.healthCheck;
  const isNowTcp = asked.protocol === 'TCP' && group.healthCheck.protocol !== 'TCP';
  const merged = { ...before, ...(isNowTcp ? { path: undefined, httpCode: undefined } : {}), ...asked };
  return tx.update(TargetGroup, group.id, { healthCheck: checkedHealthCheck(withDefaults(group.protocol, merged)) });
}

/** @throws Fault ResourceInUse while a listener forwards to it */
export function deleteTargetGroup(tx: Transaction, { id }: TargetGroup): void {
  if (tx.by(Listener, 'targetGroupArn', id).length > 0) {
    throw new Fault('ResourceInUse', `Target group '${id}' is currently in use by a listener or a rule`);
  }
  tx.remove(TargetGroup, id);
}

/** The load balancers whose listeners forward to a group; there is one at most. */
export const balancersOfGroup = (tx: Transaction, { id }: TargetGroup): readonly LoadBalancer[] =>
  [...new Set(tx.by(Listener, 'targetGroupArn', id).map(({ loadBalancerArn }) => loadBalancerArn))].flatMap(
    (arn) => tx.find(LoadBalancer, arn) ?? [],
  );

/** A target as RegisterTargets and DeregisterTargets name it. */
export interface TargetDescription {
  readonly Id?: string | undefined;
  readonly Port?: number | undefined;
  readonly AvailabilityZone?: string | undefined;
}

/**
 * Registers targets; what is registered stays as it is.
 * @throws Fault InvalidTarget, ValidationError, TooManyTargets
 */
export function registerTargets(tx: Transaction, group: TargetGroup, asked: readonly TargetDescription[]): void {
  const added = asked.map((one) => targetOf(tx, group, one));
  const targets = [...group.targets];
  for (const one of added) if (!targets.some((other) => isSameTarget(one, other))) targets.push(one);
  const limit = group.protocol === 'GENEVE' ? 'targetsPerGatewayTargetGroup' : 'targetsPerZoneOfNetworkLoadBalancer';
  if (targets.length > quota(tx, limit)) throw new Fault('TooManyTargets');
  const draining = group.draining.filter(({ target }) => !added.some((one) => isSameTarget(one, target)));
  tx.update(TargetGroup, group.id, { targets, draining });
}

/** Instances take the group's port where none is said; the port of a target of GENEVE cannot be another one. */
function targetOf(tx: Transaction, group: TargetGroup, asked: TargetDescription): RegisteredTarget {
  const { Id: id = '', Port: port = group.port } = asked;
  if (!isPort(port) || (group.protocol === 'GENEVE' && port !== GENEVE_PORT)) {
    throw new Fault('ValidationError', `The port '${port}' of the target '${id}' is not valid`);
  }
  return group.targetType === 'instance'
    ? instanceTarget(tx, group, id, port)
    : addressTarget(tx, group, { ...asked, Id: id }, port);
}

function instanceTarget(tx: Transaction, { vpcId }: TargetGroup, id: string, port: number): RegisteredTarget {
  const instance = isId('i', id) ? tx.find(Instance, id) : undefined;
  if (!instance || instance.state === 'terminated')
    throw new Fault('InvalidTarget', `Instance ID '${id}' is not valid`);
  if (instance.state !== 'running' && instance.state !== 'pending') {
    const sentence = `The following targets are not in a running state and cannot be registered: '${id}'`;
    throw new Fault('InvalidTarget', sentence);
  }
  if (primaryInterface(tx, instance.id)?.vpcId !== vpcId) {
    throw new Fault('InvalidTarget', `The following targets are not in the target group VPC '${vpcId}': '${id}'`);
  }
  return { kind: 'instance', instanceId: instance.id, port };
}

function addressTarget(
  tx: Transaction,
  group: TargetGroup,
  { Id: text = '', AvailabilityZone: asked }: TargetDescription,
  port: number,
): RegisteredTarget {
  const address = parseIpv4(text);
  if (address === undefined) throw new Fault('ValidationError', `The IP address '${text}' is not a valid IPv4 address`);
  const inVpc = tx.get(Vpc, group.vpcId).cidrBlocks.some(({ cidr }) => contains(cidr, address));
  if (!inVpc && !isRfc1918(address) && !isRfc6598(address)) {
    const sentence = `The IP address '${text}' is not within any CIDR block that is allowed for targets of '${group.vpcId}'`;
    throw new Fault('InvalidTarget', sentence);
  }
  if (inVpc) return { kind: 'ip', address, port, zone: zoneOf(tx, group.vpcId, address) };
  if (asked !== 'all') {
    const sentence = `The Availability Zone must be 'all' for the IP address '${text}', which is outside the VPC '${group.vpcId}'`;
    throw new Fault('ValidationError', sentence);
  }
  return { kind: 'ip', address, port, zone: undefined };
}

function zoneOf(tx: Transaction, vpcId: VpcId, address: Ipv4): string {
  const subnet = tx.by(Subnet, 'vpcId', vpcId).find(({ cidr }) => cidr !== undefined && contains(cidr, address));
  if (subnet) return subnet.zone;
  throw new Fault('InvalidTarget', `The IP address '${formatIpv4(address)}' is in no subnet of the VPC '${vpcId}'`);
}

/** Deregisters targets: they get no new connections. @throws Fault InvalidTarget for what is not registered */
export function deregisterTargets(tx: Transaction, group: TargetGroup, asked: readonly TargetDescription[]): void {
  const removed = asked.map(({ Id: id = '', Port: port = group.port }) => {
    const found = group.targets.find((one) => one.port === port && targetId(one) === id);
    if (found) return found;
    throw new Fault('InvalidTarget', `The following targets are not registered: '${id}'`);
  });
  const untilMs = tx.nowMs + 1000 * Number(targetGroupAttribute(group, 'deregistration_delay.timeout_seconds'));
  // Nothing drains that no load balancer sends to.
  const drains = tx.by(Listener, 'targetGroupArn', group.id).length > 0;
  tx.update(TargetGroup, group.id, {
    targets: group.targets.filter((one) => !removed.includes(one)),
    draining: [
      ...group.draining.filter((one) => one.untilMs > tx.nowMs),
      ...(drains ? removed.map((target) => ({ target, untilMs })) : []),
    ],
  });
}

/** What a target is called: the instance's id, or the address. */
export const targetId = (target: RegisteredTarget): string =>
  target.kind === 'instance' ? target.instanceId : formatIpv4(target.address);

export const isSameTarget = (one: RegisteredTarget, other: RegisteredTarget): boolean =>
  one.kind === other.kind && one.port === other.port && targetId(one) === targetId(other);
