/** A way over two transit gateways that are peered, as components of a path, as filters and as what an access scope asks for. */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { type Analysis, analyse, overTransit, privateAddress } from '../../testing/reachability.ts';
import { admit, type Tiers, tiers } from '../../testing/tiers.ts';
import { attach, gatewayWith, routeTo } from '../../testing/transit-parts.ts';

/** A VPC on a gateway of its own, which is peered with that of two others; routes both ways, and port 80 is open there. */
function overPeering(net: Tiers) {
  const { account } = net;
  const near = overTransit(net);
  const farGateway = gatewayWith(account);
  const far = attach(account, farGateway, '10.77.0.0/16');
  routeTo(account, far.vpc, farGateway);
  const group = account.call('CreateSecurityGroup', { VpcId: far.vpc.id, GroupName: 'far', Description: 'far' });
  const groupId = given(group.GroupId);
  admit(net, groupId, 80);
  const instance = net.instance({ SubnetId: far.subnet.id, SecurityGroupIds: [groupId] });
  const made = account.call('CreateTransitGatewayPeeringAttachment', {
    TransitGatewayId: near.gateway,
    PeerTransitGatewayId: farGateway,
    PeerAccountId: account.scope.account,
    PeerRegion: account.scope.region,
  });
  const peering = given(made.TransitGatewayPeeringAttachment?.TransitGatewayAttachmentId);
  const { TransitGatewayPeeringAttachments: all = [] } = account.call('DescribeTransitGatewayPeeringAttachments');
  const farPeering = given(all.find(({ State }) => State === 'pendingAcceptance')?.TransitGatewayAttachmentId);
  account.call('AcceptTransitGatewayPeeringAttachment', { TransitGatewayAttachmentId: farPeering });
  const tableOf = (gateway: string): string => {
    const { TransitGatewayRouteTables: [table] = [] } = account.call('DescribeTransitGatewayRouteTables', {
      Filters: [{ Name: 'transit-gateway-id', Values: [gateway] }],
    });
    return given(table?.TransitGatewayRouteTableId);
  };
  const [nearTable, farTable] = [tableOf(near.gateway), tableOf(farGateway)];
  const lead = (TransitGatewayRouteTableId: string, TransitGatewayAttachmentId: string, DestinationCidrBlock: string) =>
    account.call('CreateTransitGatewayRoute', {
      TransitGatewayRouteTableId,
      TransitGatewayAttachmentId,
      DestinationCidrBlock,
    });
  lead(nearTable, peering, '10.77.0.0/16');
  lead(farTable, farPeering, '10.20.0.0/16');
  return { ...near, instance, groupId, peering, farPeering, farGateway, far, nearTable, farTable };
}

/** Ids of the components from a route table of a VPC to the first behind the transit gateways. */
const transitOf = (all: Analysis['ForwardPathComponents']): readonly string[] =>
  (all ?? []).map(({ Component: one }) => one?.Id ?? '').filter((id) => id.startsWith('tgw-'));
const codes = ({ Explanations: all = [] }: Analysis): readonly string[] =>
  all.map(({ ExplanationCode: code }) => code ?? '');

