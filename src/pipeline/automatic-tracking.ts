/**
 * Flows that are tracked whatever the rules say, because of what they go through (EC2 user guide,
 * security-group-connection-tracking, "Automatically tracked connections").
 *
 * Of what stands there localvpc has NAT gateways, endpoints of Network Firewall, interface endpoints, Network Load Balancers,
 * gateway endpoints of DynamoDB (whose flows count twice against the allowance on AWS, and once here), and
 * egress-only internet gateways, which know by the tracked flow what they may let in. Transit gateways and Gateway Load
 * Balancers stood there in 2023 and do no more. Only asked about
 * flows that their rules leave untracked, so what is tracked anyway costs nothing more.
 */
import type { RouteTarget } from '../tables/tables.ts';
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';

/** Targets of routes that make what goes through them tracked at its sender. */
const TRACKING_TARGETS: ReadonlySet<RouteTarget['kind']> = new Set(['nat-gateway', 'egress-only-internet-gateway']);

/**
 * True for a packet that leaves `holder` by such a gateway or for an endpoint or a load balancer, or comes to it from one. That an interface tracks also what
 * others have begun through a NAT gateway is unconfirmed.
 */
export function isTrackedAutomatically(
  packet: Packet,
  passage: Passage,
  holder: Interface,
  outbound: boolean,
): boolean {
  if (!outbound) return hasPassedTracking(passage) || isEndpoint(passage, holder);
  if (holder.row.owner.kind === 'load-balancer') return isEndpoint(passage, holder);
  if (isEndpoint(passage, holder.vpc.interfaceAt(packet.destination))) return true;
  if (holder.vpc.interfaceAt(packet.destination)?.subnet === holder.subnet) return false;
  const target = holder.subnet.routeTable?.lookup(packet.destination)?.target;
  if (target === undefined) return false;
  if (target.kind === 'endpoint') return passage.network.endpoints.gateway(target.id)?.row.isTracked === true;
  if (target.kind === 'gateway-load-balancer-endpoint')
    return isOfFirewall(passage.network.endpoints.inspectingAt(target.id));
  return TRACKING_TARGETS.has(target.kind);
}

const hasPassedTracking = (passage: Passage): boolean =>
  passage.natGateways > 0 ||
  ((passage.endpointEnds > 0 || passage.inspections > 0) &&
    passage.passed.some(({ exit }) => isEndpoint(passage, exit) || isOfFirewall(exit)));

function isOfFirewall(holder: Interface | undefined): boolean {
  const owner = holder?.row.owner;
  return owner?.kind === 'gateway-load-balancer-endpoint' && owner.inspector.kind === 'firewall';
}

/** An interface endpoint's or a Network Load Balancer's; Classic Load Balancers do not stand there. */
function isEndpoint({ network }: Passage, holder: Interface | undefined): boolean {
  if (holder?.row.owner.kind === 'vpc-endpoint') return true;
  return holder?.row.owner.kind === 'load-balancer' && network.balancers.balancerOf(holder)?.type !== 'classic';
}
