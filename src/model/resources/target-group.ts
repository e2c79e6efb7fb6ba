/** A target group: what load balancers send to, and how. */
import type { Ipv4 } from '../../net/address.ts';
import type { InstanceId, TargetGroupArn, VpcId } from '../../net/identifiers.ts';
import { kind, type Row, type Tags } from '../kind.ts';
import type { SetAttributes } from './load-balancer.ts';

/** What was registered: an instance, which is sent to by the first address of its primary interface, or an address. */
export type RegisteredTarget =
  | { readonly kind: 'instance'; readonly instanceId: InstanceId; readonly port: number }
  /** `zone` is undefined for "all": an address outside of the group's VPC, which nodes of all zones send to. */
  | { readonly kind: 'ip'; readonly address: Ipv4; readonly port: number; readonly zone: string | undefined };

/** A target that was deregistered: it gets no new connections, and is described until its delay is over. */
export interface DrainingTarget {
  readonly target: RegisteredTarget;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
}

/** Written down and described; what is asked of targets is whether their interfaces run. */
export interface HealthCheck {
  readonly protocol: 'TCP' | 'HTTP' | 'HTTPS';
  /** "traffic-port", or a number. */
  readonly port: string;
  /** Of HTTP and HTTPS alone, like the codes. */
  readonly path: string | undefined;
  /** "200-399" */
  readonly httpCode: string | undefined;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

export interface TargetGroup extends Row {
  readonly id: TargetGroupArn;
  readonly name: string;
  readonly targetType: 'instance' | 'ip';
  /** GENEVE's are for Gateway Load Balancers. */
  readonly protocol: 'TCP' | 'UDP' | 'TCP_UDP' | 'GENEVE';
  /** The port of targets for which none is said at their registration. */
  readonly port: number;
  readonly vpcId: VpcId;
  readonly healthCheck: HealthCheck;
  readonly attributes: SetAttributes;
  readonly targets: readonly RegisteredTarget[];
  readonly draining: readonly DrainingTarget[];
  readonly createdAtMs: number;
  readonly tags: Tags;
}

export const TargetGroup = kind<TargetGroup>()({
  name: 'target-group',
  indexes: {
    name: (row) => row.name,
    vpcId: (row) => row.vpcId,
    instanceId: (row) => row.targets.flatMap((one) => (one.kind === 'instance' ? one.instanceId : [])),
  },
});
