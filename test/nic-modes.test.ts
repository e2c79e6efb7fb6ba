/** Interfaces mediated and by passthrough, with real frames; and devices that come back however their guest ends. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  DetachNetworkInterfaceCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { addressesOf, describeInstance, launch, type RunningInstance, start, stop } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { enterNewMachine } from './fixture/machine.ts';
import { present } from './fixture/present.ts';
import { belongingsOf, commandOf } from './fixture/processes.ts';
import { runProgram } from './fixture/program-run.ts';
import { until } from './fixture/until.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING } from './fixture/vpc.ts';

async function ip(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runProgram('ip', args);
  equal(status, 0, `ip ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** What this machine says of a device, without what changes by itself; empty where it has none. */
async function deviceText(name: string): Promise<string> {
  const { stdout } = await runProgram('ip', ['-o', 'link', 'show', 'dev', name]);
  const [, flags = '', mtu = '', mac = ''] = /<(.*?)>.* mtu (\d+) .*link\/ether (\S+)/.exec(stdout) ?? [];
  const alias = / alias (.*)/.exec(stdout)?.[1] ?? '';
  return stdout === '' ? '' : `${flags.split(',').includes('UP') ? 'up' : 'down'} ${mtu} ${mac} ${alias}`.trim();
}

/** Keepers of devices that a localvpc has now; other tests' have theirs. */
const keepersOf = ({ pid }: LocalVpc): readonly number[] =>
  belongingsOf(pid).pids.filter((one) => commandOf(one).includes('localvpc-device-keeper'));

