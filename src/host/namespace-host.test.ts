/** Guests as real namespaces: what they get, what they cannot reach, and that nothing is left of them. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import { formatMac } from '../net/mac.ts';
import { MEDIATED } from '../net/nic-mode.ts';
import type { GuestInterface, GuestSpec } from '../tables/data-plane.ts';
import { enterArguments, guestEnvironment } from './enter-guest.ts';
import { namespacesAvailable } from './namespaces-available.ts';
import { RoomProcess } from './room-process.ts';

const run = promisify(execFile);
const available = await namespacesAvailable();
/** Where every tool has to be there, a missing one is a failure. */
const skip = available.available || process.env.CI === 'true' ? false : available.reason;
const entry = fileURLToPath(new URL('./test-room/room.ts', import.meta.url));
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const instance = (last: number): InstanceId => `i-0000000000000000${last}` as InstanceId;
const networkInterface = (last: number, deviceIndex = 0): GuestInterface => ({
  id: `eni-0000000000000000${last}` as NetworkInterfaceId,
  deviceIndex,
  networkCardIndex: 0,
  mac: (0x02_00_00_00_00_00 + last) as GuestInterface['mac'],
  mtuBytes: 9001,
  nic: MEDIATED,
  addresses: [],
});
const spec = (last: number, firstBoot = true): GuestSpec => ({
  instanceId: instance(last),
  driver: 'namespace',
  hostName: `ip-10-0-0-${last}`,
  firstBoot,
  interfaces: [networkInterface(last)],
});

/** A test room and the calls to it. */
class TestRoom {
  readonly events: string[] = [];
  readonly #answers = new Map<number, (message: Record<string, unknown>) => void>();
  readonly process: RoomProcess;
  #nextCall = 0;

  constructor() {
    assert.ok(available.available);
    this.process = new RoomProcess({
      entry,
      arguments: [String(available.privileged), available.busybox],
      nodeArguments: process.execArgv,
      handedFd: undefined,
      privileged: available.privileged,
      received: (message) => this.#received(message),
      lost: (reason) => this.events.push(reason),
    });
  }

  async call(call: string, parameters: object): Promise<unknown> {
    const id = this.#nextCall++;
    const answer = new Promise<Record<string, unknown>>((resolve) => this.#answers.set(id, resolve));
    await this.process.send({ id, call, ...parameters });
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(String(error));
    return result;
  }

  /** Starts a guest and returns the host's id of its process 1. */
  async start(guest: GuestSpec): Promise<number> {
    const started = await this.call('start', { spec: guest });
    assert.ok(isRecord(started));
    return this.process.hostPidOf(Number(started.roomPid)) ?? assert.fail('the guest has ended');
  }

  #received(message: unknown): void {
    assert.ok(isRecord(message));
    if (typeof message.event === 'string') this.events.push(message.event);
    else this.#answers.get(Number(message.id))?.(message);
  }
}

/** Runs a shell command in a guest, as `localvpc exec` does. */
async function inGuest(hostPid: number, command: string): Promise<string> {
  assert.ok(available.available);
  const enter = enterArguments({ hostPid, privileged: available.privileged });
  const { stdout } = await run('nsenter', [...enter, 'sh', '-c', command], {
    env: guestEnvironment('dumb'),
    timeout: 20_000,
  });
  return stdout.trim();
}

