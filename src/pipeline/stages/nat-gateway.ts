/** The NAT gateway itself: translation of what comes from inside, and of what answers it. */
import { formatAddress } from '../../net/address.ts';
import { IPV4_HEADER_LENGTH } from '../../wire/ipv4.ts';
import { TCP_HEADER_LENGTH } from '../../wire/tcp.ts';
import { type NatObjection, translateFromInside, translateFromOutside } from '../nat-gateway.ts';
import { translateFromIpv6 } from '../nat64-client.ts';
import { ownAddressDrops } from '../own-addresses.ts';
import type { Packet } from '../packet.ts';
import { type Ends, endsOf, NAT_GATEWAY_MTU_BYTES, type ToInterface } from '../passage.ts';
import { clampSegmentSize } from '../segment-size.ts';
import { inStage } from '../stage.ts';
import { resetConnection } from '../tcp-reset.ts';
import { countHop, hasLastHop, refuseExpired } from '../time-to-live.ts';
import {
  type Decider,
  type DropDeclaration,
  INTO_INTERFACE,
  OUT_OF_GATEWAY,
  OUT_OF_REGIONAL_NAT_GATEWAY,
} from '../verdict.ts';

/** More NAT gateways than any sensible way has: two whose routes lead to each other end here. */
const MAX_NAT_GATEWAYS = 4;

/** Connections are opened so that their segments fit through (user guide, nat-gateway-basics: MSS clamping). */
const MAX_SEGMENT_BYTES = NAT_GATEWAY_MTU_BYTES - IPV4_HEADER_LENGTH - TCP_HEADER_LENGTH;

const objections = {
  protocol: {
    when: 'it is not TCP, UDP, an ICMP echo or an ICMP error about a known flow, which is all that a NAT gateway translates',
    code: 'PROTOCOL_RESTRICTION',
  },
  fragment: { when: 'it is a fragment of TCP or ICMP, or of a UDP datagram whose first fragment has not passed' },
  'foreign-source': {
    when: 'the source is not the address of an attached interface of the NAT gateway’s VPC, nor does it come over a transit gateway',
    code: 'NGW_REQUIRES_SOURCE_IN_VPC',
  },
  'no-free-port': {
    when: 'the NAT gateway has no port left for one more flow to this destination (55,000 for each of its addresses)',
  },
  'connection-unknown': {
    when: 'the TCP connection is unknown here or was idle for more than 350 seconds; its sender gets a reset',
  },
  unsolicited: { when: 'it comes to the NAT gateway from outside and answers nothing that was sent from inside' },
} as const satisfies Record<NatObjection, DropDeclaration>;

export const natGateway = inStage({
  name: 'nat-gateway',
  does: 'puts an address and a port of the NAT gateway in the place of the source, and the client’s back in that of an answer’s destination; what comes over IPv6 to 64:ff9b::/96 goes on over IPv4; it alone counts hops',
  drops: {
    ...objections,
    ...ownAddressDrops,
    expired: {
      when: 'its time to live ends at the NAT gateway; the sender inside gets an ICMP error from the gateway’s private address',
    },
    loop: { when: 'routes lead the packet from NAT gateway to NAT gateway', code: 'CANNOT_ROUTE' },
  },
  run(packet, passage, drop) {
    const { to } = passage;
    passage.decider = { describe: () => ({ kind: 'nat-gateway', id: to.row.owner.id, detail: '' }) };
    passage.natGateways += 1;
    if (passage.natGateways > MAX_NAT_GATEWAYS) return drop.loop;
    const before = endsOf(packet);
    const isFromInside = passage.route?.target.kind === 'nat-gateway';
    if (!isFromInside && !to.owns(packet.destination)) return drop['not-its-own'];
    if (hasLastHop(packet)) {
      const [address] = to.row.ipv4Addresses;
      // Over IPv6 (NAT64) the gateway has no address to say it from: unconfirmed.
      if (isFromInside && address !== undefined) refuseExpired(packet, passage, address);
      return drop.expired;
    }
    const objection = isFromInside ? fromInside(packet, passage) : translateFromOutside(packet, passage);
    if (objection === 'connection-unknown') resetConnection(packet, passage);
    if (objection) return drop[objection];
    countHop(packet);
    clampSegmentSize(packet, MAX_SEGMENT_BYTES);
    const after = endsOf(packet);
    passage.decider = translated(to.row.owner.id, isFromInside, before, after);
    return leave(packet, passage, before, after);
  },
});

const fromInside = (packet: Packet, passage: ToInterface): NatObjection | undefined =>
  packet.version === 6 ? translateFromIpv6(packet, passage) : translateFromInside(packet, passage);

/** A destination in the gateway's own subnet is a neighbour: neither ACL nor route table stands between them. */
function leave(
  packet: Packet,
  passage: ToInterface,
  before: Ends,
  after: Ends,
): typeof INTO_INTERFACE | typeof OUT_OF_GATEWAY | typeof OUT_OF_REGIONAL_NAT_GATEWAY {
  const holder = passage.to;
  const neighbour = holder.vpc.interfaceAt(packet.destination);
  passage.leaveNatGateway(holder, before, after);
  if (holder.row.owner.kind === 'regional-nat-gateway') return OUT_OF_REGIONAL_NAT_GATEWAY;
  if (!neighbour || neighbour.subnet !== holder.subnet || neighbour === holder) return OUT_OF_GATEWAY;
  passage.enter(neighbour, false);
  return INTO_INTERFACE;
}

/** Names the end that was rewritten, before and after. An ICMP query's identifier stands in the place of a port. */
const translated = (id: string, isFromInside: boolean, before: Ends, after: Ends): Decider => ({
  describe: () => {
    const text = (of: Ends): string =>
      isFromInside
        ? `${formatAddress(of.source)}:${of.sourcePort}`
        : `${formatAddress(of.destination)}:${of.destinationPort}`;
    const end = isFromInside ? 'source' : 'destination';
    return { kind: 'nat-gateway', id, detail: `${end} ${text(before)} becomes ${text(after)}` };
  },
});
