/** Regional NAT gateways of a test's network, made from a few words each. */
import type { RegionalNatGatewayRow, TableRow } from '../tables/tables.ts';
import { edgeName, type NetworkOptions, tableRow } from './network-rows.ts';
import { idOf, ipv4Of } from './rows.ts';

/** A regional NAT gateway: by the ids of the zones that it serves its addresses there, and the routes of its own table. */
export interface RegionalNatSpec {
  /** Name of its VPC; `main` unless given. */
  readonly vpc?: string;
  readonly zones: Readonly<Record<string, readonly string[]>>;
  /** Without local ones; everything to the internet gateway unless given. */
  readonly routes?: readonly string[];
  readonly blockMode?: RegionalNatGatewayRow['internetGatewayBlockMode'];
}

/** Its row and that of its route table. */
export function regionalNatRows(name: string, spec: RegionalNatSpec, options: NetworkOptions): TableRow[] {
  const { vpc = 'main', zones, routes = ['0.0.0.0/0 internet'], blockMode = 'off' } = spec;
  const table = edgeName(vpc, name);
  return [
    tableRow(table, vpc, routes, options),
    {
      kind: 'regional-nat-gateway',
      id: idOf('nat', name),
      vpcId: idOf('vpc', vpc),
      routeTableId: idOf('rtb', table),
      internetGatewayBlockMode: blockMode,
      zones: Object.entries(zones).map(([zoneId, addresses]) => ({
        zoneId,
        interfaceId: idOf('eni', `${name}/${zoneId}`),
        subnetId: idOf('subnet', `${name}/${zoneId}`),
        addresses: addresses.map(ipv4Of),
      })),
    },
  ];
}
