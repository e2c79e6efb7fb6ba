/** A NAT gateway and its addresses. */
import type { Ipv4 } from '../../net/address.ts';
import type {
  AllocationId,
  AssociationId,
  NatGatewayId,
  NetworkInterfaceId,
  SubnetId,
  VpcId,
} from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

export interface NatGatewayAddress {
  readonly privateIp: Ipv4;
  readonly isPrimary: boolean;
  readonly networkInterfaceId: NetworkInterfaceId;
  /** Absent on a private NAT gateway. */
  readonly allocation:
    | { readonly id: AllocationId; readonly associationId: AssociationId; readonly publicIp: Ipv4 }
    | undefined;
}

export interface NatGateway extends TaggedRow {
  readonly id: NatGatewayId;
  readonly vpcId: VpcId;
  readonly subnetId: SubnetId;
  readonly connectivityType: 'public' | 'private';
  readonly state: 'pending' | 'failed' | 'available' | 'deleting' | 'deleted';
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  readonly createdAtMs: number;
  readonly deletedAtMs: number | undefined;
  readonly addresses: readonly NatGatewayAddress[];
}

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
    allocationId: (row) => (holdsAddresses(row) ? row.addresses.flatMap(({ allocation }) => allocation?.id ?? []) : []),
  },
});
