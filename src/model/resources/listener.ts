/** A listener: what a load balancer takes, and which target groups get it. */
import type { ListenerArn, LoadBalancerArn, TargetGroupArn } from '../../net/identifiers.ts';
import { kind, type Row, type Tags } from '../kind.ts';
import type { SetAttributes } from './load-balancer.ts';

/** A target group that a listener forwards to, and its share among the listener's groups. */
export interface ForwardedGroup {
  readonly targetGroupArn: TargetGroupArn;
  /** 0 to 999. */
  readonly weight: number;
}

export interface Listener extends Row {
  readonly id: ListenerArn;
  readonly loadBalancerArn: LoadBalancerArn;
  /** Undefined of Gateway Load Balancers, whose one listener takes every packet. */
  readonly takes: { readonly protocol: 'TCP' | 'UDP' | 'TCP_UDP'; readonly port: number } | undefined;
  readonly forwardsTo: readonly ForwardedGroup[];
  readonly attributes: SetAttributes;
  readonly tags: Tags;
}

export const Listener = kind<Listener>()({
  name: 'listener',
  indexes: {
    loadBalancerArn: (row) => row.loadBalancerArn,
    targetGroupArn: (row) => row.forwardsTo.map((group) => group.targetGroupArn),
  },
});
