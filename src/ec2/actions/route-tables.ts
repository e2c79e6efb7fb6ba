/** Route tables: the tables, their routes, and what they are associated with. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { type Route, RouteTable, type RouteTableAssociation } from '../../model/resources/route-table.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { VpnGateway } from '../../model/resources/vpn.ts';
import { createRoute, deleteRoute, replaceRoute } from '../../model/route-changes.ts';
import { findDestination } from '../../model/route-destinations.ts';
import { instanceBehind, routeState } from '../../model/route-state.ts';
import {
  associateGateway,
  associateSubnet,
  disassociate,
  replaceAssociation,
} from '../../model/route-table-associations.ts';
import { createRouteTable, deleteRouteTable } from '../../model/route-table-lifecycle.ts';
import { readTarget } from '../../model/route-targets.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { propagatedRoutes } from '../../model/vpn-gateway-lifecycle.ts';
import { formatCidr, isIpv4Cidr } from '../../net/cidr.ts';
import type { RouteTarget } from '../../net/route-target.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** CreateRouteTable. */
export const CreateRouteTable = action('CreateRouteTable', (request, tx) => {
  const vpc = tx.get(Vpc, request.VpcId);
  const table = createRouteTable(tx, vpc, tagsOf(request.TagSpecifications, 'route-table'));
  return { RouteTable: describeRouteTable(table, tx), ClientToken: request.ClientToken };
});

/** DeleteRouteTable. */
export const DeleteRouteTable = action('DeleteRouteTable', (request, tx) => {
  deleteRouteTable(tx, tx.get(RouteTable, request.RouteTableId));
});

/** CreateRoute. */
export const CreateRoute = action('CreateRoute', (request, tx) => {
  const destination = findDestination(tx, request);
  const findTarget = readTarget(request);
  const table = tx.get(RouteTable, request.RouteTableId);
  createRoute(tx, table, destination, findTarget(tx, table));
  return { Return: true };
});

/** ReplaceRoute. */
export const ReplaceRoute = action('ReplaceRoute', (request, tx) => {
  const destination = findDestination(tx, request);
  const findTarget = readTarget(request);
  const table = tx.get(RouteTable, request.RouteTableId);
  replaceRoute(tx, table, destination, findTarget(tx, table));
});

/** DeleteRoute. */
export const DeleteRoute = action('DeleteRoute', (request, tx) => {
  const destination = findDestination(tx, request);
  deleteRoute(tx, tx.get(RouteTable, request.RouteTableId), destination);
});

/** AssociateRouteTable. */
export const AssociateRouteTable = action('AssociateRouteTable', (request, tx) => {
  const { SubnetId: subnetId, GatewayId: gatewayId, PublicIpv4Pool: pool } = request;
  const [end, other] = [subnetId, gatewayId, pool].filter((value) => value !== undefined);
  // The sentences for no end and for several are unconfirmed.
  if (end === undefined) throw new Fault('MissingParameter', { parameter: 'subnetId or gatewayId' });
  if (other !== undefined) {
    throw new Fault('InvalidParameterCombination', {
      parameter: subnetId === undefined ? 'gatewayId' : 'subnetId',
      other: pool === undefined ? 'gatewayId' : 'publicIpv4Pool',
    });
  }
  if (pool !== undefined) {
    throw new Fault(
      'UnsupportedOperation',
      'localvpc has no pools of addresses of your own to associate a table with.',
    );
  }
  const table = tx.get(RouteTable, request.RouteTableId);
  const id =
    gatewayId === undefined
      ? associateSubnet(tx, table, tx.get(Subnet, subnetId))
      : associateGateway(tx, table, gatewayId);
  return { AssociationId: id, AssociationState: { State: 'associated' } };
});

/** DisassociateRouteTable. */
export const DisassociateRouteTable = action('DisassociateRouteTable', (request, tx) => {
  disassociate(tx, request.AssociationId);
});

/** ReplaceRouteTableAssociation. */
export const ReplaceRouteTableAssociation = action('ReplaceRouteTableAssociation', (request, tx) => {
  const table = tx.get(RouteTable, request.RouteTableId);
  return {
    NewAssociationId: replaceAssociation(tx, request.AssociationId, table),
    AssociationState: { State: 'associated' },
  };
});

/** A route table as the API shows it, with the state of each route as it is now. */
export const describeRouteTable = (table: RouteTable, tx: Transaction): sdk.RouteTable => ({
  RouteTableId: table.id,
  VpcId: table.vpcId,
  OwnerId: tx.account,
  Routes: routesOf(table, tx).map((route) => describeRoute(route, table, tx)),
  Associations: table.associations.map((association) => describeAssociation(association, table)),
  PropagatingVgws: tx.by(VpnGateway, 'propagatedRouteTableId', table.id).map(({ id }) => ({ GatewayId: id })),
  Tags: describeTags(table.tags),
});

