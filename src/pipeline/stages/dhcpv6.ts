/**
 * DHCPv6 (RFC 8415): the fabric leases each interface all of its IPv6 addresses, with the VPC's option set.
 *
 * As for IPv4 there is no pool and no state. The valid lifetime (preferred and 310 s more) is observed on AWS; the
 * set of options, T1 and T2 (half and four fifths of the preferred lifetime), and that every address of the
 * interface is in the first association are unconfirmed.
 */
import { type Ipv6, ipv6 } from '../../net/address.ts';
import { UDP } from '../../net/protocol.ts';
import * as wire from '../../wire/dhcpv6.ts';
import { UDP_HEADER_LENGTH } from '../../wire/udp.ts';
import type { Answer } from '../answer.ts';
import type { Interface } from '../interface.ts';
import type { Packet } from '../packet.ts';
import { outStage } from '../stage.ts';
import { ANSWERED, NEXT } from '../verdict.ts';

/** ff02::1:2, every DHCPv6 server on the link. */
const ALL_SERVERS: Ipv6 = ipv6((0xff02n << 112n) | 0x1_0002n);
const VALID_BEYOND_PREFERRED_SECONDS = 310;
const FOREVER_SECONDS = 0xffff_ffff;
/** Longest identifier of a client, in bytes (RFC 8415, section 11.1). */
const MAX_IDENTIFIER_LENGTH = 130;
/** What no sane client exceeds, so that the answer to a hostile one stays small too. */
const MAX_ASSOCIATIONS = 4;
const MAX_NAMED_ADDRESSES = 16;

export const dhcpv6 = outStage({
  name: 'dhcpv6',
  does: 'answers DHCPv6 with all IPv6 addresses of the interface and the option set of its VPC',
  drops: {
    malformed: { when: 'it is no DHCPv6 request, names no client, or asks for more than any client has use for' },
    'other-server': { when: 'the request is for another DHCPv6 server' },
    'no-address': { when: 'the interface has no IPv6 address to lease' },
  },
  run(packet, { from, answer }, drop) {
    if (!isDhcpv6Request(packet)) return NEXT;
    const at = packet.transport + UDP_HEADER_LENGTH;
    const request = wire.parseDhcpv6(packet.bytes, at, packet.transportLength - UDP_HEADER_LENGTH);
    const answerType = request && answerTypeOf(request);
    if (!request || answerType === undefined || typeof packet.source !== 'bigint') return drop.malformed;
    const isInformation = request.messageType === wire.DHCPV6_INFORMATION_REQUEST;
    if (!isInformation && !request.options.has(wire.OPTION_CLIENT_IDENTIFIER)) return drop.malformed;
    if (isExcessive(request)) return drop.malformed;
    if (isForOther(request, from)) return drop['other-server'];
    if (!isInformation && from.row.ipv6Addresses.length === 0) return drop['no-address'];
    reply(request, answerType, packet.source, from, answer);
    return ANSWERED;
  },
});

/** True for a client's message to every server, or to the subnet's. */
export const isDhcpv6Request = (packet: Packet): boolean =>
  packet.version === 6 &&
  packet.protocol === UDP &&
  packet.destinationPort === wire.DHCPV6_SERVER_PORT &&
  !packet.isLaterFragment &&
  packet.destination === ALL_SERVERS;

function isExcessive({ options, associations }: wire.Dhcpv6Request): boolean {
  const named = associations.reduce((count, { addresses }) => count + addresses.length, 0);
  const identifierLength = options.get(wire.OPTION_CLIENT_IDENTIFIER)?.length ?? 0;
  return (
    identifierLength > MAX_IDENTIFIER_LENGTH || associations.length > MAX_ASSOCIATIONS || named > MAX_NAMED_ADDRESSES
  );
}

/** Undefined for a type that no client sends. */
function answerTypeOf({ messageType, options }: wire.Dhcpv6Request): number | undefined {
  switch (messageType) {
    case wire.DHCPV6_SOLICIT:
      return options.has(wire.OPTION_RAPID_COMMIT) ? wire.DHCPV6_REPLY : wire.DHCPV6_ADVERTISE;
    case wire.DHCPV6_REQUEST:
    case wire.DHCPV6_CONFIRM:
    case wire.DHCPV6_RENEW:
    case wire.DHCPV6_REBIND:
    case wire.DHCPV6_RELEASE:
    case wire.DHCPV6_DECLINE:
    case wire.DHCPV6_INFORMATION_REQUEST:
      return wire.DHCPV6_REPLY;
    default:
      return undefined;
  }
}

