/** IP protocol numbers (IANA) that rules and packets speak of by name. */
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;
/** "-1" in EC2's rules: every protocol. */
export const ANY_PROTOCOL = -1;

const NAMES: ReadonlyMap<number, string> = new Map([
  [ANY_PROTOCOL, '-1'],
  [ICMP, 'icmp'],
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [ICMPV6, 'icmpv6'],
]);

/** EC2's name of a protocol in security group rules: tcp, udp, icmp, icmpv6, -1, or the number as text. */
export const protocolName = (protocol: number): string => NAMES.get(protocol) ?? String(protocol);

/** Parses a name or number as EC2's rules take it; undefined for anything else (never "all"). */
export function parseProtocol(text: string): number | undefined {
  const lower = text.toLowerCase();
  for (const [number, name] of NAMES) if (name === lower) return number;
  return /^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined;
}
