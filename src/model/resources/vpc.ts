/** A VPC: an isolated network of its own in a Region. */
import type { Cidr, Ipv4Cidr, Ipv6Cidr } from '../../net/cidr.ts';
import type { DhcpOptionsId, Id, VpcId } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

/** An IPv4 block of a VPC; the first one is the primary block and stays. */
export interface VpcCidrBlock {
  readonly associationId: Id<'vpc-cidr-assoc'>;
  readonly cidr: Ipv4Cidr;
}

/** An IPv6 block of a VPC. */
export interface VpcIpv6CidrBlock {
  readonly associationId: Id<'vpc-cidr-assoc'>;
  readonly cidr: Ipv6Cidr;
  readonly networkBorderGroup: string;
  /** "Amazon" or the id of the customer's pool. */
  readonly pool: string;
}

export interface Vpc extends TaggedRow {
  readonly id: VpcId;
  readonly cidrBlocks: readonly VpcCidrBlock[];
  readonly ipv6CidrBlocks: readonly VpcIpv6CidrBlock[];
  readonly isDefault: boolean;
  /** "default": no option set at all, as AssociateDhcpOptions(default) leaves it. */
  readonly dhcpOptionsId: DhcpOptionsId | 'default';
  readonly instanceTenancy: 'default' | 'dedicated';
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  readonly enableNetworkAddressUsageMetrics: boolean;
}

export const Vpc = kind<Vpc>()({
  name: 'vpc',
  prefix: 'vpc',
  notFound: 'InvalidVpcID.NotFound',
  malformed: 'InvalidVpcID.Malformed',
  indexes: {
    dhcpOptionsId: (row) => row.dhcpOptionsId,
    isDefault: (row) => String(row.isDefault),
    cidrAssociationId: (row) => [...row.cidrBlocks, ...row.ipv6CidrBlocks].map((block) => block.associationId),
  },
});

/** All blocks of a VPC, IPv4 and IPv6, the primary IPv4 block first. */
export const cidrsOfVpc = (vpc: Vpc): readonly Cidr[] =>
  [...vpc.cidrBlocks, ...vpc.ipv6CidrBlocks].map((block) => block.cidr);
