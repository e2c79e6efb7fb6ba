import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { drainHost } from '../model/host-maintenance.ts';
import { DEFAULT_LATENCIES, type Latencies, parseLatencies } from '../model/latencies.ts';
import { WORLD } from '../model/scope.ts';
import type { PlaceRow } from '../tables/place-row.ts';
import type { TableUpdate } from '../tables/tables.ts';
import { given, lab } from '../testing/instance-parts.ts';
import { Compiler } from './compiler.ts';

/** A lab with an instance, what its interface's place is said to be, and what is said of it when its host is drained. */
function drained(latencies: Latencies | undefined) {
  const net = lab(latencies && { latencies });
  const id = net.instance();
  const { world } = net.account;
  const compiler = new Compiler(() => 0);
  const before = placesIn(compiler.compileAll(world));
  const { changes } = world.transact(WORLD, 0, (tx) =>
    drainHost(tx, given(tx.environment.topology.host('us-east-1a-r1-h1'))),
  );
  return { id, before, after: placesIn(compiler.compile(changes, world)) };
}

const placesIn = (updates: readonly TableUpdate[]): readonly (PlaceRow | undefined)[] =>
  updates.flatMap((update) => (update.change === 'put' && update.row.kind === 'interface' ? [update.row.place] : []));

test('the fabric is told where instances are, and when they move', () => {
  const { before, after } = drained(DEFAULT_LATENCIES);
  const place = { rack: 'us-east-1a-r1', zone: 'us-east-1a', region: 'us-east-1', latencies: DEFAULT_LATENCIES };
  deepEqual(before, [{ ...place, host: 'us-east-1a-r1-h1' }]);
  deepEqual(after, [{ ...place, rack: 'us-east-1a-r2', host: 'us-east-1a-r2-h1' }]);
});

test('where distance makes no difference it is told nothing, and a move changes no table', () => {
  const { before, after } = drained(undefined);
  deepEqual([before, after], [[undefined], []]);
});

test('a file of latencies says what differs, and a wrong one is refused', () => {
  deepEqual(parseLatencies({ otherZone: 2 }), { ...DEFAULT_LATENCIES, otherZone: 2 });
  const refusal = (document: unknown): string => {
    try {
      parseLatencies(document);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return 'accepted';
  };
  equal(refusal([]), 'not an object');
  equal(refusal({ sameRack: -1 }), 'sameRack is not a number of milliseconds from 0 to 1000: -1');
  equal(
    refusal({ rack: 1 }),
    'there is no distance rack; known are sameHost, sameRack, sameZone, otherZone, otherRegion',
  );
});
