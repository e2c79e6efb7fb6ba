/** What an internet gateway does with a packet from outside, be it from the internet or turned round at the gateway itself. */
import { contains } from '../net/cidr.ts';
import type { PublicMapping } from './network.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';
import { translateDestination } from './translation.ts';
import type { DropDeclaration } from './verdict.ts';

/** Why a packet does not come in through an internet gateway. */
export type InboundObjection = 'outside-vpc' | 'detached';

/** The drops of the stages that let packets in. */
export const inboundDrops = {
  'outside-vpc': {
    when: 'the private address behind the public one is outside the VPC’s blocks',
    code: 'IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS',
  },
  detached: { when: 'the internet gateway is not attached to the VPC', code: 'BAD_STATE_ATTACHMENT' },
} as const satisfies Record<InboundObjection, DropDeclaration>;

/** Puts the private destination in the public one's place and leads the packet to its interface. */
export function enterThroughGateway(
  packet: Packet,
  passage: Passage,
  { holder, privateAddress }: PublicMapping,
): InboundObjection | undefined {
  const vpc = holder.vpc.row;
  if (!vpc?.internetGatewayId) return 'detached';
  if (!vpc.cidrs.some((cidr) => contains(cidr, privateAddress))) return 'outside-vpc';
  translateDestination(packet, privateAddress);
  passage.isTranslated = true;
  passage.crossesSubnet = true;
  passage.to = holder;
  return undefined;
}
