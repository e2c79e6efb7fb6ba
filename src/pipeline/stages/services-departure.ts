/** Last stage into the network of the link-local services. */
import { DESTINATION_MAC, SOURCE_MAC, writeMac } from '../../wire/ethernet.ts';
import { EDGE_GATEWAY_MAC } from '../passage.ts';
import { edgeStage } from '../stage.ts';
import { DELIVERED } from '../verdict.ts';

export const servicesDeparture = edgeStage({
  name: 'services-departure',
  does: 'hands the frame to the link-local services',
  drops: {},
  run(packet, passage) {
    passage.edge = 'services';
    writeMac(packet.bytes, packet.frame + DESTINATION_MAC, passage.services.mac);
    writeMac(packet.bytes, packet.frame + SOURCE_MAC, EDGE_GATEWAY_MAC);
    return DELIVERED;
  },
});
