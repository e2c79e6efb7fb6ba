/** The results of the NIC benchmark as a table, which reads well on a terminal and in Markdown. */
import type { FlowsResult, NicResult, NicRun } from './result.ts';

const HEADINGS = [
  '',
  'TCP, one stream',
  'packets of 64 bytes',
  'round trip, median',
  '99th percentile',
  'mediator’s CPU per GB',
  'mediated per frame delivered',
];

/** Rows for everything that was measured, and a line for what was not. */
export function tableText({ results, flows, missing }: NicRun): readonly string[] {
  const rows = [HEADINGS, ...results.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head = HEADINGS, ...body] = rows;
  const notes = missing.map(({ way, why }) => `*${way}* was not measured: ${why}.`);
  const flowNotes = flows ? [flowsText(flows)] : [];
  return [line(head), rule, ...body.map(line), ...[...flowNotes, ...notes].flatMap((note) => ['', note])];
}

const cellsOf = (result: NicResult): readonly string[] => [
  result.way,
  `${result.gigabits.toFixed(1)} Gbit/s`,
  `${count(result.packetsPerSecond)} a second`,
  `${result.medianMicroseconds.toFixed(0)} µs`,
  `${result.p99Microseconds.toFixed(0)} µs`,
  result.mediatorSecondsPerGigabyte === undefined ? '' : `${result.mediatorSecondsPerGigabyte.toFixed(3)} s`,
  result.mediatedPerDelivered === undefined ? '' : ratioText(result.mediatedPerDelivered),
];

const flowsText = ({ held, begun, newPerSecond }: FlowsResult): string =>
  `SR-IOV, many flows: ${count(held)} of ${count(begun)} held by the kernel, ${count(newPerSecond)} new ones a second.`;

const count = (value: number): string => Math.round(value).toLocaleString('en');

const ratioText = (ratio: number): string =>
  ratio === 0 ? '0' : ratio < 0.01 ? ratio.toExponential(1) : ratio.toFixed(2);
