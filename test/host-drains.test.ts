/** Hosts that are emptied while instances on them talk: what becomes of their packets and connections. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skip } from './fixture/guests-here.ts';
import type { RunningInstance } from './fixture/instances.ts';
import { skip as skipSwitch } from './fixture/kernel-flow-switch.ts';
import type { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { ended, type ProgramRun } from './fixture/program-run.ts';
import { FIRST, SECOND, type TwoHosts, twoHosts } from './fixture/two-hosts.ts';
import { until } from './fixture/until.ts';

const STREAM = fileURLToPath(new URL('fixture/datagram-stream.mjs', import.meta.url));

/** What a move may take, in milliseconds. */
const LONGEST_PAUSE_MS = 10;
/**
 * What else the machine does can only lengthen a pause. So the shortest one of some moves says what a move takes, and
 * there are as many of them as it needs for one that nothing disturbs, but not more than this.
 */
const MOST_MOVES = 120;

/** When a datagram was sent, and how long it took there and back; null for one that was lost. */
type Datagram = readonly [number, number | null];

/** One side of a stream, and what it has printed when it is over. */
interface Stream {
  readonly child: ChildProcess;
  readonly over: Promise<ProgramRun>;
}

/** @returns what it printed at its end */
async function endStream({ child, over }: Stream): Promise<string> {
  child.kill('SIGTERM');
  return (await over).stdout.replace('ready\n', '');
}

for (const [nic, path, skipped] of [
  ['mediated', 'mediated', skip],
  ['sriov', 'offloaded', skipSwitch],
] as const)
  describe(`drained hosts, and instances with interfaces in the mode ${nic}`, { skip: skipped }, () => {
    let scene: TwoHosts;
    let localvpc: LocalVpc;
    let one: RunningInstance;
    let other: RunningInstance;

    before(async () => {
      scene = await twoHosts({ nic });
      ({ localvpc, one, other } = scene);
    });
    after(async () => {
      for (const child of streams) child.kill('SIGKILL');
      await scene.close();
    });

    /** Without the command, whose own start would be most of what else the machine does meanwhile. */
    async function ask(path: string, method: 'GET' | 'POST'): Promise<Record<string, unknown>> {
      const answer = await fetch(`${localvpc.url}/_localvpc/hosts/${path}`, { method });
      equal(answer.status, 200, path);
      return (await answer.json()) as Record<string, unknown>;
    }

    /** Moves an instance to the host where it is not, with who else is there. @returns from when until when */
    async function move({ id }: RunningInstance): Promise<readonly [number, number]> {
      const { hostId } = await ask(`of/${id}`, 'GET');
      await ask(`${FIRST}/repair`, 'POST');
      await ask(`${SECOND}/repair`, 'POST');
      const began = Date.now();
      const { stayed } = await ask(`${String(hostId)}/drain`, 'POST');
      const ended = Date.now();
      deepEqual([stayed, (await ask(`of/${id}`, 'GET')).hostId], [[], hostId === FIRST ? SECOND : FIRST]);
      return [began, ended + 1];
    }

    /** Packets that the kernel has forwarded without the fabric, and all packets. */
    const switched = async (): Promise<number> => (await localvpc.status()).fabric.offloaded?.packets ?? 0;
    const forwarded = async (): Promise<number> => (await localvpc.status()).fabric.framesReceived + (await switched());

    const streams: ChildProcess[] = [];
    /** Starts a side of a stream in the network of an instance, and waits until it is ready. */
    async function beginStream(at: RunningInstance, side: 'echo' | 'send', ...to: readonly string[]): Promise<Stream> {
      const target = String(present(await localvpc.guestPid(at), 'process of the guest'));
      const rights = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
      const command = [process.execPath, STREAM, side, '7000', ...to];
      const child = spawn('nsenter', ['--target', target, ...rights, '--net', ...command]);
      streams.push(child);
      const over = ended(child);
      await once(child.stdout, 'data');
      return { child, over };
    }

    test('are reached the way that their interfaces ask for, and hold virtual functions in both modes', async () => {
      const nics = await localvpc.nics();
      deepEqual(
        [one, other].map(({ interfaceId }) => nics.get(interfaceId)?.path),
        [path, path],
      );
      const { stdout } = await localvpc.command(['hosts', '--instance', one.id]);
      const held = nic === 'sriov' ? '' : ' \\(held, but its frames are mediated\\)';
      match(stdout, new RegExp(`eth0 +${one.interfaceId}, virtual function 0${held}$`, 'm'));
    });

    test('lose no packet of a thousand a second, of which none need be late by ten milliseconds', async (t) => {
      const echoing = await beginStream(other, 'echo');
      const pauses: number[] = [];
      do {
        const sending = await beginStream(one, 'send', other.address);
        const before = await switched();
        const moves: (readonly [number, number])[] = [];
        for (const moved of [other, one, other, one, other, one]) {
          const before = await forwarded();
          await until('the stream goes on', async () => (await forwarded()) >= before + 40);
          moves.push(await move(moved));
        }
        const datagrams = JSON.parse(await endStream(sending)) as readonly Datagram[];
        const lost = datagrams.filter(([, tookMs]) => tookMs === null).length;
        ok(datagrams.length > 100, 'a stream');
        equal(lost, 0, `datagrams of ${datagrams.length} that were lost`);
        if (path === 'offloaded') {
          const more = (await switched()) - before;
          ok(
            more > datagrams.length,
            `the kernel forwards most of both directions, before a move and after it: ${more}`,
          );
        }
        for (const [from, to] of moves) {
          const during = datagrams.filter(([sentMs]) => sentMs >= from && sentMs <= to);
          if (during.length > 0)
            pauses.push(Math.max(...during.map(([, tookMs]) => tookMs ?? Number.POSITIVE_INFINITY)));
        }
      } while (pauses.length < MOST_MOVES && !pauses.some((pause) => pause <= LONGEST_PAUSE_MS));
      await endStream(echoing);
      t.diagnostic(`longest round trip in each move: ${pauses.map((pause) => pause.toFixed(1)).join(', ')} ms`);
      ok(Math.min(...pauses) <= LONGEST_PAUSE_MS, `the shortest pause of ${pauses.length} moves`);
    });

    test('keep a TCP connection of theirs, whichever end is moved', async () => {
      await localvpc.sh(
        other,
        `(sleep 60 | busybox nc -l -p 9000 > /tmp/heard) > /dev/null 2>&1 &
         until ss -ltn | grep -q :9000; do busybox usleep 10000; done`,
      );
      await localvpc.sh(
        one,
        `mkfifo /tmp/say; exec 3<> /tmp/say
         busybox nc ${other.address} 9000 < /tmp/say > /dev/null 2>&1 &
         sleep 60 > /dev/null 2>&1 & echo $! > /tmp/mouth
         echo one >&3`,
      );
      const heard = (): Promise<string> => localvpc.sh(other, 'cat /tmp/heard');
      await until('the connection is there', async () => (await heard()) === 'one');
      for (const [word, moved] of [
        ['two', other],
        ['three', one],
      ] as const) {
        const sofar = await heard();
        await move(moved);
        await localvpc.sh(one, `echo ${word} > /tmp/say`);
        await until(`${word} is heard`, async () => (await heard()) === `${sofar}\n${word}`);
      }
      await localvpc.sh(one, 'kill $(cat /tmp/mouth)');
    });
  });
