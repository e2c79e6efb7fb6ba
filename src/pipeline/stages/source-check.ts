/** Source check: half of the source/destination check of an interface. */
import { outStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

export const sourceCheck = outStage({
  name: 'source-check',
  does: 'lets a guest send only from the addresses of its own interface',
  drops: {
    'foreign-address': {
      when: 'the check is on and the source is not an address of the interface',
      code: 'ENI_SOURCE_DEST_CHECK_RESTRICTION',
    },
  },
  run(packet, { from }, drop) {
    return !from.row.sourceDestCheck || from.owns(packet.source) ? NEXT : drop['foreign-address'];
  },
});
