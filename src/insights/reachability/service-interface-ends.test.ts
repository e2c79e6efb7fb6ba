/** Interfaces of services as ends of an analysis: they are reached by their own addresses, and by no other. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Analysis,
  analyse,
  natGateway,
  overTransit,
  route,
  serviceInterface,
} from '../../testing/reachability.ts';
import { endpoint } from '../../testing/reachability-of-sites.ts';
import { admit, tiers } from '../../testing/tiers.ts';

/** The first code with its direction, or "from > to" of the path that was found. */
function answerOf({ Explanations = [], ForwardPathComponents: way = [] }: Analysis): string {
  const [first] = Explanations;
  if (!first) return `${way[0]?.Component?.Id} > ${way.at(-1)?.Component?.Id}`;
  return [first.ExplanationCode, first.Direction].join(' ').trim();
}

test('a NAT gateway’s interface is reached by its private address, and what only goes through it does not end there', () => {
  const net = tiers();
  natGateway(net);
  const Destination = serviceInterface(net, 'nat_gateway');
  const to = (DestinationIp?: string) =>
    answerOf(analyse(net, { Destination, ...(DestinationIp && { DestinationIp }) }));
  equal(to(), `${net.web.id} > ${Destination}`);
  equal(to('192.0.2.9'), 'ENI_ADDRESS_RESTRICTION ingress');
});

test('a NAT gateway’s interface sends from its private address alone', () => {
  const net = tiers();
  natGateway(net);
  admit(net, net.db.groupId, 5432);
  const Source = serviceInterface(net, 'nat_gateway');
  equal(answerOf(analyse(net, { Source })), `${Source} > ${net.db.id}`);
  const spoofed = analyse(net, { Source, SourceIp: '10.0.1.77' });
  equal(answerOf(spoofed), 'ENI_ADDRESS_RESTRICTION egress');
  const [one] = spoofed.Explanations ?? [];
  deepEqual([one?.NetworkInterface?.Id, one?.Address], [Source, '10.0.1.77']);
});

test('an endpoint’s interface has groups, takes no packets that a route leads to it, and sends none', () => {
  const net = tiers();
  const { endpointId } = endpoint(net);
  const Destination = serviceInterface(net, 'vpc_endpoint');
  equal(answerOf(analyse(net, { Destination, DestinationPort: 443 })), `${net.web.id} > ${Destination}`);
  equal(answerOf(analyse(net, { Destination, DestinationPort: 80 })), 'ENI_SG_RULES_MISMATCH ingress');
  route(net, '192.0.2.0/24', { NetworkInterfaceId: Destination });
  const foreign = { Destination, DestinationIp: '192.0.2.9', DestinationPort: 443 };
  equal(answerOf(analyse(net, foreign)), 'ENI_ADDRESS_RESTRICTION ingress');
  const opening = analyse(net, { Source: Destination });
  equal(answerOf(opening), 'VPCE_INTRA_VPC_TRAFFIC');
  equal(opening.Explanations?.[0]?.VpcEndpoint?.Id, endpointId);
});

test('a load balancer’s and a transit gateway’s are ends as well', () => {
  const net = tiers();
  endpoint(net);
  const node = serviceInterface(net, 'network_load_balancer');
  equal(answerOf(analyse(net, { Destination: node, DestinationPort: 443 })), `${net.web.id} > ${node}`);
  const { one, two } = overTransit(net);
  const Filters = [{ Name: 'vpc-id', Values: [one.vpc.id] }];
  const { NetworkInterfaces: own = [] } = net.account.call('DescribeNetworkInterfaces', { Filters });
  const Destination = own.find(({ InterfaceType }) => InterfaceType === 'transit_gateway')?.NetworkInterfaceId ?? '';
  const to = (DestinationIp?: string) =>
    answerOf(analyse(net, { Source: one.instance, Destination, ...(DestinationIp && { DestinationIp }) }));
  equal(to(), `${one.instance} > ${Destination}`);
  equal(to('10.21.0.9'), 'ENI_ADDRESS_RESTRICTION ingress');
  equal(
    answerOf(analyse(net, { Source: Destination, Destination: two.instance, DestinationPort: 80 })),
    `${Destination} > ${two.instance}`,
  );
});
