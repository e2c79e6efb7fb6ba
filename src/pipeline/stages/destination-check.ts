/** Destination check: the other half of the source/destination check of an interface. */
import { ownAddressDrops } from '../own-addresses.ts';
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
    ...ownAddressDrops,
  },
  run(packet, { to }, drop) {
    if (to.owns(packet.destination)) return NEXT;
    if (to.row.owner.kind !== 'instance') return drop['not-its-own'];
    return to.row.sourceDestCheck ? drop['foreign-address'] : NEXT;
  },
});
