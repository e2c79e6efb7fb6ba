import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ipv4 } from '../net/address.ts';
import type { InstanceId } from '../net/identifiers.ts';
import type { DataPlane } from '../tables/data-plane.ts';
import type { TableUpdate } from '../tables/tables.ts';
import { earlyDataPlane } from './early-data-plane.ts';
import { localDataPlane } from './local-data-plane.ts';

const INTERNET = ipv4(0xc000_0201);
const INSTANCE = 'i-00000000000000001' as InstanceId;
const update = (id: string): TableUpdate => ({ change: 'remove', kind: 'vpc', id });

/** A data plane that notes what it is told, and the moment from which it is there. */
function late() {
  const told: unknown[] = [];
  const lost: string[] = [];
  const plane: DataPlane = {
    ...localDataPlane({ now: () => 0, internet: INTERNET }),
    apply: async (updates) => void told.push(...updates),
    refreshGuest: async (instanceId) => void told.push(instanceId),
    close: async () => void told.push('closed'),
  };
  let open: (plane: DataPlane) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const opening = new Promise<DataPlane>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  const early = earlyDataPlane(opening, {
    drivers: ['virtual'],
    internet: INTERNET,
    lost: (reason) => lost.push(reason),
  });
  return { told, lost, early, open: () => open(plane), fail };
}

test('Tables are taken at once and are the first that the data plane is told, in their order', async () => {
  const { told, early, open } = late();
  const refreshed = early.refreshGuest(INSTANCE);
  await early.apply([update('vpc-1')]);
  await early.apply([update('vpc-2')]);
  deepEqual(told, []);
  open();
  await refreshed;
  await early.apply([update('vpc-3')]);
  deepEqual(told, [update('vpc-1'), update('vpc-2'), INSTANCE, update('vpc-3')]);
});

test('A data plane that cannot be opened is reported with its reason, and what waits for it fails', async () => {
  const { lost, early, fail } = late();
  const refreshed = early.refreshGuest(INSTANCE).then(
    () => 'refreshed',
    (error: Error) => error.message,
  );
  fail(new Error('no room'));
  equal(await refreshed, 'no room');
  deepEqual(lost, ['no room']);
  await early.close();
});

test('Closing before it is there closes it as soon as it is', async () => {
  const { told, early, open } = late();
  const closed = early.close();
  open();
  await closed;
  deepEqual(told, ['closed']);
});
