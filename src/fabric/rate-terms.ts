/**
 * Under which of the limits of its sender and its receiver a packet falls: a few bits, found out once per flow and
 * remembered with it.
 *
 * Within the Region an instance has all of its bandwidth. What goes through an internet gateway or to another Region has
 * a limit of its own; gateway endpoints (S3) are within the Region. One flow has 5 Gbit/s, between members of a cluster
 * placement group 10, with ENA Express 25 where nothing on the way rewrites it (EC2 user guide,
 * ec2-instance-network-bandwidth, placement-strategies, ena-express). Link-local services have an allowance of their own,
 * in packets, and nothing else limits them here (unconfirmed).
 */
import { TCP, UDP } from '../net/protocol.ts';
import type { Interface } from '../pipeline/interface.ts';
import type { Packet } from '../pipeline/packet.ts';
import type { Passage } from '../pipeline/passage.ts';

/** No limit holds for it, and it takes no time on its way. */
export const UNLIMITED = 1;
/** It goes beyond the Region, or comes from there. */
export const BEYOND_REGION = 2;
/** Its flow has more than the usual rate; with neither it has that. */
export const CLUSTER_FLOW = 4;
export const EXPRESS_FLOW = 8;

/** The terms of a packet that the stages have delivered. */
export function rateTermsOf(packet: Packet, passage: Passage): number {
  const { sender, to } = passage;
  if (passage.arrivedBy === 'services' || (!to && passage.edge === 'services')) return UNLIMITED;
  if (!sender?.row.allowance && !to?.row.allowance) return sender?.row.place && to?.row.place ? 0 : UNLIMITED;
  if (goesBeyondRegion(passage)) return BEYOND_REGION;
  return sender && to ? flowTermsOf(packet, passage, sender, to) : 0;
}

function goesBeyondRegion(passage: Passage): boolean {
  if (passage.arrivedBy === 'internet') return !passage.cameThroughEndpoint;
  if (!passage.to && passage.edge === 'internet') return passage.route?.target.kind !== 'endpoint';
  return passage.peering?.row.isInterRegion === true;
}

function flowTermsOf(packet: Packet, passage: Passage, sender: Interface, to: Interface): number {
  const from = sender.row.allowance;
  const into = to.row.allowance;
  if (!from || !into) return 0;
  const isSameZone = sender.subnet.row?.zoneId === to.subnet.row?.zoneId;
  if (from.express && into.express && isSameZone && !passage.isTranslated) {
    const carriesUdp = from.express.carriesUdp && into.express.carriesUdp;
    if (packet.protocol === TCP || (packet.protocol === UDP && carriesUdp)) return EXPRESS_FLOW;
  }
  return from.cluster && from.cluster.groupId === into.cluster?.groupId ? CLUSTER_FLOW : 0;
}
