/** How long interfaces remember flows: their own timeouts, each at its own end, and what a change of them or of groups does to a flow that is there. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import { data, icmp, protocol, reply, tcp, udp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';
import { ACK } from '../wire/tcp.ts';

const NO_RULE_IN = dropped('security-group-in/no-rule');
const SECOND = 1000;

/** A client that only asks, and a server that only answers it. */
const pair = (): TestNetwork =>
  network({ client: { ip: '10.0.1.10' }, server: { ip: '10.0.1.20', in: ['all from 10.0.1.10/32'] } });

/** Gives an interface timeouts of its own, in seconds. */
function setTimeouts(net: TestNetwork, name: string, tcpEstablished: number, udpOnce: number, udpStream: number): void {
  const timeouts = {
    tcpEstablishedTimeoutMs: tcpEstablished * SECOND,
    udpTimeoutMs: udpOnce * SECOND,
    udpStreamTimeoutMs: udpStream * SECOND,
  };
  net.put({ ...net.rowOf(name), timeouts });
}

const established = (net: TestNetwork): void => {
  check(net, tcp('client', 'server', 80), delivered('server'));
  check(net, reply(tcp('client', 'server', 80)), delivered('client'));
  check(net, data('client', 'server', 80), delivered('server'));
};
const answer = reply(tcp('client', 'server', 80), { tcpFlags: ACK });

test('an idle TCP connection is forgotten after five days, and no second earlier', () => {
  const net = pair();
  established(net);
  net.advance(431_999 * SECOND);
  check(net, answer, delivered('client'));
  net.advance(432_000 * SECOND);
  check(net, answer, NO_RULE_IN);
});

test('an interface’s own timeout holds at that interface alone', () => {
  const net = pair();
  setTimeouts(net, 'client', 60, 30, 60);
  established(net);
  net.advance(59 * SECOND);
  check(net, answer, delivered('client'));
  net.advance(60 * SECOND);
  check(net, answer, NO_RULE_IN);
});

test('timeouts of UDP are those of the interface, for one answer and for a stream', () => {
  const net = pair();
  setTimeouts(net, 'client', 350, 60, 100);
  const question = udp('client', 'server', 53);
  check(net, question, delivered('server'));
  net.advance(59 * SECOND);
  check(net, reply(question), delivered('client'));
  check(net, question, delivered('server'));
  net.advance(99 * SECOND);
  check(net, reply(question), delivered('client'));
  net.advance(100 * SECOND);
  check(net, reply(question), NO_RULE_IN);
});

test('a changed timeout holds for a connection that is there from its next packet on', () => {
  const net = pair();
  established(net);
  setTimeouts(net, 'client', 60, 30, 60);
  check(net, data('client', 'server', 80), delivered('server'));
  net.advance(61 * SECOND);
  check(net, answer, NO_RULE_IN);
});

test('groups that are taken off an interface end its untracked flows and leave its tracked ones', () => {
  const net = network(
    {
      client: { ip: '10.0.1.10', in: ['all from 0.0.0.0/0'] },
      server: { ip: '10.0.1.20', groups: ['narrow', 'wide'] },
    },
    { groups: { narrow: { in: ['tcp 22 from 10.0.1.10/32'] }, wide: { in: ['tcp 80 from 0.0.0.0/0'] }, none: {} } },
  );
  check(net, tcp('client', 'server', 22), delivered('server'));
  check(net, tcp('client', 'server', 80), delivered('server'));
  net.put({ ...net.rowOf('server'), securityGroupIds: [idOf('sg', 'none')] });
  check(net, data('client', 'server', 22), delivered('server'));
  check(net, data('client', 'server', 80), NO_RULE_IN);
});

test('errors of every kind about a tracked flow come in without a rule, and other ICMP does not', () => {
  const net = pair();
  check(net, tcp('client', 'server', 80), delivered('server'));
  const payload = net.frameFor(data('client', 'server', 80)).slice(26, 26 + 28);
  for (const [type, code] of [
    [3, 0],
    [3, 1],
    [3, 3],
    [3, 4],
    [11, 0],
    [12, 0],
  ] as const)
    check(net, icmp('server', 'client', type, code, { payload }), delivered('client'));
  for (const type of [5, 8, 13]) check(net, icmp('server', 'client', type, 0, { payload }), NO_RULE_IN);
});

test('when its allowance is used up an instance takes no new flow in either direction, goes on with those that are there, and counts', () => {
  const limits = { total: 100, perInstance: 2 };
  const net = network(
    {
      client: { ip: '10.0.1.10' },
      server: { ip: '10.0.1.20', in: ['all from 10.0.1.0/24'], out: ['all to 10.0.1.0/24'] },
    },
    { limits },
  );
  net.setRules('client', { in: ['all from 10.0.1.0/24'], out: ['all to 10.0.1.0/24'] });
  check(net, tcp('client', 'server', 80), delivered('server'));
  check(net, tcp('client', 'server', 81), delivered('server'));
  check(net, tcp('client', 'server', 82), dropped('security-group-out/tracking-full'));
  check(net, tcp('server', 'client', 80), dropped('security-group-out/tracking-full'));
  check(net, protocol(50, 'client', 'server'), dropped('security-group-out/tracking-full'));
  check(net, reply(tcp('client', 'server', 80)), delivered('client'));
  equal(net.counters.drops['security-group-out/tracking-full'], 6);
  net.advance(432_001 * SECOND);
  check(net, tcp('client', 'server', 82), delivered('server'));
});
