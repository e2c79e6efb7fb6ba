/** Target groups: create, change, delete, describe, what is registered with them and how it is. */

import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { withBalancerTags } from '../../../model/elastic-load-balancing-tags.ts';
import { Fault } from '../../../model/fault.ts';
import { attributesOfTargetGroup, withTargetGroupAttributes } from '../../../model/load-balancing-attributes.ts';
import { loadBalancerOfArn, targetGroupOfArn, targetGroupsNamed } from '../../../model/load-balancing-resources.ts';
import { type HealthCheck, type RegisteredTarget, TargetGroup } from '../../../model/resources/target-group.ts';
import {
  balancersOfGroup,
  createTargetGroup,
  deleteTargetGroup,
  deregisterTargets,
  GENEVE_PORT,
  modifyTargetGroup,
  registerTargets,
  type TargetDescription,
  targetId,
} from '../../../model/target-groups.ts';
import { DRAINING, drainingTargets, type Health, healthOf, placedTargets } from '../../../model/target-health.ts';
import type { Transaction } from '../../../model/transaction.ts';
import { action } from '../action.ts';
import { pageOf } from '../pages.ts';
import { notHad, refuse, wordOf } from '../words.ts';

const PROTOCOLS = ['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP', 'GENEVE', 'QUIC', 'TCP_QUIC'] as const;

/** @throws Fault ValidationError, InvalidConfigurationRequest for a protocol that localvpc does not have */
function protocolOf(text: string | undefined): TargetGroup['protocol'] {
  const protocol = wordOf(text, PROTOCOLS, 'protocol');
  switch (protocol) {
    case undefined:
      throw new Fault('ValidationError', 'A protocol must be specified');
    case 'TCP':
    case 'UDP':
    case 'TCP_UDP':
    case 'GENEVE':
      return protocol;
    default:
      throw notHad(`has no target groups of the protocol ${protocol}, but of TCP, UDP, TCP_UDP and GENEVE.`);
  }
}

function targetTypeOf(text: string | undefined): TargetGroup['targetType'] {
  const type = wordOf(text, ['instance', 'ip', 'lambda', 'alb'], 'targetType') ?? 'instance';
  if (type === 'instance' || type === 'ip') return type;
  throw notHad(`has no target groups of the type ${type}, but of the types instance and ip.`);
}

interface HealthCheckRequest {
  readonly HealthCheckProtocol?: string | undefined;
  readonly HealthCheckPort?: string | undefined;
  readonly HealthCheckPath?: string | undefined;
  readonly HealthCheckEnabled?: boolean | undefined;
  readonly HealthCheckIntervalSeconds?: number | undefined;
  readonly HealthCheckTimeoutSeconds?: number | undefined;
  readonly HealthyThresholdCount?: number | undefined;
  readonly UnhealthyThresholdCount?: number | undefined;
  readonly Matcher?: { readonly HttpCode?: string | undefined; readonly GrpcCode?: string | undefined } | undefined;
}

