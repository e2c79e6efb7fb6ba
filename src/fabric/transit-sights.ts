/** What transit gateways with a flow log see of a packet: which attachments it came and left by, and why it was lost. */
import type { Packet } from '../pipeline/packet.ts';
import { type Passage, TRANSIT_GATEWAY_MTU_BYTES, type TransitCrossing } from '../pipeline/passage.ts';
import type { Drop } from '../pipeline/verdict.ts';
import type { CountedFlow, TransitFlowRecord, TransitLoss } from '../tables/flow-report.ts';

/** A flow as one transit gateway sees it. */
export type TransitSight = Omit<TransitFlowRecord, keyof CountedFlow>;

/** Reasons of the stages at a gateway; the IPv6 that an attachment does not carry has no route there (unconfirmed). */
const LOSSES: Readonly<Record<string, TransitLoss>> = {
  'no-route': 'no-route',
  'no-association': 'no-route',
  'ipv6-off': 'no-route',
  blackhole: 'blackhole',
  loop: 'ttl-expired',
};
/** Stages that follow transit gateways' tables. */
const TRANSIT_STAGES: ReadonlySet<string> = new Set(['transit-gateway', 'site-arrival']);

/** True when a transit gateway that the packet has met has a flow log, or one of its attachments has. */
export const isTransitLogged = ({ transitCrossings }: Passage): boolean =>
  transitCrossings.length > 0 && transitCrossings.some(isLogged);

const isLogged = ({ entered, left }: TransitCrossing): boolean =>
  entered.row.isFlowLogged || left?.row.isFlowLogged === true;

/** What each transit gateway on the packet's way saw of it. */
export function transitSightsOf(packet: Packet, passage: Passage, drop: Drop | undefined): readonly TransitSight[] {
  const { transitCrossings } = passage;
  return transitCrossings.filter(isLogged).map((crossing) => {
    const { entered, entry, left, exit, ends } = crossing;
    return {
      transitGatewayId: entered.row.transitGatewayId,
      entered: entered.row.attachmentId,
      left: left?.row.attachmentId,
      entry: entry?.row.id,
      exit: exit?.row.id,
      lost: drop && lossAt(packet, passage, drop, crossing),
      protocol: packet.protocol,
      source: ends.source,
      destination: ends.destination,
      sourcePort: packet.hasPorts ? ends.sourcePort : 0,
      destinationPort: packet.hasPorts ? ends.destinationPort : 0,
    };
  });
}

/** Everything that makes another record of a packet. */
export const transitKeyOf = ({ transitCrossings }: Passage): string =>
  transitCrossings
    .map(({ entered, entry, left, exit }) => `${entered.row.id} ${entry?.index} ${left?.row.id} ${exit?.index}`)
    .join(' ');

/** Tables lose packets at the last gateway that they reach, its MTU (user guide, tgw-quotas) at the first. */
function lossAt(packet: Packet, passage: Passage, drop: Drop, crossing: TransitCrossing): TransitLoss | undefined {
  const { transitCrossings } = passage;
  if (TRANSIT_STAGES.has(drop.stage)) return crossing === transitCrossings.at(-1) ? LOSSES[drop.reason] : undefined;
  const isTooBig = drop.stage === 'mtu' && packet.wireLength > TRANSIT_GATEWAY_MTU_BYTES;
  return isTooBig && crossing === transitCrossings[0] ? 'mtu-exceeded' : undefined;
}