describe('a way over two transit gateways', () => {
  test('shows both, the attachments that it passes and the routes of both tables, and for UDP back in the other order', () => {
    const net = tiers();
    const { one, instance, groupId, gateway, peering, farPeering, farGateway, far, nearTable, farTable } =
      overPeering(net);
    const path = { Source: one.instance, Destination: instance, DestinationPort: 80 };
    const found = analyse(net, path);
    equal(found.NetworkPathFound, true, codes(found).join());
    deepEqual(transitOf(found.ForwardPathComponents), [
      ...[gateway, one.id, nearTable, peering],
      ...[farPeering, farGateway, farTable, far.id],
    ]);
    admit(net, groupId, 80, 'udp');
    deepEqual(transitOf(analyse(net, { ...path, Protocol: 'udp' }).ReturnPathComponents), [
      ...[farGateway, far.id, farTable, farPeering],
      ...[peering, gateway, nearTable, one.id],
    ]);
    const tables = (found.ForwardPathComponents ?? []).filter((part) => part.TransitGatewayRouteTableRoute);
    deepEqual(
      tables.map(({ TransitGateway, TransitGatewayRouteTableRoute: route }) => [
        TransitGateway?.Id,
        route?.DestinationCidr,
        route?.AttachmentId,
        route?.ResourceType,
        route?.RouteOrigin,
      ]),
      [
        [gateway, '10.77.0.0/16', peering, 'peering', 'static'],
        [farGateway, '10.77.0.0/16', far.id, 'vpc', 'propagated'],
      ],
    );
  });

  test('shows as far as the peering what leads there, and from the peering what follows it', () => {
    const net = tiers();
    const { one, instance, gateway, peering, farPeering, farGateway, far, nearTable, farTable } = overPeering(net);
    const path = { Source: one.instance, DestinationPort: 80 };
    const to = analyse(net, { ...path, Destination: peering });
    deepEqual(transitOf(to.ForwardPathComponents), [gateway, one.id, nearTable, peering]);
    const DestinationIp = privateAddress(net, instance);
    const toFarEnd = analyse(net, { ...path, Destination: farPeering, DestinationIp });
    deepEqual(transitOf(toFarEnd.ForwardPathComponents), [gateway, one.id, nearTable, peering, farPeering]);
    const from = analyse(net, { Source: farPeering, Destination: instance, DestinationPort: 80 });
    deepEqual(transitOf(from.ForwardPathComponents), [farPeering, farGateway, farTable, far.id]);
  });

  test('passes the peering where filters ask for it or forbid it', () => {
    const net = tiers();
    const { account } = net;
    const { one, two, instance, peering, farPeering, farGateway, farTable } = overPeering(net);
    const arn = (kind: string, id: string): string =>
      `arn:aws:ec2:${account.scope.region}:${account.scope.account}:${kind}/${id}`;
    const path = { Source: one.instance, Destination: instance, DestinationPort: 80 };
    for (const [kind, id] of [
      ['transit-gateway-attachment', peering],
      ['transit-gateway-attachment', farPeering],
      ['transit-gateway', farGateway],
      ['transit-gateway-route-table', farTable],
    ] as const) {
      equal(analyse(net, path, { FilterInArns: [arn(kind, id)] }).NetworkPathFound, true, id);
      deepEqual(codes(analyse(net, path, { FilterOutArns: [arn(kind, id)] })), [
        'COMPONENT_FILTER_RESTRICTION_REMOVED_COMPONENT',
      ]);
      const elsewhere = analyse(net, { ...path, Destination: two.instance }, { FilterInArns: [arn(kind, id)] });
      deepEqual(codes(elsewhere), ['COMPONENT_FILTER_RESTRICTION']);
    }
  });

  test('is what an access scope finds that asks for ways through the peering', () => {
    const net = tiers();
    const { account } = net;
    const { one, two, instance, peering } = overPeering(net);
    const ends = (resource: object): readonly string[] => {
      const { NetworkInsightsAccessScope: made } = account.call('CreateNetworkInsightsAccessScope', {
        MatchPaths: [
          {
            Source: { ResourceStatement: { Resources: [one.instance] } },
            Destination: { ResourceStatement: { ResourceTypes: ['AWS::EC2::Instance'] } },
            ThroughResources: [{ ResourceStatement: resource }],
          },
        ],
      });
      const { NetworkInsightsAccessScopeAnalysis: started } = account.call('StartNetworkInsightsAccessScopeAnalysis', {
        NetworkInsightsAccessScopeId: given(made?.NetworkInsightsAccessScopeId),
      });
      const { AnalysisFindings = [] } = account.call('GetNetworkInsightsAccessScopeAnalysisFindings', {
        NetworkInsightsAccessScopeAnalysisId: given(started?.NetworkInsightsAccessScopeAnalysisId),
      });
      return AnalysisFindings.map(({ FindingComponents: all = [] }) => all.at(-1)?.Component?.Id ?? '');
    };
    deepEqual(ends({ Resources: [peering] }), [instance]);
    deepEqual(ends({ ResourceTypes: ['AWS::EC2::TransitGatewayAttachment'] }), [two.instance, instance]);
  });
});
