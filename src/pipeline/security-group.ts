/** A security group as packets meet it: rules compiled from its row, and what the union of several groups admits. */
import type { IpAddress } from '../net/address.ts';
import { formatCidr } from '../net/cidr.ts';
import type { SecurityGroupId } from '../net/identifiers.ts';
import type { PrefixListRow, RulePeer, SecurityGroupRow, SecurityGroupRuleRow } from '../tables/tables.ts';
import { BlockFilter } from './block-filter.ts';
import { AddressHead, BlockHeads } from './block-heads.ts';
import type { Packet } from './packet.ts';
import { TrafficFilter, trafficText } from './traffic-filter.ts';
import type { Component, Decider } from './verdict.ts';

/** Which of a group's two lists applies: egress to packets out of an interface, ingress to packets into it. */
export type Direction = 'ingress' | 'egress';

/** A managed prefix list; rules hold on to it, so that new content takes effect without touching them. */
export class PrefixList {
  private blocks: readonly BlockFilter[] = [];
  /** Replaces the content; undefined empties it, and an empty list matches nothing. */
  set(row: PrefixListRow | undefined): void {
    this.blocks = row ? row.cidrs.map((cidr) => new BlockFilter(cidr)) : [];
  }
  has(address: IpAddress): boolean {
    for (const block of this.blocks) if (block.has(address)) return true;
    return false;
  }
}

/** What a rule's peer is compared with: the far address and, where the packet's way lets one know it, whose groups stand behind it. */
export interface Peer {
  readonly address: IpAddress;
  /** Groups of the interface whose address it is; empty when that is unknown or was lost on the way. */
  readonly groups: readonly SecurityGroup[];
}

/** One compiled rule. */
export class SecurityGroupRule implements Decider {
  readonly traffic: TrafficFilter;
  /** 0.0.0.0/0 or ::/0: the peers of untracked flows. */
  readonly isOpen: boolean;
  readonly block: BlockFilter | undefined;
  readonly referenced: SecurityGroup | undefined;
  private readonly prefixList: PrefixList | undefined;

  constructor(
    private readonly groupId: SecurityGroupId,
    private readonly direction: Direction,
    private readonly row: SecurityGroupRuleRow,
    resolve: ResolvePeers,
  ) {
    const { peer } = row;
    this.traffic = new TrafficFilter(row.traffic);
    this.isOpen = peer.kind === 'cidr' && peer.cidr.length === 0;
    this.block = peer.kind === 'cidr' ? new BlockFilter(peer.cidr) : undefined;
    this.referenced = peer.kind === 'security-group' ? resolve.securityGroup(peer.id) : undefined;
    this.prefixList = peer.kind === 'prefix-list' ? resolve.prefixList(peer.id) : undefined;
  }

  /** True when the peer is whom this rule speaks of. A rule without a peer would speak of nobody. */
  speaksOf(peer: Peer): boolean {
    if (this.block) return this.block.has(peer.address);
    if (this.referenced) return peer.groups.includes(this.referenced);
    return this.prefixList?.has(peer.address) ?? false;
  }

  /** Whom the rule speaks of. */
  get peer(): RulePeer {
    return this.row.peer;
  }

  describe(): Component {
    const detail = `${this.row.id}: ${trafficText(this.row.traffic)}, peer ${peerText(this.row.peer)}`;
    const { id } = this.row;
    const rule = { kind: 'security-group-rule', id, direction: this.direction } as const;
    return { kind: 'security-group', id: this.groupId, detail, rule };
  }
}

const peerText = (peer: RulePeer): string => (peer.kind === 'cidr' ? formatCidr(peer.cidr) : peer.id);

/** How a rule finds the groups and lists that its peers name; a name without a row yet gives an empty one. */
export interface ResolvePeers {
  securityGroup(id: string): SecurityGroup;
  prefixList(id: string): PrefixList;
}

