/** What a firewall endpoint lets pass: rules of both engines, flows both ways, and what is in the midst of one. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '../net/address.ts';
import { type Cidr, parseCidr } from '../net/cidr.ts';
import { ICMP, TCP, UDP } from '../net/protocol.ts';
import { type FirewallOptions, firewallRowOf } from '../testing/firewall-rows.ts';
import { given } from '../testing/instance-parts.ts';
import { type FrameSpec, frameOf } from '../wire/frame.ts';
import { MORE_FRAGMENTS } from '../wire/ipv4.ts';
import { ACK, FIN, RST, SYN } from '../wire/tcp.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { Firewall } from './firewall.ts';
import { firewallObjection } from './firewall-flows.ts';
import { Interface } from './interface.ts';
import { Packet } from './packet.ts';
import { EDGE_GATEWAY_MAC } from './passage.ts';
import { Pipeline } from './pipeline.ts';

type Sent = Partial<FrameSpec> & { readonly from?: string; readonly to?: string };

const CLIENT = '10.0.1.5';
const SERVER = '192.0.2.9';

/** An endpoint, with what it says of packets in their order: 'passes', or why it does not. */
function endpointOf(options: FirewallOptions) {
  const pipeline = new Pipeline();
  let firewall = new Firewall(firewallRowOf(options));
  const endpoint = new Interface(7);
  let nowMs = 0;
  const says = (sent: Sent): string => {
    const { from = CLIENT, to = SERVER, ...rest } = sent;
    const bytes = frameOf({
      sourceMac: EDGE_GATEWAY_MAC,
      destinationMac: EDGE_GATEWAY_MAC,
      source: given(parseAddress(from)),
      destination: given(parseAddress(to)),
      protocol: TCP,
      sourcePort: 40_000,
      destinationPort: 80,
      ...(rest.protocol === undefined || rest.protocol === TCP ? { tcpFlags: SYN } : {}),
      ...rest,
    });
    const packet = new Packet();
    packet.decode(bytes, 0, bytes.length - VIRTIO_NET_HEADER_LENGTH);
    pipeline.passage.begin(packet, undefined, nowMs, true);
    return firewallObjection(packet, pipeline.passage, firewall, endpoint) ?? 'passes';
  };
  return {
    says,
    answers: (sent: Sent): string =>
      says({
        ...sent,
        from: sent.to ?? SERVER,
        to: sent.from ?? CLIENT,
        sourcePort: sent.destinationPort ?? 80,
        destinationPort: sent.sourcePort ?? 40_000,
        ...(sent.protocol === undefined ? { tcpFlags: sent.tcpFlags ?? SYN | ACK } : {}),
      }),
    wait: (ms: number): void => {
      nowMs += ms;
    },
    change: (next: FirewallOptions): void => {
      firewall = new Firewall(firewallRowOf(next));
    },
  };
}

const block = (text: string): Cidr => given(parseCidr(text));
const port = (from: number, to = from) => [{ from, to }];

test('the first stateless rule that matches decides, and the default action where none does', () => {
  const { says } = endpointOf({
    stateless: [
      { action: 'pass', protocols: [TCP], destinationPorts: port(80) },
      { action: 'drop', protocols: [TCP], destinationPorts: port(1, 1023) },
      { action: 'drop', sources: [block('10.0.9.0/24')] },
    ],
    otherwise: 'pass',
  });
  equal(says({ destinationPort: 80 }), 'passes');
  equal(says({ destinationPort: 443 }), 'firewall-stateless');
  equal(says({ destinationPort: 8080 }), 'passes');
  equal(says({ protocol: UDP, destinationPort: 443 }), 'passes');
  equal(says({ from: '10.0.9.9', protocol: UDP }), 'firewall-stateless');
});

test('a stateless rule knows flags by their mask, and answers are packets like others', () => {
  const { says, answers } = endpointOf({
    stateless: [
      {
        action: 'drop',
        protocols: [TCP],
        tcpFlags: [{ flags: SYN, mask: SYN | ACK }],
        sources: [block('192.0.2.0/24')],
      },
    ],
    otherwise: 'pass',
  });
  equal(says({}), 'passes');
  equal(answers({}), 'passes');
  equal(answers({ tcpFlags: SYN }), 'firewall-stateless');
});

test('a stateful rule decides about a flow, whose answers pass', () => {
  const { says, answers } = endpointOf({
    rules: 'pass tcp $HOME_NET any -> any 80 (sid:1;)\ndrop tcp any any -> any any (sid:2;)',
  });
  equal(answers({}), 'firewall-midstream');
  equal(says({}), 'passes');
  equal(answers({}), 'passes');
  equal(says({ tcpFlags: ACK }), 'passes');
  equal(says({ destinationPort: 22 }), 'firewall-stateful');
  equal(says({ from: '172.16.0.1' }), 'firewall-stateful');
});

test('pass wins over drop where the order is that of actions, and the first line in strict order', () => {
  const rules = 'drop tcp any any -> any 80 (sid:1;)\npass tcp any any -> any any (sid:2;)';
  equal(endpointOf({ rules }).says({}), 'passes');
  equal(endpointOf({ rules, order: 'strict' }).says({}), 'firewall-stateful');
});

