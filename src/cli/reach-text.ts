/** What `localvpc reach` found, as text in 80 columns: a list by receiver, or a matrix of who reaches whom. */

import type { ReachEnd, ReachFlow, ReachReport } from '../reach/report.ts';
import { rangesText } from '../reach/traffic-text.ts';
import type { UnusedRule } from '../reach/unused-rules.ts';
import { type Colours, columns, indented, WIDTH, wrap } from './style.ts';

/** Longest list of senders that is written out; of more only the number is said, with --json all are there. */
const MOST_NAMES = 8;

/** Receivers with who reaches them, by what, and by which rules. */
export function reachLines({ flows }: ReachReport, colours: Colours): readonly string[] {
  if (flows.length === 0) return ['Nobody reaches anybody with such a packet.'];
  const receivers = new Map<string, ReachFlow[]>();
  for (const flow of flows) receivers.set(endText(flow.to), [...(receivers.get(endText(flow.to)) ?? []), flow]);
  return [...receivers].flatMap(([to, ofReceiver], index) => [
    ...(index === 0 ? [] : ['']),
    ...wrap(to, WIDTH).map(colours.bold),
    ...ofReceiver.flatMap((flow) => flowLines(flow, colours)),
  ]);
}

function flowLines(flow: ReachFlow, colours: Colours): readonly string[] {
  const { via, answered, clientPorts, rules } = flow;
  const paint = answered === 'no' ? colours.dim : colours.good;
  const lines = indented(`${rangesText(flow.traffic)} from ${endsText(flow.from)}`, 2).map(paint);
  const notes = [
    ...(via ? [`delivered to ${endText(via)} in its place`] : []),
    ...(answered === 'no' ? ['answers do not come back'] : []),
    ...(answered === 'some' ? [`answers come back to ${rangesText(clientPorts)} only`] : []),
  ];
  const by = rules.map(({ id, detail }) => `${id} ${detail}`);
  return [
    ...lines,
    ...notes.flatMap((note) => indented(note, 6).map(colours.bad)),
    ...by.flatMap((rule) => indented(rule, 6).map(colours.dim)),
  ];
}

/** "web (i-0abc…, 10.0.1.10)", "internet (203.0.113.0/24)", "site (192.168.0.0/16)". */
export function endText(end: ReachEnd): string {
  if (end.kind !== 'interface') return isEverything(end.addresses) ? end.kind : `${end.kind} (${end.addresses})`;
  const { name, ownerId, interfaceId, addresses } = end;
  const details = [...(name === undefined ? [] : [ownerId]), ...(ownerId === interfaceId ? [] : []), ...addresses];
  return `${name ?? ownerId}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
}

const isEverything = (addresses: string): boolean => addresses === '0.0.0.0/0' || addresses === '::/0';

function endsText(ends: readonly ReachEnd[]): string {
  if (ends.length === 1) return ends.map(endText).join();
  const names = ends.map(shortName);
  if (names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`;
}

/** What an end is called in lists and matrices. */
export const shortName = (end: ReachEnd): string =>
  end.kind === 'interface' ? (end.name ?? end.ownerId) : endText(end);

/** A line for each rule that nothing uses, with the reason. */
export function unusedRuleLines(unused: readonly UnusedRule[]): readonly string[] {
  if (unused.length === 0) return ['Every rule and entry is used by some possible packet.'];
  return unused.flatMap(({ componentId, direction, rule, why }) =>
    indented(`${componentId} ${direction} ${rule}: ${why}`, 0),
  );
}

/** Senders as rows, receivers as columns: what is open, "!" where answers do not come back, "." for nothing. */
export function matrixLines({ flows }: ReachReport): readonly string[] {
  const cells = new Map<string, Map<string, Set<string>>>();
  const receivers: string[] = [];
  for (const flow of flows) {
    const to = columnName(flow.to);
    if (!receivers.includes(to)) receivers.push(to);
    for (const end of flow.from) note(cells, columnName(end), to, flow);
  }
  const rows = [...cells].map(([from, of]) => [from, ...receivers.map((to) => [...(of.get(to) ?? ['.'])].join('; '))]);
  return columns([['from \\ to', ...receivers], ...rows]);
}

function note(cells: Map<string, Map<string, Set<string>>>, from: string, to: string, flow: ReachFlow): void {
  const row = cells.get(from) ?? new Map<string, Set<string>>();
  cells.set(from, row);
  const cell = row.get(to) ?? new Set();
  row.set(to, cell.add(`${rangesText(flow.traffic)}${flow.answered === 'no' ? '!' : ''}`));
}

const columnName = (end: ReachEnd): string => (end.kind === 'interface' ? (end.name ?? end.ownerId) : end.kind);
