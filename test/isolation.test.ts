/** What must never meet: VPCs with the same addresses, accounts, and guests that lie about who they are. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { capture } from './fixture/capture.ts';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { ended } from './fixture/program-run.ts';
import { HONEST_MARK, honestFrame, ROGUE_MARK, ROGUE_REASONS, rogueFrames } from './fixture/rogue-frames.ts';
import { until } from './fixture/until.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

/** A client and a server at the same addresses in each VPC. */
interface Twin {
  readonly name: string;
  readonly client: RunningInstance;
  readonly server: RunningInstance;
}

const CLIENT = '10.0.1.10';
const SERVER = '10.0.2.10';
/** Free in every VPC but the one that has an instance there. */
const ONLY_FIRST = '10.0.1.99';

describe('isolation', { skip }, () => {
  let localvpc: LocalVpc;
  let twins: readonly Twin[] = [];
  let onlyFirst: RunningInstance;
  let secondPlace: { readonly subnetId: string; readonly groups: readonly string[] };

  const createTwin = async (name: string, account?: string): Promise<Twin & { subnetId: string; groupId: string }> => {
    const ec2 = localvpc.client(account === undefined ? {} : { account });
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const serverSubnetId = await createSubnet(ec2, vpcId, '10.0.2.0/24');
    const groupId = await createGroup(ec2, vpcId, EVERYTHING);
    const [client, server] = await Promise.all([
      launch(localvpc, { ec2, subnetId, groups: [groupId], privateAddress: CLIENT }),
      launch(localvpc, { ec2, subnetId: serverSubnetId, groups: [groupId], privateAddress: SERVER }),
    ]);
    await localvpc.sh(server, `mkdir -p /srv/name && echo ${name} > /srv/name/index.html`);
    await localvpc.sh(server, 'busybox httpd -p 8000 -h /srv/name');
    return { name, client, server, subnetId, groupId };
  };

  before(async () => {
    localvpc = await LocalVpc.start();
    const first = await createTwin('first');
    const second = await createTwin('second');
    secondPlace = { subnetId: second.subnetId, groups: [second.groupId] };
    twins = [first, second, await createTwin('other-account', '111122223333')];
    const { subnetId, groupId } = first;
    onlyFirst = await launch(localvpc, { subnetId, groups: [groupId], privateAddress: ONLY_FIRST });
    await serve(localvpc, onlyFirst, 80);
  });
  after(() => localvpc.close());

  const dropsOf = async (reason: string): Promise<number> => (await localvpc.status()).fabric.drops[reason] ?? 0;

  /** Frames dropped for the reason while `work` went on. */
  async function countDrops(reason: string, work: () => Promise<void>): Promise<number> {
    const before = await dropsOf(reason);
    await work();
    return (await dropsOf(reason)) - before;
  }

  test('VPCs of the same CIDR, and accounts, never meet: the same address is another server in each', async () => {
    for (const { name, client } of twins) {
      const { stdout } = await localvpc.exec(client, 'curl', '-s', '-m', '2', `http://${SERVER}:8000/`);
      equal(stdout.trim(), name);
    }
  });

  test('an address of one VPC does not exist in the others', async () => {
    const [first, ...others] = twins;
    ok(first);
    await reaches(localvpc, first.client, ONLY_FIRST, 80);
    for (const { client } of others) {
      const ping = await localvpc.exec(client, 'ping', '-c', '1', '-W', '1', ONLY_FIRST);
      equal(ping.status, 1, ping.stdout);
    }
  });

  test('a broadcast ping stays without an answer: AWS has no broadcast', async () => {
    const [first] = twins;
    ok(first);
    equal((await localvpc.exec(first.client, 'ping', '-b', '-c', '1', '-W', '1', '10.0.1.255')).status, 1);
  });

  test('a guest with a foreign address is dropped at its own interface, and counted', async () => {
    const [first] = twins;
    ok(first);
    await localvpc.sh(first.client, 'ip address add 10.0.1.77/32 dev eth0');
    const dropped = await countDrops('source-check/foreign-address', async () => {
      const ping = await localvpc.exec(
        first.client,
        'ping',
        '-c',
        '2',
        '-i',
        '0.2',
        '-W',
        '1',
        '-I',
        '10.0.1.77',
        SERVER,
      );
      equal(ping.status, 1, ping.stdout);
    });
    equal(dropped, 2);
    await localvpc.sh(first.client, 'ip address delete 10.0.1.77/32 dev eth0');
    equal((await localvpc.exec(first.client, 'ping', '-c', '1', '-W', '1', SERVER)).status, 0);
  });

  test('a guest with a foreign MAC address is dropped, and counted', async () => {
    const [first, second] = twins;
    ok(first && second);
    await localvpc.sh(first.client, `ip link set dev eth0 address ${second.client.mac}`);
    const dropped = await countDrops('ethernet/foreign-mac', async () => {
      await isDropped(localvpc, first.client, SERVER, 8000);
    });
    ok(dropped > 0, `${dropped} frames`);
    await localvpc.sh(first.client, `ip link set dev eth0 address ${first.client.mac}`);
    await reachesAgain(first);
  });

  test('a guest that gives itself the address of another one does not get its packets', async () => {
    const [first] = twins;
    ok(first);
    const { client } = first;
    await localvpc.sh(
      client,
      `ip address add ${ONLY_FIRST}/32 dev eth0 && busybox arping -U -c 2 -I eth0 ${ONLY_FIRST}; :`,
    );
    equal((await localvpc.exec(first.server, 'curl', '-s', '-m', '2', `http://${ONLY_FIRST}/cgi-bin/who`)).status, 0);
    await localvpc.sh(client, `ip address delete ${ONLY_FIRST}/32 dev eth0`);
    match(await localvpc.sh(onlyFirst, 'ip neigh show; echo done'), /done/);
  });

  test('a guest reaches neither the machine that it runs on nor the outside world without a gateway', async () => {
    const [first] = twins;
    ok(first);
    const port = new URL(localvpc.url).port;
    equal((await localvpc.exec(first.client, 'curl', '-s', '-m', '1', `http://127.0.0.1:${port}/`)).status, 7);
    await isDropped(localvpc, first.client, '192.0.2.1', 80);
    equal(await localvpc.sh(first.client, 'ls /sys/class/net | tr "\\n" " "'), 'eth0 lo');
  });

  test('frames that are forged, tagged, broadcast or source-routed are heard by nobody, and move no neighbour’s address', async () => {
    const [first, second, third] = twins;
    ok(first && second && third);
    const neighbour = await launch(localvpc, { ...secondPlace, privateAddress: '10.0.1.20' });
    const listeners = [neighbour, second.server, onlyFirst, first.client, first.server, third.client, third.server];
    const router = (
      await localvpc.sh(second.client, 'ping -c 1 -W 1 10.0.2.10 > /dev/null; ip neigh show 10.0.1.1')
    ).split(' ');
    const targets = {
      own: second.client,
      neighbour,
      stranger: onlyFirst,
      routerMac: router[4] ?? '',
      routerAddress: '10.0.1.1',
    };
    const before = await localvpc.sh(neighbour, 'ping -c 1 10.0.2.10 > /dev/null; ip neigh show 10.0.1.1');
    const captures = await Promise.all(
      listeners.map(async (listener) => ({ listener, heard: await capture(localvpc, listener, '-U -w -') })),
    );
    const frames = [...rogueFrames(targets), honestFrame(targets)];
    const dropsBefore = (await localvpc.status()).fabric.drops;
    equal(await sendFrames(second.client, frames), frames.length);
    const times = async (mark: string, { listener, heard }: (typeof captures)[number]): Promise<number> =>
      Number((await localvpc.exec(listener, 'grep', '-c', mark, heard.file)).stdout.trim());
    const [ofNeighbour] = captures;
    ok(ofNeighbour);
    await until('the honest frame is heard', async () => (await times(HONEST_MARK, ofNeighbour)) > 0);
    await Promise.all(captures.map(({ heard }) => heard.end()));
    for (const each of captures) equal(await times(ROGUE_MARK, each), 0, each.listener.address);
    const { drops } = (await localvpc.status()).fabric;
    const reasons = Object.keys(drops).filter((reason) => (drops[reason] ?? 0) > (dropsBefore[reason] ?? 0));
    deepEqual(
      ROGUE_REASONS.filter((reason) => !reasons.includes(reason)),
      [],
    );
    const macOf = (line: string): string | undefined => line.split(' ')[4];
    equal(macOf(await localvpc.sh(neighbour, 'ip neigh show 10.0.1.1')), macOf(before));
  });

  /** Sends frames out of a guest's interface, as they are; how many the kernel took. */
  async function sendFrames(guest: RunningInstance, frames: readonly string[]): Promise<number> {
    const index = await localvpc.sh(guest, 'ip -o link show eth0 | cut -d: -f1');
    const program = fileURLToPath(new URL('fixture/send-frames.mjs', import.meta.url));
    // In the guest's network alone: its files need not be those of this project, whose folder may be hidden from it.
    const target = String(present(await localvpc.guestPid(guest), 'process of the guest'));
    const rights = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
    const child = spawn('nsenter', ['--target', target, ...rights, '--net', process.execPath, program, index]);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const over = ended(child);
    child.stdin?.end(`${frames.join('\n')}\n`);
    await over;
    return Number(output);
  }

  const reachesAgain = async ({ name, client }: Twin): Promise<void> => {
    const { stdout } = await localvpc.exec(client, 'curl', '-s', '-m', '5', `http://${SERVER}:8000/`);
    equal(stdout.trim(), name);
  };
});
