/** Load balancers as the fabric needs them: their nodes, and where their listeners send what they take. */
import type { Ipv4 } from '../net/address.ts';
import type { ListenerArn, LoadBalancerArn, NetworkInterfaceId, TargetGroupArn } from '../net/identifiers.ts';

/** A node: its interface in a zone. */
export interface LoadBalancerNodeRow {
  readonly zone: string;
  readonly interfaceId: NetworkInterfaceId;
}

/** An address that is sent to. */
export interface TargetRow {
  readonly address: Ipv4;
  /** Undefined: the port that the client has chosen. */
  readonly port: number | undefined;
  /** Undefined for addresses outside of the VPC, which nodes of all zones send to. */
  readonly zone: string | undefined;
}

/** A target that was taken out: what it is in the midst of may go on until then. */
export interface DrainingTargetRow {
  readonly address: Ipv4;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
}

/** A target group that a listener forwards to; of a Classic Load Balancer its instances. */
export interface TargetGroupRow {
  /** Undefined of Classic Load Balancers, and where nobody has described it (`model/load-balancers.ts`). */
  readonly id: TargetGroupArn | undefined;
  /** Its share among the listener's groups. */
  readonly weight: number;
  /** Whether targets see the addresses of clients. */
  readonly keepsClients: boolean;
  /** Whether one client always comes to one target. */
  readonly isSticky: boolean;
  /** Whether nodes send to targets in other zones too. */
  readonly crossesZones: boolean;
  /** The zones whose targets alone are sent to; undefined for all. */
  readonly zones?: readonly string[] | undefined;
  readonly targets: readonly TargetRow[];
  /** What flows to other addresses than those of `targets` may go on for; undefined where all may, as long as they last. */
  readonly draining?: readonly DrainingTargetRow[] | undefined;
}

/** What a load balancer takes. */
export interface ListenerRow {
  /** Undefined like a target group's. */
  readonly id: ListenerArn | undefined;
  readonly protocols: readonly number[];
  /** Undefined: every port. */
  readonly port: number | undefined;
  /** How long a TCP connection may be idle. */
  readonly idleTimeoutMs: number;
  readonly groups: readonly TargetGroupRow[];
}

export interface LoadBalancerRow {
  readonly kind: 'load-balancer';
  readonly id: LoadBalancerArn;
  readonly type: 'network' | 'gateway' | 'classic';
  readonly nodes: readonly LoadBalancerNodeRow[];
  /** Whether inbound rules of its groups are asked about what comes by an interface endpoint. */
  readonly filtersPrivateLink: boolean;
  readonly listeners: readonly ListenerRow[];
}
