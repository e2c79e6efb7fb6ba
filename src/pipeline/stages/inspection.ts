/** A Gateway Load Balancer endpoint: what stands behind it looks at the packet, and lets it go on or not. */
import { firewallDrops, firewallObjection } from '../firewall-flows.ts';
import { steer, toApplianceDrops } from '../gateway-load-balancer.ts';
import { endpointObjection, goOnFrom, inspectionDecider, inspectionDrops } from '../inspection.ts';
import { ownAddressDrops } from '../own-addresses.ts';
import type { Packet } from '../packet.ts';
import type { ToInterface } from '../passage.ts';
import { inStage } from '../stage.ts';
import { TO_APPLIANCE, type Verdict } from '../verdict.ts';

const drops = {
  ...inspectionDrops,
  ...ownAddressDrops,
  ...toApplianceDrops,
  'no-firewall': { when: 'the firewall that made the endpoint is not there' },
  ...firewallDrops,
} as const;

export const inspection = inStage({
  name: 'inspection',
  does: 'asks who stands behind a Gateway Load Balancer endpoint about the packet: an appliance, to which it goes in a tunnel, or a firewall; then it goes on from the endpoint as it is',
  drops,
  run(packet, passage, drop) {
    const { to } = passage;
    if (passage.inspectedAt !== to) return drop[to.owns(packet.destination) ? 'not-a-host' : 'not-its-own'];
    passage.decider = inspectionDecider(to);
    const way = endpointObjection(packet, passage) ?? askInspector(packet, passage);
    return typeof way === 'string' ? drop[way] : way;
  },
});

/** What who stands behind the endpoint makes of the packet. */
function askInspector(packet: Packet, passage: ToInterface): Verdict | keyof typeof drops {
  const { to } = passage;
  const { owner } = to.row;
  if (owner.kind !== 'gateway-load-balancer-endpoint') return 'not-a-host';
  if (owner.inspector.kind === 'gateway-load-balancer') {
    const steered = steer(packet, passage, owner.inspector);
    if (typeof steered === 'string') return steered;
    passage.steered = steered;
    return TO_APPLIANCE;
  }
  const firewall = passage.network.endpoints.firewall(owner.inspector.arn);
  if (!firewall) return 'no-firewall';
  return firewallObjection(packet, passage, firewall, to) ?? goOnFrom(to, packet, passage);
}
