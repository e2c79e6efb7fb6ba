/**
 * All pairs, all addresses and all ports of a large network on one core, in processor time: `npx tsx bench/reach.ts`
 * measures 1,000 interfaces in 500 groups, and with an argument as many as it says.
 */
import { pathToFileURL } from 'node:url';
import { Analysis } from '../src/reach/analysis.ts';
import { difference } from '../src/reach/difference.ts';
import { unusedRules } from '../src/reach/unused-rules.ts';
import type { TableRow } from '../src/tables/tables.ts';
import { largeNetwork } from '../src/testing/large-network.ts';
import { groupRule } from '../src/testing/rule-text.ts';

/** Seconds of processor time, and how much was found. */
export interface ReachFigure {
  readonly seconds: number;
  readonly found: number;
}

function measured(work: () => number): ReachFigure {
  const started = process.cpuUsage();
  const found = work();
  const { user, system } = process.cpuUsage(started);
  return { seconds: (user + system) / 1e6, found };
}

/** Prepares the network and finds every flow in it: the pairs of parties that reach each other. */
export function measureReach(interfaces: number, groups: number): ReachFigure {
  const rows = largeNetwork(interfaces, groups);
  return measured(() => {
    let pairs = 0;
    new Analysis(rows).eachFlow(({ from }) => {
      for (const parties of from) pairs += parties.length;
    });
    return pairs;
  });
}

/** Finds the rules and entries that no packet uses. */
export function measureUnusedRules(interfaces: number, groups: number): ReachFigure {
  const rows = largeNetwork(interfaces, groups);
  return measured(() => unusedRules({ rows, names: {} }).length);
}

/** Compares the network with one in which the first group is open to the world. */
export function measureDifference(interfaces: number, groups: number): ReachFigure {
  const before = largeNetwork(interfaces, groups);
  const first = before.findIndex(({ kind }) => kind === 'security-group');
  const after = before.map((row, index) => (index === first ? opened(row) : row));
  return measured(() => difference({ rows: before, names: {} }, { rows: after, names: {} }).changes.length);
}

const opened = (row: TableRow): TableRow =>
  row.kind === 'security-group'
    ? { ...row, ingress: [...row.ingress, groupRule('tcp 22 from 0.0.0.0/0', 'new')] }
    : row;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const interfaces = Number(process.argv[2] ?? 1000);
  const show = (what: string, { seconds, found }: ReachFigure): void =>
    console.log(
      `${what} of ${interfaces} interfaces, ${interfaces / 2} groups: ${seconds.toFixed(2)} s, ${found} found`,
    );
  show('pairs', measureReach(interfaces, interfaces / 2));
  show('unused rules', measureUnusedRules(interfaces, interfaces / 2));
  show('changes', measureDifference(interfaces, interfaces / 2));
}
