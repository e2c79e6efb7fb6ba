/** Security groups of the receiver: ingress rules, or the tracked flow that the packet answers. */
import { groupDrops, groupObjection } from '../group-filter.ts';
import type { Packet } from '../packet.ts';
import type { ToInterface } from '../passage.ts';
import { hasReferenceFor, type SecurityGroup } from '../security-group.ts';
import { inStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

const NO_GROUPS: readonly SecurityGroup[] = [];

export const securityGroupIn = inStage({
  name: 'security-group-in',
  does: 'lets in what an ingress rule of the receiver’s groups admits, and what belongs to a tracked flow',
  drops: {
    ...groupDrops('ingress'),
    'reference-lost': {
      when: 'only a rule that names a group could match, and the way of the packet does not show the groups of its sender',
      code: 'SG_REFERENCES_NOT_PRESERVED',
    },
    'referencing-off': {
      when: 'only a rule that names a group could match, and a transit gateway or an attachment on the way does not support references',
      code: 'SG_REFERENCING_SUPPORT',
    },
  },
  run(packet, passage, drop) {
    const { to, peer } = passage;
    peer.address = packet.source;
    peer.groups = visibleGroups(packet, passage);
    const objection = groupObjection(packet, passage, to, false);
    if (!objection) return NEXT;
    // From outside, or from the customer's site, there were no groups that could have been lost.
    const isLost = passage.sender && peer.groups.length === 0 && hasReferenceFor(to.groups, 'ingress', packet);
    if (objection !== 'no-rule' || !isLost) return drop[objection];
    return drop[
      passage.transitCrossings.length > 0 && !passage.keepsGroupReferences ? 'referencing-off' : 'reference-lost'
    ];
  },
});

/**
 * Groups of the sender, as far as the way shows them: straight from an interface of the VPC, of one peered in the Region,
 * or through a transit gateway that supports references. A middlebox, one behind an endpoint too, NAT or an internet gateway
 * loses them.
 */
function visibleGroups(packet: Packet, passage: ToInterface): readonly SecurityGroup[] {
  const { sender, to, from, peering } = passage;
  // Rules of targets may name the load balancer's groups, whosever address it sends with (NLB guide, target security groups).
  if (from?.row.owner.kind === 'load-balancer' && from.vpc === to.vpc) return from.groups;
  if (!sender || passage.isTranslated || passage.inspections > 0 || !sender.owns(packet.source)) return NO_GROUPS;
  if (passage.transitCrossings.length > 0) return passage.keepsGroupReferences && !peering ? sender.groups : NO_GROUPS;
  return sender.vpc === to.vpc || peering?.row.isInterRegion === false ? sender.groups : NO_GROUPS;
}
