/** A Gateway Load Balancer endpoint: what stands behind it looks at the packet, and lets it go on or not. */
import type { Inspector } from '../../tables/tables.ts';
import { firewallDrops, firewallObjection } from '../firewall-flows.ts';
import { endpointObjection, goOnFrom, inspectionDecider, inspectionDrops } from '../inspection.ts';
import { ownAddressDrops } from '../own-addresses.ts';
import type { Packet } from '../packet.ts';
import type { ToInterface } from '../passage.ts';
import { inStage } from '../stage.ts';

const drops = {
  ...inspectionDrops,
  ...ownAddressDrops,
  'no-load-balancer': {
    when: 'the service has no Gateway Load Balancer in the zone of the endpoint',
    code: 'VPCE_SERVICE_NOT_INSTALLED_IN_AZ',
  },
  'no-firewall': { when: 'the firewall that made the endpoint is not there' },
  ...firewallDrops,
} as const;

export const inspection = inStage({
  name: 'inspection',
  does: 'asks who stands behind a Gateway Load Balancer endpoint, a Gateway Load Balancer’s appliances or a firewall, about the packet, which then goes on from the endpoint as it is',
  drops,
  run(packet, passage, drop) {
    const { to } = passage;
    const { owner } = to.row;
    if (owner.kind !== 'gateway-load-balancer-endpoint' || passage.inspectedAt !== to) {
      return drop[to.owns(packet.destination) ? 'not-a-host' : 'not-its-own'];
    }
    passage.decider = inspectionDecider(to);
    const objection = endpointObjection(packet, passage) ?? refusalOf(packet, passage, owner.inspector);
    return objection ? drop[objection] : goOnFrom(to, packet, passage);
  },
});

/** Why who stands behind the endpoint does not let the packet go on. */
function refusalOf(packet: Packet, passage: ToInterface, inspector: Inspector): keyof typeof drops | undefined {
  if (inspector.kind === 'gateway-load-balancer') return 'no-load-balancer';
  const firewall = passage.network.endpoints.firewall(inspector.arn);
  if (!firewall) return 'no-firewall';
  return firewallObjection(packet, passage, firewall, passage.to);
}
