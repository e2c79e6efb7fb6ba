/** From the outside world through the internet gateway of the VPC that has the public destination. */
import { isRfc1918, isRfc6598 } from '../../net/address.ts';
import { enterThroughGateway, inboundDrops } from '../internet-gateway.ts';
import { INTERNET_MTU_BYTES } from '../passage.ts';
import { edgeStage } from '../stage.ts';
import { INTO_INTERFACE } from '../verdict.ts';

export const internetArrival = edgeStage({
  name: 'internet-arrival',
  does: 'puts the private address in the place of the public destination and leads the packet to its interface',
  drops: {
    ...inboundDrops,
    'private-source': {
      when: 'the source is private (RFC 1918)',
      code: 'IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS',
    },
    'shared-source': {
      when: 'the source is shared address space (RFC 6598)',
      code: 'IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS',
    },
    'spoofed-source': {
      when: 'the source is a public address of an interface here, which the outside world cannot have',
      code: 'GATEWAY_REJECTS_SPOOFED_TRAFFIC',
    },
  },
  run(packet, passage, drop) {
    if (typeof packet.source === 'number') {
      if (isRfc1918(packet.source)) return drop['private-source'];
      if (isRfc6598(packet.source)) return drop['shared-source'];
      if (passage.network.publicMapping(packet.source)) return drop['spoofed-source'];
    }
    passage.pathMtuBytes = INTERNET_MTU_BYTES;
    const objection = enterThroughGateway(packet, passage);
    return objection ? drop[objection] : INTO_INTERFACE;
  },
});
