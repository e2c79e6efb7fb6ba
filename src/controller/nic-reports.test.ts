import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LATENCIES } from '../model/latencies.ts';
import { wayUnder } from './nic-reports.ts';

const OFFLOADED = { path: 'offloaded', why: 'it is a virtual function, whose flows the kernel switches' } as const;
const MEDIATED = { path: 'mediated', why: 'that is its mode' } as const;

test('a virtual function whose flows the fabric holds to rates is said to be mediated, and why', () => {
  const under = { rates: 1, latencies: undefined };
  const { path, why } = wayUnder(under, OFFLOADED);
  equal(path, 'mediated');
  match(why, /--rates/);
  deepEqual(wayUnder(under, MEDIATED), MEDIATED);
});

test('with latencies the kernel switches what goes to the internet, and the reason says what it does not', () => {
  const { path, why } = wayUnder({ rates: undefined, latencies: DEFAULT_LATENCIES }, OFFLOADED);
  equal(path, 'offloaded');
  match(why, /all but those with other instances, which --latency delays/);
  deepEqual(wayUnder({ rates: undefined, latencies: undefined }, OFFLOADED), OFFLOADED);
});