/** The rules of one direction, with what spares looking at all of them. */
export class RuleList {
  private readonly heads: BlockHeads;
  /** Those for everybody. */
  readonly open: readonly SecurityGroupRule[];

  constructor(readonly rules: readonly SecurityGroupRule[]) {
    this.heads = new BlockHeads(rules.map(({ peer }) => (peer.kind === 'cidr' ? peer.cidr : undefined)));
    this.open = rules.filter(({ isOpen }) => isOpen);
  }

  /** As `admittingRule`, of this list alone; `head` is that of the peer's address. */
  admitting(packet: Packet, peer: Peer, head: AddressHead, before: SecurityGroupRule | undefined) {
    let admitting = before;
    for (let index = this.heads.next(0, head); index >= 0; index = this.heads.next(index + 1, head)) {
      const rule = this.rules[index];
      if (!rule || (admitting && !rule.isOpen) || !rule.speaksOf(peer) || !rule.traffic.matches(packet)) continue;
      if (rule.isOpen) return rule;
      admitting = rule;
    }
    return admitting;
  }
}

const NO_RULES = new RuleList([]);
const peerHead = new AddressHead();

/** A security group; interfaces and rules hold on to it, its content is replaced whole. */
export class SecurityGroup {
  readonly lists = { ingress: NO_RULES, egress: NO_RULES };

  get ingress(): readonly SecurityGroupRule[] {
    return this.lists.ingress.rules;
  }
  get egress(): readonly SecurityGroupRule[] {
    return this.lists.egress.rules;
  }

  /** Replaces the content; undefined empties it, and an empty group admits nothing. */
  set(row: SecurityGroupRow | undefined, resolve: ResolvePeers): void {
    const listOf = (direction: Direction): RuleList =>
      row
        ? new RuleList(row[direction].map((rule) => new SecurityGroupRule(row.id, direction, rule, resolve)))
        : NO_RULES;
    this.lists.ingress = listOf('ingress');
    this.lists.egress = listOf('egress');
  }
}

/**
 * The rule of the groups' union that admits the packet; the most permissive one when several do (AWS: "Amazon EC2
 * applies the most permissive rule"), which here means one that is open to everybody.
 */
export function admittingRule(
  groups: readonly SecurityGroup[],
  direction: Direction,
  packet: Packet,
  peer: Peer,
): SecurityGroupRule | undefined {
  let admitting: SecurityGroupRule | undefined;
  const head = peerHead.set(peer.address);
  for (const group of groups) {
    admitting = group.lists[direction].admitting(packet, peer, head, admitting);
    if (admitting?.isOpen) return admitting;
  }
  return admitting;
}

/** True when a rule for 0.0.0.0/0 (or ::/0, by the packet's family) covers all ports of the packet's protocol. */
export function isOpenToAll(groups: readonly SecurityGroup[], direction: Direction, packet: Packet): boolean {
  for (const group of groups) {
    for (const rule of group.lists[direction].open) {
      if (isOpenFor(rule, packet) && rule.traffic.coversProtocol(packet.protocol)) return true;
    }
  }
  return false;
}

/** True when a rule for everybody admits the packet that this one would be the answer to. */
export function opensForReverse(groups: readonly SecurityGroup[], direction: Direction, packet: Packet): boolean {
  for (const group of groups) {
    for (const rule of group.lists[direction].open)
      if (isOpenFor(rule, packet) && rule.traffic.matchesReverse(packet)) return true;
  }
  return false;
}

const isOpenFor = (rule: SecurityGroupRule, packet: Packet): boolean => rule.block?.isIpv4 === (packet.version === 4);

/** True when a rule names a group for this traffic: the packet might have been admitted, had it come straight. */
export function hasReferenceFor(groups: readonly SecurityGroup[], direction: Direction, packet: Packet): boolean {
  return groups.some((group) => group[direction].some((rule) => rule.referenced && rule.traffic.matches(packet)));
}
