/** A network ACL: numbered, stateless rules at the edge of subnets. */

import type { Cidr } from '../../net/cidr.ts';
import type { NetworkAclId, VpcId } from '../../net/identifiers.ts';
import type { TrafficMatch } from '../../net/traffic-match.ts';
import { kind, type TaggedRow } from '../kind.ts';

/** An entry; the final deny (32767, and 32768 for IPv6) is not stored. */
export interface NetworkAclEntry {
  readonly egress: boolean;
  /** 1 to 32766. */
  readonly number: number;
  readonly action: 'allow' | 'deny';
  readonly traffic: TrafficMatch;
  /** The source block of an ingress entry, the destination block of an egress entry. */
  readonly cidr: Cidr;
}

export interface NetworkAcl extends TaggedRow {
  readonly id: NetworkAclId;
  readonly vpcId: VpcId;
  readonly isDefault: boolean;
  /** In ascending order of number within each direction. */
  readonly entries: readonly NetworkAclEntry[];
}

export const NetworkAcl = kind<NetworkAcl>()({
  name: 'network-acl',
  prefix: 'acl',
  notFound: 'InvalidNetworkAclID.NotFound',
  malformed: 'InvalidNetworkAclId.Malformed',
  indexes: { vpcId: (row) => row.vpcId, defaultOfVpcId: (row) => (row.isDefault ? row.vpcId : undefined) },
});
