/** Last stage into an interface: the frame gets the guest's MAC and goes to its port. Its TTL stays: no router shows on the way. */
import { DESTINATION_MAC, SOURCE_MAC, writeMac } from '../../wire/ethernet.ts';
import { UNPLUGGED } from '../interface.ts';
import { inStage } from '../stage.ts';
import { DELIVERED } from '../verdict.ts';

export const deliver = inStage({
  name: 'deliver',
  does: 'writes the receiver’s MAC, and as source the router’s or the neighbour’s, and hands the frame to the guest',
  drops: {
    passthrough: {
      when: 'the interface is a network device of the machine that its instance has whole (passthrough), and no part of the VPC’s network',
    },
    unplugged: { when: 'no guest is running behind the interface', code: 'BAD_STATE_ATTACHMENT' },
  },
  run(packet, { from, to, crossesSubnet }, drop) {
    if (to.row.isPassthrough) return drop.passthrough;
    if (to.port === UNPLUGGED) return drop.unplugged;
    const source = from && !crossesSubnet ? from.row.mac : to.subnet.routerMac;
    writeMac(packet.bytes, packet.frame + DESTINATION_MAC, to.row.mac);
    writeMac(packet.bytes, packet.frame + SOURCE_MAC, source);
    return DELIVERED;
  },
});
