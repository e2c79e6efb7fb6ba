/** In questions alone: out of a peering connection into a VPC, or by an attachment into a transit gateway. */
import type { GatewayEntry } from '../../tables/data-plane.ts';
import type { Packet } from '../packet.ts';
import type { Passage } from '../passage.ts';
import { edgeStage } from '../stage.ts';
import { followTransit, transitDrops } from '../transit-way.ts';
import { INTO_INTERFACE, type Verdict } from '../verdict.ts';

const drops = {
  'no-peering': { when: 'the peering connection is not active', code: 'BAD_STATE' },
  'outside-vpc': {
    when: 'the destination is in none of the VPC’s blocks; peering leads no further',
    code: 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR',
  },
  'no-interface': {
    when: 'no attached interface of the VPC has the destination address',
    code: 'NO_POSSIBLE_DESTINATION',
  },
  'no-attachment': { when: 'the attachment to the transit gateway is not available', code: 'BAD_STATE_ATTACHMENT' },
  ...transitDrops,
} as const;

export const gatewayArrival = edgeStage({
  name: 'gateway-arrival',
  does: 'lets a packet come from a gateway that a question names as its source; none comes by here from a port',
  drops,
  run(packet, passage, drop) {
    const { gatewayEntry: entry } = passage;
    const way = entry?.kind === 'peering' ? enterVpc(packet, passage, entry) : enterTransitGateway(packet, passage);
    return typeof way === 'string' ? drop[way] : way;
  },
});

type Way = Verdict | keyof typeof drops;

function enterVpc(packet: Packet, passage: Passage, entry: GatewayEntry & { readonly kind: 'peering' }): Way {
  const peering = passage.network.peering(entry.id);
  const vpc = peering?.vpcs.find(({ row }) => row?.id === entry.vpcId);
  if (!peering || !vpc) return 'no-peering';
  if (!vpc.holds(packet.destination)) return 'outside-vpc';
  const holder = vpc.interfaceAt(packet.destination);
  if (!holder) return 'no-interface';
  passage.peering = peering;
  // Whose address it has is whose packet it is: rules may name his groups.
  passage.sender = peering.otherSide(vpc)?.interfaceAt(packet.source);
  passage.enter(holder, true);
  return INTO_INTERFACE;
}

function enterTransitGateway(packet: Packet, passage: Passage): Way {
  const attachment = passage.network.transitGateways.attachment(passage.gatewayEntry?.id ?? '');
  return attachment ? followTransit(packet, passage, attachment) : 'no-attachment';
}
