/** A NAT gateway and its addresses. */
import type { Ipv4 } from '../../net/address.ts';
import type {
  AllocationId,
  AssociationId,
  NatGatewayId,
  NetworkInterfaceId,
  RouteTableId,
  SubnetId,
  VpcId,
} from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

export interface NatGatewayAddress {
  readonly privateIp: Ipv4;
  readonly isPrimary: boolean;
  readonly networkInterfaceId: NetworkInterfaceId;
  /** Absent on a private NAT gateway. */
  readonly allocation: NatGatewayAllocation | undefined;
}

/** An Elastic IP that a NAT gateway holds. */
export interface NatGatewayAllocation {
  readonly id: AllocationId;
  readonly associationId: AssociationId;
  readonly publicIp: Ipv4;
}

/** Where a regional NAT gateway stands in a zone. */
export interface NatGatewayZone {
  /** Zone name such as "us-east-1a". */
  readonly zone: string;
  /** Names of this place for the fabric: EC2 shows neither interface nor subnet of it. */
  readonly interfaceId: NetworkInterfaceId;
  readonly subnetId: SubnetId;
  readonly allocations: readonly NatGatewayAllocation[];
}

/** What a regional NAT gateway has instead of a subnet. */
export interface RegionalNatGateway {
  /** Automatic: wherever its VPC has interfaces, with Elastic IPs of its own; manual: where its owner gives it some. */
  readonly mode: 'automatic' | 'manual';
  /** Its own route table; undefined once it has failed or is deleted. */
  readonly routeTableId: RouteTableId | undefined;
  readonly zones: readonly NatGatewayZone[];
}

export interface NatGateway extends TaggedRow {
  readonly id: NatGatewayId;
  readonly vpcId: VpcId;
  /** Undefined of a regional one. */
  readonly subnetId: SubnetId | undefined;
  readonly connectivityType: 'public' | 'private';
  readonly state: 'pending' | 'failed' | 'available' | 'deleting' | 'deleted';
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  readonly createdAtMs: number;
  readonly deletedAtMs: number | undefined;
  /** Of a zonal one. */
  readonly addresses: readonly NatGatewayAddress[];
  /** Undefined of a zonal one; absent in rows from before there were others. */
  readonly regional?: RegionalNatGateway | undefined;
}

/** Every Elastic IP that a NAT gateway has. */
export const allocationsOf = ({ addresses, regional }: NatGateway): readonly NatGatewayAllocation[] => [
  ...addresses.flatMap(({ allocation }) => allocation ?? []),
  ...(regional?.zones ?? []).flatMap(({ allocations }) => allocations),
];

const holdsAddresses = ({ state }: NatGateway): boolean => state !== 'deleted' && state !== 'failed';

export const NatGateway = kind<NatGateway>()({
  name: 'natgateway',
  prefix: 'nat',
  notFound: 'NatGatewayNotFound',
  malformed: 'NatGatewayMalformed',
  indexes: {
    vpcId: (row) => row.vpcId,
    subnetId: (row) => row.subnetId,
    networkInterfaceId: (row) => row.addresses.map((address) => address.networkInterfaceId),
    /** Elastic IPs that it holds; a deleted or failed one holds none. */
    allocationId: (row) => (holdsAddresses(row) ? allocationsOf(row).map(({ id }) => id) : []),
    /** Associations of a regional one, which no Elastic IP's row knows: they are with no interface. */
    associationId: (row) =>
      (row.regional?.zones ?? []).flatMap(({ allocations }) => allocations.map((one) => one.associationId)),
  },
});
