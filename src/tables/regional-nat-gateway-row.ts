/** Regional NAT gateways in the forwarding tables. */
import type { Ipv4 } from '../net/address.ts';
import type { NatGatewayId, NetworkInterfaceId, RouteTableId, SubnetId, VpcId } from '../net/identifiers.ts';
import type { InternetGatewayBlockMode } from './tables.ts';

/**
 * Where a regional NAT gateway stands in a zone that it serves. EC2 shows neither an interface nor a subnet of it: these ids
 * are names for this place, which nobody else has.
 */
export interface RegionalNatGatewayZoneRow {
  /** Id of the zone ("use1-az1"). */
  readonly zoneId: string;
  readonly interfaceId: NetworkInterfaceId;
  readonly subnetId: SubnetId;
  /** Public addresses to which it translates what comes from the zone. */
  readonly addresses: readonly Ipv4[];
}

/** A regional NAT gateway that is available: it is in no subnet, and its own route table says where packets leave it. */
export interface RegionalNatGatewayRow {
  readonly kind: 'regional-nat-gateway';
  readonly id: NatGatewayId;
  readonly vpcId: VpcId;
  readonly routeTableId: RouteTableId;
  /** What VPC Block Public Access leaves of its VPC's traffic with the internet. */
  readonly internetGatewayBlockMode: InternetGatewayBlockMode;
  readonly zones: readonly RegionalNatGatewayZoneRow[];
}
