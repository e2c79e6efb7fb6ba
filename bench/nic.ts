/** The ways of frames: `localvpc bench nic`, and what each figure is measured by. */
import { execFileSync } from 'node:child_process';
import type { FlowsResult, NicResult, NicRun } from '../src/cli/nic-bench/result.ts';
import { atLeast, compared, figure, type Line } from './line.ts';
import { CLI } from './server-process.ts';

/** Runs it as users do; less than a minute. */
export function measureNics(): readonly Line[] {
  // Printed by our own command of the same version.
  const run = JSON.parse(
    execFileSync(process.execPath, [CLI, 'bench', 'nic', '--json'], { encoding: 'utf8' }),
  ) as NicRun;
  const bare = resultOf(run, 'bare veth pair');
  const mediated = resultOf(run, 'mediated');
  const sriov = resultOf(run, 'SR-IOV');
  return [
    ...(bare && mediated ? [streamLine('NIC mediated', mediated, bare, 0.7)] : []),
    ...(bare && mediated && sriov ? sriovLines(sriov, mediated, bare) : []),
    ...(run.flows ? flowLines(run.flows) : []),
    ...run.missing.map(({ way, why }) => figure(`NIC ${way}`, `not measured: ${why}`)),
  ];
}

const resultOf = ({ results }: NicRun, way: string): NicResult | undefined => results.find((one) => one.way === way);

const streamLine = (name: string, one: NicResult, bare: NicResult, target: number): Line =>
  compared(`${name}: TCP, one stream`, {
    measured: `${one.gigabits.toFixed(1)} Gbit/s`,
    reference: `${bare.gigabits.toFixed(1)} Gbit/s (bare veth pair)`,
    ratio: one.gigabits / bare.gigabits,
    target,
  });

/** A figure that must stay below a part of another one. */
const below = (name: string, measured: string, reference: string, part: number, target: number): Line => ({
  ...figure(name, measured),
  reference,
  ratio: part < 0.01 ? part.toExponential(1) : `${part.toFixed(2)} ×`,
  target: `at most ${target}`,
  met: part <= target ? 'met' : 'not met',
});

const flowLines = ({ held, newPerSecond }: FlowsResult): readonly Line[] => [
  atLeast('NIC SR-IOV: flows held by the kernel', held, 100_000, 'flows'),
  atLeast('NIC SR-IOV: new flows handed to it', newPerSecond, 20_000, 'a second'),
];

function sriovLines(sriov: NicResult, mediated: NicResult, bare: NicResult): readonly Line[] {
  const { mediatorSecondsPerGigabyte: cost = Number.NaN, mediatedPerDelivered: seen = Number.NaN } = sriov;
  const { mediatorSecondsPerGigabyte: mediatedCost = Number.NaN } = mediated;
  return [
    streamLine('NIC SR-IOV', sriov, bare, 0.9),
    below(
      'NIC SR-IOV: round trip, median',
      `${sriov.medianMicroseconds.toFixed(1)} µs`,
      `${bare.medianMicroseconds.toFixed(1)} µs (bare veth pair)`,
      sriov.medianMicroseconds / bare.medianMicroseconds,
      1.25,
    ),
    below(
      'NIC SR-IOV: the mediator’s processor time for a gigabyte',
      `${cost.toFixed(4)} s`,
      `${mediatedCost.toFixed(3)} s (mediated)`,
      cost / mediatedCost,
      0.02,
    ),
    below('NIC SR-IOV: frames mediated for each delivered', seen.toExponential(1), '', seen, 0.0001),
  ];
}
