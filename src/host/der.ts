/** ASN.1's distinguished encoding (X.690), as far as a certificate and a signature need it: values to bytes. */

const TAGS = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A tag, the length, and what is in it. */
function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag, ...lengthOf(content.length)), content]);
}

/** Up to 127 in one byte, otherwise the number of bytes and the bytes. */
function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => element(TAGS.sequence, ...parts);
/** A set of one: with more, their order would have to be that of their bytes. */
export const setOf = (part: Uint8Array): Buffer => element(TAGS.set, part);
/** A constructed element with a tag of its context: `[number]`, explicit. */
export const context = (number: number, part: Uint8Array): Buffer => element(0xa0 | number, part);
export const octets = (bytes: Uint8Array): Buffer => element(TAGS.octetString, bytes);
export const bits = (bytes: Uint8Array): Buffer => element(TAGS.bitString, Buffer.of(0), bytes);
export const utf8 = (text: string): Buffer => element(TAGS.utf8String, Buffer.from(text));
export const nothing = (): Buffer => element(TAGS.null);

/** A number that is not negative, most significant byte first. */
export const unsigned = (bytes: Uint8Array): Buffer =>
  element(TAGS.integer, ...((bytes[0] ?? 0) >= 0x80 ? [Buffer.of(0)] : []), bytes);

/** A time in UTC: "20200101000000Z". */
export const time = (text: string): Buffer => element(TAGS.generalizedTime, Buffer.from(text));

/** "1.2.840.113549.1.7.2" */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return element(TAGS.objectIdentifier, Buffer.from([40 * first + second, ...rest].flatMap(base128)));
}

/** Seven bits a byte; all but the last have the eighth. */
function base128(value: number): readonly number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}
