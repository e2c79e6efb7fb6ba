/** A network ACL as packets meet it: numbered entries, the first match decides, and nothing matched is denied. */
import type { IpAddress } from '../net/address.ts';
import { formatCidr, isIpv4Cidr } from '../net/cidr.ts';
import type { NetworkAclId } from '../net/identifiers.ts';
import { ICMP, ICMPV6 } from '../net/protocol.ts';
import type { NetworkAclEntryRow, NetworkAclRow, TrafficMatch } from '../tables/tables.ts';
import { BlockFilter } from './block-filter.ts';
import { AddressHead, BlockHeads } from './block-heads.ts';
import type { Packet } from './packet.ts';
import { TrafficFilter, trafficText } from './traffic-filter.ts';
import type { Component, Decider } from './verdict.ts';

/** One compiled entry. */
export class NetworkAclEntry implements Decider {
  readonly allows: boolean;
  private readonly traffic: TrafficFilter;
  private readonly block: BlockFilter;

  constructor(
    private readonly aclId: NetworkAclId,
    private readonly direction: 'ingress' | 'egress',
    private readonly row: NetworkAclEntryRow,
  ) {
    this.allows = row.action === 'allow';
    this.traffic = new TrafficFilter(trafficOf(row));
    this.block = new BlockFilter(row.cidr);
  }

  /** `address` is the packet's source for ingress, its destination for egress. */
  matches(packet: Packet, address: IpAddress): boolean {
    return this.block.has(address) && this.traffic.matches(packet);
  }

  describe(): Component {
    const { number, action, traffic, cidr } = this.row;
    const detail = `${this.direction} entry ${number}: ${action} ${trafficText(traffic)}, ${formatCidr(cidr)}`;
    const rule = { kind: 'network-acl-entry', number, direction: this.direction } as const;
    return { kind: 'network-acl', id: this.aclId, detail, rule };
  }
}

/** Protocol 58 with an IPv4 block stands for all ICMP types (API reference, CreateNetworkAclEntry, Protocol). */
function trafficOf({ traffic, cidr }: NetworkAclEntryRow): TrafficMatch {
  const isIcmpv6 = (traffic.kind === 'icmp' || traffic.kind === 'protocol') && traffic.protocol === ICMPV6;
  return isIcmpv6 && isIpv4Cidr(cidr) ? { kind: 'icmp', protocol: ICMP, type: -1, code: -1 } : traffic;
}

/** The deny at the end of every ACL, which is not an entry. */
class FinalDeny implements Decider {
  readonly allows = false;
  constructor(
    private readonly aclId: string,
    private readonly direction: 'ingress' | 'egress',
  ) {}
  describe(): Component {
    const { aclId, direction } = this;
    const rule = { kind: 'network-acl-entry', number: null, direction } as const;
    return { kind: 'network-acl', id: aclId, detail: `${direction} entry *: deny everything`, rule };
  }
}

const addressHead = new AddressHead();

/** The entries of one direction, in their order. */
class EntryList {
  private entries: readonly NetworkAclEntry[] = [];
  private heads = new BlockHeads([]);

  set(row: NetworkAclRow | undefined, direction: 'ingress' | 'egress'): void {
    this.entries = row ? row[direction].map((entry) => new NetworkAclEntry(row.id, direction, entry)) : [];
    this.heads = new BlockHeads(row ? row[direction].map(({ cidr }) => cidr) : []);
  }

  /** The first entry that matches. */
  first(packet: Packet, address: IpAddress): NetworkAclEntry | undefined {
    const head = addressHead.set(address);
    for (let index = this.heads.next(0, head); index >= 0; index = this.heads.next(index + 1, head)) {
      const entry = this.entries[index];
      if (entry?.matches(packet, address)) return entry;
    }
    return undefined;
  }
}

/** A network ACL; subnets hold on to it, its content is replaced whole. */
export class NetworkAcl {
  private readonly ingress = new EntryList();
  private readonly egress = new EntryList();
  private readonly finalDeny: { readonly ingress: FinalDeny; readonly egress: FinalDeny };

  constructor(id: string) {
    this.finalDeny = { ingress: new FinalDeny(id, 'ingress'), egress: new FinalDeny(id, 'egress') };
  }

  /** Replaces the content; undefined empties it, and an empty ACL denies everything. */
  set(row: NetworkAclRow | undefined): void {
    this.ingress.set(row, 'ingress');
    this.egress.set(row, 'egress');
  }

  /** The entry that decides about the packet, or the final deny. */
  decide(direction: 'ingress' | 'egress', packet: Packet): NetworkAclEntry | FinalDeny {
    const address = direction === 'ingress' ? packet.source : packet.destination;
    return this[direction].first(packet, address) ?? this.finalDeny[direction];
  }
}
