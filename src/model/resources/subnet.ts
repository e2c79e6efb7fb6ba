/** A subnet: a range of a VPC's addresses, in one Availability Zone. */
import type { Ipv4Cidr, Ipv6Cidr } from '../../net/cidr.ts';
import type { Id, NetworkAclId, SubnetId, VpcId } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

export interface SubnetIpv6CidrBlock {
  readonly associationId: Id<'subnet-cidr-assoc'>;
  readonly cidr: Ipv6Cidr;
}

/** How instances are named at launch (user guide, hostname-types). */
export interface PrivateDnsNameOptions {
  readonly hostnameType: 'ip-name' | 'resource-name';
  readonly enableResourceNameDnsARecord: boolean;
  readonly enableResourceNameDnsAAAARecord: boolean;
}

export interface Subnet extends TaggedRow {
  readonly id: SubnetId;
  readonly vpcId: VpcId;
  /** Zone name such as "us-east-1a". */
  readonly zone: string;
  /** Absent in an IPv6-only subnet. */
  readonly cidr: Ipv4Cidr | undefined;
  readonly ipv6CidrBlocks: readonly SubnetIpv6CidrBlock[];
  readonly ipv6Native: boolean;
  readonly defaultForAz: boolean;
  readonly mapPublicIpOnLaunch: boolean;
  readonly assignIpv6AddressOnCreation: boolean;
  readonly enableDns64: boolean;
  readonly privateDnsNameOptions: PrivateDnsNameOptions;
  /** Every subnet has exactly one network ACL; the association's id changes whenever the ACL does. */
  readonly networkAclAssociation: { readonly id: Id<'aclassoc'>; readonly networkAclId: NetworkAclId };
}

export const Subnet = kind<Subnet>()({
  name: 'subnet',
  prefix: 'subnet',
  notFound: 'InvalidSubnetID.NotFound',
  malformed: 'InvalidSubnetID.Malformed',
  indexes: {
    vpcId: (row) => row.vpcId,
    networkAclId: (row) => row.networkAclAssociation.networkAclId,
    networkAclAssociationId: (row) => row.networkAclAssociation.id,
    ipv6AssociationId: (row) => row.ipv6CidrBlocks.map((block) => block.associationId),
    defaultForZone: (row) => (row.defaultForAz ? row.zone : undefined),
  },
});
