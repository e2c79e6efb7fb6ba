/**
 * DNS messages as the resolver reads and writes them (RFC 1035 section 4, RFC 6891).
 *
 * The question goes back byte for byte: clients check its case (draft-vixie-dnsext-dns0x20) and bytes that no text
 * survives. What a guest sends may be anything; reading it never throws.
 */
import {
  type Answer,
  type DecodedPacket,
  decode,
  encode,
  RECURSION_AVAILABLE,
  type SoaAnswer,
  type StringAnswer,
} from 'dns-packet';

const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
/** Of the second word of the header: operation code, RD and CD, which an answer repeats. */
const REPEATED_FLAGS = 0x7910;
const OPCODE_SHIFT = 11;
const DNSSEC_OK = 0x8000;
/** What the resolver takes by UDP; RFC 9715 and DNS flag day 2020. */
const UDP_PAYLOAD_BYTES = 1232;

/** Record types and classes by number (IANA, DNS parameters). */
export const TYPE = { A: 1, SOA: 6, PTR: 12, AAAA: 28, IXFR: 251, AXFR: 252, ANY: 255 } as const;
export const CLASS = { IN: 1, ANY: 255 } as const;

/** Response codes by number. BADVERS does not fit into the header and needs EDNS. */
export const RESPONSE_CODE = {
  NOERROR: 0,
  FORMERR: 1,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;
type ResponseCode = (typeof RESPONSE_CODE)[keyof typeof RESPONSE_CODE];

/** The first words of a message: what can be answered even when the rest makes no sense. */
interface Head {
  readonly id: number;
  /** Flags that an answer repeats. */
  readonly flags: number;
}

/** A query with one question. */
export interface DnsQuery {
  readonly kind: 'query';
  readonly head: Head;
  /** In lower case, without the dot at the end; "" is the root. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Name, type and class as sent. */
  readonly question: Uint8Array;
  /** What the client said of its own abilities, if it did. */
  readonly edns: { readonly version: number; readonly dnssecOk: boolean } | undefined;
}

/** A message, or why it is none that can be answered in substance. */
export type DnsMessage =
  | DnsQuery
  | { readonly kind: 'malformed'; readonly head: Head }
  | { readonly kind: 'other-operation'; readonly head: Head };

/** Records of an answer. */
export type DnsRecord = StringAnswer | SoaAnswer;

/** Reads a message. Less than a header is read as if zeros followed. */
export function readMessage(bytes: Uint8Array): DnsMessage {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  for (const [index, byte] of bytes.subarray(0, HEADER_BYTES).entries()) header.setUint8(index, byte);
  const flags = header.getUint16(2);
  const head: Head = { id: header.getUint16(0), flags: flags & REPEATED_FLAGS };
  // A response that comes as a question is not answered in substance, whatever it says.
  if (bytes.length < HEADER_BYTES || (flags & 0x8000) !== 0) return { kind: 'malformed', head };
  if (((flags >>> OPCODE_SHIFT) & 15) !== 0) return { kind: 'other-operation', head };
  const packet = decoded(bytes);
  const end = endOfName(bytes);
  if (packet?.questions?.length !== 1 || end === undefined || end + 4 > bytes.length) {
    return { kind: 'malformed', head };
  }
  const options = (packet.additionals ?? []).filter((record) => record.type === 'OPT');
  if (options.length > 1) return { kind: 'malformed', head };
  const [edns] = options;
  const question = Uint8Array.from(bytes.subarray(HEADER_BYTES, end + 4));
  const numbers = new DataView(question.buffer, end - HEADER_BYTES);
  return {
    kind: 'query',
    head,
    name: nameText(packet.questions[0]?.name ?? '.'),
    type: numbers.getUint16(0),
    class: numbers.getUint16(2),
    question,
    edns: edns && { version: edns.ednsVersion, dnssecOk: edns.flag_do },
  };
}

function decoded(bytes: Uint8Array): DecodedPacket | undefined {
  try {
    return decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch {
    // The library throws Errors and RangeErrors for whatever it cannot read.
    return undefined;
  }
}

/** Where type and class of the first question stand; undefined for a name that is none. Pointers have nothing to point at. */
function endOfName(bytes: Uint8Array): number | undefined {
  let offset = HEADER_BYTES;
  for (;;) {
    const length = bytes[offset];
    if (length === undefined || length > MAX_LABEL_BYTES) return undefined;
    offset += 1 + length;
    if (offset - HEADER_BYTES > MAX_NAME_BYTES) return undefined;
    if (length === 0) return offset;
  }
}

const nameText = (name: string): string => (name === '.' ? '' : name.toLowerCase());

/** An answer to a query: its question, records, and EDNS where the query had it. */
export function writeAnswer(
  { head, question, edns }: DnsQuery,
  code: ResponseCode,
  records: { readonly answers?: readonly DnsRecord[]; readonly authorities?: readonly DnsRecord[] } = {},
): Uint8Array {
  const options: Answer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_PAYLOAD_BYTES,
    extendedRcode: code >>> 4,
    ednsVersion: 0,
    flags: edns?.dnssecOk ? DNSSEC_OK : 0,
    flag_do: edns?.dnssecOk ?? false,
    options: [],
  };
  const rest = encode({
    ...headerOf(head, code),
    answers: [...(records.answers ?? [])],
    authorities: [...(records.authorities ?? [])],
    additionals: edns ? [options] : [],
  });
  // The library writes no pointers, so that what follows the question may move.
  const answer = new Uint8Array(rest.length + question.length);
  answer.set(rest.subarray(0, HEADER_BYTES));
  answer.set(question, HEADER_BYTES);
  answer.set(rest.subarray(HEADER_BYTES), HEADER_BYTES + question.length);
  new DataView(answer.buffer).setUint16(4, 1);
  return answer;
}

/** An answer that is a header and nothing else. */
export const writeHeader = (head: Head, code: ResponseCode): Uint8Array =>
  Uint8Array.from(encode(headerOf(head, code)));

const headerOf = ({ id, flags }: Head, code: ResponseCode): { type: 'response'; id: number; flags: number } => ({
  type: 'response',
  id,
  flags: flags | RECURSION_AVAILABLE | (code & 15),
});
