/** Destination check: the other half of the source/destination check of an interface. */
import { inStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

export const destinationCheck = inStage({
  name: 'destination-check',
  does: 'lets only packets for the interface’s own addresses reach the guest',
  drops: {
    'foreign-address': {
      when: 'the check is on and the destination is not an address of the interface',
      code: 'ENI_SOURCE_DEST_CHECK_RESTRICTION',
    },
  },
  run(packet, { to }, drop) {
    return !to.row.sourceDestCheck || to.owns(packet.destination) ? NEXT : drop['foreign-address'];
  },
});
