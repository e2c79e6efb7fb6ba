/** Ethernet (MAC) addresses as 48-bit numbers. */

declare const macBrand: unique symbol;
/** A MAC address: an integer in [0, 2^48), first octet most significant. */
export type Mac = number & { readonly [macBrand]: true };

/** ff:ff:ff:ff:ff:ff. */
export const BROADCAST_MAC = 0xffff_ffff_ffff as Mac;

/** The MAC address with this number. @throws RangeError outside [0, 2^48). */
export function mac(value: number): Mac {
  if (!Number.isInteger(value) || value < 0 || value > BROADCAST_MAC)
    throw new RangeError(`not a MAC address: ${value}`);
  return value as Mac;
}

/** Parses "02:0a:…" (colons, either case); undefined for anything else. */
export function parseMac(text: string): Mac | undefined {
  return /^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/.test(text)
    ? (Number.parseInt(text.replaceAll(':', ''), 16) as Mac)
    : undefined;
}

const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

/** Lower-case text with colons, as EC2 prints it. */
export function formatMac(address: Mac): string {
  const high = Math.floor(address / 2 ** 32);
  const octet = (value: number, bits: number): string => OCTETS[(value >>> bits) & 0xff] ?? '';
  const first = `${octet(high, 8)}:${octet(high, 0)}:${octet(address, 24)}`;
  return `${first}:${octet(address, 16)}:${octet(address, 8)}:${octet(address, 0)}`;
}
