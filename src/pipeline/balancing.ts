/**
 * Which target a load balancer's listener sends a flow to: the one place where that is chosen, from rows and the flow's own
 * addresses and ports.
 *
 * How ELB's nodes choose among targets is their own affair (NLB guide: a flow hash of protocol, addresses, ports and TCP's
 * sequence number); here the same flow comes to the same target as long as the targets are the same.
 */
import type { ListenerRow, LoadBalancerRow, TargetGroupRow, TargetRow } from '../tables/load-balancer-rows.ts';
import type { DropDeclaration } from './verdict.ts';

/** Why a load balancer sends a flow to nobody. */
export const balancingDrops = {
  'no-listener': {
    when: 'no listener of the load balancer takes the protocol and the port',
    code: 'ELBV2_LISTENERS_MISMATCH',
  },
  'no-target-group': {
    when: 'the listener has no target group that takes anything: their weights are zero',
    code: 'ELBV2_LISTENER_REQUIRES_TG_ACCEPT',
  },
  'no-target': {
    when: 'no target that the load balancer of this zone sends to is running',
    code: 'ELBV2_NO_TARGETS_IN_AZ',
  },
} as const satisfies Record<string, DropDeclaration>;

export type BalancingObjection = keyof typeof balancingDrops;

/** The same of Classic Load Balancers, of which Reachability Analyzer has codes of their own. */
export const classicBalancingDrops = {
  'no-classic-listener': {
    when: 'no listener of the Classic Load Balancer takes the protocol and the port',
    code: 'ELB_LISTENERS_MISMATCH',
  },
  'no-instance': {
    when: 'no registered instance that the Classic Load Balancer of this zone sends to is running',
  },
} as const satisfies Record<string, DropDeclaration>;

/** What of a flow decides where it goes. */
export interface BalancedFlow {
  readonly source: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Where a flow goes. */
export interface Choice {
  readonly group: TargetGroupRow;
  readonly target: TargetRow;
}

/** The listener of a load balancer that takes this protocol at this port. */
export const listenerFor = (
  { listeners }: LoadBalancerRow,
  protocol: number,
  destinationPort: number,
): ListenerRow | undefined =>
  listeners.find(
    ({ protocols, port }) => protocols.includes(protocol) && (port === undefined || port === destinationPort),
  );

/**
 * The target of a new flow.
 * @param zone of the node that has it
 * @param isWell whether a target can be sent to
 * @param isWanted in questions: such a target is chosen where there is one
 */
export function chooseTarget(
  { groups }: ListenerRow,
  flow: BalancedFlow,
  zone: string,
  isWell: (target: TargetRow) => boolean,
  isWanted?: (target: TargetRow) => boolean,
): Choice | BalancingObjection {
  const open = (group: TargetGroupRow): readonly TargetRow[] =>
    group.targets.filter((target) => isServed(group, target, zone) && isWell(target));
  const wanted = isWanted && wantedAmong(groups, open, isWanted);
  if (wanted) return wanted;
  const group = chooseGroup(groups, hashOf(flow));
  if (!group) return 'no-target-group';
  const targets = open(group);
  const target = targets[hashOf(flow, group.isSticky) % targets.length];
  return target ? { group, target } : 'no-target';
}

function wantedAmong(
  groups: readonly TargetGroupRow[],
  open: (group: TargetGroupRow) => readonly TargetRow[],
  isWanted: (target: TargetRow) => boolean,
): Choice | undefined {
  for (const group of groups) {
    const target = group.weight > 0 ? open(group).find(isWanted) : undefined;
    if (target) return { group, target };
  }
  return undefined;
}

/** Whether a node of a zone sends to a target at all. */
export const isServed = (
  { crossesZones, zones }: TargetGroupRow,
  { zone: ofTarget }: TargetRow,
  zone: string,
): boolean =>
  ofTarget === undefined || ofTarget === zone || (crossesZones && (zones === undefined || zones.includes(ofTarget)));

/** By weight. That a group without targets that are well gets its share all the same is unconfirmed for Network Load Balancers. */
function chooseGroup(groups: readonly TargetGroupRow[], hash: number): TargetGroupRow | undefined {
  const [only] = groups;
  if (groups.length === 1) return only !== undefined && only.weight > 0 ? only : undefined;
  let rest = hash % groups.reduce((sum, { weight }) => sum + weight, 0);
  // With a total of zero this is no number, and nothing is less.
  for (const group of groups) {
    if (rest < group.weight) return group;
    rest -= group.weight;
  }
  return undefined;
}

/** A whole number from 0 on; of a sticky flow by its client alone. */
function hashOf({ source, sourcePort, destinationPort }: BalancedFlow, isSticky = false): number {
  const ports = isSticky ? 0 : Math.imul(sourcePort, 0x9e3779b1) ^ Math.imul(destinationPort, 0xc2b2ae35);
  const hash = Math.imul(source ^ ports, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) >>> 0;
}
