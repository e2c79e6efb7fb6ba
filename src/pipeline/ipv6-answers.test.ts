/** What the fabric answers over IPv6 itself: neighbour and router solicitations, DHCPv6, questions to the services. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, type Ipv6 } from '../net/address.ts';
import { linkLocalOf } from '../net/ipv6-scope.ts';
import { type Mac, mac } from '../net/mac.ts';
import { ICMPV6, UDP } from '../net/protocol.ts';
import {
  answered,
  check,
  delivered,
  dropped,
  network,
  OUTSIDE_IPV6,
  type Outcome,
  type TestNetwork,
} from '../testing/network.ts';
import { ping, tcp, udp } from '../testing/packets.ts';
import { addressOf, idOf } from '../testing/rows.ts';
import { readUint16, readUint32 } from '../wire/big-endian.ts';
import { fold, pseudoHeaderSum, sumBytes } from '../wire/checksum.ts';
import * as dhcp from '../wire/dhcpv6.ts';
import { frameOf } from '../wire/frame.ts';
import { ipv6AddressSum, readIpv6, writeIpv6 } from '../wire/ipv6.ts';

const OPEN = { in: ['100 allow all ::/0'], out: ['100 allow all ::/0'] };
const ALL = { in: ['all from ::/0'], out: ['all to ::/0'] };
const OVER_IPV6 = { ipv6: true } as const;

const hosts = {
  a: { ip: '10.0.1.10', ipv6: '3fff::10', out: ['all to ::/0'] },
  b: { ip: '10.0.1.20', ipv6: '3fff::20', ...ALL },
  far: { ip: '10.0.2.10', ipv6: '3fff:0:0:1::10', ...ALL },
};
const acls = { '10.0.1.0/24': OPEN, '10.0.2.0/24': OPEN };

const ipv6Of = (text: string): Ipv6 => {
  const address = addressOf(text);
  if (typeof address !== 'bigint') throw new Error(`not an IPv6 address: ${text}`);
  return address;
};

interface Asked {
  readonly from?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly type?: number;
  readonly hopLimit?: number;
  readonly options?: readonly number[];
}

/** A message of neighbour discovery about a target, with options as bytes. */
function discovery(net: TestNetwork, target: string, asked: Asked = {}): Outcome {
  const { from = 'a', source = '3fff::10', destination = 'ff02::1:ff00:20', type = 135, hopLimit = 255 } = asked;
  const payload = new Uint8Array(16 + (asked.options?.length ?? 0));
  writeIpv6(payload, 0, ipv6Of(target));
  payload.set(asked.options ?? [], 16);
  const frame = frameOf({
    sourceMac: from === 'internet' ? mac(0x5a00_0000_0002) : net.rowOf(from).mac,
    destinationMac: 0x3333_ff00_0020 as Mac,
    source: ipv6Of(source),
    destination: ipv6Of(destination),
    protocol: ICMPV6,
    icmpType: type,
    icmpIdentifier: 0,
    icmpSequence: 0,
    ttl: hopLimit,
    payload: type === 133 ? payload.subarray(16) : payload,
  });
  return net.sendFrame(from, frame);
}

/** The answer's ICMPv6 message, after its checksum and hop limit were found right. */
function icmpAnswer(net: TestNetwork): Uint8Array {
  const { bytes, network: at, transport, transportLength } = net.lastPacket;
  const sum = sumBytes(
    bytes,
    transport,
    transportLength,
    pseudoHeaderSum(ipv6AddressSum(bytes, at), ICMPV6, transportLength),
  );
  equal(fold(sum), 0xffff);
  return bytes.slice(transport, transport + transportLength);
}

const macIn = (bytes: Uint8Array, at: number): number => readUint16(bytes, at) * 2 ** 32 + readUint32(bytes, at + 2);

test('solicitations for the router and neighbours of the subnet are answered, at all their addresses', () => {
  const net = network(hosts, { acls });
  const router = linkLocalOf(net.routerMacOf('a'));
  for (const [target, holder, flags] of [
    ['3fff::1', net.routerMacOf('a'), 0xe0],
    ['fe80:ec2::1', net.routerMacOf('a'), 0xe0],
    [formatAddress(router), net.routerMacOf('a'), 0xe0],
    ['3fff::20', net.rowOf('b').mac, 0x60],
    [formatAddress(linkLocalOf(net.rowOf('b').mac)), net.rowOf('b').mac, 0x60],
  ] as const) {
    deepEqual(discovery(net, target), answered);
    const answer = icmpAnswer(net);
    equal(answer[0], 136);
    equal(answer[4], flags);
    equal(formatAddress(readIpv6(answer, 8)), target);
    equal(macIn(answer, 26), holder);
    equal(net.lastPacket.bytes[26 + 7], 255);
  }
});

