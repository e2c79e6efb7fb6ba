/** Which flows are tracked only because of the gateway that they go through, and what that means for them. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { answerTo, behindNat, ELASTIC_IP } from '../testing/nat-network.ts';
import { check, delivered, dropped, network } from '../testing/network.ts';
import { data, icmp, reply, tcp, udp } from '../testing/packets.ts';

const OPEN = { in: ['all from 0.0.0.0/0'], out: ['all to 0.0.0.0/0'] };
const CLOSED = { in: [], out: [] };

test('a flow through a NAT gateway is tracked although all rules are open: it outlives them', () => {
  const net = behindNat();
  net.setRules('client', OPEN);
  check(net, tcp('client', 'internet', 443), delivered('internet'));
  const answer = answerTo(net);
  check(net, answer, delivered('client'));
  net.setRules('client', CLOSED);
  check(net, data('client', 'internet', 443), delivered('internet'));
  check(net, answer, delivered('client'));
  check(net, tcp('client', 'internet', 443, { sourcePort: 40_001 }), dropped('security-group-out/no-rule'));
});

test('the same flow of UDP is tracked too, and ends with its timeout', () => {
  const net = behindNat();
  net.setRules('client', OPEN);
  check(net, udp('client', 'internet', 53), delivered('internet'));
  const answer = answerTo(net);
  net.setRules('client', CLOSED);
  check(net, answer, delivered('client'));
  net.advance(31_000);
  check(net, answer, dropped('security-group-in/no-rule'));
});

test('a flow through an internet gateway or to a neighbour with the same open rules is not tracked: it ends at once', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10', ...OPEN }, b: { ip: '10.0.2.10', ...OPEN } },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] } },
  );
  check(net, tcp('a', 'internet', 443), delivered('internet'));
  check(net, tcp('a', 'b', 443), delivered('b'));
  equal(net.counters.trackedConnections, 0);
  net.setRules('a', CLOSED);
  check(net, data('a', 'internet', 443), dropped('security-group-out/no-rule'));
  check(net, reply(tcp('a', 'b', 443)), dropped('security-group-in/no-rule'));
});

test('who is reached through a NAT gateway tracks the flow as well', () => {
  const net = behindNat();
  net.setRules('client', OPEN);
  net.setRules('neighbour', OPEN);
  check(net, tcp('client', '198.18.0.30', 80), delivered('web'));
  net.setRules('web', CLOSED);
  check(net, data('client', '198.18.0.30', 80), delivered('web'));
  check(net, tcp('neighbour', '10.0.3.10', 80), dropped('security-group-in/no-rule'));
});

test('errors about a flow through a NAT gateway need no ICMP rule', () => {
  const net = behindNat();
  net.setRules('client', { in: ['tcp 0-65535 from 0.0.0.0/0'], out: ['tcp 0-65535 to 0.0.0.0/0'] });
  check(net, tcp('client', 'internet', 443), delivered('internet'));
  const quote = net.lastFrames[0]?.slice(26, 26 + 28);
  const error = icmp('internet', ELASTIC_IP, 3, 4, { source: '192.0.2.1', ...(quote ? { payload: quote } : {}) });
  check(net, error, delivered('client'));
});

test('a flow to DynamoDB through a gateway endpoint is tracked although all rules are open, one to S3 is not', () => {
  const service = '198.51.100.64';
  for (const dynamoDbEndpoints of [['main'], []]) {
    const net = network(
      { client: { ip: '10.0.1.10', ...OPEN } },
      {
        internetGateway: false,
        gatewayEndpoints: ['main'],
        dynamoDbEndpoints,
        routes: { '10.0.1.0/24': [`${service}/32 endpoint`] },
      },
    );
    check(net, tcp('client', service, 443), delivered('internet'));
    equal(net.counters.trackedConnections, dynamoDbEndpoints.length);
    const answer = answerTo(net);
    net.setRules('client', CLOSED);
    check(net, answer, dynamoDbEndpoints.length > 0 ? delivered('client') : dropped('security-group-in/no-rule'));
  }
});
