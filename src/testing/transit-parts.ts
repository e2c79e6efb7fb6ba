/** Transit gateways and what is attached to them, for tests of their actions. */
import type { TransitGateway } from '../model/resources/transit-gateway.ts';
import type { Vpc } from '../model/resources/vpc.ts';
import type { TestAccount } from './account.ts';
import { subnetWith, vpcWith } from './vpc-parts.ts';

/** A transit gateway with these options of the request. */
export const gatewayWith = (account: TestAccount, options: object = {}): TransitGateway['id'] => {
  const { TransitGateway: made } = account.call('CreateTransitGateway', { Options: options });
  return made?.TransitGatewayId as TransitGateway['id'];
};

/** A VPC with one subnet, attached to the gateway. */
export function attach(account: TestAccount, gateway: string, cidr: string, options: object = {}) {
  const vpc = vpcWith(account, cidr);
  const subnet = subnetWith(account, vpc, cidr.replace('/16', '/24'));
  const { TransitGatewayVpcAttachment: made } = account.call('CreateTransitGatewayVpcAttachment', {
    TransitGatewayId: gateway,
    VpcId: vpc.id,
    SubnetIds: [subnet.id],
    Options: options,
  });
  return { vpc, subnet, id: made?.TransitGatewayAttachmentId ?? '', state: made?.State };
}

/** The account's first table. */
export const defaultTable = (account: TestAccount): string =>
  account.call('DescribeTransitGatewayRouteTables').TransitGatewayRouteTables?.[0]?.TransitGatewayRouteTableId ?? '';

/** "block type state attachment" of each route. */
export function routes(
  account: TestAccount,
  table: string,
  ...filters: readonly { Name: string; Values: string[] }[]
): string[] {
  const { Routes = [] } = account.call('SearchTransitGatewayRoutes', {
    TransitGatewayRouteTableId: table,
    Filters: filters.length > 0 ? filters : [{ Name: 'type', Values: ['static', 'propagated'] }],
  });
  return Routes.map(({ DestinationCidrBlock, Type, State, TransitGatewayAttachments: [one] = [] }) =>
    [DestinationCidrBlock, Type, State, one?.TransitGatewayAttachmentId].filter((part) => part !== undefined).join(' '),
  );
}

/** State of the VPC's route to this block. */
export function routeState(account: TestAccount, vpc: Vpc, cidr: string): string | undefined {
  const { RouteTables = [] } = account.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpc.id] }] });
  return RouteTables.flatMap(({ Routes = [] }) => Routes).find((route) => route.DestinationCidrBlock === cidr)?.State;
}

/** A route of the VPC's main table for 10.0.0.0/8. */
export function routeTo(account: TestAccount, vpc: Vpc, gateway: string): void {
  const { RouteTables = [] } = account.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpc.id] }] });
  account.call('CreateRoute', {
    RouteTableId: RouteTables[0]?.RouteTableId ?? '',
    DestinationCidrBlock: '10.0.0.0/8',
    TransitGatewayId: gateway,
  });
}
