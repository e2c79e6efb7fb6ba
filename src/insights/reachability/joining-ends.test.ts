/** What joins networks as an end of an analysis: peering connections, endpoint services, peerings of transit gateways. */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { type Analysis, analyse, overTransit, peered, route } from '../../testing/reachability.ts';
import { targets } from '../../testing/reachability-of-load-balancers.ts';
import { endpoint } from '../../testing/reachability-of-sites.ts';
import { admit, type Tiers, tiers } from '../../testing/tiers.ts';
import { gatewayWith } from '../../testing/transit-parts.ts';

const passed = ({ ForwardPathComponents: all = [] }: Analysis): readonly string[] =>
  all.map(({ Component: one }) => one?.Id ?? '');
const codes = ({ Explanations: all = [] }: Analysis): readonly string[] =>
  all.map(({ ExplanationCode: code }) => code ?? '');

describe('a peering connection', () => {
  test('is reached where a route leads to it, whoever has the address beyond', () => {
    const net = tiers();
    const { peering } = peered(net);
    const before = analyse(net, { Destination: peering, DestinationPort: 80 });
    equal(before.NetworkPathFound, false);
    route(net, '10.9.0.0/16', { VpcPeeringConnectionId: peering });
    const after = analyse(net, { Destination: peering, DestinationPort: 80 });
    equal(after.NetworkPathFound, true);
    equal(passed(after).at(-1), peering);
    equal(analyse(net, { Destination: peering, DestinationIp: '10.9.1.77' }).NetworkPathFound, true);
    deepEqual(codes(analyse(net, { Destination: peering, DestinationIp: '10.8.1.77' })).slice(0, 1), [
      'NO_ROUTE_TO_DESTINATION',
    ]);
  });

  test('sends into the other end’s VPC, where groups and ACLs are asked', () => {
    const net = tiers();
    const { peering } = peered(net);
    route(net, '10.9.0.0/16', { VpcPeeringConnectionId: peering });
    deepEqual(codes(analyse(net, { Source: peering })), ['SG_HAS_NO_RULES']);
    admit(net, net.db.groupId, 5432);
    const open = analyse(net, { Source: peering });
    equal(open.NetworkPathFound, true);
    deepEqual([passed(open)[0], passed(open).at(-1)], [peering, net.db.id]);
    deepEqual(codes(analyse(net, { Source: peering, DestinationIp: '10.77.0.1' })), [
      'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR',
    ]);
  });

  test('that is not active leads nowhere', () => {
    const net = tiers();
    const { peering } = peered(net);
    net.account.call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId: peering });
    deepEqual(codes(analyse(net, { Destination: peering })), ['BAD_STATE']);
    deepEqual(codes(analyse(net, { Destination: 'pcx-0123456789abcdef0' })), ['NO_SOURCE_OR_DESTINATION']);
  });
});

test('an endpoint service is reached by the endpoints that are connected to it, and sends to its targets', () => {
  const net = tiers();
  const { serviceId, endpointId } = endpoint(net);
  const there = analyse(net, { Destination: serviceId, DestinationPort: 443 });
  equal(there.NetworkPathFound, true, codes(there).join());
  equal(passed(there).at(-1), serviceId);
  equal(analyse(net, { Destination: serviceId, DestinationPort: 8443 }).NetworkPathFound, false);
  const [target = ''] = targets(net);
  const { Reservations } = net.account.call('DescribeInstances', { InstanceIds: [target] });
  admit(net, given(Reservations?.[0]?.Instances?.[0]?.SecurityGroups?.[0]?.GroupId), 443);
  const onward = analyse(net, { Source: serviceId, Destination: target, DestinationPort: 443 });
  equal(onward.NetworkPathFound, true, codes(onward).join());
  equal(passed(onward)[0], serviceId);
  net.account.call('DeleteVpcEndpoints', { VpcEndpointIds: [endpointId] });
  equal(analyse(net, { Destination: serviceId, DestinationPort: 443 }).NetworkPathFound, false);
});

/** The peering of the gateway of two VPCs with another one, to which its table leads 10.77.0.0/16. */
function peeredGateways(net: Tiers) {
  const { account } = net;
  const hub = overTransit(net);
  const { TransitGatewayRouteTables: [table] = [] } = account.call('DescribeTransitGatewayRouteTables');
  const { TransitGatewayPeeringAttachment: made } = account.call('CreateTransitGatewayPeeringAttachment', {
    TransitGatewayId: hub.gateway,
    PeerTransitGatewayId: gatewayWith(account),
    PeerAccountId: account.scope.account,
    PeerRegion: account.scope.region,
  });
  const TransitGatewayAttachmentId = given(made?.TransitGatewayAttachmentId);
  const { TransitGatewayPeeringAttachments: all = [] } = account.call('DescribeTransitGatewayPeeringAttachments');
  const asked = all.find(({ State }) => State === 'pendingAcceptance');
  account.call('AcceptTransitGatewayPeeringAttachment', {
    TransitGatewayAttachmentId: given(asked?.TransitGatewayAttachmentId),
  });
  const TransitGatewayRouteTableId = given(table?.TransitGatewayRouteTableId);
  account.call('CreateTransitGatewayRoute', {
    TransitGatewayRouteTableId,
    TransitGatewayAttachmentId,
    DestinationCidrBlock: '10.77.0.0/16',
  });
  return { ...hub, peering: TransitGatewayAttachmentId };
}

test('the peering of a transit gateway is reached by its routes, and sends where its table leads', () => {
  const net = tiers();
  const { one, two, peering } = peeredGateways(net);
  const there = analyse(net, { Source: one.instance, Destination: peering, DestinationPort: 80 });
  equal(there.NetworkPathFound, true, codes(there).join());
  equal(passed(there).at(-1), peering);
  const back = analyse(net, { Source: peering, Destination: two.instance, DestinationPort: 80 });
  equal(back.NetworkPathFound, true, codes(back).join());
  deepEqual([passed(back)[0], passed(back).at(-1)], [peering, two.instance]);
  equal(analyse(net, { Source: peering, Destination: two.instance, DestinationPort: 81 }).NetworkPathFound, false);
});
