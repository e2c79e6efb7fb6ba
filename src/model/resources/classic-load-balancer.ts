/** A Classic Load Balancer, of ELB's API of 2012: one row, for its listeners and what is registered have no ids of their own. */
import type { InstanceId, LoadBalancerArn, SecurityGroupId, VpcId } from '../../net/identifiers.ts';
import { kind, type Row, type Tags } from '../kind.ts';
import type { BalancerNode } from './load-balancer.ts';

/** What it takes at one of its ports, and at which port of an instance it hands that over. Both speak TCP. */
export interface ClassicListener {
  readonly loadBalancerPort: number;
  readonly instancePort: number;
}

/** Written down and described; what is asked of instances is whether their interfaces run. */
export interface ClassicHealthCheck {
  /** "TCP:80", "HTTP:80/index.html" */
  readonly target: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
}

/** An instance that was deregistered while connections drain: those that it has may go on until then. */
export interface DrainingInstance {
  readonly instanceId: InstanceId;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
}

export interface ClassicAttributes {
  readonly crossZone: boolean;
  readonly drainsConnections: boolean;
  readonly drainingSeconds: number;
  readonly idleTimeoutSeconds: number;
  /** Of HTTP listeners, which are not had here; kept, because tools set it. */
  readonly desyncMitigationMode: string;
}

export interface ClassicLoadBalancer extends Row {
  readonly id: LoadBalancerArn;
  readonly name: string;
  /** The number in its DNS name. */
  readonly dnsNumber: number;
  readonly scheme: 'internal' | 'internet-facing';
  readonly vpcId: VpcId;
  readonly nodes: readonly BalancerNode[];
  readonly securityGroupIds: readonly SecurityGroupId[];
  readonly listeners: readonly ClassicListener[];
  readonly instanceIds: readonly InstanceId[];
  readonly draining: readonly DrainingInstance[];
  readonly healthCheck: ClassicHealthCheck;
  readonly attributes: ClassicAttributes;
  readonly createdAtMs: number;
  readonly tags: Tags;
}

export const ClassicLoadBalancer = kind<ClassicLoadBalancer>()({
  name: 'classic-load-balancer',
  indexes: {
    name: (row) => row.name,
    vpcId: (row) => row.vpcId,
    networkInterfaceId: (row) => row.nodes.map((node) => node.networkInterfaceId),
    securityGroupId: (row) => row.securityGroupIds,
    instanceId: (row) => [...row.instanceIds, ...row.draining.map((one) => one.instanceId)],
  },
});
