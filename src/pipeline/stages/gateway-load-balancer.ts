/** A node of a Gateway Load Balancer, to which an appliance sends back what it lets through. */
import { fromApplianceDrops, gatewayLoadBalancerDecider, unwrap } from '../gateway-load-balancer.ts';
import { ownAddressDrops } from '../own-addresses.ts';
import { inStage } from '../stage.ts';
import { FROM_APPLIANCE } from '../verdict.ts';

export const gatewayLoadBalancer = inStage({
  name: 'gateway-load-balancer',
  does: 'takes the packet out of the tunnel in which its appliance has sent it back, and lets it go on from the endpoint that it had come to',
  drops: { ...ownAddressDrops, ...fromApplianceDrops },
  run(packet, passage, drop) {
    const { to } = passage;
    passage.decider = gatewayLoadBalancerDecider(to);
    if (!to.owns(packet.destination)) return drop['not-its-own'];
    // A question's tunnel has in it what went in.
    if (passage.isTunnelSupposed) return FROM_APPLIANCE;
    const unwrapped = unwrap(packet, passage);
    if (typeof unwrapped === 'string') return drop[unwrapped];
    passage.unwrapped = unwrapped;
    return FROM_APPLIANCE;
  },
});
