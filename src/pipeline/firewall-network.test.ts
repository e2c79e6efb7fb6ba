/** Firewalls in networks: both ways by one endpoint, and what the flow cache may remember of what they have let pass. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type FirewallOptions, firewallRowOf } from '../testing/firewall-rows.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import { data, ping, reply, tcp, udp } from '../testing/packets.ts';
import { RST } from '../wire/tcp.ts';
import type { ConnectionLimits } from './connection-table.ts';

const PUBLIC = '198.18.0.10';

/** A server whose traffic with the outside world goes by a firewall in a subnet of its own, both ways. */
const inspected = (firewall: FirewallOptions, limits?: ConnectionLimits): TestNetwork =>
  network(
    {
      server: { ip: '10.0.1.10', public: PUBLIC, in: ['all from 0.0.0.0/0'] },
      eye: { ip: '10.0.2.20', firewall: 'arn' },
    },
    {
      firewalls: { arn: firewall },
      ...(limits ? { limits } : {}),
      edgeRoutes: { main: ['10.0.1.0/24 inspect eye'] },
      routes: { '10.0.1.0/24': ['0.0.0.0/0 inspect eye'], '10.0.2.0/24': ['0.0.0.0/0 internet'] },
    },
  );

const answer = (to: Parameters<typeof reply>[0]) => reply(to, { destination: PUBLIC });

test('a rule passes a flow both ways, and the flow cache remembers it', () => {
  const net = inspected({ order: 'strict', drops: 'all', rules: 'pass tcp $HOME_NET any -> any 443 (sid:1;)' });
  const question = tcp('server', 'internet', 443);
  check(net, question, delivered('internet'));
  check(net, answer(question), delivered('server'));
  for (let times = 0; times < 3; times++) check(net, data('server', 'internet', 443), delivered('internet'));
  equal(net.fabric.counters().flowCacheHits > 0, true);
  check(net, tcp('internet', PUBLIC, 80), dropped('inspection/firewall-stateful'));
  check(net, ping('server', 'internet'), dropped('inspection/firewall-stateful'));
});

test('what the flow cache remembers ends with the flow', () => {
  const net = inspected({ order: 'strict', drops: 'all', rules: 'pass tcp $HOME_NET any -> any 443 (sid:1;)' });
  const question = tcp('server', 'internet', 443);
  check(net, question, delivered('internet'));
  check(net, answer(question), delivered('server'));
  check(net, data('server', 'internet', 443), delivered('internet'));
  net.advance(351_000);
  check(net, data('server', 'internet', 443), dropped('inspection/firewall-midstream'));
});

test('packets that flags tell apart are asked about one by one', () => {
  const flags = [{ flags: RST, mask: RST }];
  const net = inspected({ otherwise: 'pass', stateless: [{ action: 'drop', protocols: [6], tcpFlags: flags }] });
  for (let times = 0; times < 3; times++) check(net, data('server', 'internet', 443), delivered('internet'));
  equal(net.fabric.counters().flowCacheHits, 0);
});

test('a datagram’s answer may be dropped, and its flow with it', () => {
  const net = inspected({ rules: 'drop udp any 53 -> any any (sid:1;)' });
  const question = udp('server', 'internet', 53);
  check(net, question, delivered('internet'));
  check(net, answer(question), dropped('inspection/firewall-stateful'));
  check(net, question, dropped('inspection/firewall-stateful'));
});

test('a policy that changes is obeyed by the next new flow, and its passed flows go on', () => {
  const net = inspected({ rules: 'pass tcp any any -> any any (sid:1;)' });
  const question = tcp('server', 'internet', 443);
  check(net, question, delivered('internet'));
  net.apply([{ change: 'put', row: firewallRowOf({ order: 'strict', drops: 'all' }, 'arn') }]);
  check(net, answer(question), delivered('server'));
  check(net, tcp('server', 'internet', 443, { sourcePort: 41_000 }), dropped('inspection/firewall-stateful'));
});

test('an endpoint whose firewall is not there lets nothing pass', () => {
  const net = inspected({});
  net.apply([{ change: 'remove', kind: 'firewall', id: 'arn' }]);
  check(net, tcp('server', 'internet', 443), dropped('inspection/no-firewall'));
});

test('a fragment of another protocol than UDP is dropped whatever the rules say', () => {
  const net = inspected({ rules: 'pass ip any any -> any any (sid:1;)' });
  const fragment = { fragment: 0x2000, payload: new Uint8Array(64) };
  check(net, tcp('server', 'internet', 443, fragment), dropped('inspection/firewall-fragment'));
});

test('a stateless rule drops before any stateful one is asked, and a rejected segment is dropped too', () => {
  const net = inspected({
    stateless: [{ action: 'drop', protocols: [6], destinationPorts: [{ from: 23, to: 23 }] }],
    rules: 'pass tcp any any -> any 23 (sid:1;)\nreject tcp any any -> any 25 (sid:2;)',
  });
  check(net, tcp('server', 'internet', 23), dropped('inspection/firewall-stateless'));
  check(net, tcp('server', 'internet', 25), dropped('inspection/firewall-rejected'));
});

test('a firewall that has no room for one more flow drops its packets', () => {
  const net = inspected({}, { total: 1, perInstance: 1 });
  check(net, tcp('server', 'internet', 443), dropped('inspection/firewall-full'));
});
