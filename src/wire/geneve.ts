/**
 * The GENEVE header (RFC 8926): a packet as the payload of a UDP datagram, with options before it.
 *
 * Of options those of AWS's Gateway Load Balancers are known: who their appliances are to say the packet came by, each of
 * class 0x0108 (AWS blog, "Integrate your custom logic or appliance with AWS Gateway Load Balancer"). With IPv4 and UDP
 * header they make the 68 bytes that AWS speaks of.
 */
import { readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';

/** Its UDP port. */
export const GENEVE_PORT = 6081;

const BASE_HEADER_LENGTH = 8;
const OPTION_HEADER_LENGTH = 4;
const OPTION_CLASS = 0x0108;
const ENDPOINT_ID = 1;
const ATTACHMENT_ID = 2;
const FLOW_COOKIE = 3;
/** Lengths of those options' values, in bytes. */
const VALUE_LENGTHS = { [ENDPOINT_ID]: 8, [ATTACHMENT_ID]: 8, [FLOW_COOKIE]: 4 } as const;

const OPTIONS_LENGTH = Object.values(VALUE_LENGTHS).reduce((sum, length) => sum + OPTION_HEADER_LENGTH + length, 0);

/** Header and options as they are written. */
export const GENEVE_HEADER_LENGTH = BASE_HEADER_LENGTH + OPTIONS_LENGTH;

/** What a header and its options say. */
export interface Geneve {
  /** EtherType of what follows. */
  readonly protocolType: number;
  /** 64 bits each; undefined where the option is missing. */
  readonly endpointId: bigint | undefined;
  readonly attachmentId: bigint | undefined;
  /** 32 bits. */
  readonly flowCookie: number | undefined;
  /** Header and options, in bytes. */
  readonly length: number;
}

/** Writes header and options. */
export function emitGeneve(
  bytes: Uint8Array,
  at: number,
  {
    protocolType,
    endpointId,
    attachmentId,
    flowCookie,
  }: { readonly [Name in keyof Omit<Geneve, 'length'>]-?: NonNullable<Geneve[Name]> },
): void {
  bytes.fill(0, at, at + GENEVE_HEADER_LENGTH);
  bytes[at] = OPTIONS_LENGTH / 4;
  writeUint16(bytes, at + 2, protocolType);
  let option = at + BASE_HEADER_LENGTH;
  option = emitOption(bytes, option, ENDPOINT_ID, endpointId);
  option = emitOption(bytes, option, ATTACHMENT_ID, attachmentId);
  emitOption(bytes, option, FLOW_COOKIE, BigInt(flowCookie));
}

function emitOption(bytes: Uint8Array, at: number, type: keyof typeof VALUE_LENGTHS, value: bigint): number {
  const length = VALUE_LENGTHS[type];
  writeUint16(bytes, at, OPTION_CLASS);
  bytes[at + 2] = type;
  bytes[at + 3] = length / 4;
  const words = length / 4;
  for (let word = 0; word < words; word++) {
    const bits = BigInt(32 * (words - 1 - word));
    writeUint32(bytes, at + OPTION_HEADER_LENGTH + 4 * word, Number((value >> bits) & 0xffff_ffffn));
  }
  return at + OPTION_HEADER_LENGTH + length;
}

/** Reads a header with its options; undefined where it is cut short, of another version, or a control message. */
export function parseGeneve(bytes: Uint8Array, at: number, available: number): Geneve | undefined {
  if (available < BASE_HEADER_LENGTH) return undefined;
  const first = bytes[at] ?? 0;
  const isControl = ((bytes[at + 1] ?? 0) & 0x80) !== 0;
  const length = BASE_HEADER_LENGTH + 4 * (first & 0x3f);
  if (first >>> 6 !== 0 || isControl || available < length) return undefined;
  const values = optionsIn(bytes, at + BASE_HEADER_LENGTH, at + length);
  const cookie = values?.get(FLOW_COOKIE);
  return (
    values && {
      protocolType: readUint16(bytes, at + 2),
      endpointId: values.get(ENDPOINT_ID),
      attachmentId: values.get(ATTACHMENT_ID),
      flowCookie: cookie === undefined ? undefined : Number(cookie),
      length,
    }
  );
}

/** The values of AWS's options by type; undefined where one is longer than there is room. */
function optionsIn(bytes: Uint8Array, from: number, to: number): ReadonlyMap<number, bigint> | undefined {
  const values = new Map<number, bigint>();
  let at = from;
  while (at < to) {
    if (at + OPTION_HEADER_LENGTH > to) return undefined;
    const type = bytes[at + 2] ?? 0;
    const length = 4 * ((bytes[at + 3] ?? 0) & 0x1f);
    const value = at + OPTION_HEADER_LENGTH;
    if (value + length > to) return undefined;
    const isKnown = readUint16(bytes, at) === OPTION_CLASS && isOfAws(type) && VALUE_LENGTHS[type] === length;
    if (isKnown) values.set(type, numberAt(bytes, value, length));
    at = value + length;
  }
  return values;
}

const isOfAws = (type: number): type is keyof typeof VALUE_LENGTHS => type in VALUE_LENGTHS;

function numberAt(bytes: Uint8Array, at: number, length: number): bigint {
  let value = 0n;
  for (let word = 0; word < length; word += 4) value = (value << 32n) | BigInt(readUint32(bytes, at + word));
  return value;
}