function isForOther({ options }: wire.Dhcpv6Request, { subnet }: Interface): boolean {
  const named = options.get(wire.OPTION_SERVER_IDENTIFIER);
  const own = wire.macIdentifier(subnet.routerMac);
  return named !== undefined && (named.length !== own.length || own.some((byte, index) => named[index] !== byte));
}

function reply(request: wire.Dhcpv6Request, type: number, client: Ipv6, from: Interface, answer: Answer): void {
  const { subnet, row } = from;
  const path = {
    sourceMac: subnet.routerMac,
    destinationMac: row.mac,
    source: subnet.routerLinkLocal,
    destination: client,
  };
  const ports = { sourcePort: wire.DHCPV6_SERVER_PORT, destinationPort: wire.DHCPV6_CLIENT_PORT };
  answer.udpOverIpv6(path, ports, (bytes, at) => {
    let end = wire.emitDhcpv6(bytes, at, type, request.transaction);
    for (const [code, content] of optionsOf(request, from)) end = wire.emitOption(bytes, end, code, content);
    return end - at;
  });
}

type Option = readonly [code: number, content: Uint8Array];

function optionsOf(request: wire.Dhcpv6Request, from: Interface): readonly Option[] {
  const client = request.options.get(wire.OPTION_CLIENT_IDENTIFIER);
  const identity: Option[] = [[wire.OPTION_SERVER_IDENTIFIER, wire.macIdentifier(from.subnet.routerMac)]];
  if (client) identity.push([wire.OPTION_CLIENT_IDENTIFIER, client]);
  switch (request.messageType) {
    case wire.DHCPV6_CONFIRM: {
      const named = request.associations.flatMap(({ addresses }) => addresses);
      const status = named.every((address) => from.owns(address)) ? wire.STATUS_SUCCESS : wire.STATUS_NOT_ON_LINK;
      return [...identity, [wire.OPTION_STATUS, wire.statusContent(status)]];
    }
    case wire.DHCPV6_RELEASE:
    case wire.DHCPV6_DECLINE:
      return [...identity, [wire.OPTION_STATUS, wire.statusContent(wire.STATUS_SUCCESS)]];
    case wire.DHCPV6_INFORMATION_REQUEST:
      return [...identity, ...configuration(from)];
    default:
      return [...identity, ...rapidCommit(request), ...leases(request, from), ...configuration(from)];
  }
}

const rapidCommit = ({ messageType, options }: wire.Dhcpv6Request): readonly Option[] =>
  messageType === wire.DHCPV6_SOLICIT && options.has(wire.OPTION_RAPID_COMMIT)
    ? [[wire.OPTION_RAPID_COMMIT, new Uint8Array(0)]]
    : [];

/** Every address in the first association; what a client names and the interface has lost goes, with lifetimes of zero. */
function leases({ associations }: wire.Dhcpv6Request, from: Interface): readonly Option[] {
  const preferredSeconds = from.vpc.row?.dhcp.ipv6PreferredLeaseSeconds ?? 0;
  const validSeconds = Math.min(preferredSeconds + VALID_BEYOND_PREFERRED_SECONDS, FOREVER_SECONDS);
  return associations.map(({ id, addresses }, index): Option => {
    const given = index === 0 ? from.row.ipv6Addresses : [];
    const gone = addresses.filter((address) => !given.includes(address));
    const content = wire.associationContent({
      id,
      renewSeconds: Math.floor(preferredSeconds / 2),
      rebindSeconds: Math.floor(preferredSeconds * 0.8),
      addresses: [
        ...given.map((address) => ({ address, preferredSeconds, validSeconds })),
        ...gone.map((address) => ({ address, preferredSeconds: 0, validSeconds: 0 })),
      ],
      status: given.length === 0 ? wire.STATUS_NO_ADDRESSES : undefined,
    });
    return [wire.OPTION_IA_NA, content];
  });
}

function configuration({ vpc }: Interface): readonly Option[] {
  const set = vpc.row?.dhcp;
  const options: Option[] = [];
  if (!set) return options;
  if (set.ipv6NameServers.length > 0) options.push([wire.OPTION_NAME_SERVERS, wire.ipv6Content(set.ipv6NameServers)]);
  if (set.ipv6NtpServers.length > 0) options.push([wire.OPTION_NTP, wire.ntpContent(set.ipv6NtpServers)]);
  if (set.domainName) options.push([wire.OPTION_DOMAIN_SEARCH, wire.domainContent(set.domainName)]);
  return options;
}
