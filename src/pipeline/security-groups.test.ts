/** What security groups let pass: the cases of AWS's documentation, each as a packet. */
import { test } from 'node:test';
import { check, delivered, dropped, network, OUTSIDE } from '../testing/network.ts';
import { data, icmp, ping, protocol, reply, tcp, udp } from '../testing/packets.ts';
import { ACK, FIN, RST } from '../wire/tcp.ts';

const NO_RULE_IN = dropped('security-group-in/no-rule');
const TO_INTERNET = { '10.0.1.0/24': ['0.0.0.0/0 internet'], '10.0.2.0/24': ['0.0.0.0/0 internet'] };

test('the database answers the web server and nobody else', () => {
  const net = network({
    web: { ip: '10.0.1.10', in: ['tcp 80 from 0.0.0.0/0'] },
    db: { ip: '10.0.1.20', in: ['tcp 5432 from web'] },
    bob: { ip: '10.0.1.30' },
  });
  check(net, tcp('web', 'db', 5432), delivered('db'));
  check(net, reply(tcp('web', 'db', 5432)), delivered('web'));
  check(net, tcp('bob', 'db', 5432), NO_RULE_IN);
  check(net, tcp('bob', 'db', 5432, { source: '10.0.1.10' }), dropped('source-check/foreign-address'));
});

test('a new group lets nothing in, and what its member opens may be answered', () => {
  const net = network({ a: { ip: '10.0.1.10', public: '198.18.0.10' } }, { routes: TO_INTERNET });
  check(net, tcp('internet', 'a', 22), NO_RULE_IN);
  check(net, tcp('a', 'internet', 443), delivered('internet'));
  check(net, reply(tcp('a', 'internet', 443), { destination: '198.18.0.10' }), delivered('a'));
});

test('members of the default group reach each other, and others do not reach them', () => {
  const net = network(
    {
      a: { ip: '10.0.1.10', groups: ['shared'] },
      b: { ip: '10.0.2.10', groups: ['shared'] },
      c: { ip: '10.0.1.30' },
    },
    { groups: { shared: { in: ['all from shared'] } } },
  );
  check(net, tcp('b', 'a', 80), delivered('a'));
  check(net, protocol(50, 'b', 'a'), delivered('a'));
  check(net, ping('a', 'b'), delivered('b'));
  check(net, tcp('c', 'a', 80), NO_RULE_IN);
});

test('one group on two interfaces does not make them trust each other', () => {
  const net = network(
    { a: { ip: '10.0.1.10', groups: ['shared'] }, b: { ip: '10.0.1.20', groups: ['shared'] } },
    { groups: { shared: {} } },
  );
  check(net, tcp('a', 'b', 80), NO_RULE_IN);
});

test('removing the open rule of an untracked flow stops it at once', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10', in: ['tcp 80 from 0.0.0.0/0'] } },
    { routes: TO_INTERNET },
  );
  check(net, tcp('internet', 'a', 80), delivered('a'));
  check(net, reply(tcp('internet', 'a', 80), { destination: OUTSIDE, source: '10.0.1.10' }), delivered('internet'));
  check(net, data('internet', 'a', 80), delivered('a'));
  net.setRules('a', {});
  check(net, data('internet', 'a', 80), NO_RULE_IN);
});

test('removing the rule of a tracked flow lets the flow live and a new one not begin', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10', in: [`tcp 22 from ${OUTSIDE}/32`] } },
    { routes: TO_INTERNET },
  );
  check(net, tcp('internet', 'a', 22), delivered('a'));
  check(net, reply(tcp('internet', 'a', 22), { destination: OUTSIDE, source: '10.0.1.10' }), delivered('internet'));
  net.setRules('a', {});
  check(net, data('internet', 'a', 22), delivered('a'));
  check(net, tcp('internet', 'a', 22, { sourcePort: 40_001 }), NO_RULE_IN);
  check(net, tcp('internet', 'a', 22), NO_RULE_IN);
});

test('a network ACL ends a tracked flow that the group would let live', () => {
  const net = network(
    { a: { ip: '10.0.1.10', public: '198.18.0.10', in: [`tcp 22 from ${OUTSIDE}/32`] } },
    { routes: TO_INTERNET },
  );
  check(net, tcp('internet', 'a', 22), delivered('a'));
  net.setAcl('10.0.1.0/24', {
    in: ['1 deny tcp 22 0.0.0.0/0', '100 allow all 0.0.0.0/0'],
    out: ['100 allow all 0.0.0.0/0'],
  });
  check(net, data('internet', 'a', 22), dropped('network-acl-in/denied'));
});

