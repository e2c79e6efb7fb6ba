/** A load balancer's node, to which a target of an endpoint service has answered: back through the endpoint. */
import { answerDrops, handToConsumer } from '../interface-endpoint.ts';
import { ownAddressDrops } from '../own-addresses.ts';
import { clampSegmentSize } from '../segment-size.ts';
import { inStage } from '../stage.ts';
import { OUT_OF_ENDPOINT } from '../verdict.ts';
import { MAX_SEGMENT_BYTES } from './endpoint.ts';

export const loadBalancer = inStage({
  name: 'load-balancer',
  does: 'leads an answer back to the endpoint through which its question came',
  drops: { ...ownAddressDrops, ...answerDrops },
  run(packet, passage, drop) {
    const { owner } = passage.to.row;
    passage.decider = { describe: () => ({ kind: 'load-balancer', id: owner.id, detail: '' }) };
    if (!passage.to.owns(packet.destination)) return drop['not-its-own'];
    clampSegmentSize(packet, MAX_SEGMENT_BYTES);
    const objection = handToConsumer(packet, passage, passage.to);
    return objection ? drop[objection] : OUT_OF_ENDPOINT;
  },
});
