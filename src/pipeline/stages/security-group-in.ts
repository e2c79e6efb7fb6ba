/** Security groups of the receiver: ingress rules, or the tracked flow that the packet answers. */
import { groupDrops, groupObjection } from '../group-filter.ts';
import type { Packet } from '../packet.ts';
import type { ToInterface } from '../passage.ts';
import { hasReferenceFor } from '../security-group.ts';
import { inStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

const NO_GROUPS = [] as const;

export const securityGroupIn = inStage({
  name: 'security-group-in',
  does: 'lets in what an ingress rule of the receiver’s groups admits, and what belongs to a tracked flow',
  drops: {
    ...groupDrops('ingress'),
    'reference-lost': {
      when: 'only a rule that names a group could match, and the way of the packet does not show the groups of its sender',
      code: 'SG_REFERENCES_NOT_PRESERVED',
    },
  },
  run(packet, passage, drop) {
    const { to, peer } = passage;
    peer.address = packet.source;
    peer.groups = comesStraight(packet, passage) ? passage.from.groups : NO_GROUPS;
    const objection = groupObjection(packet, passage, to, false);
    if (!objection) return NEXT;
    const isLost = peer.groups.length === 0 && hasReferenceFor(to.groups, 'ingress', packet);
    return drop[objection === 'no-rule' && isLost ? 'reference-lost' : objection];
  },
});

/** References hold for packets straight from an interface of the VPC or of one peered in the Region; a middlebox, NAT or an internet gateway loses them. */
const comesStraight = (
  packet: Packet,
  passage: ToInterface,
): passage is ToInterface & { readonly from: ToInterface['to'] } =>
  passage.from !== undefined &&
  !passage.isTranslated &&
  (passage.from.vpc === passage.to.vpc || passage.peering?.row.isInterRegion === false) &&
  passage.from.owns(packet.source);
