/** What the fabric answers itself or hands to the link-local services, and what it does not take at all. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, ipv4 } from '../net/address.ts';
import { BROADCAST_MAC, mac } from '../net/mac.ts';
import { UDP } from '../net/protocol.ts';
import { answered, check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import { ping, tcp, udp } from '../testing/packets.ts';
import { idOf, ipv4Of } from '../testing/rows.ts';
import { ARP_LENGTH, ARP_REPLY, ARP_REQUEST, type Arp, emitArp, parseArp } from '../wire/arp.ts';
import * as dhcp from '../wire/dhcp.ts';
import { ETHER_TYPE_ARP, emitEthernet } from '../wire/ethernet.ts';
import { frameOf } from '../wire/frame.ts';

const hosts = { a: { ip: '10.0.1.10', more: ['10.0.1.11'] }, b: { ip: '10.0.1.20' }, far: { ip: '10.0.2.10' } };

function arpFrame(net: TestNetwork, change: Partial<Arp>): Uint8Array {
  const bytes = new Uint8Array(12 + 14 + ARP_LENGTH);
  const source = net.rowOf('a').mac;
  emitEthernet(bytes, 12, { destination: BROADCAST_MAC, source, etherType: ETHER_TYPE_ARP });
  const asked = { operation: ARP_REQUEST, senderMac: source, senderAddress: ipv4Of('10.0.1.10'), targetMac: mac(0) };
  emitArp(bytes, 26, { ...asked, targetAddress: ipv4Of('10.0.1.1'), ...change });
  return bytes;
}

const arpAnswer = (net: TestNetwork): Arp | undefined =>
  parseArp(net.lastFrames[0] ?? new Uint8Array(), 26, ARP_LENGTH);

test('ARP for the router, a neighbour and services is answered; for nobody, another subnet and oneself it is not', () => {
  const net = network(hosts);
  const ask = (target: string) => net.sendFrame('a', arpFrame(net, { targetAddress: ipv4Of(target) }));
  deepEqual(ask('10.0.1.1'), answered);
  equal(arpAnswer(net)?.senderMac, net.routerMacOf('a'));
  equal(arpAnswer(net)?.operation, ARP_REPLY);
  deepEqual(ask('10.0.1.20'), answered);
  equal(arpAnswer(net)?.senderMac, net.rowOf('b').mac);
  deepEqual(ask('169.254.169.254'), answered);
  deepEqual(ask('10.0.0.2'), answered);
  for (const target of ['10.0.1.99', '10.0.2.10', '10.0.1.11']) deepEqual(ask(target), dropped('arp/nobody'));
});

test('announcing an address moves nothing', () => {
  const net = network({ ...hosts, b: { ip: '10.0.1.20', in: ['all from 0.0.0.0/0'] } });
  const stolen = { senderAddress: ipv4Of('10.0.1.20'), targetAddress: ipv4Of('10.0.1.20') };
  deepEqual(net.sendFrame('a', arpFrame(net, stolen)), dropped('arp/unsolicited'));
  deepEqual(net.sendFrame('a', arpFrame(net, { ...stolen, operation: ARP_REPLY })), dropped('arp/unsolicited'));
  check(net, tcp('far', 'b', 80), delivered('b'));
  deepEqual(net.sendFrame('a', arpFrame(net, {}).subarray(0, 40)), dropped('arp/malformed'));
});

function dhcpFrame(
  net: TestNetwork,
  messageType: number,
  options: [number, Uint8Array][],
  change: Partial<dhcp.Dhcp> = {},
) {
  const payload = new Uint8Array(400);
  const clientMac = net.rowOf('a').mac;
  const none = ipv4(0);
  const message = {
    operation: 1,
    transaction: 9,
    broadcast: true,
    clientAddress: none,
    yourAddress: none,
    clientMac,
    messageType,
  };
  const length = dhcp.emitDhcp(payload, 0, { ...message, options: new Map(options), ...change });
  return frameOf({
    sourceMac: clientMac,
    destinationMac: BROADCAST_MAC,
    source: none,
    destination: ipv4(0xffff_ffff),
    protocol: UDP,
    sourcePort: 68,
    destinationPort: 67,
    payload: payload.subarray(0, length),
  });
}

function dhcpAnswer(net: TestNetwork): dhcp.Dhcp | undefined {
  const packet = net.lastPacket;
  return dhcp.parseDhcp(packet.bytes, packet.transport + 8, packet.transportLength - 8);
}

test('DHCP offers the primary address, acknowledges it, and refuses every other', () => {
  const net = network(hosts);
  const want = (address: string): [number, Uint8Array] => [
    dhcp.OPTION_REQUESTED_ADDRESS,
    dhcp.addressesContent([ipv4Of(address)]),
  ];
  deepEqual(net.sendFrame('a', dhcpFrame(net, dhcp.DHCP_DISCOVER, [])), answered);
  equal(dhcpAnswer(net)?.messageType, dhcp.DHCP_OFFER);
  equal(formatAddress(dhcpAnswer(net)?.yourAddress ?? ipv4(0)), '10.0.1.10');
  equal(net.lastPacket.destination, 0xffff_ffff);
  net.sendFrame('a', dhcpFrame(net, dhcp.DHCP_REQUEST, [want('10.0.1.10')]));
  equal(dhcpAnswer(net)?.messageType, dhcp.DHCP_ACK);
  for (const other of ['10.0.1.11', '10.0.1.20', '10.0.2.10']) {
    net.sendFrame('a', dhcpFrame(net, dhcp.DHCP_REQUEST, [want(other)]));
    equal(dhcpAnswer(net)?.messageType, dhcp.DHCP_NAK);
  }
});

test('DHCP answers INFORM without a lease and RELEASE not at all', () => {
  const net = network(hosts);
  net.sendFrame('a', dhcpFrame(net, dhcp.DHCP_INFORM, [], { clientAddress: ipv4Of('10.0.1.10') }));
  equal(dhcpAnswer(net)?.messageType, dhcp.DHCP_ACK);
  equal(dhcpAnswer(net)?.options.has(dhcp.OPTION_LEASE_TIME), false);
  equal(dhcpAnswer(net)?.yourAddress, 0);
  deepEqual(net.sendFrame('a', dhcpFrame(net, dhcp.DHCP_RELEASE, [])), answered);
  equal(net.lastFrames.length, 0);
});

test('DHCP for another client or server, broken, or for an interface without IPv4 is dropped', () => {
  const net = network(hosts);
  const server: [number, Uint8Array] = [dhcp.OPTION_SERVER_IDENTIFIER, dhcp.addressesContent([ipv4Of('10.0.1.20')])];
  const send = (frame: Uint8Array) => net.sendFrame('a', frame);
  deepEqual(send(dhcpFrame(net, dhcp.DHCP_DISCOVER, [], { clientMac: mac(5) })), dropped('dhcp/foreign-client'));
  deepEqual(send(dhcpFrame(net, dhcp.DHCP_REQUEST, [server])), dropped('dhcp/other-server'));
  deepEqual(send(dhcpFrame(net, 99, [])), dropped('dhcp/malformed'));
  deepEqual(send(dhcpFrame(net, dhcp.DHCP_DISCOVER, [], { operation: 2 })), dropped('dhcp/malformed'));
  net.put({ ...net.rowOf('a'), ipv4Addresses: [] });
  deepEqual(send(dhcpFrame(net, dhcp.DHCP_DISCOVER, [])), dropped('dhcp/no-address'));
});

test('services see each interface under its own address, and their answers find back to the address that asked', () => {
  const net = network(hosts);
  check(net, tcp('a', '169.254.169.254', 80), delivered('services'));
  const client = net.lastPacket.source;
  equal(formatAddress(client), '10.0.0.0');
  equal(net.fabric.serviceClient(ipv4Of('10.0.0.0')), idOf('eni', 'a'));
  check(net, tcp('services', '10.0.0.0', 40_000, { source: '169.254.169.254', sourcePort: 80 }), delivered('a'));
  equal(formatAddress(net.lastPacket.destination), '10.0.1.10');
  check(net, udp('a', '10.0.0.2', 53, { source: '10.0.1.11' }), delivered('services'));
  equal(formatAddress(net.lastPacket.destination), '169.254.169.253');
  const asker = formatAddress(net.lastPacket.source);
  equal(net.fabric.serviceClient(ipv4Of(asker)), idOf('eni', 'a'));
  check(net, udp('services', asker, 40_000, { source: '169.254.169.253', sourcePort: 53 }), delivered('a'));
  equal(formatAddress(net.lastPacket.source), '10.0.0.2');
  equal(formatAddress(net.lastPacket.destination), '10.0.1.11');
});

test('the outside world asks the public resolver, and gets the answer', () => {
  const net = network(hosts);
  check(net, udp('internet', '192.0.2.53', 53), delivered('services'));
  const asker = formatAddress(net.lastPacket.source);
  equal(net.fabric.serviceClient(ipv4Of(asker)), 'internet');
  check(net, udp('services', asker, 40_000, { source: '169.254.169.253', sourcePort: 53 }), delivered('internet'));
  equal(formatAddress(net.lastPacket.source), '192.0.2.53');
  equal(formatAddress(net.lastPacket.destination), '203.0.113.9');
});

test('services answer only as themselves and only to interfaces', () => {
  const net = network(hosts);
  check(net, udp('services', '10.0.0.0', 40_000, { source: '10.9.9.9' }), dropped('services-reply/not-a-service'));
  check(
    net,
    udp('services', '10.0.9.9', 40_000, { source: '169.254.169.254' }),
    dropped('services-reply/no-interface'),
  );
});

test('DNS that is turned off, unknown link-local addresses and foreign sources get nothing', () => {
  const net = network(hosts, { dnsSupport: false });
  check(net, udp('a', '10.0.0.2', 53), dropped('link-local/dns-disabled'));
  check(net, udp('a', '169.254.169.253', 53), dropped('link-local/dns-disabled'));
  check(net, tcp('a', '169.254.169.254', 80), delivered('services'));
  check(net, tcp('a', '169.254.1.1', 80), dropped('link-local/unknown-address'));
  check(net, tcp('a', '169.254.169.254', 80, { source: '10.0.1.20' }), dropped('link-local/foreign-address'));
});

test('an interface sends 1024 packets a second to the services and not one more', () => {
  const net = network(hosts);
  // Each `send` is two packets on each fabric.
  for (let sent = 0; sent < 1024; sent += 2) check(net, udp('a', '169.254.169.253', 53), delivered('services'));
  check(net, udp('a', '169.254.169.253', 53), dropped('link-local/allowance-exceeded'));
  check(net, udp('b', '169.254.169.253', 53), delivered('services'));
  net.advance(1000);
  check(net, udp('a', '169.254.169.253', 53), delivered('services'));
});

test('broadcasts, multicasts and what is for the router go nowhere', () => {
  const net = network(hosts);
  check(net, udp('a', '10.0.1.255', 9), dropped('ethernet/broadcast'));
  check(net, udp('a', '255.255.255.255', 9), dropped('ethernet/broadcast'));
  check(net, udp('a', '224.0.0.251', 5353), dropped('ethernet/multicast'));
  check(net, udp('a', 'ff02::1', 9, { ipv6: true, source: 'fd01::1' }), dropped('ethernet/multicast'));
  check(net, udp('a', 'b', 9, { destinationMac: mac(0x0100_5e00_0001) }), dropped('ethernet/multicast'));
  check(net, ping('a', '10.0.1.1'), dropped('subnet/router'));
});

test('frames that are cut, contradict themselves, or have a foreign MAC are dropped', () => {
  const net = network({ ...hosts, b: { ip: '10.0.1.20', in: ['all from 0.0.0.0/0'] } });
  const change = (at: number, value: number) => (bytes: Uint8Array) => bytes.with(at, value);
  const send = (mangle: (bytes: Uint8Array) => Uint8Array) => net.send(udp('a', 'b', 9, { mangle }));
  deepEqual(
    send((bytes) => bytes.subarray(0, 20)),
    dropped('ethernet/truncated'),
  );
  deepEqual(
    send((bytes) => bytes.subarray(0, 50)),
    dropped('ethernet/truncated'),
  );
  deepEqual(send(change(26, 0x44)), dropped('ethernet/bad-header'));
  deepEqual(send(change(26 + 8, 63)), dropped('ethernet/bad-header-checksum'));
  deepEqual(send(change(12 + 12, 0x12)), dropped('ethernet/not-ip'));
  check(net, udp('a', 'b', 9, { sourceMac: net.rowOf('b').mac }), dropped('ethernet/foreign-mac'));
  check(net, udp('a', 'b', 9), delivered('b'));
});

test('the edges take whole packets and answer ARP for everything behind the fabric', () => {
  const net = network({ a: { ip: '10.0.1.10', public: '198.18.0.10', in: ['all from 0.0.0.0/0'] } });
  const send = (mangle: (bytes: Uint8Array) => Uint8Array) => net.send(tcp('internet', 'a', 9, { mangle }));
  deepEqual(net.sendFrame('internet', arpFrame(net, { senderAddress: ipv4Of('203.0.113.9') })), answered);
  deepEqual(net.sendFrame('internet', arpFrame(net, { senderAddress: ipv4(0) })), dropped('edge/not-ip'));
  deepEqual(
    send((bytes) => bytes.subarray(0, 30)),
    dropped('edge/truncated'),
  );
  deepEqual(
    send((bytes) => bytes.with(26, 0x44)),
    dropped('edge/bad-header'),
  );
  deepEqual(
    send((bytes) => bytes.with(26 + 8, 63)),
    dropped('edge/bad-header-checksum'),
  );
  deepEqual(
    send((bytes) => bytes.with(1, 1)),
    dropped('edge/bad-offload-header'),
  );
});
