/** Security groups of the sender: egress rules, or the tracked flow that the packet answers. */
import type { IpAddress } from '../../net/address.ts';
import { groupDrops, groupObjection } from '../group-filter.ts';
import type { Interface } from '../interface.ts';
import type { FromInterface } from '../passage.ts';
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
    peer.groups = holderOf(packet.destination, passage)?.groups ?? NO_GROUPS;
    const objection = groupObjection(packet, passage, from, true);
    return objection ? drop[objection] : NEXT;
  },
});

/** The interface with this address in the sender's VPC, or in one peered in the Region (VPC peering guide, vpc-peering-security-groups). */
function holderOf(address: IpAddress, { from, network }: FromInterface): Interface | undefined {
  const holder = from.vpc.interfaceAt(address);
  if (holder) return holder;
  for (const peering of network.peeringsOf(from.vpc)) {
    const peered = peering.row.isInterRegion ? undefined : peering.otherSide(from.vpc)?.interfaceAt(address);
    if (peered) return peered;
  }
  return undefined;
}
