/** A route table: where packets that leave a subnet (or enter by a gateway) go. */
import type { Cidr } from '../../net/cidr.ts';
import type {
  Id,
  InternetGatewayId,
  NatGatewayId,
  PrefixListId,
  RouteTableId,
  SubnetId,
  VpcId,
  VpnGatewayId,
} from '../../net/identifiers.ts';
import type { RouteOrigin, RouteTarget } from '../../net/route-target.ts';
import { kind, type TaggedRow } from '../kind.ts';

/** A route; its state (active, blackhole) is derived from its target whenever it is asked for. */
export interface Route {
  readonly destination:
    | { readonly kind: 'cidr'; readonly cidr: Cidr }
    | { readonly kind: 'prefix-list'; readonly id: PrefixListId };
  readonly target: RouteTarget;
  readonly origin: RouteOrigin;
}

/** What a table is associated with: the VPC as its main table, a subnet, a gateway (edge association), or the regional NAT gateway that it came with. */
export type RouteTableAssociation = { readonly id: Id<'rtbassoc'> } & (
  | { readonly kind: 'main' }
  | { readonly kind: 'subnet'; readonly subnetId: SubnetId }
  | { readonly kind: 'gateway'; readonly gatewayId: InternetGatewayId | VpnGatewayId }
  | { readonly kind: 'nat-gateway'; readonly natGatewayId: NatGatewayId }
);

export interface RouteTable extends TaggedRow {
  readonly id: RouteTableId;
  readonly vpcId: VpcId;
  readonly routes: readonly Route[];
  readonly associations: readonly RouteTableAssociation[];
}

const targetId = (target: RouteTarget): string[] => (target.kind === 'local' ? [] : [target.id]);

export const RouteTable = kind<RouteTable>()({
  name: 'route-table',
  prefix: 'rtb',
  notFound: 'InvalidRouteTableID.NotFound',
  malformed: 'InvalidRouteTableId.Malformed',
  indexes: {
    vpcId: (row) => row.vpcId,
    associationId: (row) => row.associations.map((association) => association.id),
    subnetId: (row) => row.associations.flatMap((one) => (one.kind === 'subnet' ? [one.subnetId] : [])),
    mainOfVpcId: (row) => (row.associations.some((one) => one.kind === 'main') ? row.vpcId : undefined),
    gatewayId: (row) => row.associations.flatMap((one) => (one.kind === 'gateway' ? [one.gatewayId] : [])),
    prefixListId: (row) =>
      row.routes.flatMap(({ destination }) => (destination.kind === 'prefix-list' ? [destination.id] : [])),
    targetId: (row) => row.routes.flatMap((route) => targetId(route.target)),
  },
});
