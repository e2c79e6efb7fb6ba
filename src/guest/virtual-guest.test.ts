/** Virtual guests on a fabric: they learn their addresses as on AWS and talk as far as rules let them. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, type IpAddress } from '../net/address.ts';
import { ipv4Of } from '../testing/rows.ts';
import { type VirtualHostSpec, VirtualNetwork } from '../testing/virtual-network.ts';
import { readUint32 } from '../wire/big-endian.ts';
import {
  OPTION_BROADCAST_ADDRESS,
  OPTION_DOMAIN_NAME,
  OPTION_DOMAIN_NAME_SERVERS,
  OPTION_HOST_NAME,
  OPTION_LEASE_TIME,
  OPTION_SERVER_IDENTIFIER,
} from '../wire/dhcp.ts';

const ALL = ['all from 0.0.0.0/0'];
const routes = { '10.0.1.0/24': ['0.0.0.0/0 internet'] };
const make = (hosts: Readonly<Record<string, VirtualHostSpec>>): VirtualNetwork =>
  new VirtualNetwork(hosts, { routes }, () => 1_000_000);
const text = (address: IpAddress | undefined): string => (address === undefined ? '' : formatAddress(address));

test('a guest learns its primary address and everything else by DHCP', () => {
  const { nic, address } = make({ a: { ip: '10.0.1.10', more: ['10.0.1.11'] } }).guest('a');
  equal(text(address), '10.0.1.10');
  equal(text(nic.configuration?.router), '10.0.1.1');
  equal(nic.configuration?.subnet.length, 24);
  equal(nic.configuration?.mtuBytes, 9001);
  const options = nic.lastLease?.options;
  const number = (code: number): number => readUint32(options?.get(code) ?? new Uint8Array(), 0);
  const words = (code: number): string => new TextDecoder().decode(options?.get(code));
  equal(number(OPTION_LEASE_TIME), 3600);
  equal(text(ipv4Of('10.0.1.1')), text(number(OPTION_SERVER_IDENTIFIER) as IpAddress));
  equal(number(OPTION_BROADCAST_ADDRESS), ipv4Of('10.0.1.255'));
  equal(number(OPTION_DOMAIN_NAME_SERVERS), ipv4Of('10.0.0.2'));
  deepEqual([words(OPTION_HOST_NAME), words(OPTION_DOMAIN_NAME)], ['a', 'ec2.internal']);
});

test('guests ping and connect across subnets as their groups allow', () => {
  const net = make({
    a: { ip: '10.0.1.10' },
    b: { ip: '10.0.2.10', in: ['tcp 80-81 from a', 'icmp 8/0 from a'], openTcpPorts: [80] },
    c: { ip: '10.0.2.20' },
  });
  const b = ipv4Of('10.0.2.10');
  equal(net.guest('a').ping(b), 'answered');
  equal(net.guest('a').connect(b, 80), 'connected');
  equal(net.guest('a').connect(b, 81), 'refused');
  equal(net.guest('a').connect(b, 82), 'unanswered');
  equal(net.guest('c').ping(b), 'unanswered');
  equal(net.guest('c').connect(b, 80), 'unanswered');
  equal(net.fabric.counters().drops['security-group-in/no-rule'], 3);
});

test('the outside world reaches a public address, and is reached from it', () => {
  const net = make({
    a: { ip: '10.0.1.10', public: '198.18.0.10', in: ALL, openTcpPorts: [80] },
    b: { ip: '10.0.1.20' },
  });
  equal(net.guest('internet').ping(ipv4Of('198.18.0.10')), 'answered');
  equal(net.guest('internet').connect(ipv4Of('198.18.0.10'), 80), 'connected');
  equal(net.guest('internet').connect(ipv4Of('198.18.0.11'), 80), 'unanswered');
  equal(net.guest('a').connect(ipv4Of('203.0.113.9'), 443), 'connected');
  equal(net.guest('b').connect(ipv4Of('203.0.113.9'), 443), 'unanswered');
});

test('a datagram to an open port is echoed to who sent it', () => {
  const net = make({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ALL, openUdpPorts: [7] } });
  const port = net.guest('a').sendUdp(ipv4Of('10.0.1.20'), 7, new Uint8Array([1, 2, 3]));
  const [echo] = net.guest('a').received;
  deepEqual([text(echo?.source), echo?.port, [...(echo?.payload ?? [])]], ['10.0.1.20', port, [1, 2, 3]]);
});

test('a capture shows what the guest sends, what reaches it, and what was dropped on the way to it', () => {
  const net = make({ a: { ip: '10.0.1.10' }, b: { ip: '10.0.1.20', in: ['icmp 8/0 from a'], openTcpPorts: [80] } });
  net.guest('a').ping(ipv4Of('10.0.1.20'));
  const seen: string[] = [];
  const stop = net.fabric.capture('eni-b' as never, (frame) =>
    seen.push(frame.dropped === undefined ? frame.direction : `${frame.direction}, dropped`),
  );
  net.guest('a').connect(ipv4Of('10.0.1.20'), 80);
  deepEqual(seen, ['into-guest, dropped']);
  seen.length = 0;
  net.guest('b').connect(ipv4Of('10.0.1.10'), 80);
  deepEqual(seen, ['out-of-guest, dropped']);
  net.guest('a').ping(ipv4Of('10.0.1.20'));
  deepEqual(seen, ['out-of-guest, dropped', 'into-guest', 'out-of-guest']);
  stop();
  net.guest('a').ping(ipv4Of('10.0.1.20'));
  equal(seen.length, 3);
});
