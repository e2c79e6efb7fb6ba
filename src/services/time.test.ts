import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { readUint32 } from '../wire/big-endian.ts';
import { answerTime } from './time.ts';

const question = (first: number): Uint8Array => Uint8Array.from({ length: 48 }, (_, at) => (at === 0 ? first : at));

test('the answer has the time, and what the client sent as its origin', () => {
  const answer = answerTime(question(0x23), Date.UTC(2024, 0, 1) + 500) ?? new Uint8Array();
  equal(answer[0], 0x24, 'version 4, a server');
  equal(readUint32(answer, 40), Date.UTC(2024, 0, 1) / 1000 + 2_208_988_800);
  equal(readUint32(answer, 44), 2 ** 31, 'half a second');
  deepEqual(answer.subarray(24, 32), question(0x23).subarray(40, 48));
});

test('after 2036 the seconds begin anew', () => {
  const answer = answerTime(question(0x1b), Date.UTC(2036, 1, 7, 6, 28, 17)) ?? new Uint8Array();
  equal(answer[0], 0x1c, 'version 3');
  equal(readUint32(answer, 40), 1);
});

test('what no client sends is not answered, so that two servers never talk for ever', () => {
  equal(answerTime(question(0x24), 0), undefined);
  equal(answerTime(question(0x23).subarray(0, 47), 0), undefined);
});
