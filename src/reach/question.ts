/** A question about all packets: who sends, who is sent to, and which traffic it is about. */
import { parseAddress } from '../net/address.ts';
import { type Cidr, cidrOf, covers, overlaps, parseCidr } from '../net/cidr.ts';
import { TCP, UDP } from '../net/protocol.ts';
import type { NetworkSnapshot } from '../tables/network-snapshot.ts';
import type { InterfaceRow, TrafficMatch } from '../tables/tables.ts';
import type { Asked, ExtraCuts } from './analysis.ts';
import type { Member } from './parties.ts';

/** What is asked. Without `from` or `to` everybody is meant, without traffic all of it. */
export interface ReachQuestion {
  /** `internet`, `site`, an address or block, a Name tag, or the id of an instance, interface, subnet, group or VPC. */
  readonly from?: string;
  readonly to?: string;
  readonly tcp?: readonly number[];
  readonly udp?: readonly number[];
  readonly icmp?: boolean;
}

/** The question cannot be answered; the message is for the person who asked. */
export class ReachQuestionError extends Error {
  override readonly name = 'ReachQuestionError';
}

/** A question as the analysis takes it. */
export interface UnderstoodQuestion {
  readonly asked: Asked;
  readonly cuts: ExtraCuts;
}

/** @throws ReachQuestionError where an end is nobody in the network */
export function understand(
  snapshot: NetworkSnapshot,
  { from, to, tcp = [], udp = [] }: ReachQuestion,
): UnderstoodQuestion {
  const ends = [from, to].map((text) => (text === undefined ? undefined : endOf(snapshot, text)));
  const [sender, receiver] = ends;
  const ports = (protocol: typeof TCP | typeof UDP, list: readonly number[]) =>
    list.map((port): TrafficMatch => ({ kind: 'ports', protocol, ports: { from: port, to: port } }));
  return {
    asked: { ...(sender ? { isSender: sender.has } : {}), ...(receiver ? { isReceiver: receiver.has } : {}) },
    cuts: {
      ways: ends.flatMap((end) => (end?.block ? [end.block] : [])),
      matches: [...ports(TCP, tcp), ...ports(UDP, udp)],
    },
  };
}

interface End {
  readonly has: (member: Member) => boolean;
  readonly block?: Cidr;
}

function endOf({ rows, names }: NetworkSnapshot, text: string): End {
  if (text === 'site' && !rows.some((row) => row.kind === 'vpn-connection' && row.siteCidrs.length > 0))
    throw new ReachQuestionError(
      'The network has no site: no VPN connection ends at a transit gateway, or at a virtual private gateway with a VPC and has a static route.',
    );
  if (text === 'internet' || text === 'site') return { has: ({ edge }) => edge === text };
  const block = blockOf(text);
  if (block) return { block, has: (member) => (member.holder ? overlaps : covers)(block, member.block) };
  const isMeant = ({ id, owner, subnetId, vpcId, securityGroupIds }: InterfaceRow): boolean =>
    [id, owner.id, subnetId, vpcId, ...securityGroupIds, names[id], names[owner.id]].includes(text);
  if (!rows.some((row) => row.kind === 'interface' && isMeant(row)))
    throw new ReachQuestionError(
      `Nobody in the network is ${text}. Name an instance, interface, subnet, group or VPC by its id, an instance by its Name tag, an address, a block, "internet" or "site"; only interfaces of running instances count.`,
    );
  return { has: ({ holder }) => holder !== undefined && isMeant(holder.row) };
}

function blockOf(text: string): Cidr | undefined {
  const address = parseAddress(text);
  if (address === undefined) return parseCidr(text);
  return cidrOf(address, typeof address === 'number' ? 32 : 128);
}
