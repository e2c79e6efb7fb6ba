import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConsoleRing } from './console-ring.ts';

test('a console ring keeps exactly the last bytes, however they were written', () => {
  const chunk = fc.string({ unit: 'grapheme-ascii', maxLength: 40 });
  fc.assert(
    fc.property(fc.array(chunk), fc.integer({ min: 1, max: 30 }), (chunks, capacity) => {
      const ring = new ConsoleRing(capacity);
      for (const text of chunks) ring.append(new TextEncoder().encode(text));
      assert.equal(ring.text(), chunks.join('').slice(-capacity));
    }),
  );
});

test('bytes that are not text are shown as replacement characters', () => {
  const ring = new ConsoleRing();
  ring.append(Uint8Array.of(0x61, 0xff, 0x62));
  assert.equal(ring.text(), 'a\uFFFDb');
});
