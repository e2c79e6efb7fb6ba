/** Security groups of the sender: egress rules, or the tracked flow that the packet answers. */
import { groupDrops, groupObjection } from '../group-filter.ts';
import { outStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

const NO_GROUPS = [] as const;

export const securityGroupOut = outStage({
  name: 'security-group-out',
  does: 'lets out what an egress rule of the sender’s groups admits, and what belongs to a tracked flow',
  drops: groupDrops('egress'),
  run(packet, passage, drop) {
    const { from, peer } = passage;
    // An egress reference speaks of the interface that holds the destination, wherever the route then leads.
    peer.address = packet.destination;
    peer.groups = from.vpc.interfaceAt(packet.destination)?.groups ?? NO_GROUPS;
    const objection = groupObjection(packet, passage, from, true);
    return objection ? drop[objection] : NEXT;
  },
});
