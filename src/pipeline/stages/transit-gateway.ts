/** The transit gateway itself: the route table of the attachment that the packet enters by, and the attachment it leaves by. */
import { ownAddressDrops } from '../own-addresses.ts';
import { inStage } from '../stage.ts';
import { followTransit, transitDrops } from '../transit-way.ts';

export const transitGateway = inStage({
  name: 'transit-gateway',
  does: 'looks the destination up in the transit gateway’s route table for what enters by this attachment, and leads the packet to the attachment of the route: into a VPC by its interface in the sender’s zone, to the customer’s site, or over a peering to the table of the next transit gateway',
  drops: {
    'not-a-host': {
      when: 'it is for the interface of a transit gateway’s attachment, which forwards and answers nothing',
    },
    ...ownAddressDrops,
    ...transitDrops,
  },
  run(packet, passage, drop) {
    if (!passage.transit) return drop[passage.to.owns(packet.destination) ? 'not-a-host' : 'not-its-own'];
    const way = followTransit(packet, passage, passage.transit);
    return typeof way === 'string' ? drop[way] : way;
  },
});