/** What a request says of health checks; what it does not say is absent. @throws Fault ValidationError */
function healthCheckOf(request: HealthCheckRequest): Partial<HealthCheck> {
  if (request.HealthCheckEnabled === false) {
    throw new Fault(
      'ValidationError',
      'Health check enabled must be true for target groups with target type instance or ip',
    );
  }
  refuse({ 'Matcher.GrpcCode': request.Matcher?.GrpcCode });
  const asked = {
    protocol: wordOf(request.HealthCheckProtocol, ['TCP', 'HTTP', 'HTTPS'], 'healthCheckProtocol'),
    port: request.HealthCheckPort,
    path: request.HealthCheckPath,
    httpCode: request.Matcher?.HttpCode,
    intervalSeconds: request.HealthCheckIntervalSeconds,
    timeoutSeconds: request.HealthCheckTimeoutSeconds,
    healthyThreshold: request.HealthyThresholdCount,
    unhealthyThreshold: request.UnhealthyThresholdCount,
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

/** CreateTargetGroup. */
export const CreateTargetGroup = action('CreateTargetGroup', (request, tx) => {
  const { ProtocolVersion, TargetControlPort, IpAddressType: family } = request;
  refuse({ ProtocolVersion, TargetControlPort, IpAddressType: family === 'ipv4' ? undefined : family });
  const targetType = targetTypeOf(request.TargetType);
  const protocol = protocolOf(request.Protocol);
  const port = request.Port ?? (protocol === 'GENEVE' ? GENEVE_PORT : undefined);
  if (port === undefined) throw new Fault('ValidationError', 'A port must be specified');
  if (port < 1 || port > 65_535) throw new Fault('ValidationError', `Port '${port}' must be between 1 and 65535`);
  if (request.VpcId === undefined) throw new Fault('ValidationError', 'A VPC ID must be specified');
  const group = createTargetGroup(tx, {
    name: request.Name,
    targetType,
    protocol,
    port,
    vpcId: request.VpcId,
    healthCheck: healthCheckOf(request),
    tags: withBalancerTags({}, request.Tags),
  });
  return { TargetGroups: [describeTargetGroup(group, tx)] };
});

const describeTargetGroup = (row: TargetGroup, tx: Transaction): sdk.TargetGroup => ({
  TargetGroupArn: row.id,
  TargetGroupName: row.name,
  Protocol: row.protocol,
  Port: row.port,
  VpcId: row.vpcId,
  HealthCheckProtocol: row.healthCheck.protocol,
  HealthCheckPort: row.healthCheck.port,
  HealthCheckEnabled: true,
  HealthCheckIntervalSeconds: row.healthCheck.intervalSeconds,
  HealthCheckTimeoutSeconds: row.healthCheck.timeoutSeconds,
  HealthyThresholdCount: row.healthCheck.healthyThreshold,
  UnhealthyThresholdCount: row.healthCheck.unhealthyThreshold,
  ...(row.healthCheck.path !== undefined && { HealthCheckPath: row.healthCheck.path }),
  ...(row.healthCheck.httpCode !== undefined && { Matcher: { HttpCode: row.healthCheck.httpCode } }),
  LoadBalancerArns: balancersOfGroup(tx, row).map(({ id }) => id),
  TargetType: row.targetType,
  IpAddressType: 'ipv4',
});

/** DescribeTargetGroups. */
export const DescribeTargetGroups = action('DescribeTargetGroups', (request, tx) => {
  const { LoadBalancerArn: balancerArn, TargetGroupArns: arns = [], Names: names = [] } = request;
  const isNamed = arns.length + names.length > 0;
  const named = [...arns.map((arn) => targetGroupOfArn(tx, arn)), ...targetGroupsNamed(tx, names)];
  const balancer = balancerArn === undefined ? undefined : loadBalancerOfArn(tx, balancerArn);
  const rows = (isNamed ? named : tx.list(TargetGroup)).filter(
    (row) => !balancer || balancersOfGroup(tx, row).some(({ id }) => id === balancer.id),
  );
  const { rows: shown, ...next } = pageOf(rows, request);
  return {
    TargetGroups: shown.map((row) => describeTargetGroup(row, tx)),
    ...next,
  };
});

/** ModifyTargetGroup. */
export const ModifyTargetGroup = action('ModifyTargetGroup', (request, tx) => {
  const group = targetGroupOfArn(tx, request.TargetGroupArn);
  return { TargetGroups: [describeTargetGroup(modifyTargetGroup(tx, group, healthCheckOf(request)), tx)] };
});

/** DeleteTargetGroup; one that is not there is deleted already. */
export const DeleteTargetGroup = action('DeleteTargetGroup', ({ TargetGroupArn: arn }, tx) => {
  const group = tx.find(TargetGroup, arn);
  if (group) deleteTargetGroup(tx, group);
  return {};
});

/** DescribeTargetGroupAttributes. */
export const DescribeTargetGroupAttributes = action('DescribeTargetGroupAttributes', (request, tx) => ({
  Attributes: [...attributesOfTargetGroup(targetGroupOfArn(tx, request.TargetGroupArn))],
}));

/** ModifyTargetGroupAttributes. */
export const ModifyTargetGroupAttributes = action('ModifyTargetGroupAttributes', (request, tx) => {
  const group = targetGroupOfArn(tx, request.TargetGroupArn);
  const attributes = withTargetGroupAttributes(group, request.Attributes);
  return { Attributes: [...attributesOfTargetGroup(tx.update(TargetGroup, group.id, { attributes }))] };
});

/** RegisterTargets. */
export const RegisterTargets = action('RegisterTargets', (request, tx) => {
  refuseQuic(request.Targets);
  registerTargets(tx, targetGroupOfArn(tx, request.TargetGroupArn), request.Targets);
  return {};
});

/** DeregisterTargets. */
export const DeregisterTargets = action('DeregisterTargets', (request, tx) => {
  deregisterTargets(tx, targetGroupOfArn(tx, request.TargetGroupArn), request.Targets);
  return {};
});

function refuseQuic(targets: readonly { readonly QuicServerId?: string | undefined }[]): void {
  for (const { QuicServerId } of targets) refuse({ QuicServerId });
}

/** DescribeTargetHealth: of all targets, or of those that are named. */
export const DescribeTargetHealth = action('DescribeTargetHealth', (request, tx) => {
  const group = targetGroupOfArn(tx, request.TargetGroupArn);
  const all = [
    ...placedTargets(tx, group).map((one) => described(group, one.target, healthOf(tx, group, one))),
    ...drainingTargets(tx, group).map((target) => described(group, target, DRAINING)),
  ];
  const { Targets: named = [] } = request;
  if (named.length === 0) return { TargetHealthDescriptions: all };
  return { TargetHealthDescriptions: named.flatMap((one) => ofNamed(group, all, one)) };
});

/** A target that is named without its port is every one of the id; one that is not registered is unused. */
function ofNamed(
  { port: usual }: TargetGroup,
  all: readonly sdk.TargetHealthDescription[],
  { Id: id = '', Port: port }: TargetDescription,
): readonly sdk.TargetHealthDescription[] {
  const found = all.filter(({ Target }) => Target?.Id === id && (port === undefined || Target.Port === port));
  if (found.length > 0) return found;
  return [
    {
      Target: { Id: id, Port: port ?? usual },
      TargetHealth: {
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      },
    },
  ];
}

const described = (
  { healthCheck }: TargetGroup,
  target: RegisteredTarget,
  { state, reason, description }: Health,
): sdk.TargetHealthDescription => ({
  Target: {
    Id: targetId(target),
    Port: target.port,
    ...(target.kind === 'ip' && { AvailabilityZone: target.zone ?? 'all' }),
  },
  HealthCheckPort: healthCheck.port === 'traffic-port' ? String(target.port) : healthCheck.port,
  TargetHealth: {
    State: state,
    ...(reason !== undefined && { Reason: reason }),
    ...(description !== undefined && { Description: description }),
  },
});

export const targetGroupActions = [
  CreateTargetGroup,
  DeleteTargetGroup,
  DeregisterTargets,
  DescribeTargetGroupAttributes,
  DescribeTargetGroups,
  DescribeTargetHealth,
  ModifyTargetGroup,
  ModifyTargetGroupAttributes,
  RegisterTargets,
];