test('nobody answers for another subnet, for nobody, and for whoever probes its own address', () => {
  const net = network(hosts, { acls });
  for (const target of ['3fff::99', '3fff:0:0:1::10', '3fff::10']) {
    deepEqual(discovery(net, target), dropped('neighbour-discovery/nobody'));
  }
  deepEqual(discovery(net, '3fff::10', { source: '::' }), dropped('neighbour-discovery/nobody'));
});

test('who probes an address that a neighbour has is told so', () => {
  const net = network(hosts, { acls });
  deepEqual(discovery(net, '3fff::20', { source: '::' }), answered);
  equal(formatAddress(net.lastPacket.destination), 'ff02::1');
  equal(icmpAnswer(net)[4], 0x20);
});

test('a guest cannot pretend to be a neighbour or the router, and broken messages get nothing', () => {
  const net = network(hosts, { acls });
  for (const type of [134, 136, 137]) {
    deepEqual(discovery(net, '3fff::20', { type }), dropped('neighbour-discovery/unsolicited'));
  }
  deepEqual(discovery(net, '3fff::20', { hopLimit: 254 }), dropped('neighbour-discovery/malformed'));
  deepEqual(
    discovery(net, '3fff::20', { options: [1, 0, 0, 0, 0, 0, 0, 0] }),
    dropped('neighbour-discovery/malformed'),
  );
  const ipv4Only = network({ a: { ip: '10.0.1.10' } });
  deepEqual(discovery(ipv4Only, '3fff::20'), dropped('neighbour-discovery/no-ipv6'));
});

test('groups and ACLs that are closed do not see neighbour discovery', () => {
  const net = network({ ...hosts, a: { ...hosts.a, out: [] } }, { acls: { '10.0.1.0/24': {} } });
  deepEqual(discovery(net, '3fff::20'), answered);
});

test('the router advertises itself: addresses by DHCPv6 only, the block on the link, the MTU', () => {
  const net = network(hosts, { acls });
  deepEqual(discovery(net, '::', { type: 133, destination: 'ff02::2', source: 'fe80::1' }), answered);
  const answer = icmpAnswer(net);
  equal(formatAddress(net.lastPacket.source), formatAddress(linkLocalOf(net.routerMacOf('a'))));
  equal(formatAddress(net.lastPacket.destination), 'fe80::1');
  deepEqual([answer[0], answer[5], readUint16(answer, 6)], [134, 0x80, 1800]);
  equal(macIn(answer, 18), net.routerMacOf('a'));
  deepEqual([answer[24], readUint32(answer, 28)], [5, 9001]);
  deepEqual([answer[32], answer[34], answer[35]], [3, 64, 0x80], 'on the link, and not for own addresses');
  equal(formatAddress(readIpv6(answer, 48)), '3fff::');
});

interface Lease {
  readonly type: number;
  readonly options: ReadonlyMap<number, Uint8Array>;
  readonly addresses: readonly string[];
}

const CLIENT = Uint8Array.of(0, 3, 0, 1, 1, 2, 3, 4, 5, 6);
const association = (...named: readonly string[]) =>
  dhcp.associationContent({
    id: 7,
    renewSeconds: 0,
    rebindSeconds: 0,
    addresses: named.map((address) => ({ address: ipv6Of(address), preferredSeconds: 0, validSeconds: 0 })),
    status: undefined,
  });

function dhcpv6Frame(net: TestNetwork, type: number, options: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const payload = new Uint8Array(1000);
  let end = dhcp.emitDhcpv6(payload, 0, type, 0x123456);
  for (const [code, content] of options) end = dhcp.emitOption(payload, end, code, content);
  return frameOf({
    sourceMac: net.rowOf('a').mac,
    destinationMac: 0x3333_0001_0002 as Mac,
    source: linkLocalOf(net.rowOf('a').mac),
    destination: ipv6Of('ff02::1:2'),
    protocol: UDP,
    sourcePort: 546,
    destinationPort: 547,
    payload: payload.subarray(0, end),
  });
}

function leased(net: TestNetwork, type: number, ...options: readonly (readonly [number, Uint8Array])[]): Lease {
  const frame = dhcpv6Frame(net, type, [[dhcp.OPTION_CLIENT_IDENTIFIER, CLIENT], ...options]);
  deepEqual(net.sendFrame('a', frame), answered);
  const { bytes, transport, transportLength } = net.lastPacket;
  const answer = dhcp.parseDhcpv6(bytes, transport + 8, transportLength - 8);
  ok(answer);
  equal(answer.transaction, 0x123456);
  const addresses = answer.associations.flatMap((one) => one.addresses.map(formatAddress));
  return { type: answer.messageType, options: answer.options, addresses };
}

