/** What becomes of instances that reboot, power off or end, as packets see it. */
import { equal, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DescribeNetworkInterfacesCommand,
  RebootInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import {
  addressesOf,
  booted,
  describeInstance,
  launch,
  publicAddressOf,
  type RunningInstance,
  start,
} from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { belongingsOf, remainsOf } from './fixture/processes.ts';
import { until } from './fixture/until.ts';
import { createGroup, createSubnet, createVpc, makePublic, tcp } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

describe('lives of instances', { skip }, () => {
  let localvpc: LocalVpc;
  let subnetId = '';
  let groups: readonly string[] = [];
  let witness: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    await makePublic(ec2, vpcId, subnetId);
    groups = [await createGroup(ec2, vpcId, tcp(80))];
    // In another subnet: neighbours remember a MAC address for a while, as on AWS.
    witness = await launch(localvpc, { subnetId: await createSubnet(ec2, vpcId, '10.0.2.0/24'), groups });
  });
  after(() => localvpc.close());

  const stateOf = async (instance: RunningInstance): Promise<string | undefined> =>
    (await describeInstance(localvpc.ec2, instance)).State?.Name;

  test('a reboot keeps addresses, files and rules', async () => {
    const { ec2 } = localvpc;
    const instance = await launch(localvpc, { subnetId, groups, isPublic: true });
    const publicAddress = await publicAddressOf(ec2, instance);
    await localvpc.sh(instance, 'echo kept > /root/file');
    const before = await localvpc.guestPid(instance);
    await ec2.send(new RebootInstancesCommand({ InstanceIds: [instance.id] }));
    await until('another guest runs', async () => {
      const now = await localvpc.guestPid(instance);
      return now !== undefined && now !== before;
    });
    await booted(localvpc, instance);
    equal(await stateOf(instance), 'running');
    equal(await localvpc.sh(instance, 'cat /root/file'), 'kept');
    await serve(localvpc, instance, 80, 81);
    equal(await publicAddressOf(ec2, instance), publicAddress);
    await reaches(localvpc, 'internet', publicAddress, 80);
    await isDropped(localvpc, 'internet', publicAddress, 81);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance.id] }));
  });

  test('a guest that powers itself off is stopped, and starts again with its private address', async () => {
    const instance = await launch(localvpc, { subnetId, groups });
    await localvpc.exec(instance, 'busybox', 'poweroff');
    await until('it has stopped', async () => (await stateOf(instance)) === 'stopped');
    await start(localvpc, instance);
    equal((await addressesOf(localvpc, instance, 'eth0')).join(), instance.address);
    await serve(localvpc, instance, 80);
    await reaches(localvpc, witness, instance.address, 80);
    await localvpc.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance.id] }));
  });

  test('a terminated instance is gone: its guest, its interface and its address', async () => {
    const { ec2 } = localvpc;
    const instance = await launch(localvpc, { subnetId, groups, isPublic: true });
    await serve(localvpc, instance, 80);
    const publicAddress = await publicAddressOf(ec2, instance);
    await reaches(localvpc, 'internet', publicAddress, 80);
    const guest = belongingsOf(present(await localvpc.guestPid(instance), 'guest'));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance.id] }));
    await until('it is terminated', async () => (await stateOf(instance)) === 'terminated');
    equal(remainsOf(guest), '');
    await isDropped(localvpc, 'internet', publicAddress, 80);
    const filter = { Name: 'network-interface-id', Values: [instance.interfaceId] };
    const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters: [filter] }));
    equal(NetworkInterfaces?.length, 0);
  });

  test('the address of a terminated instance can be given to another at once, with nothing of the first', async () => {
    const { ec2 } = localvpc;
    const first = await launch(localvpc, { subnetId, groups });
    await serve(localvpc, first, 80);
    await reaches(localvpc, witness, first.address, 80);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [first.id] }));
    await until('it is terminated', async () => (await stateOf(first)) === 'terminated');
    const second = await launch(localvpc, { subnetId, groups, privateAddress: first.address });
    ok(second.mac !== first.mac);
    await localvpc.sh(second, 'mkdir /srv/second && echo second > /srv/second/index.html');
    await localvpc.sh(second, 'busybox httpd -p 80 -h /srv/second');
    const { stdout } = await localvpc.exec(witness, 'curl', '-s', '-m', '2', `http://${second.address}/`);
    equal(stdout, 'second\n');
  });
});
