import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Compiler } from '../compile/compiler.ts';
import { CreateVpc } from '../ec2/actions/vpcs.ts';
import { ipv4 } from '../net/address.ts';
import type { InstanceId } from '../net/identifiers.ts';
import { ephemeralJournal } from '../store/ephemeral-journal.ts';
import { testAccount } from '../testing/account.ts';
import { Engine } from './engine.ts';
import { localDataPlane } from './local-data-plane.ts';

const INSTANCE = 'i-00000000000000001' as InstanceId;

/** An engine whose disk is as slow as the test, and what happens around it in its order. */
function slowDisk() {
  const told: string[] = [];
  let written: () => void = () => undefined;
  const { world, scope } = testAccount();
  const engine = new Engine({
    world,
    journal: {
      ...ephemeralJournal(),
      append: () =>
        new Promise((resolve) => {
          written = resolve;
        }),
    },
    compiler: new Compiler(() => 0),
    dataPlane: {
      ...localDataPlane({ now: () => 0, internet: ipv4(0xc000_0201) }),
      apply: async () => void told.push('tables'),
      refreshGuest: async () => void told.push('guest'),
    },
    now: () => 0,
    compiled: () => undefined,
    orderFailed: (_order, reason) => void told.push(reason),
  });
  return { told, engine, scope, write: () => written() };
}

test('A guest is told after the tables and before the disk has them; the call is answered when it has', async () => {
  const { told, engine, scope, write } = slowDisk();
  const answered = engine
    .execute(scope, (tx) => {
      CreateVpc.call({ CidrBlock: '10.0.0.0/16' }, tx);
      tx.order({ kind: 'refresh', instanceId: INSTANCE });
    })
    .then(() => told.push('answered'));
  for (let turns = 0; turns < 5; turns++) await turn();
  deepEqual(told, ['tables', 'guest']);
  write();
  await answered;
  deepEqual(told, ['tables', 'guest', 'answered']);
});
