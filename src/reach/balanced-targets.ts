/** Where load balancers send traffic on to: each of their targets is the end of a way of its own. */
import { listenerFor } from '../pipeline/balancing.ts';
import type { Interface } from '../pipeline/interface.ts';
import type { Network } from '../pipeline/network.ts';
import type { TraceRequest, WantedTarget } from '../tables/data-plane.ts';
import type { LoadBalancerRow } from '../tables/load-balancer-rows.ts';

/**
 * What a node, or the service behind an endpoint, sends what comes at a port on to: each interface at each port at which it is
 * registered. Nothing for other interfaces.
 */
export function targetsBehind(
  network: Network,
  holder: Interface | undefined,
  { protocol, destinationPort }: Pick<TraceRequest, 'protocol' | 'destinationPort'>,
): readonly WantedTarget[] {
  const targets = (holder ? balancersBehind(network, holder) : []).flatMap((balancer) => {
    const [node] = balancer.nodes;
    const vpc = node && network.interfaceById(node.interfaceId)?.vpc;
    const { groups = [] } = listenerFor(balancer, protocol, destinationPort) ?? {};
    return groups.flatMap((group) =>
      group.targets.flatMap(({ address, port = destinationPort }): readonly WantedTarget[] => {
        const interfaceId = vpc?.interfaceAt(address)?.row.id;
        return interfaceId === undefined ? [] : [{ interfaceId, port }];
      }),
    );
  });
  return [...new Map(targets.map((target) => [`${target.interfaceId} ${target.port}`, target])).values()];
}

function balancersBehind(network: Network, { row: { owner } }: Interface): readonly LoadBalancerRow[] {
  const ids =
    owner.kind === 'load-balancer'
      ? [owner.id]
      : owner.kind === 'vpc-endpoint' && owner.leadsTo.kind === 'service'
        ? (network.endpoints.service(owner.leadsTo.id)?.loadBalancerIds ?? [])
        : [];
  return ids.flatMap((id) => network.balancers.balancer(id) ?? []);
}