test('an answer to a ping needs no egress rule', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ['icmp 8/0 from 0.0.0.0/0'], out: [] } });
  check(net, ping('a', 'b'), delivered('b'));
  check(net, reply(ping('a', 'b')), delivered('a'));
  check(net, ping('b', 'a'), dropped('security-group-out/no-rule'));
});

test('having pinged somebody does not let that one ping back', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ['icmp 8/0 from 10.0.1.10/32'] } });
  check(net, ping('a', 'b', { icmpIdentifier: 7 }), delivered('b'));
  check(net, ping('b', 'a', { icmpIdentifier: 7 }), NO_RULE_IN);
  check(net, reply(ping('a', 'b', { icmpIdentifier: 7 })), delivered('a'));
});

test('the answer to a question over UDP comes in for 30 seconds', () => {
  const net = network({
    a: { ip: '10.0.1.10', out: ['udp 53 to 0.0.0.0/0'] },
    b: { ip: '10.0.1.20', in: ['udp 53 from 10.0.0.0/16'] },
  });
  check(net, udp('a', 'b', 53), delivered('b'));
  net.advance(29_000);
  check(net, reply(udp('a', 'b', 53)), delivered('a'));
  net.advance(31_000);
  check(net, reply(udp('a', 'b', 53)), NO_RULE_IN);
});

test('UDP that goes to and fro lives for 180 seconds', () => {
  const net = network({
    a: { ip: '10.0.1.10', out: ['udp 53 to 0.0.0.0/0'] },
    b: { ip: '10.0.1.20', in: ['udp 53 from 10.0.0.0/16'] },
  });
  const question = udp('a', 'b', 53);
  for (const packet of [question, reply(question), question, reply(question)]) {
    check(net, packet, packet === question ? delivered('b') : delivered(packet.to));
  }
  net.advance(179_000);
  check(net, reply(question), delivered('a'));
  net.advance(181_000);
  check(net, reply(question), NO_RULE_IN);
});

test('a group is not known by the public address of its member', () => {
  const net = network(
    {
      a: { ip: '10.0.1.10', public: '198.18.0.10', in: ['all from b'] },
      b: { ip: '10.0.2.10', public: '198.18.0.11' },
    },
    { routes: TO_INTERNET },
  );
  check(net, tcp('b', '198.18.0.10', 80), dropped('security-group-in/reference-lost'));
  net.setRules('a', { in: ['tcp 80 from 198.18.0.11/32'] });
  check(net, tcp('b', '198.18.0.10', 80), delivered('a'));
});

test('an IPv4 rule says nothing about IPv6, nor the other way round', () => {
  const net = network({
    a: { ip: '10.0.1.10', ipv6: 'fd01::10', out: ['all to ::/0'] },
    b: { ip: '10.0.1.20', ipv6: 'fd01::20', in: ['tcp 0-65535 from 10.0.0.0/8'] },
  });
  check(net, tcp('a', 'b', 80, { ipv6: true }), NO_RULE_IN);
  check(net, tcp('a', 'b', 80), dropped('security-group-out/no-rule'));
  net.setRules('b', { in: ['tcp 80 from fd01::/64'] });
  check(net, tcp('a', 'b', 80, { ipv6: true }), delivered('b'));
  check(net, tcp('a', 'b', 81, { ipv6: true }), NO_RULE_IN);
  check(net, icmp('a', 'b', 128, 0, { ipv6: true }), NO_RULE_IN);
});

test('ports of a rule for another protocol are ignored, and the rule is for that protocol only', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ['protocol 50 from 0.0.0.0/0'] } });
  check(net, protocol(50, 'a', 'b'), delivered('b'));
  check(net, protocol(51, 'a', 'b'), NO_RULE_IN);
  check(net, tcp('a', 'b', 150), NO_RULE_IN);
});

test('other protocols are answered for 600 seconds', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ['protocol 50 from 0.0.0.0/0'], out: [] } });
  check(net, protocol(50, 'a', 'b'), delivered('b'));
  net.advance(599_000);
  check(net, protocol(50, 'b', 'a'), delivered('a'));
  net.advance(601_000);
  check(net, protocol(50, 'b', 'a'), dropped('security-group-out/no-rule'));
});

