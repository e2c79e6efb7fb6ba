/** Whom a security group rule speaks of: exactly one of a block, a group, a prefix list. */
import type { Cidr } from './cidr.ts';
import type { PrefixListId, SecurityGroupId } from './identifiers.ts';

/** The peer of a security group rule. */
export type RulePeer =
  | { readonly kind: 'cidr'; readonly cidr: Cidr }
  | { readonly kind: 'security-group'; readonly id: SecurityGroupId }
  | { readonly kind: 'prefix-list'; readonly id: PrefixListId };
