/** The table of connections against a map that does the same slowly. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConnectionTable, KEY_WORDS, NO_CONNECTION } from './connection-table.ts';

const keyOf = (owner: number, flow: number): Int32Array => {
  const key = new Int32Array(KEY_WORDS);
  key[0] = owner;
  key[2] = flow;
  return key;
};

type Step =
  | { readonly do: 'insert' | 'find' | 'remove'; readonly flow: number }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('insert' as const, 'find' as const, 'remove' as const), flow: fc.nat(40) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(60) }),
);

test('it finds what was put in, until that expires or is removed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new ConnectionTable({ total: 1000, perInstance: 1000 });
      const model = new Map<number, number>();
      let now = 0;
      for (const one of steps) {
        if (one.do === 'wait') now += one.ms;
        else if (one.do === 'insert') {
          table.insert(keyOf(1, one.flow), 1, 100, now, 'i-1');
          model.set(one.flow, now + 100);
        } else {
          const slot = table.find(keyOf(1, one.flow), now);
          equal(slot !== NO_CONNECTION, (model.get(one.flow) ?? 0) > now);
          if (one.do === 'remove' && slot !== NO_CONNECTION) {
            table.remove(slot);
            model.delete(one.flow);
          }
        }
      }
    }),
  );
});

test('it grows without losing anything, and slots keep their numbers', () => {
  const table = new ConnectionTable({ total: 100_000, perInstance: 100_000 });
  const slots = Array.from({ length: 20_000 }, (_, flow) => table.insert(keyOf(1, flow), 1, 1000, 0, 'i-1'));
  for (const [flow, slot] of slots.entries()) equal(table.find(keyOf(1, flow), 0), slot);
  equal(table.size, 20_000);
});

test('the interfaces of an instance share its allowance, and give back what ends', () => {
  const table = new ConnectionTable({ total: 100, perInstance: 2 });
  table.insert(keyOf(1, 0), 1, 1000, 0, 'i-1');
  table.insert(keyOf(3, 0), 1, 1000, 0, 'i-1');
  equal(table.insert(keyOf(3, 1), 1, 1000, 0, 'i-1'), NO_CONNECTION);
  table.removeOwners(new Set([1]));
  equal(table.insert(keyOf(3, 1), 1, 1000, 0, 'i-1') === NO_CONNECTION, false);
  equal(table.insert(keyOf(3, 2), 1, 1000, 0, 'i-1'), NO_CONNECTION);
});

test('one instance’s flood leaves room for the others', () => {
  const table = new ConnectionTable({ total: 100, perInstance: 10 });
  for (let flow = 0; flow < 50; flow++) table.insert(keyOf(1, flow), 1, 1000, 0, 'i-1');
  equal(table.size, 10);
  equal(table.insert(keyOf(2, 0), 1, 1000, 0, 'i-2') === NO_CONNECTION, false);
});

test('a slot that is used again has another generation', () => {
  const table = new ConnectionTable({ total: 1, perInstance: 1 });
  const slot = table.insert(keyOf(1, 1), 1, 1000, 0, 'i-1');
  const generation = table.generation(slot);
  equal(table.touchIfSame(slot, generation, 500), true);
  equal(table.touchIfSame(slot, generation, 1500), false);
  equal(table.insert(keyOf(1, 2), 1, 1000, 1500, 'i-1'), slot);
  equal(table.touchIfSame(slot, generation, 1500), false);
});

test('the connections of an interface that is gone are gone', () => {
  const table = new ConnectionTable({ total: 100, perInstance: 100 });
  table.insert(keyOf(1, 1), 1, 1000, 0, 'i-1');
  table.insert(keyOf(2, 1), 1, 1000, 0, 'i-2');
  table.removeOwners(new Set([1]));
  equal(table.find(keyOf(1, 1), 0), NO_CONNECTION);
  equal(table.size, 1);
});