/** Waits until something holds; what is waited for happens in other processes. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (await holds()) return;
    await delay(20);
  }
  assert.fail(`${what}: not within 10 s`);
}

const addressesOf = (hostPid: number, device = 'eth0'): Promise<string> =>
  inGuest(hostPid, `ip -4 -o address show ${device} | awk '{print $4}' | sort | tr '\\n' ' '`);
const hasAddresses = (hostPid: number, wanted: string, device = 'eth0'): Promise<void> =>
  until(`${device} has ${wanted}`, async () => (await addressesOf(hostPid, device)) === wanted);

describe('namespace guests', { skip }, () => {
  let room: TestRoom;
  let one = 0;
  let two = 0;
  before(async () => {
    room = new TestRoom();
    await until('the room is open', () => room.events.includes('open'));
    [one, two] = await Promise.all([room.start(spec(5)), room.start(spec(6))]);
    await Promise.all([hasAddresses(one, '10.0.0.5/24'), hasAddresses(two, '10.0.0.6/24')]);
  });
  after(() => room.process.close());

  test('a guest gets address, route, MTU and resolver by DHCP, and reaches the other guest', async () => {
    const seen = await inGuest(
      one,
      'hostname; cat /sys/class/net/eth0/mtu; ip route | grep default; cat /etc/resolv.conf',
    );
    assert.equal(
      seen,
      [
        'ip-10-0-0-5',
        '8000',
        'default via 10.0.0.1 dev eth0 metric 512 ',
        'search ec2.internal',
        'nameserver 10.0.0.2',
      ].join('\n'),
    );
    assert.match(await inGuest(one, 'ping -c 1 -W 5 10.0.0.6'), / 0% packet loss/);
  });

  test('root in a guest cannot reach processes, devices, settings or files of the machine', async () => {
    const outcome = (command: string): Promise<string> =>
      inGuest(one, `${command} >/dev/null 2>&1 && echo done || echo refused`);
    assert.equal(await outcome('echo x > /proc/sys/kernel/core_pattern'), 'refused');
    assert.equal(await outcome('mknod /root/disk b 254 0'), 'refused');
    assert.equal(await outcome('mount -o remount,rw /dev && touch /dev/x'), 'refused');
    assert.equal(await outcome('echo b > /proc/sysrq-trigger'), 'refused');
    assert.equal(await inGuest(one, 'ls -A /root'), '');
    // The guest's own user, where the machine has sshd.
    assert.match(await inGuest(one, 'ls -A /home'), /^(?:ec2-user)?$/);
    assert.equal(
      await inGuest(one, 'ls /dev | tr "\\n" " "'),
      'console fd full null ptmx pts random shm stderr stdin stdout tty urandom zero',
    );
    assert.ok(Number(await inGuest(one, 'ls -d /proc/[0-9]* | wc -l')) < 15);
  });

  test('what others on the machine may not read cannot be read in a guest', async () => {
    assert.equal(await inGuest(one, 'cat /etc/gshadow /etc/shadow- /etc/ssl/private/* 2>/dev/null; :'), '');
    assert.match(await inGuest(one, 'cat /etc/shadow'), /^(\w[\w.-]*:\*:19000:0:99999:7:::\n?)+$/);
  });

  test('process 1 of a guest holds no descriptor of the room but its console and its commands', async () => {
    const held = await inGuest(
      one,
      'for pid in 1 $(pgrep -f localvpc/agent | head -1); do ls -l /proc/$pid/fd | sed -n "s/.* -> //p"; done',
    );
    for (const target of held.split('\n'))
      assert.match(target, /^(\/dev\/null|.*\/console|\/usr\/lib\/localvpc\/.*|socket:.*|\/proc\/.*)$/);
  });

  test('a change to a setting of its network stays in the guest', async () => {
    const before = readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8');
    await inGuest(one, 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    assert.equal(await inGuest(one, 'cat /proc/sys/net/ipv4/ip_forward'), '1');
    assert.equal(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'), before);
  });

  test('secondary addresses come and go as the metadata service lists them', async () => {
    const path = `/latest/meta-data/network/interfaces/macs/${formatMac(networkInterface(5).mac)}/local-ipv4s`;
    const assign = async (...addresses: string[]): Promise<void> => {
      await room.call('metadata', { entries: { [path]: addresses.join('\n') } });
      await room.call('refresh', { instanceId: instance(5) });
    };
    await assign('10.0.0.5', '10.0.0.77', '10.0.0.78');
    await hasAddresses(one, '10.0.0.5/24 10.0.0.77/32 10.0.0.78/32');
    await assign('10.0.0.5', '10.0.0.78');
    await hasAddresses(one, '10.0.0.5/24 10.0.0.78/32');
    await assign('10.0.0.5');
    await hasAddresses(one, '10.0.0.5/24');
  });

  test('an interface appears in a running guest with its own routing table, and vanishes again', async () => {
    const plug = networkInterface(7, 1);
    await room.call('plug', { instanceId: instance(5), plug });
    await hasAddresses(one, '10.0.0.7/24', 'eth1');
    await until('a rule', async () => (await inGuest(one, 'ip rule')).includes('from 10.0.0.7 lookup 10001'));
    assert.equal(await inGuest(one, 'ip route show table 10001 | grep default'), 'default via 10.0.0.1 dev eth1');
    assert.match(await inGuest(two, 'ping -c 1 -W 5 10.0.0.7'), / 0% packet loss/);
    await room.call('unplug', { instanceId: instance(5), interfaceId: plug.id });
    assert.equal(await inGuest(one, 'ls /sys/class/net | tr "\\n" " "'), 'eth0 lo');
    await until('no rule', async () => !(await inGuest(one, 'ip rule')).includes('10001'));
  });

  test('a guest cannot keep an interface out by taking its name', async () => {
    await inGuest(one, 'ip link add eth1 type veth peer name veth1');
    const plug = networkInterface(7, 1);
    await room.call('plug', { instanceId: instance(5), plug });
    await hasAddresses(one, '10.0.0.7/24', 'eth2');
    await room.call('unplug', { instanceId: instance(5), interfaceId: plug.id });
    await inGuest(one, 'ip link delete eth1');
  });

  test('the outside world reaches public addresses through its gateway, with a resolver of its own', async () => {
    const started = await room.call('internet', {});
    assert.ok(isRecord(started));
    const internet = room.process.hostPidOf(Number(started.roomPid)) ?? assert.fail('the internet host has ended');
    await hasAddresses(internet, '192.0.2.1/32', 'internet0');
    await until('routes', async () => (await inGuest(internet, 'ip route')).includes('198.18.0.0/15 via 192.0.2.254'));
    assert.match(await inGuest(internet, 'ping -c 1 -W 5 198.18.0.7'), / 0% packet loss/);
    assert.equal(
      await inGuest(internet, 'cat /sys/class/net/internet0/mtu /etc/resolv.conf'),
      '1500\nnameserver 192.0.2.53',
    );
    assert.equal(await inGuest(internet, 'ip route show default'), '');
  });

  test('user data runs once, as root, with its output on the console', async () => {
    const script = '#!/bin/sh\necho "user data by $(id -un)"\necho run >> /var/log/runs\nexit 3\n';
    await room.call('metadata', { entries: { '/latest/user-data': script } });
    let guest = await room.start(spec(8));
    const consoleOf = async (): Promise<string> => String(await room.call('console', { instanceId: instance(8) }));
    await until('user data', async () => (await consoleOf()).includes('localvpc: user data has run, with status 3'));
    assert.match(await consoleOf(), /^user data by root$/m);
    await room.call('stop', { instanceId: instance(8), discard: false });
    guest = await room.start(spec(8, false));
    await hasAddresses(guest, '10.0.0.8/24');
    assert.equal(
      await inGuest(guest, 'cat /var/log/runs'),
      'run',
      'the root file system lives on and the script does not',
    );
    await room.call('stop', { instanceId: instance(8), discard: true });
    guest = await room.start(spec(8, false));
    await until('user data on the new root', async () => (await inGuest(guest, 'cat /var/log/runs; :')) === 'run');
    await room.call('stop', { instanceId: instance(8), discard: true });
  });

  test('a guest that shuts itself down, reboots or dies says which', async () => {
    const endings = [
      ['poweroff', 'poweroff'],
      ['reboot', 'reboot'],
      ['kill -KILL -1; busybox poweroff -f', 'poweroff'],
    ] as const;
    for (const [command, how] of endings) {
      const guest = await room.start(spec(9, false));
      room.events.length = 0;
      await inGuest(guest, command).catch(() => ''); // the command ends with the guest
      await until(`${command} is told`, () => room.events.includes(`${instance(9)} ${how}`));
    }
    const guest = await room.start(spec(9, false));
    process.kill(guest, 'SIGKILL');
    await until('a crash is told', () => room.events.includes(`${instance(9)} crash`));
  });

  test('a guest that deletes its interface loses that port and nothing else', async () => {
    const guest = await room.start(spec(4));
    await hasAddresses(guest, '10.0.0.4/24');
    await inGuest(guest, 'ip link delete eth0');
    await until('the port is lost', () => room.events.some((event) => event.startsWith('lost ')));
    assert.match(await inGuest(one, 'ping -c 1 -W 5 10.0.0.6'), / 0% packet loss/);
    await room.call('stop', { instanceId: instance(4), discard: true });
  });

  test('a reboot keeps the root file system and the address', async () => {
    const guest = await room.start(spec(3));
    await hasAddresses(guest, '10.0.0.3/24');
    await inGuest(guest, 'echo kept > /etc/kept');
    const rebooted = await room.call('reboot', { instanceId: instance(3) });
    assert.ok(isRecord(rebooted));
    const again = room.process.hostPidOf(Number(rebooted.roomPid)) ?? assert.fail('the guest has ended');
    assert.notEqual(again, guest);
    await hasAddresses(again, '10.0.0.3/24');
    assert.equal(await inGuest(again, 'cat /etc/kept'), 'kept');
    await room.call('stop', { instanceId: instance(3), discard: true });
  });
});

/** True when some process lives in one of these network namespaces. */
const anybodyIn = (namespaces: ReadonlySet<string>): boolean =>
  readdirSync('/proc').some((name) => /^\d+$/.test(name) && namespaces.has(networkNamespaceOf(Number(name)) ?? ''));

function networkNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined; // It has ended.
  }
}

test('a room that dies takes its guests along, and the controller hears of it', { skip }, async () => {
  const room = new TestRoom();
  await until('the room is open', () => room.events.includes('open'));
  const guest = await room.start(spec(5));
  process.kill(room.process.hostPid ?? assert.fail('no room'), 'SIGKILL');
  await until('the loss is told', () => room.events.some((event) => event.startsWith('the machine room ended with ')));
  await until('the guest ends', () => !existsSync(`/proc/${guest}`));
  await assert.rejects(room.process.send({}), /channel/i);
  await room.process.close();
});

test('nothing is left when the controller is killed', { skip }, async () => {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  const links = readdirSync('/sys/class/net').join();
  const controller = spawn(process.execPath, [fileURLToPath(new URL('./test-room/controller.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await new Promise<string>((resolve) => controller.stdout.once('data', (text) => resolve(String(text))));
  const pids = said.trim().split(' ').map(Number);
  assert.equal(pids.length, 3);
  for (const pid of pids) assert.ok(existsSync(`/proc/${pid}`));
  const namespaces = new Set(pids.map((pid) => networkNamespaceOf(pid) ?? assert.fail(`${pid} has ended`)));
  assert.equal(namespaces.size, 3, 'room and guests have a network each');
  assert.ok(!namespaces.has(networkNamespaceOf(process.pid) ?? ''));
  controller.kill('SIGKILL');
  await until('the room and its guests end', () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
  await until('no process is left', () => !anybodyIn(namespaces));
  assert.equal(readFileSync('/proc/self/mountinfo', 'utf8'), mounts);
  assert.equal(readdirSync('/sys/class/net').join(), links);
});
