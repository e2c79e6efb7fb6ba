import { deepEqual, equal, throws } from 'node:assert/strict';
import test from 'node:test';
import { parseSizes, Topology } from './topology.ts';

test('a zone has eight racks of sixteen hosts where nobody says otherwise', () => {
  const topology = new Topology();
  deepEqual(
    topology.racks('eu-west-1b').map(({ hosts }) => hosts.length),
    Array.from({ length: 8 }, () => 16),
  );
  equal(topology.host('eu-west-1b-r8-h16')?.virtualFunctions, 256);
  deepEqual([topology.host('eu-west-1b-r9-h1'), topology.host('eu-west-1z-r1-h1')], [undefined, undefined]);
});

test('neighbours in the list of hosts stand in different racks', () => {
  const hosts = new Topology(parseSizes({ others: { racks: 2, hosts: 2 } })).hosts('us-east-1a');
  deepEqual(
    hosts.map(({ id }) => id),
    ['us-east-1a-r1-h1', 'us-east-1a-r2-h1', 'us-east-1a-r1-h2', 'us-east-1a-r2-h2'],
  );
});

test('a file names zones, and racks one by one where they differ', () => {
  const sizes = parseSizes({
    others: { hosts: 2 },
    zones: { 'us-east-1a': { racks: [{ hosts: 1 }, { virtualFunctions: 4 }], hosts: 3, virtualFunctions: 8 } },
  });
  deepEqual(sizes.zones['us-east-1a'], [
    { hosts: 1, virtualFunctions: 8 },
    { hosts: 3, virtualFunctions: 4 },
  ]);
  deepEqual([sizes.others.length, sizes.others[0]?.hosts], [8, 2]);
});

test('a wrong file is refused with the place of what is wrong', () => {
  const refusals: readonly (readonly [unknown, RegExp])[] = [
    [[], /^Error: the file is not an object$/],
    [{ zone: {} }, /^Error: the file has a field zone; known are others, zones$/],
    [{ zones: { 'us-east-1z': {} } }, /^Error: zones: AWS has no zone us-east-1z$/],
    [{ others: { racks: [] } }, /^Error: others\.racks has 0 racks, not 1 to 64$/],
    [
      { others: { racks: [{ hosts: 0 }] } },
      /^Error: others\.racks\[0\]\.hosts is not a whole number from 1 to 256: 0$/,
    ],
    [
      { others: { virtualFunctions: '9' } },
      /^Error: others\.virtualFunctions is not a whole number from 0 to 65535: "9"$/,
    ],
  ];
  for (const [document, message] of refusals) throws(() => parseSizes(document), message);
});