test('several groups form one union, and a range holds both its ends', () => {
  const net = network(
    { a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', groups: ['ssh', 'http'] } },
    { groups: { ssh: { in: ['tcp 22 from 0.0.0.0/0'] }, http: { in: ['tcp 1000-2000 from 0.0.0.0/0'] } } },
  );
  for (const port of [22, 1000, 2000]) check(net, tcp('a', 'b', port), delivered('b'));
  for (const port of [23, 999, 2001]) check(net, tcp('a', 'b', port), NO_RULE_IN);
  check(net, udp('a', 'b', 22), NO_RULE_IN);
});

test('ICMP type and code are heeded', () => {
  const net = network({
    a: { ip: '10.0.1.10' },
    b: { ip: '10.0.1.20', in: ['icmp 3/4 from 0.0.0.0/0', 'icmp 13/-1 from 0.0.0.0/0'] },
  });
  check(net, icmp('a', 'b', 3, 4), delivered('b'));
  check(net, icmp('a', 'b', 3, 3), NO_RULE_IN);
  check(net, icmp('a', 'b', 13, 0), delivered('b'));
  check(net, ping('a', 'b'), NO_RULE_IN);
});

test('a prefix list admits its present entries, and an unknown one admits nobody', () => {
  const net = network(
    { a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ['tcp 80 from pl-x', 'tcp 81 from pl-none'] } },
    { prefixLists: { x: ['10.0.1.0/28'] } },
  );
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, tcp('a', 'b', 81), NO_RULE_IN);
  net.put({ kind: 'prefix-list', id: 'pl-x' as never, cidrs: [] });
  check(net, tcp('a', 'b', 80, { sourcePort: 40_001 }), NO_RULE_IN);
});

test('an egress rule that names a group admits the addresses of its members', () => {
  const net = network({
    a: { ip: '10.0.1.10', out: ['tcp 80 to b'] },
    b: { ip: '10.0.2.20', in: ['tcp 80 from 0.0.0.0/0'] },
    c: { ip: '10.0.2.30', in: ['tcp 80 from 0.0.0.0/0'] },
  });
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, tcp('a', 'c', 80), dropped('security-group-out/no-rule'));
});

test('after the connection is closed its packets need a rule again', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ['tcp 80 from 10.0.1.10/32'] } });
  const syn = tcp('a', 'b', 80);
  check(net, syn, delivered('b'));
  check(net, reply(syn), delivered('a'));
  check(net, data('a', 'b', 80, { tcpFlags: FIN | ACK }), delivered('b'));
  check(net, reply(syn, { tcpFlags: FIN | ACK }), delivered('a'));
  check(net, data('a', 'b', 80), delivered('b'));
  net.advance(11_000);
  check(net, reply(syn, { tcpFlags: ACK }), NO_RULE_IN);
});

test('a reset ends the connection', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ['tcp 80 from 10.0.1.10/32'] } });
  const syn = tcp('a', 'b', 80);
  check(net, syn, delivered('b'));
  check(net, reply(syn, { tcpFlags: RST | ACK }), delivered('a'));
  check(net, reply(syn, { tcpFlags: ACK }), NO_RULE_IN);
});

test('an ICMP error about a tracked flow comes in without a rule, one about an untracked or unknown flow does not', () => {
  const net = network({
    a: { ip: '10.0.1.10' },
    open: { ip: '10.0.1.11', in: ['tcp 80 from 0.0.0.0/0'] },
    b: { ip: '10.0.1.20', in: ['all from 0.0.0.0/0'] },
  });
  const quote = (from: string, to: string, port: number, sourcePort: number) =>
    net.frameFor(data(from, to, port, { sourcePort })).slice(26, 26 + 28);
  check(net, tcp('a', 'b', 80), delivered('b'));
  check(net, icmp('b', 'a', 3, 4, { payload: quote('a', 'b', 80, 40_000) }), delivered('a'));
  check(net, icmp('b', 'a', 3, 4, { payload: quote('a', 'b', 80, 41_000) }), NO_RULE_IN);
  check(net, tcp('b', 'open', 80), delivered('open'));
  check(net, icmp('b', 'open', 3, 4, { payload: quote('open', 'b', 40_000, 80) }), NO_RULE_IN);
});

test('fragments follow their first one, and without it need a rule for all ports', () => {
  const net = network({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ['udp 53 from 10.0.1.10/32'] } });
  const later = { fragment: 10, identification: 5, lengthBytes: 100 };
  check(net, udp('a', 'b', 53, later), NO_RULE_IN);
  check(net, udp('a', 'b', 53, { fragment: 0x2000, identification: 5, lengthBytes: 94 }), delivered('b'));
  check(net, udp('a', 'b', 53, later), delivered('b'));
  check(net, udp('a', 'b', 53, { ...later, identification: 6 }), NO_RULE_IN);
});

test('metadata, DNS and time are reached without any rule', () => {
  const net = network({ a: { ip: '10.0.1.10', out: [] } }, { acls: { '10.0.1.0/24': {} } });
  check(net, tcp('a', '169.254.169.254', 80), delivered('services'));
  check(net, udp('a', '10.0.0.2', 53), delivered('services'));
  check(net, udp('a', '169.254.169.123', 123), delivered('services'));
  check(net, udp('a', '10.0.2.53', 53), dropped('security-group-out/no-rule'));
  check(net, ping('a', '169.254.169.254'), dropped('link-local/unknown-protocol'));
});
