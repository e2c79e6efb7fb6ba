/** Last stage to the customer's site. */
import { DESTINATION_MAC, SOURCE_MAC, writeMac } from '../../wire/ethernet.ts';
import { EDGE_GATEWAY_MAC } from '../passage.ts';
import { edgeStage } from '../stage.ts';
import { DELIVERED } from '../verdict.ts';

export const siteDeparture = edgeStage({
  name: 'site-departure',
  does: 'hands the frame to the customer’s site',
  drops: {},
  run(packet, passage) {
    passage.edge = 'site';
    writeMac(packet.bytes, packet.frame + DESTINATION_MAC, passage.site.mac);
    writeMac(packet.bytes, packet.frame + SOURCE_MAC, EDGE_GATEWAY_MAC);
    return DELIVERED;
  },
});
