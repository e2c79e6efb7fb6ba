/**
 * All pairs, all addresses and all ports of a large network on one core, in processor time: `npx tsx bench/reach.ts`
 * measures 1,000 interfaces in 500 groups, and with an argument as many as it says.
 */
import { pathToFileURL } from 'node:url';
import { Analysis } from '../src/reach/analysis.ts';
import { largeNetwork } from '../src/testing/large-network.ts';

/** Seconds of processor time, and the pairs of parties that reach each other. */
export interface ReachFigure {
  readonly seconds: number;
  readonly pairs: number;
}

/** Prepares the network and finds every flow in it. */
export function measureReach(interfaces: number, groups: number): ReachFigure {
  const rows = largeNetwork(interfaces, groups);
  const started = process.cpuUsage();
  let pairs = 0;
  new Analysis(rows).eachFlow(({ from }) => {
    for (const parties of from) pairs += parties.length;
  });
  const { user, system } = process.cpuUsage(started);
  return { seconds: (user + system) / 1e6, pairs };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const interfaces = Number(process.argv[2] ?? 1000);
  const { seconds, pairs } = measureReach(interfaces, interfaces / 2);
  console.log(`${interfaces} interfaces, ${interfaces / 2} groups: ${seconds.toFixed(2)} s, ${pairs} pairs`);
}