const IA = [dhcp.OPTION_IA_NA, association()] as const;
const RAPID = [dhcp.OPTION_RAPID_COMMIT, new Uint8Array(0)] as const;
const serverOf = (net: TestNetwork) =>
  [dhcp.OPTION_SERVER_IDENTIFIER, dhcp.macIdentifier(net.routerMacOf('a'))] as const;

test('DHCPv6 leases every address of the interface, at once where the client wants that', () => {
  const net = network(hosts, { acls });
  net.put({ ...net.rowOf('a'), ipv6Addresses: [ipv6Of('3fff::10'), ipv6Of('3fff::11')] });
  const both = ['3fff::10', '3fff::11'];
  const advertised = leased(net, dhcp.DHCPV6_SOLICIT, IA);
  deepEqual([advertised.type, advertised.addresses], [dhcp.DHCPV6_ADVERTISE, both]);
  deepEqual(advertised.options.get(dhcp.OPTION_NAME_SERVERS), dhcp.ipv6Content([ipv6Of('fd00:ec2::253')]));
  equal(formatAddress(net.lastPacket.destination), formatAddress(linkLocalOf(net.rowOf('a').mac)));
  const rapid = leased(net, dhcp.DHCPV6_SOLICIT, IA, RAPID);
  deepEqual([rapid.type, rapid.addresses], [dhcp.DHCPV6_REPLY, both]);
  ok(rapid.options.has(dhcp.OPTION_RAPID_COMMIT));
  deepEqual(leased(net, dhcp.DHCPV6_REQUEST, IA, serverOf(net)).addresses, both);
});

test('a renewed lease has 140 s of preference, and takes back what the interface has lost', () => {
  const net = network(hosts, { acls });
  const named = [dhcp.OPTION_IA_NA, association('3fff::10', '3fff::77')] as const;
  for (const type of [dhcp.DHCPV6_RENEW, dhcp.DHCPV6_REBIND]) {
    const content = leased(net, type, named).options.get(dhcp.OPTION_IA_NA) ?? new Uint8Array();
    deepEqual([readUint32(content, 4), readUint32(content, 8)], [70, 112]);
    deepEqual([readUint32(content, 12 + 20), readUint32(content, 12 + 24)], [140, 450]);
    equal(formatAddress(readIpv6(content, 40 + 4)), '3fff::77');
    deepEqual([readUint32(content, 40 + 20), readUint32(content, 40 + 24)], [0, 0]);
  }
});

test('the largest lease fits an answer', () => {
  const net = network(hosts, { acls });
  const most = Array.from({ length: 50 }, (_, index) => ipv6Of(`3fff::${index + 100}`));
  net.put({ ...net.rowOf('a'), ipv6Addresses: most });
  const named = association(...Array.from({ length: 16 }, (_, index) => `3fff::${index + 300}`));
  const client = Uint8Array.from({ length: 130 }, () => 1);
  const frame = dhcpv6Frame(net, dhcp.DHCPV6_RENEW, [
    [dhcp.OPTION_CLIENT_IDENTIFIER, client],
    [dhcp.OPTION_IA_NA, named],
  ]);
  deepEqual(net.sendFrame('a', frame), answered);
  const { bytes, transport, transportLength } = net.lastPacket;
  const [leases] = dhcp.parseDhcpv6(bytes, transport + 8, transportLength - 8)?.associations ?? [];
  equal(leases?.addresses.length, 66);
});

test('DHCPv6 confirms what is right, acknowledges a release, informs, and has nothing for a second association', () => {
  const net = network(hosts, { acls });
  const status = (lease: Lease) => readUint16(lease.options.get(dhcp.OPTION_STATUS) ?? new Uint8Array([9, 9]), 0);
  equal(status(leased(net, dhcp.DHCPV6_CONFIRM, [dhcp.OPTION_IA_NA, association('3fff::10')])), 0);
  equal(status(leased(net, dhcp.DHCPV6_CONFIRM, [dhcp.OPTION_IA_NA, association('3fff::20')])), 4);
  equal(status(leased(net, dhcp.DHCPV6_RELEASE, IA)), 0);
  equal(status(leased(net, dhcp.DHCPV6_DECLINE, IA)), 0);
  equal(leased(net, dhcp.DHCPV6_INFORMATION_REQUEST).options.has(dhcp.OPTION_IA_NA), false);
  deepEqual(leased(net, dhcp.DHCPV6_REQUEST, IA, IA).addresses, ['3fff::10']);
});

