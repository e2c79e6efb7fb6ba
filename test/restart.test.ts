/** The controller killed at any moment: nothing of it is left, and a restart brings back all that was answered. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { FLUSHES_BEFORE_WRITER } from '../src/store/sqlite-journal.ts';
import { skip } from './fixture/guests-here.ts';
import { addressesOf, booted, describeInstance, launch, type RunningInstance, stop } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { assignAddress, attach, createInterface } from './fixture/network-interface.ts';
import { present } from './fixture/present.ts';
import { belongingsOf, remainsOf } from './fixture/processes.ts';
import { until } from './fixture/until.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING, makePublic } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

describe('kill -9 and restart', { skip }, () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'localvpc-test-'));
  let localvpc: LocalVpc;
  let vpcId = '';
  let one: RunningInstance;
  let other: RunningInstance;
  let stopped: RunningInstance;
  let elasticIp = '';
  let secondAddress = '';
  let secondaryAddress = '';

  before(async () => {
    localvpc = await LocalVpc.start({ dataDirectory });
    const { ec2 } = localvpc;
    vpcId = await createVpc(ec2, '10.0.0.0/16');
    const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const otherSubnetId = await createSubnet(ec2, vpcId, '10.0.2.0/24');
    await makePublic(ec2, vpcId, subnetId);
    const groupId = await createGroup(ec2, vpcId, EVERYTHING);
    [one, other, stopped] = await Promise.all([
      launch(localvpc, { subnetId, groups: [groupId] }),
      launch(localvpc, { subnetId: otherSubnetId, groups: [groupId] }),
      launch(localvpc, { subnetId: otherSubnetId, groups: [groupId] }),
    ]);
    const { PublicIp, AllocationId } = await ec2.send(new AllocateAddressCommand({}));
    elasticIp = present(PublicIp, 'PublicIp');
    const association = { AllocationId: present(AllocationId, 'AllocationId'), InstanceId: one.id };
    await ec2.send(new AssociateAddressCommand(association));
    const second = await createInterface(ec2, otherSubnetId, groupId);
    await attach(ec2, second, one, 1);
    secondAddress = second.address;
    secondaryAddress = await assignAddress(ec2, other.interfaceId);
    await stop(localvpc, stopped);
  });
  after(async () => {
    try {
      await localvpc.close();
    } finally {
      rmSync(dataDirectory, { recursive: true });
    }
  });

  /** Everything that Describe says; a restart changes nothing of it. */
  async function everything(): Promise<object> {
    const { ec2 } = localvpc;
    const [vpcs, subnets, tables, groups, rules, interfaces, addresses, instances] = await Promise.all([
      ec2.send(new DescribeVpcsCommand({})),
      ec2.send(new DescribeSubnetsCommand({})),
      ec2.send(new DescribeRouteTablesCommand({})),
      ec2.send(new DescribeSecurityGroupsCommand({})),
      ec2.send(new DescribeSecurityGroupRulesCommand({})),
      ec2.send(new DescribeNetworkInterfacesCommand({})),
      ec2.send(new DescribeAddressesCommand({})),
      ec2.send(new DescribeInstancesCommand({})),
    ]);
    return [
      vpcs.Vpcs,
      subnets.Subnets,
      tables.RouteTables,
      groups.SecurityGroups,
      rules.SecurityGroupRules,
      interfaces.NetworkInterfaces,
      addresses.Addresses,
      instances.Reservations,
    ].map((rows) => sorted(rows ?? []));
  }

  const sorted = (rows: readonly object[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

  async function killAndRestart(): Promise<void> {
    const belongings = belongingsOf(localvpc.pid);
    await localvpc.kill9();
    await until(
      'nothing of the killed one is left',
      () => remainsOf(belongings) === '',
      () => remainsOf(belongings),
    );
    await localvpc.restart();
    for (const instance of [one, other]) await backAgain(instance);
  }

  const backAgain = async (instance: RunningInstance): Promise<void> => {
    await until(`${instance.id} runs again`, async () => (await localvpc.guestPid(instance)) !== undefined);
    await booted(localvpc, instance);
  };

  test('no process, namespace, device or mount of a killed localvpc is left', async () => {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    const links = readdirSync('/sys/class/net').join();
    const belongings = belongingsOf(localvpc.pid);
    const guests = await Promise.all([one, other].map((instance) => localvpc.guestPid(instance)));
    for (const pid of guests) ok(belongings.pids.includes(present(pid, 'guest')), `${pid} is seen as a process of it`);
    ok(belongings.namespaces.size >= 10, [...belongings.namespaces].join());
    await killAndRestart();
    equal(readFileSync('/proc/self/mountinfo', 'utf8'), mounts);
    equal(readdirSync('/sys/class/net').join(), links);
  });

  test('after a kill everything is there, and running instances run with their addresses', async () => {
    const before = await everything();
    await killAndRestart();
    deepEqual(await everything(), before);
    equal((await describeInstance(localvpc.ec2, stopped)).State?.Name, 'stopped');
    equal(await localvpc.guestPid(stopped), undefined);
    for (const address of [other.address, one.address]) {
      equal((await localvpc.exec(one, 'ping', '-c', '1', '-W', '2', address)).status, 0);
    }
    await until('the second interface has its address', async () =>
      (await addressesOf(localvpc, one, 'eth1')).includes(secondAddress),
    );
    await until('the secondary address is there', async () =>
      (await addressesOf(localvpc, other, 'eth0')).includes(secondaryAddress),
    );
    for (const address of [secondAddress, secondaryAddress]) {
      const from = address === secondAddress ? other : one;
      equal((await localvpc.exec(from, 'ping', '-c', '1', '-W', '2', address)).status, 0, address);
    }
    await serve(localvpc, one, 80);
    equal(await reaches(localvpc, 'internet', elasticIp, 80), '192.0.2.1');
  });

  test('an end in order, even while guests start, keeps every instance as it was', async () => {
    for (const isWaitedFor of [true, false, false]) {
      if (isWaitedFor) for (const instance of [one, other]) await backAgain(instance);
      await localvpc.close();
      await localvpc.restart();
    }
    for (const instance of [one, other]) await backAgain(instance);
    equal((await describeInstance(localvpc.ec2, stopped)).State?.Name, 'stopped');
  });

  test('rules are in force before the first packet of a restarted guest', async () => {
    const { ec2 } = localvpc;
    const closed = await launch(localvpc, {
      subnetId: present((await describeInstance(ec2, other)).SubnetId, 'SubnetId'),
      groups: [await createGroup(ec2, vpcId)],
    });
    await killAndRestart();
    await backAgain(closed);
    await serve(localvpc, closed, 80);
    await isDropped(localvpc, one, closed.address, 80);
  });

  /** A call without the SDK, which takes longer over each of a thousand calls than localvpc does. */
  const post = async (parameters: Readonly<Record<string, string>>): Promise<string> => {
    const body = new URLSearchParams({ Version: '2016-11-15', ...parameters });
    return await (await fetch(localvpc.url, { method: 'POST', body })).text();
  };

  test('killed while resources are made: all that was answered is there, and nothing twice', async () => {
    const answered: string[] = [];
    let asking = true;
    const worker = async (number: number): Promise<void> => {
      for (let count = 0; asking; count++) {
        const request = { VpcId: vpcId, GroupName: `worker-${number}-${count}`, GroupDescription: 'made while dying' };
        const made = await post({ Action: 'CreateSecurityGroup', ...request });
        const id = present(/<groupId>(.+)<\/groupId>/.exec(made)?.[1], made);
        answered.push(id);
        const tagged = await post({
          Action: 'CreateTags',
          'ResourceId.1': id,
          'Tag.1.Key': 'made',
          'Tag.1.Value': 'yes',
        });
        match(tagged, /<return>true</);
        answered.push(`${id} tagged`);
      }
    };
    // A call that the kill cuts off fails; that it was not answered is all that there is to know of it.
    const workers = Promise.allSettled([1, 2, 3, 4, 5, 6].map(worker));
    // Six at once are at least a sixth as many flushes: the journal's thread has taken over before.
    await until('many are made', () => answered.length > 8 * FLUSHES_BEFORE_WRITER);
    await localvpc.kill9();
    asking = false;
    await workers;
    await localvpc.restart();
    const filter = { Name: 'description', Values: ['made while dying'] };
    const { SecurityGroups = [] } = await localvpc.ec2.send(new DescribeSecurityGroupsCommand({ Filters: [filter] }));
    const found = new Set(
      SecurityGroups.flatMap(({ GroupId = '', Tags = [] }) =>
        Tags.length > 0 ? [GroupId, `${GroupId} tagged`] : [GroupId],
      ),
    );
    deepEqual(
      answered.filter((one) => !found.has(one)),
      [],
    );
    equal(new Set(SecurityGroups.map(({ GroupName }) => GroupName)).size, SecurityGroups.length);
    await backAgain(one);
    equal((await localvpc.exec(one, 'ping', '-c', '1', '-W', '2', one.address)).status, 0);
  });

  test('killed while an instance is launched: it runs after the restart, or was never answered', async () => {
    const { ec2 } = localvpc;
    const subnetId = present((await describeInstance(ec2, other)).SubnetId, 'SubnetId');
    const launching = launch(localvpc, { subnetId, groups: [await createGroup(ec2, vpcId)] });
    const outcome = launching.then(
      (instance) => instance,
      () => undefined,
    );
    await until('it is known', async () => {
      const { Reservations = [] } = await ec2.send(
        new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['pending'] }] }),
      );
      return Reservations.length > 0;
    });
    await localvpc.kill9();
    await outcome;
    await localvpc.restart();
    const { Reservations = [] } = await localvpc.ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'subnet-id', Values: [subnetId] }] }),
    );
    const running = Reservations.flatMap(({ Instances = [] }) => Instances).filter(
      ({ InstanceId }) => InstanceId !== stopped.id,
    );
    for (const { InstanceId: id = '' } of running) {
      await until(`${id} runs`, async () => {
        return (await describeInstance(localvpc.ec2, { id })).State?.Name === 'running';
      });
    }
  });
});
