/** The benchmark of the ways of frames, run whole and quickly: real traffic, and nothing left of it. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { NicRun } from '../src/cli/nic-bench/result.ts';
import { skip } from './fixture/guests-here.ts';
import { CLI } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { runProgram } from './fixture/program-run.ts';

/** Many times what it takes on a machine that does nothing else. */
const TIMEOUT_MS = 120_000;

const bench = (...options: readonly string[]) =>
  runProgram(process.execPath, [CLI, 'bench', 'nic', '--quick', ...options], { timeoutMs: TIMEOUT_MS });
const devices = async (): Promise<string> => (await runProgram('ip', ['-o', 'link'])).stdout;

describe('localvpc bench nic', { skip }, () => {
  if (process.geteuid?.() !== 0) {
    test('is refused with what to type instead', async () => {
      const { status, stderr } = await bench();
      equal(status, 1);
      match(stderr, /only root may[\s\S]*sudo/);
    });
    return;
  }
  if (!existsSync('/usr/bin/iperf3')) return;

  test('measures each way with real traffic, draws the chart, and leaves nothing behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nic-bench-'));
    const before = await devices();
    const { status, stdout, stderr } = await bench('--json', '--svg', join(folder, 'chart.svg'));
    equal(status, 0, stderr);
    const { results, flows, missing } = JSON.parse(stdout) as NicRun;
    const ways = [...results, ...missing].map(({ way }) => way);
    deepEqual(ways.sort(), ['SR-IOV', 'bare veth pair', 'mediated', 'passthrough']);
    for (const result of results) {
      ok(result.gigabits > 0 && result.packetsPerSecond > 0, result.way);
      ok(result.medianMicroseconds > 0 && result.p99Microseconds >= result.medianMicroseconds, result.way);
    }
    const seen = (way: string): number =>
      present(results.find((result) => result.way === way)?.mediatedPerDelivered, `frames of ${way}`);
    ok(seen('mediated') > 0.95, 'every frame passes the fabric');
    equal(seen('passthrough'), 0);
    equal(flows === undefined, missing.length > 0);
    if (flows) ok(flows.held > 0.99 * flows.begun && flows.newPerSecond > 0, JSON.stringify(flows));
    match(readFileSync(join(folder, 'chart.svg'), 'utf8'), /^<svg /);
    equal(await devices(), before);
    rmSync(folder, { recursive: true });
  });
});
