/** An Elastic IP: a public IPv4 address allocated to an account, and where it points. */
import { formatIpv4, type Ipv4 } from '../../net/address.ts';
import type { AllocationId, AssociationId, NetworkInterfaceId } from '../../net/identifiers.ts';
import { kind, type Row, type TaggedRow } from '../kind.ts';

export interface ElasticIp extends TaggedRow {
  readonly id: AllocationId;
  readonly publicIp: Ipv4;
  readonly networkBorderGroup: string;
  readonly publicIpv4Pool: string;
  /** Reverse DNS name with its final dot, where the owner has set one. */
  readonly ptrRecord: string | undefined;
  /** The service of AWS that allocated it for itself, where one did: a regional NAT gateway. */
  readonly serviceManaged?: 'rnat' | undefined;
  readonly association:
    | {
        readonly id: AssociationId;
        readonly networkInterfaceId: NetworkInterfaceId;
        /** Twelve digits: whose the interface is, where it is another account's than the address. */
        readonly networkInterfaceOwnerId: string | undefined;
        readonly privateIpAddress: Ipv4;
      }
    | undefined;
}

export const ElasticIp = kind<ElasticIp>()({
  name: 'elastic-ip',
  prefix: 'eipalloc',
  notFound: 'InvalidAllocationID.NotFound',
  indexes: {
    publicIp: (row) => formatIpv4(row.publicIp),
    associationId: (row) => row.association?.id,
    networkInterfaceId: (row) => row.association?.networkInterfaceId,
    serviceManaged: (row) => row.serviceManaged,
  },
});

/** A public IPv4 address in use anywhere; lives in the WORLD, so that no two accounts or Regions have the same one. */
export interface PublicAddress extends Row {
  /** The address as text. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
}

export const PublicAddress = kind<PublicAddress>()({ name: 'public-address' });
