/** Network ACL of the subnet that the packet enters. */
import { aclAllows } from '../acl-filter.ts';
import { inStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

export const networkAclIn = inStage({
  name: 'network-acl-in',
  does: 'asks the ingress entries of the receiver’s subnet, unless the packet comes from within it; the first that matches decides',
  drops: {
    denied: { when: 'an entry denies it, or none matches', code: 'SUBNET_ACL_RESTRICTION' },
  },
  run(packet, passage, drop) {
    if (!passage.crossesSubnet) return NEXT;
    return aclAllows(packet, passage, passage.to.subnet.acl, 'ingress') ? NEXT : drop.denied;
  },
});