test('without a rule packets pass, or meet the default action of strict order', () => {
  equal(endpointOf({}).says({}), 'passes');
  equal(endpointOf({ order: 'strict', drops: 'all' }).says({}), 'firewall-stateful');
  const { says, answers } = endpointOf({ order: 'strict', drops: 'established' });
  equal(says({}), 'passes');
  equal(answers({}), 'passes');
  equal(says({ tcpFlags: ACK }), 'firewall-stateful', 'the handshake passes, and nothing after it');
  equal(says({ protocol: UDP }), 'passes');
  equal(answers({ protocol: UDP }), 'firewall-stateful');
});

test('answers that no rule passed are asked about like other packets', () => {
  const { says, answers } = endpointOf({ rules: 'drop tcp any 80 -> any any (sid:1;)' });
  equal(says({}), 'passes');
  equal(answers({}), 'firewall-stateful');
});

test('the keyword flow speaks of a side and of what was heard', () => {
  const toServer = endpointOf({ rules: 'drop tcp any any <> any 80 (flow:to_server,established; sid:1;)' });
  equal(toServer.says({}), 'passes');
  equal(toServer.answers({}), 'passes');
  equal(toServer.says({ tcpFlags: ACK }), 'firewall-stateful');
  const toClient = endpointOf({ rules: 'drop udp any any -> any any (flow:to_client; sid:1;)' });
  equal(toClient.says({ protocol: UDP }), 'passes');
  equal(toClient.answers({ protocol: UDP }), 'firewall-stateful');
  equal(toClient.says({ protocol: UDP }), 'firewall-stateful', 'and with it the flow is over');
});

test('a rule of both directions matches a packet of either', () => {
  const { says } = endpointOf({ rules: `drop tcp ${CLIENT} any <> ${SERVER} 80 (sid:1;)` });
  equal(says({}), 'firewall-stateful');
  equal(says({ from: SERVER, to: CLIENT, sourcePort: 80, destinationPort: 40_000 }), 'firewall-stateful');
  equal(says({ from: SERVER, to: CLIENT }), 'passes');
});

test('a connection is forgotten when it was idle for too long, is reset or is over; a first segment opens it anew', () => {
  const { says, answers, wait } = endpointOf({});
  says({});
  answers({});
  wait(349_000);
  equal(says({ tcpFlags: ACK }), 'passes');
  wait(351_000);
  equal(says({ tcpFlags: ACK }), 'firewall-midstream');
  equal(says({}), 'passes');
  equal(answers({ tcpFlags: RST }), 'passes');
  equal(says({ tcpFlags: ACK }), 'firewall-midstream');
  equal(says({}), 'passes');
  answers({});
  says({ tcpFlags: FIN | ACK });
  equal(answers({ tcpFlags: FIN | ACK }), 'passes');
  equal(says({ tcpFlags: ACK }), 'passes');
  equal(says({}), 'passes');
});

test('the exception policy decides about what is in the midst of an unknown connection', () => {
  const rules = 'drop tcp any any -> any 22 (sid:1;)';
  equal(endpointOf({ rules, midstream: 'reject' }).says({ tcpFlags: ACK }), 'firewall-midstream');
  const { says } = endpointOf({ rules, midstream: 'continue' });
  equal(says({ tcpFlags: ACK }), 'passes');
  equal(says({ tcpFlags: ACK, destinationPort: 22 }), 'firewall-stateful');
});

test('flows that were passed stay passed when rules change', () => {
  const { says, answers, change } = endpointOf({ rules: 'pass tcp any any -> any any (sid:1;)' });
  equal(says({}), 'passes');
  change({ order: 'strict', drops: 'all' });
  equal(answers({}), 'passes');
  equal(says({ sourcePort: 40_001 }), 'firewall-stateful');
});

test('fragments of UDP meet what their first one met, and other fragments are dropped', () => {
  const { says } = endpointOf({ rules: 'drop udp any any -> any 53 (sid:1;)' });
  const first = MORE_FRAGMENTS;
  const later = 185;
  const payload = new Uint8Array(64);
  equal(says({ protocol: UDP, fragment: later, identification: 1, payload }), 'firewall-fragment');
  equal(says({ protocol: UDP, fragment: first, identification: 1, payload }), 'passes');
  equal(says({ protocol: UDP, fragment: later, identification: 1, payload }), 'passes');
  equal(says({ protocol: UDP, destinationPort: 53, fragment: first, identification: 2, payload }), 'firewall-stateful');
  equal(says({ protocol: UDP, destinationPort: 53, fragment: later, identification: 2, payload }), 'firewall-fragment');
  equal(says({ fragment: first, identification: 3, payload }), 'firewall-fragment');
  const dropping = endpointOf({ otherwise: 'pass', fragments: 'drop' });
  equal(dropping.says({ protocol: UDP }), 'passes');
  equal(dropping.says({ protocol: UDP, fragment: later, payload }), 'firewall-stateless');
});

test('echo requests are flows by their identifier', () => {
  const echo = (icmpType: number, icmpIdentifier: number): Sent => ({
    protocol: ICMP,
    sourcePort: 0,
    destinationPort: 0,
    icmpType,
    icmpCode: 0,
    icmpIdentifier,
  });
  const { says } = endpointOf({ rules: 'pass icmp $HOME_NET any -> any any (sid:1;)', order: 'strict', drops: 'all' });
  equal(says({ ...echo(0, 5), from: SERVER, to: CLIENT }), 'firewall-stateful');
  equal(says(echo(8, 5)), 'passes');
  equal(says({ ...echo(0, 5), from: SERVER, to: CLIENT }), 'passes');
  equal(says({ ...echo(0, 6), from: SERVER, to: CLIENT }), 'firewall-stateful');
});
