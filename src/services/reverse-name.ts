/** Names of the reverse trees: "5.1.0.10.in-addr.arpa" (RFC 1035 section 3.5) and its IPv6 kin (RFC 3596 section 2.5). */
import { type IpAddress, parseIpv4, parseIpv6 } from '../net/address.ts';

/** The domains that hold the reverse names. */
export const REVERSE_DOMAINS = ['in-addr.arpa', 'ip6.arpa'] as const;

/** What a reverse name stands for. */
export type ReverseName =
  | { readonly kind: 'address'; readonly address: IpAddress }
  /** Fewer labels than an address has: a node above addresses. */
  | { readonly kind: 'above' }
  | { readonly kind: 'nothing' };

/** Reads a name in lower case; undefined outside of the reverse trees. */
export function parseReverseName(name: string): ReverseName | undefined {
  const labels = name.split('.');
  const domain = labels.splice(-2).join('.');
  labels.reverse();
  if (domain === 'in-addr.arpa')
    return reverseNameOf(labels, 4, /^(0|[1-9]\d{0,2})$/, () => parseIpv4(labels.join('.')));
  if (domain === 'ip6.arpa') return reverseNameOf(labels, 32, /^[0-9a-f]$/, () => parseIpv6(groupsOf(labels)));
  return undefined;
}

function reverseNameOf(
  labels: readonly string[],
  count: number,
  form: RegExp,
  parse: () => IpAddress | undefined,
): ReverseName {
  if (labels.length > count || !labels.every((label) => form.test(label))) return { kind: 'nothing' };
  if (labels.length < count) return { kind: 'above' };
  const address = parse();
  return address === undefined ? { kind: 'nothing' } : { kind: 'address', address };
}

const groupsOf = (digits: readonly string[]): string => (digits.join('').match(/.{4}/g) ?? []).join(':');
