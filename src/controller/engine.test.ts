import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Compiler } from '../compile/compiler.ts';
import { AttachNetworkInterface } from '../ec2/actions/network-interfaces.ts';
import { CreateVpc } from '../ec2/actions/vpcs.ts';
import { ipv4 } from '../net/address.ts';
import type { InstanceId } from '../net/identifiers.ts';
import { ephemeralJournal } from '../store/ephemeral-journal.ts';
import { type TestAccount, testAccount } from '../testing/account.ts';
import { settle } from '../testing/guests.ts';
import { given } from '../testing/instance-parts.ts';
import { Engine } from './engine.ts';
import { localDataPlane } from './local-data-plane.ts';

const INSTANCE = 'i-00000000000000001' as InstanceId;

/** An engine whose disk is as slow as the test, and what happens around it in its order. */
function slowDisk() {
  const told: string[] = [];
  const writes: { readonly done: () => void; readonly failed: (error: Error) => void }[] = [];
  const account = testAccount();
  const { world, scope } = account;
  const engine = new Engine({
    world,
    journal: {
      ...ephemeralJournal(),
      append: () =>
        new Promise((done, failed) => {
          writes.push({ done, failed });
        }),
    },
    compiler: new Compiler(() => 0),
    dataPlane: {
      ...localDataPlane({ now: () => 0, internet: ipv4(0xc000_0201) }),
      apply: async () => void told.push('tables'),
      refreshGuest: async () => void told.push('guest'),
      plugInterface: async () => void told.push('guest'),
    },
    now: () => 0,
    compiled: () => undefined,
    orderFailed: (_order, reason) => void told.push(reason),
    notWritten: (error) => void told.push(String(error)),
  });
  return {
    told,
    engine,
    scope,
    account,
    write: () => writes.shift()?.done(),
    fail: () => writes.shift()?.failed(new Error('full')),
  };
}

/** An instance that runs, and an interface that it might have. */
function withRunningInstance(account: TestAccount) {
  const subnet = given(account.call('DescribeSubnets').Subnets?.[0]?.SubnetId);
  const launch = {
    ImageId: 'ami-virtual',
    InstanceType: 't3.medium',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnet,
  } as const;
  const { Instances } = settle(account, account.commit('RunInstances', launch));
  const { NetworkInterface } = account.call('CreateNetworkInterface', { SubnetId: subnet });
  return {
    instanceId: given(Instances?.[0]?.InstanceId),
    interfaceId: given(NetworkInterface?.NetworkInterfaceId),
  };
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

test('A call does not wait for the disk to have how its guest took it, which the next start would find out', async () => {
  const { told, engine, scope, account, write, fail } = slowDisk();
  const { interfaceId, instanceId } = withRunningInstance(account);
  const answered = engine
    .execute(scope, (tx) =>
      AttachNetworkInterface.call({ NetworkInterfaceId: interfaceId, InstanceId: instanceId, DeviceIndex: 1 }, tx),
    )
    .then(() => told.push('answered'));
  for (let turns = 0; turns < 5; turns++) await turn();
  deepEqual(told, ['tables', 'guest']);
  write();
  await answered;
  const [described] =
    account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [interfaceId] }).NetworkInterfaces ?? [];
  equal(described?.Attachment?.Status, 'attached');
  fail();
  await turn();
  deepEqual(told.at(-1), 'Error: full', 'and is no secret');
});
