import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LATENCIES } from '../model/latencies.ts';
import { wayWhile } from '../tables/nic-ways.ts';
import { wayUnder } from './nic-reports.ts';

const OFFLOADED = { path: 'offloaded', why: 'it is a virtual function, whose flows the kernel switches' } as const;
const MEDIATED = { path: 'mediated', why: 'that is its mode' } as const;

test('with rates the kernel switches what is below them, and the reason says who has the rest', () => {
  const under = { rates: 1, latencies: undefined };
  const { path, why } = wayUnder(under, OFFLOADED);
  equal(path, 'offloaded');
  match(why, /switches while they are below --rates \(the fabric has what exceeds these\)$/);
  deepEqual(wayUnder(under, MEDIATED), MEDIATED);
});

test('a virtual function all of whose frames somebody wants to see is mediated meanwhile, and the reason says for whom', () => {
  deepEqual(wayWhile(undefined, OFFLOADED), OFFLOADED);
  for (const seenBy of ['capture', 'mirror'] as const) {
    const { path, why } = wayWhile(seenBy, OFFLOADED);
    equal(path, 'mediated');
    match(why, new RegExp(`it is ${seenBy}`.replace(/e$/, '')));
    deepEqual(wayWhile(seenBy, MEDIATED), MEDIATED);
  }
});

test('with latencies the kernel switches what goes to the internet, and the reason says what it does not', () => {
  const { path, why } = wayUnder({ rates: undefined, latencies: DEFAULT_LATENCIES }, OFFLOADED);
  equal(path, 'offloaded');
  match(why, /all but those with other instances, which --latency delays/);
  deepEqual(wayUnder({ rates: undefined, latencies: undefined }, OFFLOADED), OFFLOADED);
});
