/** A load balancer's node: on to a target with what clients send, back with what targets answer. */
import { classicBalancingDrops } from '../balancing.ts';
import { carriedDrops, handToConsumer } from '../interface-endpoint.ts';
import {
  answeredAt,
  balancerDecider,
  isEnded,
  nodeDrops,
  reasonAt,
  returnToClient,
  sendToTarget,
} from '../load-balancer.ts';
import { ownAddressDrops } from '../own-addresses.ts';
import { clampSegmentSize } from '../segment-size.ts';
import { inStage } from '../stage.ts';
import { resetConnection } from '../tcp-reset.ts';
import { OUT_OF_ENDPOINT, OUT_OF_LOAD_BALANCER } from '../verdict.ts';
import { MAX_SEGMENT_BYTES } from './endpoint.ts';

export const loadBalancer = inStage({
  name: 'load-balancer',
  does: 'sends what a listener takes on to a target of the listener’s groups, and leads an answer back to the client, or to the endpoint through which its question came',
  drops: { ...ownAddressDrops, ...nodeDrops, ...classicBalancingDrops, 'too-big': carriedDrops['too-big'] },
  run(packet, passage, drop) {
    const { to } = passage;
    passage.decider = balancerDecider(to);
    const balancer = passage.network.balancers.balancerOf(to);
    const answered = answeredAt(to, packet, passage);
    if (answered && answered.table.insideOwner(answered.slot) === to.index) {
      if (balancer && isEnded(balancer, answered, passage)) {
        resetConnection(packet, passage);
        return drop['connection-unknown'];
      }
      returnToClient(packet, passage, answered);
      return OUT_OF_LOAD_BALANCER;
    }
    if (!to.owns(packet.destination)) return drop['not-its-own'];
    if (answered) {
      clampSegmentSize(packet, MAX_SEGMENT_BYTES);
      // With an endpoint its flows are gone: an answer has one.
      const refusal = handToConsumer(packet, passage, to);
      return refusal ? drop[refusal === 'unsolicited' ? 'connection-unknown' : refusal] : OUT_OF_ENDPOINT;
    }
    const objection = sendToTarget(packet, passage);
    if (objection === 'connection-unknown') resetConnection(packet, passage);
    return objection ? drop[reasonAt(balancer, objection)] : OUT_OF_LOAD_BALANCER;
  },
});
