import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pcapngHeader, pcapngPacket } from './pcapng.ts';

const word = (bytes: Uint8Array, offset: number): number => new DataView(bytes.buffer).getUint32(offset, true);

test('a capture begins with a section header and an Ethernet interface of the given name', () => {
  const header = pcapngHeader('eni-1');
  assert.equal(word(header, 0), 0x0a0d0d0a);
  assert.equal(word(header, 8), 0x1a2b3c4d);
  assert.equal(word(header, 28), 1); // interface description block
  assert.equal(new DataView(header.buffer).getUint16(36, true), 1); // LINKTYPE_ETHERNET
  assert.ok(new TextDecoder().decode(header).includes('eni-1'));
});

test('a packet block is padded to four bytes and repeats its length at its end', () => {
  const block = pcapngPacket({
    atMs: 1.5,
    direction: 'inbound',
    bytes: Uint8Array.of(1, 2, 3, 4, 5),
    lengthBytes: 1500,
  });
  assert.equal(block.length % 4, 0);
  assert.equal(word(block, 4), block.length);
  assert.equal(word(block, block.length - 4), block.length);
  assert.equal(word(block, 16), 1500); // microseconds, low word
  assert.equal(word(block, 20), 5); // captured length
  assert.equal(word(block, 24), 1500); // length on the wire
  assert.equal(word(block, block.length - 12 + 0), 1); // flags: inbound
});

test('a comment stands behind the flags, padded, with its own length', () => {
  const frame = { atMs: 1, direction: 'outbound', bytes: Uint8Array.of(1, 2, 3, 4), lengthBytes: 4 } as const;
  const plain = pcapngPacket(frame);
  const block = pcapngPacket({ ...frame, comment: 'dropped' });
  const view = new DataView(block.buffer);
  const at = plain.length - 8; // where the end of options stands without a comment
  assert.equal(view.getUint16(at, true), 1); // opt_comment
  assert.equal(view.getUint16(at + 2, true), 7);
  assert.equal(new TextDecoder().decode(block.subarray(at + 4, at + 11)), 'dropped');
  assert.equal(block.length, plain.length + 12);
  assert.equal(word(block, block.length - 4), block.length);
});
