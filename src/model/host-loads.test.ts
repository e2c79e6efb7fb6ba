/** Instances that come to hosts together, as by an import, come to those to which they would come one by one. */
import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../testing/account.ts';
import { labOf } from '../testing/hosts.ts';

import { placementOf } from './hosts.ts';
import { ensureAllPlaced, ensurePlaced, vacate } from './instance-placement.ts';
import { Instance } from './resources/instance.ts';
import { HostCondition } from './resources/placement.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';

/** Where instances are in the end, each as text. */
type Places = readonly string[];

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`instances of one to three interfaces on hosts with few functions, one of them drained (seed ${seed})`, () => {
    const random = seededRandom(seed);
    const net = labOf(2, 3, 6);
    const instances = Array.from({ length: 12 }, () => {
      const interfaces = Array.from({ length: 1 + random.integer(3) }, (_, DeviceIndex) => ({
        DeviceIndex,
        SubnetId: net.subnetId,
      }));
      return net.instance({ NetworkInterfaces: interfaces });
    });
    const leaving = new Set(instances.filter(() => random.integer(3) > 0));
    const drained = net.account.transact((tx) => tx.environment.topology.hosts('us-east-1a')[random.integer(6)]);
    ok(drained);
    const placed = (work: (tx: Transaction, all: readonly Instance[]) => void): Places => {
      const { world, scope } = net.account;
      const places = (tx: Transaction): Places => {
        tx.in(WORLD).put(HostCondition, { id: drained.id, state: 'draining', sinceMs: 0, recoverAtMs: undefined });
        const all = instances.map((id) => tx.get(Instance, id));
        for (const { id } of all) if (leaving.has(id)) vacate(tx, id);
        work(tx, all);
        return all.map(({ id }) => JSON.stringify(placementOf(tx, id)));
      };
      return world.transact(scope, 0, places, { dryRun: true }).result;
    };
    const oneByOne = placed((tx, all) => {
      for (const one of all) ensurePlaced(tx, one);
    });
    deepEqual(
      placed((tx, all) => ensureAllPlaced(all.map((row) => ({ row, owner: tx })))),
      oneByOne,
    );
  });