const withRoot = (): void => {
  let localvpc: LocalVpc;
  let subnetId = '';
  let open = '';
  let closed = '';
  /** Devices of the machine as they were before anybody had them: the two ends of a cable, and a macvlan device on another. */
  const machine = new Map<string, string>();
  const DEVICES = ['cable0', 'cable1', 'shared.5'];

  const prepare = async (): Promise<void> => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    open = await createGroup(ec2, vpcId, EVERYTHING);
    closed = await createGroup(ec2, vpcId);
  };
  const withDevice = (device: string): Promise<RunningInstance> =>
    launch(localvpc, { subnetId, groups: [closed], nic: `passthrough:${device}` });
  const isBack = (device: string): Promise<void> =>
    until(`${device} is back`, async () => (await deviceText(device)) === machine.get(device));

  before(async () => {
    await enterNewMachine();
    await ip('link', 'add', 'cable0', 'type', 'veth', 'peer', 'name', 'cable1');
    await ip('link', 'set', 'cable0', 'up', 'mtu', '4000', 'alias', 'to the left');
    await ip('link', 'add', 'trunk0', 'type', 'veth', 'peer', 'name', 'trunk1');
    await ip('link', 'add', 'link', 'trunk0', 'name', 'shared.5', 'type', 'macvlan');
    for (const device of DEVICES) machine.set(device, await deviceText(device));
    await prepare();
  });
  after(async () => await localvpc.close());

  describe('a mediated interface', () => {
    test('has every frame counted, in both directions, by nics and by metrics', async () => {
      const [one, two] = await Promise.all([
        launch(localvpc, { subnetId, groups: [open], nic: 'mediated' }),
        launch(localvpc, { subnetId, groups: [open], nic: 'mediated' }),
      ]);
      const frames = async () =>
        present(present((await localvpc.nics()).get(one.interfaceId), 'nic').mediated, 'frames');
      const earlier = await frames();
      equal((await localvpc.exec(one, 'ping', '-c', '20', '-i', '0.01', '-s', '1000', two.address)).status, 0);
      const now = await frames();
      for (const way of ['fromGuest', 'toGuest'] as const) ok(now[way] - earlier[way] >= 20, way);
      for (const way of ['bytesFromGuest', 'bytesToGuest'] as const) ok(now[way] - earlier[way] >= 20 * 1042, way);
      const metrics = await localvpc.metrics();
      const metric = `localvpc_interface_mediated_frames{interface="${one.interfaceId}",direction="from-guest"}`;
      ok(present(metrics.get(metric), metric) >= now.fromGuest);
      equal(metrics.get('localvpc_interfaces{path="mediated"}'), 2);
      await terminate(localvpc, one, two);
    });
  });

  describe('a device of the machine, by passthrough', () => {
    test('is the guest’s eth0 with the interface’s MAC and address, and carries frames that the fabric never sees', async () => {
      const [left, right] = await Promise.all([withDevice('cable0'), withDevice('cable1')]);
      deepEqual([await deviceText('cable0'), await deviceText('cable1')], ['', '']);
      deepEqual(await addressesOf(localvpc, left, 'eth0'), [left.address]);
      match(await localvpc.sh(left, 'ip link show dev eth0'), new RegExp(left.mac));
      // Their group lets nothing in: the frames do not pass it.
      equal((await localvpc.exec(left, 'ping', '-c', '2', '-i', '0.1', right.address)).status, 0);
      const nic = present((await localvpc.nics()).get(left.interfaceId), 'nic');
      deepEqual([nic.mode, nic.path, nic.mediated], ['passthrough:cable0', 'passthrough', undefined]);
      const trace = await localvpc.trace(left.id, right.id, { port: 80 });
      equal(trace.forward.reason, 'ethernet/passthrough');
      await terminate(localvpc, left, right);
      await Promise.all([isBack('cable0'), isBack('cable1')]);
    });

    test('is refused to a second instance, which may have it when the first one has ended', async () => {
      const first = await withDevice('shared.5');
      await rejects(withDevice('shared.5'), {
        name: 'InvalidNetworkInterface.InUse',
        message: `The network device 'shared.5' of this machine is handed to the instance '${first.id}' (${first.interfaceId}), and one instance alone can have it.`,
      });
      await terminate(localvpc, first);
      await isBack('shared.5');
      await terminate(localvpc, await withDevice('shared.5'));
      await isBack('shared.5');
    });

    test('is not handed over while the machine uses it itself, or has no such device', async () => {
      await ip('address', 'add', '10.9.0.1/24', 'dev', 'trunk1');
      await ip('link', 'set', 'trunk1', 'up');
      await ip('link', 'set', 'trunk0', 'up');
      await rejects(withDevice('trunk1'), {
        name: 'InvalidParameterValue',
        message: /uses it itself, with the address 10.9.0.1/,
      });
      await rejects(withDevice('trunk9'), { name: 'InvalidParameterValue', message: /no network device of that name/ });
    });

    test('comes and goes with an interface that is attached to a running instance', async () => {
      const { ec2 } = localvpc;
      const host = await launch(localvpc, { subnetId, groups: [open] });
      const Tags = [{ Key: 'localvpc:nic', Value: 'passthrough:cable0' }];
      const { NetworkInterface } = await ec2.send(
        new CreateNetworkInterfaceCommand({
          SubnetId: subnetId,
          TagSpecifications: [{ ResourceType: 'network-interface', Tags }],
        }),
      );
      const { AttachmentId } = await ec2.send(
        new AttachNetworkInterfaceCommand({
          InstanceId: host.id,
          NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId,
          DeviceIndex: 1,
        }),
      );
      deepEqual(await addressesOf(localvpc, host, 'eth1'), [NetworkInterface?.PrivateIpAddress]);
      await ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId }));
      equal(await deviceText('cable0'), machine.get('cable0'), 'back when the call is answered');
      await terminate(localvpc, host);
    });

    test('is back when a stop is over, and taken again by the start', async () => {
      const instance = await withDevice('cable0');
      await stop(localvpc, instance);
      equal(await deviceText('cable0'), machine.get('cable0'));
      await start(localvpc, instance);
      equal(await deviceText('cable0'), '');
      await terminate(localvpc, instance);
      await isBack('cable0');
    });

    test('comes back under its name although the guest has renamed it, when the guest powers itself off', async () => {
      const instance = await withDevice('cable0');
      await localvpc.sh(instance, 'ip link set dev eth0 down; ip link set dev eth0 name mine mtu 1400');
      await localvpc.exec(instance, 'poweroff');
      await isBack('cable0');
      await until('it has stopped', async () => (await stateOf(localvpc, instance)) === 'stopped');
    });

    test('comes back after kill -9 of the guest’s first process', async () => {
      const instance = await withDevice('cable0');
      process.kill(present(await localvpc.guestPid(instance), 'pid of the guest'), 'SIGKILL');
      await isBack('cable0');
      await until('it has stopped', async () => (await stateOf(localvpc, instance)) === 'stopped');
      deepEqual(keepersOf(localvpc), []);
    });

    test('comes back after kill -9 of the machine room', async () => {
      await withDevice('cable0');
      const room = belongingsOf(localvpc.pid).pids.find(
        (pid) => commandOf(pid).includes('room.js') && !commandOf(pid).startsWith('unshare'),
      );
      process.kill(present(room, 'pid of the room'), 'SIGKILL');
      await isBack('cable0');
      await localvpc.exited();
      await prepare();
    });

    test('is back when localvpc has ended in order', async () => {
      await withDevice('cable0');
      await localvpc.close();
      equal(await deviceText('cable0'), machine.get('cable0'));
      await prepare();
    });

    test('comes back after kill -9 of the controller, and leaves no keeper', async () => {
      await Promise.all([withDevice('cable0'), withDevice('shared.5')]);
      const keepers = keepersOf(localvpc);
      ok(keepers.length >= 2);
      await localvpc.kill9();
      await Promise.all([isBack('cable0'), isBack('shared.5')]);
      await until('the keepers have ended', async () => keepers.every((pid) => !existsSync(`/proc/${pid}`)));
      await prepare();
    });
  });
};

const stateOf = async ({ ec2 }: LocalVpc, instance: RunningInstance): Promise<string | undefined> =>
  (await describeInstance(ec2, instance)).State?.Name;

async function terminate({ ec2 }: LocalVpc, ...instances: readonly RunningInstance[]): Promise<void> {
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: instances.map(({ id }) => id) }));
}

const withoutRoot = (): void => {
  test('a device of the machine is refused with the reason', async () => {
    const localvpc = await LocalVpc.start();
    const vpcId = await createVpc(localvpc.ec2, '10.0.0.0/16');
    const subnetId = await createSubnet(localvpc.ec2, vpcId, '10.0.1.0/24');
    const groups = [await createGroup(localvpc.ec2, vpcId)];
    await rejects(launch(localvpc, { subnetId, groups, nic: 'passthrough:lo' }), /only root may hand devices/);
    await localvpc.close();
  });
};

describe('NIC modes', { skip }, process.geteuid?.() === 0 ? withRoot : withoutRoot);
