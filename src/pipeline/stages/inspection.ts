/** A Gateway Load Balancer endpoint: what stands behind it looks at the packet, and lets it go on or not. */
import type { Inspector } from '../../tables/tables.ts';
import { endpointObjection, goOnFrom, inspectionDecider, inspectionDrops } from '../inspection.ts';
import { ownAddressDrops } from '../own-addresses.ts';
import { inStage } from '../stage.ts';

const drops = {
  ...inspectionDrops,
  ...ownAddressDrops,
  'no-load-balancer': {
    when: 'the service has no Gateway Load Balancer in the zone of the endpoint',
    code: 'VPCE_SERVICE_NOT_INSTALLED_IN_AZ',
  },
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
    const objection = endpointObjection(packet, passage) ?? refusalOf(owner.inspector);
    return objection ? drop[objection] : goOnFrom(to, packet, passage);
  },
});

/** Why who stands behind the endpoint does not let the packet go on. */
function refusalOf(inspector: Inspector): keyof typeof drops | undefined {
  switch (inspector.kind) {
    case 'gateway-load-balancer':
      return 'no-load-balancer';
    case 'firewall':
      return undefined;
  }
}