/** Those that the table holds and those that it learns. */
const routesOf = (table: RouteTable, tx: Transaction): readonly Route[] => [
  ...table.routes,
  ...propagatedRoutes(tx, table),
];

const describeRoute = (route: Route, table: RouteTable, tx: Transaction): sdk.Route => ({
  ...describeDestination(route.destination),
  ...describeTarget(route.target, tx),
  Origin: route.origin,
  State: routeState(tx, route, table.vpcId),
});

function describeDestination(destination: Route['destination']): sdk.Route {
  if (destination.kind === 'prefix-list') return { DestinationPrefixListId: destination.id };
  const text = formatCidr(destination.cidr);
  return isIpv4Cidr(destination.cidr) ? { DestinationCidrBlock: text } : { DestinationIpv6CidrBlock: text };
}

function describeTarget(target: RouteTarget, tx: Transaction): sdk.Route {
  switch (target.kind) {
    case 'local':
      return { GatewayId: 'local' };
    case 'internet-gateway':
    case 'vpn-gateway':
    case 'endpoint':
    case 'gateway-load-balancer-endpoint':
      return { GatewayId: target.id };
    case 'egress-only-internet-gateway':
      return { EgressOnlyInternetGatewayId: target.id };
    case 'nat-gateway':
      return { NatGatewayId: target.id };
    case 'interface': {
      const instance = instanceBehind(tx, target.id);
      return {
        NetworkInterfaceId: target.id,
        ...(instance && { InstanceId: instance.row.id, InstanceOwnerId: instance.owner.account }),
      };
    }
    case 'peering':
      return { VpcPeeringConnectionId: target.id };
    case 'transit-gateway':
      return { TransitGatewayId: target.id };
  }
}

const describeAssociation = (association: RouteTableAssociation, table: RouteTable): sdk.RouteTableAssociation => ({
  RouteTableAssociationId: association.id,
  RouteTableId: table.id,
  Main: association.kind === 'main',
  SubnetId: association.kind === 'subnet' ? association.subnetId : undefined,
  GatewayId: gatewayOf(association),
  AssociationState: { State: 'associated' },
});

/** That the table of a regional NAT gateway names it here is unconfirmed. */
function gatewayOf(association: RouteTableAssociation): string | undefined {
  if (association.kind === 'nat-gateway') return association.natGatewayId;
  return association.kind === 'gateway' ? association.gatewayId : undefined;
}

/** What a filter reads of a table's routes. */
const ofRoutes =
  <Value>(read: (route: sdk.Route) => Value) =>
  (table: RouteTable, tx: Transaction): Value[] =>
    routesOf(table, tx).map((route) => read(describeRoute(route, table, tx)));

/** What a filter reads of a table's associations. */
const ofAssociations =
  <Value>(read: (association: sdk.RouteTableAssociation) => Value) =>
  (table: RouteTable): Value[] =>
    table.associations.map((association) => read(describeAssociation(association, table)));

/** DescribeRouteTables. */
export const DescribeRouteTables = describe('DescribeRouteTables', 'RouteTables', {
  kind: RouteTable,
  ids: 'RouteTableIds',
  filters: {
    'association.gateway-id': ofAssociations((one) => one.GatewayId),
    'association.main': ofAssociations((one) => one.Main),
    'association.route-table-association-id': ofAssociations((one) => one.RouteTableAssociationId),
    'association.route-table-id': ofAssociations((one) => one.RouteTableId),
    'association.subnet-id': ofAssociations((one) => one.SubnetId),
    'owner-id': (_table, tx) => tx.account,
    'route-table-id': (table) => table.id,
    'route.destination-cidr-block': ofRoutes((route) => route.DestinationCidrBlock),
    'route.destination-ipv6-cidr-block': ofRoutes((route) => route.DestinationIpv6CidrBlock),
    'route.destination-prefix-list-id': ofRoutes((route) => route.DestinationPrefixListId),
    'route.egress-only-internet-gateway-id': ofRoutes((route) => route.EgressOnlyInternetGatewayId),
    'route.gateway-id': ofRoutes((route) => route.GatewayId),
    'route.instance-id': ofRoutes((route) => route.InstanceId),
    'route.nat-gateway-id': ofRoutes((route) => route.NatGatewayId),
    'route.origin': ofRoutes((route) => route.Origin),
    'route.state': ofRoutes((route) => route.State),
    'route.transit-gateway-id': ofRoutes((route) => route.TransitGatewayId),
    'route.vpc-peering-connection-id': ofRoutes((route) => route.VpcPeeringConnectionId),
    'vpc-id': (table) => table.vpcId,
  },
  render: describeRouteTable,
});

/** What this file serves. */
export const routeTableActions = [
  CreateRouteTable,
  DeleteRouteTable,
  CreateRoute,
  ReplaceRoute,
  DeleteRoute,
  AssociateRouteTable,
  DisassociateRouteTable,
  ReplaceRouteTableAssociation,
  DescribeRouteTables,
];
