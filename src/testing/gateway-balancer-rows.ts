/** Rows of a test's Gateway Load Balancers, whose nodes are among its hosts. */
import { isLoadBalancerArn } from '../model/load-balancer-names.ts';
import type { LoadBalancerArn } from '../net/identifiers.ts';
import type { GatewayLoadBalancerRow } from '../tables/gateway-load-balancer-row.ts';
import type { HostSpec } from './network-rows.ts';
import { idOf, ipv4Of } from './rows.ts';

/** A Gateway Load Balancer: the addresses that each of its nodes sends to, and what is not the default. */
export interface GatewayBalancerSpec
  extends Partial<Pick<GatewayLoadBalancerRow, 'stickiness' | 'rebalances' | 'carriesIpv6'>> {
  readonly targets: readonly string[];
}

/** The ARN of a Gateway Load Balancer of this name. */
export function gatewayBalancerArn(name: string): LoadBalancerArn {
  const arn = `arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/gwy/${name}/0123456789abcdef`;
  if (!isLoadBalancerArn(arn)) throw new Error(`not a load balancer's name: ${name}`);
  return arn;
}

export function gatewayBalancerRow(
  name: string,
  { targets, stickiness = 'five-tuple', rebalances = false, carriesIpv6 = true }: GatewayBalancerSpec,
  hosts: Readonly<Record<string, HostSpec>>,
): GatewayLoadBalancerRow {
  const nodes = Object.entries(hosts).filter(([, { gatewayNodeOf }]) => gatewayNodeOf === name);
  return {
    kind: 'gateway-load-balancer',
    id: gatewayBalancerArn(name),
    nodes: nodes.map(([host, { zone = 'a' }]) => ({
      zone,
      interfaceId: idOf('eni', host),
      targets: targets.map(ipv4Of),
    })),
    stickiness,
    rebalances,
    carriesIpv6,
  };
}
