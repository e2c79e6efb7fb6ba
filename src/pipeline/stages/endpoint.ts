/** An interface endpoint, whose groups have let the packet in: over to its service. */

import { IPV4_HEADER_LENGTH } from '../../wire/ipv4.ts';
import { TCP_HEADER_LENGTH } from '../../wire/tcp.ts';
import { handToService, serviceDrops } from '../interface-endpoint.ts';
import { ENDPOINT_MTU_BYTES } from '../passage.ts';
import { clampSegmentSize } from '../segment-size.ts';
import { inStage } from '../stage.ts';
import { resetConnection } from '../tcp-reset.ts';
import { OUT_OF_LOAD_BALANCER } from '../verdict.ts';

/** Connections are opened so that their segments fit through (PrivateLink guide: MSS clamping). */
export const MAX_SEGMENT_BYTES = ENDPOINT_MTU_BYTES - IPV4_HEADER_LENGTH - TCP_HEADER_LENGTH;

export const endpoint = inStage({
  name: 'endpoint',
  does: 'hands the packet over to a load balancer of the endpoint service, which sends it on to a target with its own address as source',
  drops: serviceDrops,
  run(packet, passage, drop) {
    const { owner } = passage.to.row;
    passage.decider = { describe: () => ({ kind: 'vpc-endpoint', id: owner.id, detail: '' }) };
    clampSegmentSize(packet, MAX_SEGMENT_BYTES);
    const objection = handToService(packet, passage);
    if (objection === 'connection-unknown') resetConnection(packet, passage);
    return objection ? drop[objection] : OUT_OF_LOAD_BALANCER;
  },
});
