/**
 * The pipeline agrees with a second, slow implementation about random packets in random networks.
 *
 * For each packet: what becomes of it and which gate stops it, the addresses and ports it arrives with, the same with
 * the flow cache on and off (`TestNetwork.send` compares those), and what a trace said before. A failure prints the seed,
 * the smallest network and the steps. LOCALVPC_PROPERTY_RUNS sets how many networks are tried, LOCALVPC_PROPERTY_SEED
 * the first seed.
 */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AgreeingPair } from '../testing/agreeing-pair.ts';
import { randomNetwork } from '../testing/random-network.ts';
import { randomSteps } from '../testing/random-steps.ts';

const RUNS = Number(process.env.LOCALVPC_PROPERTY_RUNS ?? 800);
const SEED = Number(process.env.LOCALVPC_PROPERTY_SEED ?? 1);

test('in random networks random packets meet the fate that a second implementation foretells, cache on and off, and traces say so', () => {
  const counts = new Map<string, number>();
  fc.assert(
    fc.property(randomNetwork, randomSteps, (given, steps) => {
      const pair = new AgreeingPair(given);
      for (const step of steps) pair.run(step);
      for (const [said, count] of pair.counts) counts.set(said, (counts.get(said) ?? 0) + count);
    }),
    { numRuns: RUNS, seed: SEED, includeErrorInReport: true },
  );
  // The domain is of use only as long as every gate has something to do in it.
  const gates = [
    'source-check',
    'security-group-out',
    'network-acl-out',
    'route',
    'block-public-access-out',
    'block-public-access-in',
    'gateway',
    'network-acl-in',
    'nat-gateway',
    'transit-gateway',
    'inspection',
    'destination-check',
    'security-group-in',
    'internet-arrival',
    'delivered',
    ...['delivered', 'security-group-out', 'security-group-in', 'network-acl-in', 'nat-gateway'].map(
      (gate) => `error ${gate}`,
    ),
  ];
  deepEqual(
    gates.filter((gate) => (counts.get(gate) ?? 0) < 3),
    [],
    JSON.stringify(Object.fromEntries(counts)),
  );
});
