/** An interface endpoint, whose groups have let the packet in: over to its service, or out to one of AWS. */

import { IPV4_HEADER_LENGTH } from '../../wire/ipv4.ts';
import { TCP_HEADER_LENGTH } from '../../wire/tcp.ts';
import { endpointDecider, handToService, leadsTo, serviceDrops } from '../interface-endpoint.ts';
import { ENDPOINT_MTU_BYTES, INTERNET_MTU_BYTES } from '../passage.ts';
import { clampSegmentSize } from '../segment-size.ts';
import { inStage } from '../stage.ts';
import { resetConnection } from '../tcp-reset.ts';
import { INTO_INTERNET, INTO_SERVICES, OUT_OF_LOAD_BALANCER } from '../verdict.ts';

/** Connections are opened so that their segments fit through (PrivateLink guide: MSS clamping). */
export const MAX_SEGMENT_BYTES = ENDPOINT_MTU_BYTES - IPV4_HEADER_LENGTH - TCP_HEADER_LENGTH;

const MAX_SEGMENT_BYTES_OUTSIDE = INTERNET_MTU_BYTES - IPV4_HEADER_LENGTH - TCP_HEADER_LENGTH;

export const endpoint = inStage({
  name: 'endpoint',
  does: 'hands the packet over to a load balancer of the endpoint service, which sends it on to a target with its own address as source; to a service of AWS it goes on into the outside world, or to localvpc’s own API',
  drops: serviceDrops,
  run(packet, passage, drop) {
    passage.decider = endpointDecider(passage.to);
    const destination = leadsTo(passage.to);
    clampSegmentSize(packet, destination === 'service' ? MAX_SEGMENT_BYTES : MAX_SEGMENT_BYTES_OUTSIDE);
    const objection = handToService(packet, passage);
    if (objection === 'connection-unknown') resetConnection(packet, passage);
    if (objection) return drop[objection];
    if (destination === 'service') return OUT_OF_LOAD_BALANCER;
    passage.limitMtu(INTERNET_MTU_BYTES);
    return destination === 'api' ? INTO_SERVICES : INTO_INTERNET;
  },
});
