/** Last stage into the outside world. */
import { DESTINATION_MAC, SOURCE_MAC, writeMac } from '../../wire/ethernet.ts';
import { EDGE_GATEWAY_MAC } from '../passage.ts';
import { edgeStage } from '../stage.ts';
import { DELIVERED } from '../verdict.ts';

export const internetDeparture = edgeStage({
  name: 'internet-departure',
  does: 'hands the frame to the outside world',
  drops: {},
  run(packet, passage) {
    passage.edge = 'internet';
    writeMac(packet.bytes, packet.frame + DESTINATION_MAC, passage.internet.mac);
    writeMac(packet.bytes, packet.frame + SOURCE_MAC, EDGE_GATEWAY_MAC);
    return DELIVERED;
  },
});
