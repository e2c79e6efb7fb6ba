/** An entry that a network ACL lacks, before the one that denies; or the denying entry taken away. */
import { NetworkAcl } from '../../model/resources/network-acl.ts';
import { isIpv4 } from '../../net/address.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../../net/protocol.ts';
import type { PacketEnds } from '../../tables/data-plane.ts';
import type { ApiCall, Parameters } from '../api-call.ts';
import { blockOf, findRow, type LostPacket, lostAtInterface } from './lost-packet.ts';

/** First port that a client's system may choose for itself (VPC guide, ephemeral ports). */
const FIRST_EPHEMERAL_PORT = 1024;
const LAST_PORT = 65_535;
const FIRST_NUMBER = 100;
const LAST_NUMBER = 32_766;

/** An allowing entry with a free number, else the entry that denies removed. */
export function missingAclEntry(lost: LostPacket): ApiCall[][] {
  const place = lostAtInterface(lost);
  const rule = lost.step?.component?.rule;
  const found = lost.step?.component && findRow(lost, NetworkAcl, lost.step.component.id);
  if (!place || !found || rule?.kind !== 'network-acl-entry') return [];
  const { row: acl, tx } = found;
  const isEgress = rule.direction === 'egress';
  const far = isEgress ? place.destination : place.source;
  const identity = { NetworkAclId: acl.id, Egress: isEgress };
  const number = freeNumber(acl, isEgress, rule.number);
  const allow = (RuleNumber: number): ApiCall => ({
    scope: tx.scope,
    operation: 'CreateNetworkAclEntry',
    parameters: {
      ...identity,
      RuleNumber,
      RuleAction: 'allow',
      ...trafficOf(place.ends, lost.way),
      ...(isIpv4(far) ? { CidrBlock: blockOf(lost, far) } : { Ipv6CidrBlock: blockOf(lost, far) }),
    },
  });
  const remove = (RuleNumber: number): ApiCall => ({
    scope: tx.scope,
    operation: 'DeleteNetworkAclEntry',
    parameters: { ...identity, RuleNumber },
  });
  return [...(number === undefined ? [] : [[allow(number)]]), ...(rule.number === null ? [] : [[remove(rule.number)]])];
}

/** The free number next below the entry that denies; any will do where none matched. */
function freeNumber({ entries }: NetworkAcl, isEgress: boolean, denying: number | null): number | undefined {
  const taken = new Set(entries.filter(({ egress }) => egress === isEgress).map(({ number }) => number));
  if (denying !== null) {
    for (let number = denying - 1; number > 0; number--) if (!taken.has(number)) return number;
    return undefined;
  }
  for (let number = FIRST_NUMBER; number <= LAST_NUMBER; number += 10) if (!taken.has(number)) return number;
  return undefined;
}

/** An answer goes to whatever port its client chose, so its entry is for all of those. */
function trafficOf({ protocol, destinationPort, icmp }: PacketEnds, way: LostPacket['way']): Parameters {
  if (protocol === TCP || protocol === UDP) {
    const isAnswer = way === 'reply' && destinationPort >= FIRST_EPHEMERAL_PORT;
    const [From, To] = isAnswer ? [FIRST_EPHEMERAL_PORT, LAST_PORT] : [destinationPort, destinationPort];
    return { Protocol: String(protocol), PortRange: { From, To } };
  }
  if (icmp && (protocol === ICMP || protocol === ICMPV6))
    return { Protocol: String(protocol), IcmpTypeCode: { Type: icmp.type, Code: icmp.code } };
  return { Protocol: String(protocol) };
}
