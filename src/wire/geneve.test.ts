/** The GENEVE header of Gateway Load Balancers, byte by byte. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { emitGeneve, GENEVE_HEADER_LENGTH, parseGeneve } from './geneve.ts';

const HEADER = [
  ...[0x08, 0x00, 0x08, 0x00], // version 0, 8 words of options; IPv4 follows
  ...[0x00, 0x00, 0x00, 0x00], // no virtual network
  ...[0x01, 0x08, 0x01, 0x02], // AWS's option 1, two words: the endpoint
  ...[0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0],
  ...[0x01, 0x08, 0x02, 0x02], // option 2, two words: the attachment
  ...[0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07],
  ...[0x01, 0x08, 0x03, 0x01], // option 3, one word: the flow's cookie
  ...[0xfe, 0xdc, 0xba, 0x98],
];
const MEANING = { protocolType: 0x0800, endpointId: 0x123456789abcdef0n, attachmentId: 7n, flowCookie: 0xfedcba98 };

test('header and options are written as AWS’s appliances read them', () => {
  const bytes = new Uint8Array(GENEVE_HEADER_LENGTH).fill(0xff);
  emitGeneve(bytes, 0, MEANING);
  deepEqual([...bytes], HEADER);
});

test('they are read wherever they stand, and other options are passed over', () => {
  const other = [0x01, 0x02, 0x80, 0x01, 0, 0, 0, 9];
  const [first = 0, ...rest] = HEADER;
  const bytes = Uint8Array.from([0xaa, first + 2, ...rest.slice(0, 7), ...other, ...rest.slice(7)]);
  deepEqual(parseGeneve(bytes, 1, bytes.length - 1), { ...MEANING, length: HEADER.length + other.length });
});

test('what is cut short, of another version, or a control message is none', () => {
  const parsed = (change: (bytes: number[]) => void, available = HEADER.length) => {
    const bytes = [...HEADER];
    change(bytes);
    return parseGeneve(Uint8Array.from(bytes), 0, available);
  };
  equal(
    parsed(() => undefined, HEADER.length - 1),
    undefined,
  );
  equal(
    parsed(() => undefined, 7),
    undefined,
  );
  equal(
    parsed((bytes) => {
      bytes[0] = 0x48;
    }),
    undefined,
  );
  equal(
    parsed((bytes) => {
      bytes[1] = 0x80;
    }),
    undefined,
  );
  equal(
    parsed((bytes) => {
      bytes[35] = 0x1f;
    }),
    undefined,
  );
});

test('an option that is not there is undefined', () => {
  const bytes = Uint8Array.from([0x00, 0x00, 0x86, 0xdd, 0, 0, 0, 0]);
  deepEqual(parseGeneve(bytes, 0, 8), {
    protocolType: 0x86dd,
    endpointId: undefined,
    attachmentId: undefined,
    flowCookie: undefined,
    length: 8,
  });
});
