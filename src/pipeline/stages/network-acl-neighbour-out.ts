/** Network ACL of a Classic Load Balancer's subnet, for what its node sends inside that subnet. */
import { aclAllows } from '../acl-filter.ts';
import { outStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';
import { holderInSubnet } from './subnet.ts';

/**
 * Reachability Analyzer guide, explanation codes: "Classic Load Balancers apply network ACLs to outbound traffic, even if
 * it's destined for a target in the same subnet". That this holds for answers to a client there as well, and not for what
 * comes in, is unconfirmed.
 */
export const networkAclNeighbourOut = outStage({
  name: 'network-acl-neighbour-out',
  does: 'asks the egress entries of the subnet about what a Classic Load Balancer sends inside it; nobody else’s neighbours are behind an ACL',
  drops: {
    denied: {
      when: 'an entry denies it, or none matches, and a Classic Load Balancer has sent it',
      code: 'ELB_ACL_RESTRICTION',
    },
  },
  run(packet, passage, drop) {
    const { from, network } = passage;
    if (network.balancers.balancerOf(from)?.type !== 'classic' || !holderInSubnet(packet, from)) return NEXT;
    return aclAllows(packet, passage, from.subnet.acl, 'egress') ? NEXT : drop.denied;
  },
});