test('DHCPv6 that is broken, for another server, or without an address to lease gets nothing', () => {
  const net = network(hosts, { acls });
  const send = (type: number, ...options: (readonly [number, Uint8Array])[]) =>
    net.sendFrame('a', dhcpv6Frame(net, type, options));
  const client = [dhcp.OPTION_CLIENT_IDENTIFIER, CLIENT] as const;
  deepEqual(send(99, client), dropped('dhcpv6/malformed'));
  deepEqual(send(dhcp.DHCPV6_SOLICIT, IA), dropped('dhcpv6/malformed'));
  deepEqual(send(dhcp.DHCPV6_SOLICIT, client, [dhcp.OPTION_IA_NA, new Uint8Array(3)]), dropped('dhcpv6/malformed'));
  const long = [dhcp.OPTION_CLIENT_IDENTIFIER, new Uint8Array(131)] as const;
  deepEqual(send(dhcp.DHCPV6_SOLICIT, long, IA), dropped('dhcpv6/malformed'));
  deepEqual(send(dhcp.DHCPV6_SOLICIT, client, IA, IA, IA, IA, IA), dropped('dhcpv6/malformed'));
  const named = association(...Array.from({ length: 17 }, (_, index) => `3fff::${index + 100}`));
  deepEqual(send(dhcp.DHCPV6_RENEW, client, [dhcp.OPTION_IA_NA, named]), dropped('dhcpv6/malformed'));
  const other = [dhcp.OPTION_SERVER_IDENTIFIER, dhcp.macIdentifier(mac(9))] as const;
  deepEqual(send(dhcp.DHCPV6_REQUEST, client, IA, other), dropped('dhcpv6/other-server'));
  net.put({ ...net.rowOf('a'), ipv6Addresses: [] });
  deepEqual(send(dhcp.DHCPV6_SOLICIT, client, IA), dropped('dhcpv6/no-address'));
});

test('services see IPv6 clients under an address of their interface, and answer to the one that asked', () => {
  const net = network(hosts, { acls });
  net.put({ ...net.rowOf('a'), ipv6Addresses: [ipv6Of('3fff::10'), ipv6Of('3fff::11')] });
  check(net, tcp('a', 'fd00:ec2::254', 80, { ...OVER_IPV6, source: '3fff::11' }), delivered('services'));
  const client = net.lastPacket.source;
  equal(net.fabric.serviceClient(client), idOf('eni', 'a'));
  const from = { ...OVER_IPV6, source: 'fd00:ec2::254', sourcePort: 80 };
  check(net, tcp('services', formatAddress(client), 40_000, from), delivered('a'));
  equal(formatAddress(net.lastPacket.destination), '3fff::11');
  const { bytes, network: at, transport, transportLength } = net.lastPacket;
  const sum = sumBytes(
    bytes,
    transport,
    transportLength,
    pseudoHeaderSum(ipv6AddressSum(bytes, at), 6, transportLength),
  );
  equal(fold(sum), 0xffff, 'the checksum of TCP');
  check(net, udp('a', 'fd00:ec2::253', 53, OVER_IPV6), delivered('services'));
  check(net, udp('a', 'fd00:ec2::99', 53, OVER_IPV6), dropped('link-local/unknown-address'));
  check(net, ping('a', 'fd00:ec2::254', OVER_IPV6), dropped('link-local/unknown-protocol'));
  check(
    net,
    tcp('a', 'fd00:ec2::254', 80, { ...OVER_IPV6, source: '3fff::20' }),
    dropped('link-local/foreign-address'),
  );
  const silent = network(hosts, { acls, dnsSupport: false });
  check(silent, udp('a', 'fd00:ec2::253', 53, OVER_IPV6), dropped('link-local/dns-disabled'));
});

test('a guest in an IPv6-only subnet asks the services over IPv4 from a link-local address', () => {
  const net = network(hosts, { acls });
  check(net, tcp('a', '169.254.169.254', 80, { source: '169.254.0.1' }), dropped('link-local/foreign-address'));
  net.put({ ...net.rowOf('a'), ipv4Addresses: [] });
  check(net, tcp('a', '169.254.169.254', 80, { source: '169.254.0.1' }), delivered('services'));
  const client = formatAddress(net.lastPacket.source);
  check(net, tcp('services', client, 40_000, { source: '169.254.169.254', sourcePort: 80 }), delivered('a'));
  equal(formatAddress(net.lastPacket.destination), '169.254.0.1');
});

test('at the edges solicitations are answered for all but the one that asks', () => {
  const net = network(hosts, { acls });
  const asked = { from: 'internet', source: OUTSIDE_IPV6 };
  deepEqual(discovery(net, 'fe80:ec2::1', asked), answered);
  equal(macIn(icmpAnswer(net), 26), 0x5a00_0000_0001);
  deepEqual(discovery(net, OUTSIDE_IPV6, { ...asked, source: '::' }), dropped('edge/not-asked'));
  deepEqual(discovery(net, '::', { ...asked, type: 133 }), dropped('edge/not-asked'));
  const multicast = { ...OVER_IPV6, destinationMac: 0x3333_0000_00fb as Mac };
  check(net, udp('internet', 'ff02::fb', 5353, multicast), dropped('edge/multicast'));
});
