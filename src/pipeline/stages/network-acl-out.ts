/** Network ACL of the subnet that the packet leaves. */
import { aclAllows } from '../acl-filter.ts';
import { outStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

export const networkAclOut = outStage({
  name: 'network-acl-out',
  does: 'asks the egress entries of the sender’s subnet; the first that matches decides',
  drops: {
    denied: { when: 'an entry denies it, or none matches', code: 'SUBNET_ACL_RESTRICTION' },
  },
  run(packet, passage, drop) {
    return aclAllows(packet, passage, passage.from.subnet.acl, 'egress') ? NEXT : drop.denied;
  },
});
