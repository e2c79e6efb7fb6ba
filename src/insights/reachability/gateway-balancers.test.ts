/** Gateway Load Balancers in an analysis: what their nodes send, and paths through appliances. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { type Analysis, analyse, privateAddress, serviceInterface } from '../../testing/reachability.ts';
import { applianceService, throughAppliance } from '../../testing/reachability-of-gateway-load-balancers.ts';
import { interfaceOf, tiers } from '../../testing/tiers.ts';

const codes = ({ Explanations: all = [] }: Analysis): readonly string[] =>
  all.map(({ ExplanationCode: code }) => code ?? '');
const passed = ({ ForwardPathComponents: all = [] }: Analysis): readonly string[] =>
  all.map(({ Component: one }) => one?.Id ?? '');

const back = ({ ReturnPathComponents: all = [] }: Analysis): readonly string[] =>
  all.map(({ Component: one }) => one?.Id ?? '');

test('a service sends to its appliances at UDP port 6081, and to nothing else', () => {
  const net = tiers();
  const { ServiceId, balancer } = applianceService(net);
  const found = analyse(net, { Source: ServiceId, Protocol: 'udp', DestinationPort: 6081 });
  equal(found.NetworkPathFound, true, codes(found).join());
  equal(analyse(net, { Source: ServiceId, Protocol: 'udp', DestinationPort: undefined }).NetworkPathFound, true);
  const node = serviceInterface(net, 'gateway_load_balancer');
  deepEqual(codes(analyse(net, { Source: node, DestinationPort: 6081 })), ['GWLB_PROTOCOL_RESTRICTION']);
  equal(analyse(net, { Source: node, Protocol: 'udp', DestinationPort: 6081 }).NetworkPathFound, true);
  const [other] = analyse(net, { Source: ServiceId, Destination: net.web.id }).Explanations ?? [];
  deepEqual([other?.ExplanationCode, other?.LoadBalancerArn], ['TARGET_ADDRESS_RESTRICTION', balancer.id]);
});

test('a path goes through the endpoint and the appliance to where the packet goes on from there', () => {
  const net = tiers();
  const { endpointId, balancer, server } = throughAppliance(net);
  const found = analyse(net, { Destination: server });
  equal(found.NetworkPathFound, true, codes(found).join());
  const appliance = interfaceOf(net, net.db.id);
  for (const way of [passed(found), back(found)]) {
    const [endpoint, handed] = [way.indexOf(endpointId), way.indexOf(balancer.id)];
    ok(0 < endpoint && endpoint < handed && handed < way.indexOf(appliance), way.join());
  }
  equal(passed(found).at(-1), server);
  const there = analyse(net, { Destination: endpointId, DestinationIp: privateAddress(net, server) });
  deepEqual([there.NetworkPathFound, passed(there).at(-1)], [true, endpointId]);
});

test('an appliance that a path goes through is not reached by it otherwise than in a tunnel', () => {
  const net = tiers();
  throughAppliance(net);
  const elsewhere = { Destination: net.db.id, DestinationIp: '10.0.7.99' };
  const [, tcp] = codes(analyse(net, elsewhere));
  const [, udp] = codes(analyse(net, { ...elsewhere, Protocol: 'udp' }));
  deepEqual([tcp, udp], ['GWLB_PROTOCOL_RESTRICTION', 'GWLB_DESTINATION_PORT_RESTRICTION']);
});
