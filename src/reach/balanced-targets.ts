/** Where load balancers send traffic on to: each of their targets is the end of a way of its own. */
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import { listenerFor } from '../pipeline/balancing.ts';
import type { Interface } from '../pipeline/interface.ts';
import type { Network } from '../pipeline/network.ts';
import type { TraceRequest } from '../tables/data-plane.ts';
import type { LoadBalancerRow } from '../tables/load-balancer-rows.ts';

/** The interfaces that a node, or the service behind an endpoint, sends what comes at a port on to; none for other interfaces. */
export function targetsBehind(
  network: Network,
  holder: Interface | undefined,
  { protocol, destinationPort }: Pick<TraceRequest, 'protocol' | 'destinationPort'>,
): readonly NetworkInterfaceId[] {
  const ids = (holder ? balancersBehind(network, holder) : []).flatMap((balancer) => {
    const [node] = balancer.nodes;
    const vpc = node && network.interfaceById(node.interfaceId)?.vpc;
    const { groups = [] } = listenerFor(balancer, protocol, destinationPort) ?? {};
    const addresses = groups.flatMap(({ targets }) => targets.map(({ address }) => address));
    return addresses.flatMap((address) => vpc?.interfaceAt(address)?.row.id ?? []);
  });
  return [...new Set(ids)];
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
