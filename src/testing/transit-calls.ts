/** Random calls that transit gateways and VPN connections are made of, for tests of what must hold whatever is called. */
import type { Committed } from '../model/world.ts';
import type { TestAccount } from './account.ts';

/** Ids that the calls may name; empty ones are refused, as wrong ones are. */
export interface TransitCallIds {
  readonly vpc: string;
  readonly subnet: string;
  readonly table: string;
  readonly list: string;
}

/** @param random an integer in [0, bound) */
export function transitCalls(
  account: TestAccount,
  random: (bound: number) => number,
  { vpc, subnet, table, list }: TransitCallIds,
): readonly (() => Committed<unknown>)[] {
  const pick = <T>(items: readonly T[]): T | undefined => items[random(items.length || 1)];
  const hub = (): string => pick(account.call('DescribeTransitGateways').TransitGateways ?? [])?.TransitGatewayId ?? '';
  const attachment = () => {
    const rows = account.call('DescribeTransitGatewayAttachments').TransitGatewayAttachments ?? [];
    return { TransitGatewayAttachmentId: pick(rows)?.TransitGatewayAttachmentId ?? '' };
  };
  const hubPair = () => {
    const tables = account.call('DescribeTransitGatewayRouteTables').TransitGatewayRouteTables ?? [];
    return { ...attachment(), TransitGatewayRouteTableId: pick(tables)?.TransitGatewayRouteTableId ?? '' };
  };
  const vpnGateway = (): string => pick(account.call('DescribeVpnGateways').VpnGateways ?? [])?.VpnGatewayId ?? '';
  const vpnConnection = () => ({
    VpnConnectionId: pick(account.call('DescribeVpnConnections').VpnConnections ?? [])?.VpnConnectionId ?? '',
  });
  return [
    () => account.commit('CreateTransitGateway'),
    () =>
      account.commit('ModifyTransitGateway', {
        TransitGatewayId: hub(),
        Options: { SecurityGroupReferencingSupport: random(2) ? 'enable' : 'disable' },
      }),
    () =>
      account.commit('CreateTransitGatewayVpcAttachment', { TransitGatewayId: hub(), VpcId: vpc, SubnetIds: [subnet] }),
    () => account.commit('DeleteTransitGatewayVpcAttachment', attachment()),
    () => account.commit('DisassociateTransitGatewayRouteTable', hubPair()),
    () => account.commit('AssociateTransitGatewayRouteTable', hubPair()),
    () => account.commit('EnableTransitGatewayRouteTablePropagation', hubPair()),
    () => account.commit('DisableTransitGatewayRouteTablePropagation', hubPair()),
    () => account.commit('CreateTransitGatewayRoute', { ...hubPair(), DestinationCidrBlock: `${random(5)}.0.0.0/8` }),
    () => account.commit('CreateTransitGatewayPrefixListReference', { ...hubPair(), PrefixListId: list }),
    () =>
      account.commit('CreateTransitGatewayPeeringAttachment', {
        TransitGatewayId: hub(),
        PeerTransitGatewayId: hub(),
        PeerAccountId: account.scope.account,
        PeerRegion: account.scope.region,
      }),
    () => account.commit('AcceptTransitGatewayPeeringAttachment', attachment()),
    () =>
      account.commit('CreateRoute', {
        RouteTableId: table,
        DestinationCidrBlock: `${random(5)}.0.0.0/8`,
        TransitGatewayId: hub(),
      }),
    () => account.commit('CreateVpnGateway', { Type: 'ipsec.1' }),
    () => account.commit('AttachVpnGateway', { VpcId: vpc, VpnGatewayId: vpnGateway() }),
    () => account.commit('DetachVpnGateway', { VpcId: vpc, VpnGatewayId: vpnGateway() }),
    () => account.commit('EnableVgwRoutePropagation', { GatewayId: vpnGateway(), RouteTableId: table }),
    () =>
      account.commit('CreateVpnConnection', {
        Type: 'ipsec.1',
        CustomerGatewayId:
          account.call('CreateCustomerGateway', { Type: 'ipsec.1', IpAddress: '203.0.113.5' }).CustomerGateway
            ?.CustomerGatewayId ?? '',
        ...(random(2) ? { VpnGatewayId: vpnGateway() } : { TransitGatewayId: hub() }),
        Options: { StaticRoutesOnly: true },
      }),
    () =>
      account.commit('CreateVpnConnectionRoute', { ...vpnConnection(), DestinationCidrBlock: `${random(9)}.0.0.0/8` }),
    () =>
      account.commit('ModifyVpnConnection', {
        ...vpnConnection(),
        ...(random(2) ? { VpnGatewayId: vpnGateway() } : { TransitGatewayId: hub() }),
      }),
    () =>
      account.commit('ModifyVpnConnectionOptions', {
        ...vpnConnection(),
        LocalIpv4NetworkCidr: `${random(9)}.0.0.0/8`,
      }),
    () => account.commit('DeleteVpnConnection', vpnConnection()),
  ];
}
