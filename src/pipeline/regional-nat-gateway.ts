/**
 * Regional NAT gateways: one for a whole VPC, that stands in every zone which it serves.
 *
 * To packets each of these places is an interface, in no subnet of the VPC's and behind no network ACL, whose route table
 * is the gateway's own. It translates to public addresses in one step; that it has no private ones in between, as a zonal
 * gateway has, is unconfirmed (EC2 shows none).
 */
import type { RegionalNatGatewayRow, RegionalNatGatewayZoneRow } from '../tables/regional-nat-gateway-row.ts';
import { Interface } from './interface.ts';
import type { Vpc } from './network.ts';
import type { RouteTable } from './route-table.ts';
import { Subnet } from './subnet.ts';

/** What its row names, resolved. */
interface Links {
  readonly vpc: Vpc;
  readonly routeTable: RouteTable;
}

/** A regional NAT gateway: its places by the ids of their zones. */
export class RegionalNatGateway {
  readonly places: ReadonlyMap<string, Interface>;

  /** `before`: the gateway with this id as it was, whose places keep their numbers. */
  constructor(
    row: RegionalNatGatewayRow,
    readonly links: Links,
    before: RegionalNatGateway | undefined,
    takeIndex: () => number,
  ) {
    this.places = new Map(
      row.zones.map((zone) => {
        const place = before?.places.get(zone.zoneId) ?? new Interface(takeIndex());
        stand(place, row, zone, links);
        return [zone.zoneId, place];
      }),
    );
  }
}

function stand(
  place: Interface,
  row: RegionalNatGatewayRow,
  zone: RegionalNatGatewayZoneRow,
  { vpc, routeTable }: Links,
) {
  const { id, vpcId, routeTableId, internetGatewayBlockMode } = row;
  const { interfaceId, subnetId, zoneId, addresses } = zone;
  const subnet = new Subnet(subnetId);
  subnet.vpc = vpc;
  subnet.routeTable = routeTable;
  subnet.row = {
    kind: 'subnet',
    id: subnetId,
    vpcId,
    zoneId,
    ipv4Cidr: undefined,
    ipv6Cidrs: [],
    networkAclId: undefined,
    routeTableId,
    internetGatewayBlockMode,
  };
  place.set(
    {
      kind: 'interface',
      id: interfaceId,
      owner: { kind: 'regional-nat-gateway', id },
      vpcId,
      subnetId,
      mac: subnet.routerMac,
      ipv4Addresses: addresses,
      ipv4Prefixes: [],
      ipv6Addresses: [],
      ipv6Prefixes: [],
      publicAddresses: addresses.map((address) => ({ publicAddress: address, privateAddress: address })),
      securityGroupIds: [],
      sourceDestCheck: false,
      hostName: '',
      timeouts: { tcpEstablishedTimeoutMs: 0, udpTimeoutMs: 0, udpStreamTimeoutMs: 0 },
      mirrorSessions: [],
      isFlowLogged: false,
      isPassthrough: false,
      allowance: undefined,
      place: undefined,
    },
    { vpc, subnet, groups: [] },
  );
}
