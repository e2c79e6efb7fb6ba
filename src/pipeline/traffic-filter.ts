/** What a rule of a group or an entry of an ACL says of protocol, ports and ICMP, in numbers that are quick to compare. */
import { ANY_PROTOCOL, ICMP, ICMPV6, protocolName, TCP, UDP } from '../net/protocol.ts';
import type { TrafficMatch } from '../tables/tables.ts';
import type { Packet } from './packet.ts';

const ANY = -1;
const MAX_PORT = 65535;

/** A compiled TrafficMatch. */
export class TrafficFilter {
  private readonly protocol: number;
  private readonly isIcmp: boolean;
  /** Destination ports, for TCP and UDP. */
  private readonly low: number;
  private readonly high: number;
  /** ICMP type and code, or ANY. */
  private readonly type: number;
  private readonly code: number;

  constructor(match: TrafficMatch) {
    this.protocol = match.kind === 'all' ? ANY_PROTOCOL : match.protocol;
    this.isIcmp = match.kind === 'icmp';
    this.low = match.kind === 'ports' ? match.ports.from : 0;
    this.high = match.kind === 'ports' ? match.ports.to : MAX_PORT;
    this.type = match.kind === 'icmp' ? match.type : ANY;
    this.code = match.kind === 'icmp' ? match.code : ANY;
  }

  /** True for a packet to this destination port; a later fragment, which shows no ports, matches only if all of them do. */
  matches(packet: Packet): boolean {
    if (this.protocol === ANY_PROTOCOL) return true;
    if (this.protocol !== packet.protocol) return false;
    if (this.isIcmp) return packet.isIcmp && this.matchesIcmp(packet);
    if (packet.isLaterFragment) return this.low === 0 && this.high === MAX_PORT;
    return packet.destinationPort >= this.low && packet.destinationPort <= this.high;
  }

  /** True when the packet's answer (its source port being the destination) matches. TCP and UDP only. */
  matchesReverse(packet: Packet): boolean {
    if (this.protocol === ANY_PROTOCOL) return true;
    return this.protocol === packet.protocol && packet.sourcePort >= this.low && packet.sourcePort <= this.high;
  }

  /** True when every packet of this protocol matches, whatever its ports. */
  coversProtocol(protocol: number): boolean {
    if (this.protocol === ANY_PROTOCOL) return true;
    return this.protocol === protocol && !this.isIcmp && this.low === 0 && this.high === MAX_PORT;
  }

  private matchesIcmp(packet: Packet): boolean {
    if (this.type === ANY) return true;
    if (packet.isLaterFragment) return false;
    return this.type === packet.icmpType && (this.code === ANY || this.code === packet.icmpCode);
  }
}

/** "tcp 443", "udp 1000-2000", "icmp 8/0", "all traffic". */
export function trafficText(match: TrafficMatch): string {
  switch (match.kind) {
    case 'all':
      return 'all traffic';
    case 'ports':
      return `${match.protocol === TCP ? 'tcp' : match.protocol === UDP ? 'udp' : match.protocol} ${portsText(match.ports)}`;
    case 'icmp':
      return `${match.protocol === ICMP ? 'icmp' : match.protocol === ICMPV6 ? 'icmpv6' : match.protocol} ${match.type}/${match.code}`;
    case 'protocol':
      return `protocol ${protocolName(match.protocol)}`;
  }
}

const portsText = (ports: { readonly from: number; readonly to: number }): string =>
  ports.from === ports.to ? String(ports.from) : `${ports.from}-${ports.to}`;
