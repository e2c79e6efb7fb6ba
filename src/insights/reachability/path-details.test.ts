/** What is added to the components of a path that was found: that it crosses zones, and that its answer was not analysed. */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { questionOf, traceIn } from '../../testing/questions.ts';
import {
  type Analysis,
  analyse,
  close,
  gatewayOf,
  natGateway,
  overTransit,
  overTransitInZones,
  peered,
  route,
} from '../../testing/reachability.ts';
import { admit, interfaceOf, type Tiers, tiers } from '../../testing/tiers.ts';

type Components = Analysis['ForwardPathComponents'];

/** "CODE component" of each detail, in order; interfaces as what they are attached to. */
const details = (all: Components = []): readonly string[] =>
  all.flatMap(({ Component: component, AttachedTo: owner, AdditionalDetails = [] }) =>
    AdditionalDetails.map(({ AdditionalDetailType: code }) => `${code} ${owner?.Id ?? component?.Id}`),
  );

/** Takes the route to the transit gateway out of a VPC. */
function withoutRoute({ account }: Tiers, vpcId: string): void {
  const { RouteTables } = account.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
  const RouteTableId = given(RouteTables?.[0]?.RouteTableId);
  account.call('DeleteRoute', { RouteTableId, DestinationCidrBlock: '10.0.0.0/8' });
}

describe('over the route table of a transit gateway', () => {
  test('TCP is analysed one way, and the table is marked: a lost answer is for the trace to find', () => {
    const net = tiers();
    const { one, two, path } = overTransit(net);
    withoutRoute(net, two.vpc.id);
    const found = analyse(net, path);
    equal(found.NetworkPathFound, true);
    equal(found.ReturnPathComponents, undefined);
    const table = given(found.ForwardPathComponents?.find((part) => part.TransitGatewayRouteTableRoute)?.Component?.Id);
    deepEqual(details(found.ForwardPathComponents), [`UNIDIRECTIONAL_PATH_ANALYSIS_ONLY ${table}`]);
    const { forward, reply } = traceIn(net.account, questionOf(one.instance, two.instance, { tcp: 80 }));
    deepEqual([forward.verdict, reply?.verdict, reply?.code], ['delivered', 'dropped', 'NO_ROUTE_TO_DESTINATION']);
  });

  test('UDP is analysed both ways', () => {
    const net = tiers();
    const { two, path } = overTransit(net);
    admit(net, two.groupId, 80, 'udp');
    const found = analyse(net, { ...path, Protocol: 'udp' });
    deepEqual(details(found.ForwardPathComponents), []);
    equal(found.ReturnPathComponents?.[0]?.Component?.Id, two.instance);
    withoutRoute(net, two.vpc.id);
    const lost = analyse(net, { ...path, Protocol: 'udp' });
    equal(lost.Explanations?.[0]?.ExplanationCode, 'NO_ROUTE_TO_DESTINATION');
  });

  test('a way there that is closed is no path', () => {
    const net = tiers();
    const { two, path } = overTransit(net);
    withoutRoute(net, two.vpc.id);
    equal(analyse(net, { ...path, DestinationPort: 81 }).NetworkPathFound, false);
  });
});

test('a way over a transit gateway that leads to no table of it is analysed both ways, like one without the gateway', () => {
  const net = tiers();
  const { two } = overTransit(net);
  const onward = analyse(net, { Source: two.id, Destination: two.instance, DestinationPort: 80 });
  equal(onward.NetworkPathFound, true);
  deepEqual(details(onward.ForwardPathComponents), []);
  equal(onward.ReturnPathComponents?.at(-1)?.Component?.Id, two.id);
});

describe('a path that crosses Availability Zones', () => {
  test('says so at the first interface in the other zone, both ways', () => {
    const net = tiers();
    const { far, peering } = peered(net);
    route(net, '10.9.0.0/16', { VpcPeeringConnectionId: peering });
    deepEqual(details(analyse(net, { Destination: far, DestinationPort: 80 }).ForwardPathComponents), []);
    const other = net.instance({
      SubnetId: net.subnet('10.0.3.0/24', `${net.account.scope.region}b`),
      SecurityGroupIds: [net.db.groupId],
    });
    admit(net, net.db.groupId, 5432);
    const found = analyse(net, { Destination: other });
    deepEqual(details(found.ForwardPathComponents), [`AVAILABILITY_ZONE_CROSSED ${other}`]);
    deepEqual(details(found.ReturnPathComponents), [`AVAILABILITY_ZONE_CROSSED ${net.web.id}`]);
    const marked = found.ForwardPathComponents?.find((part) => part.AdditionalDetails);
    equal(marked?.Component?.Id, interfaceOf(net, other));
  });

  test('says so where the NAT gateway is in another zone', () => {
    const near = tiers();
    natGateway(near);
    const path = { DestinationPort: 443 };
    deepEqual(details(analyse(near, { ...path, Destination: gatewayOf(near) }).ForwardPathComponents), []);
    const net = tiers();
    const nat = natGateway(net, `${net.account.scope.region}b`);
    const found = analyse(net, { ...path, Destination: gatewayOf(net) });
    deepEqual(details(found.ForwardPathComponents), [`AVAILABILITY_ZONE_CROSSED ${nat}`]);
    deepEqual(details(found.ReturnPathComponents), [`AVAILABILITY_ZONE_CROSSED ${net.web.id}`]);
  });

  test('does so behind a transit gateway in appliance mode alone, which picks the zone', () => {
    const net = tiers();
    const { one, two } = overTransitInZones(net, { ApplianceModeSupport: 'enable' });
    // Only what goes out of the gateway by the second zone's interface arrives.
    close(net, given(two.edges[0]));
    const found = analyse(net, { Source: one.instance, Destination: two.instance, DestinationPort: 80 });
    equal(found.NetworkPathFound, true);
    deepEqual(
      details(found.ForwardPathComponents).filter((text) => text.startsWith('AVAILABILITY')),
      [`AVAILABILITY_ZONE_CROSSED ${two.id}`, `AVAILABILITY_ZONE_CROSSED ${two.instance}`],
    );
  });
});
