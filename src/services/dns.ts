/**
 * The Amazon-provided resolver: names of instances and interfaces, and nothing else.
 *
 * A pure function of the query and of the world as the asker sees it. Nothing is passed on to the resolver of the
 * machine: a guest lives in a world that holds only what localvpc made, and a test in it must not depend on the
 * network around. So every other name does not exist (NXDOMAIN), where the resolver at AWS would look it up.
 *
 * Sources: VPC user guide, AmazonDNS-concepts and vpc-dns; RFC 1034, 1035, 2308 (negative answers). Unconfirmed: times
 * to live of 60 s, names in the SOA, and REFUSED where the VPC has no resolver (pages say only that queries fail).
 */
import { formatIpv4, formatIpv6, type Ipv6, ipv6 } from '../net/address.ts';
import type { ServiceRequest, ServiceResponse } from '../tables/data-plane.ts';
import {
  CLASS,
  type DnsQuery,
  type DnsRecord,
  RESPONSE_CODE,
  readMessage,
  TYPE,
  writeAnswer,
  writeHeader,
} from './dns-message.ts';
import type { DnsView, NameAddresses } from './dns-view.ts';
import { parseReverseName, REVERSE_DOMAINS } from './reverse-name.ts';

export type DnsRequest = Extract<ServiceRequest, { readonly kind: 'dns' }>;
export type DnsResponse = Extract<ServiceResponse, { readonly kind: 'dns' }>;

const LIFETIME_SECONDS = 60;

/** What stands at a name: nothing, a node without records of its own, or records. */
type Found =
  | { readonly kind: 'no-such-name' }
  | { readonly kind: 'addresses'; readonly addresses: NameAddresses }
  | { readonly kind: 'pointer'; readonly name: string }
  | { readonly kind: 'empty' };

/**
 * Answers a query; every message gets an answer, whatever is in it.
 * @param view undefined for an interface that is gone
 */
export function answerDns({ query: bytes }: DnsRequest, view: DnsView | undefined): DnsResponse {
  const message = readMessage(bytes);
  if (message.kind === 'malformed') return answered(writeHeader(message.head, RESPONSE_CODE.FORMERR));
  if (message.kind === 'other-operation') return answered(writeHeader(message.head, RESPONSE_CODE.NOTIMP));
  return answered(answerQuery(message, view));
}

const answered = (answer: Uint8Array): DnsResponse => ({ kind: 'dns', answer });

function answerQuery(query: DnsQuery, view: DnsView | undefined): Uint8Array {
  if (query.edns && query.edns.version > 0) return writeAnswer(query, RESPONSE_CODE.BADVERS);
  if (!view?.isServed || isRefused(query)) return writeAnswer(query, RESPONSE_CODE.REFUSED);
  const domain = domainOf(query.name, view);
  const found = find(query.name, view);
  if (found.kind === 'no-such-name') {
    return writeAnswer(query, RESPONSE_CODE.NXDOMAIN, { authorities: [startOfAuthority(domain)] });
  }
  const answers = recordsOf(query, found, domain, view.isDns64);
  // No records of this type: the start of authority says so, and for how long (RFC 2308 section 2.2).
  return answers.length > 0
    ? writeAnswer(query, RESPONSE_CODE.NOERROR, { answers })
    : writeAnswer(query, RESPONSE_CODE.NOERROR, { authorities: [startOfAuthority(domain)] });
}

/** Zones are not handed out, and there is no other class than the Internet's. */
const isRefused = ({ type, class: given }: DnsQuery): boolean =>
  type === TYPE.AXFR || type === TYPE.IXFR || (given !== CLASS.IN && given !== CLASS.ANY);

/** The most special domain that the name lies in; "" is the root. */
function domainOf(name: string, { domains }: DnsView): string {
  let found = '';
  for (const domain of [...domains, ...REVERSE_DOMAINS]) {
    if ((name === domain || name.endsWith(`.${domain}`)) && domain.length > found.length) found = domain;
  }
  return found;
}

function find(name: string, view: DnsView): Found {
  const reverse = parseReverseName(name);
  if (reverse?.kind === 'address') {
    const pointed = view.nameOf(reverse.address);
    return pointed === undefined ? { kind: 'no-such-name' } : { kind: 'pointer', name: pointed };
  }
  if (reverse) return { kind: reverse.kind === 'above' ? 'empty' : 'no-such-name' };
  const addresses = view.addressesOf(name);
  if (addresses) return { kind: 'addresses', addresses };
  // A domain and what is above it exist, though nothing stands there: "does not exist" would be true of all below
  // (RFC 8020), and resolvers that ask label by label (RFC 9156) would stop.
  const isAbove = [...view.domains, ...REVERSE_DOMAINS].some(
    (domain) => name === '' || domain === name || domain.endsWith(`.${name}`),
  );
  return { kind: isAbove ? 'empty' : 'no-such-name' };
}

function recordsOf(query: DnsQuery, found: Found, domain: string, isDns64: boolean): readonly DnsRecord[] {
  const wants = (type: number): boolean => query.type === type || query.type === TYPE.ANY;
  const record = (type: 'A' | 'AAAA' | 'PTR', data: string): DnsRecord => ({
    type,
    name: query.name,
    ttl: LIFETIME_SECONDS,
    data,
  });
  if (found.kind === 'pointer') return wants(TYPE.PTR) ? [record('PTR', found.name)] : [];
  if (found.kind === 'addresses') {
    const { ipv4 } = found.addresses;
    const inIpv6 = isDns64 ? withSynthesized(found.addresses) : found.addresses.ipv6;
    return [
      ...(wants(TYPE.A) ? ipv4.map((address) => record('A', formatIpv4(address))) : []),
      ...(wants(TYPE.AAAA) ? inIpv6.map((address) => record('AAAA', formatIpv6(address))) : []),
    ];
  }
  return wants(TYPE.SOA) && query.name === domain ? [startOfAuthority(domain)] : [];
}

/** 64:ff9b::/96 (RFC 6052), by which a NAT gateway is asked to go on over IPv4. */
const NAT64_PREFIX = 0x0064_ff9bn << 96n;

/** A name that has IPv6 addresses is answered as it is (RFC 6147, section 5.1.1). */
const withSynthesized = ({ ipv4, ipv6: own }: NameAddresses): readonly Ipv6[] =>
  own.length > 0 ? own : ipv4.map((address) => ipv6(NAT64_PREFIX | BigInt(address)));

function startOfAuthority(domain: string): DnsRecord {
  const below = (label: string): string => (domain === '' ? label : `${label}.${domain}`);
  return {
    type: 'SOA',
    name: domain === '' ? '.' : domain,
    ttl: LIFETIME_SECONDS,
    data: {
      mname: below('ns0'),
      rname: below('hostmaster'),
      serial: 1,
      refresh: 3600,
      retry: 900,
      expire: 604_800,
      minimum: LIFETIME_SECONDS,
    },
  };
}
