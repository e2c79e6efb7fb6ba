/** A line of the benchmark's table, and the table as text. */

/** What was measured, and what it is measured by. */
export interface Line {
  readonly name: string;
  /** The figure with its unit: "312 ms". */
  readonly measured: string;
  /** What it is compared with, measured in the same run: "115 a second (moto_server)"; empty where there is nothing. */
  readonly reference: string;
  /** The figure that the target is about, where that is a ratio: "31.2 ×". */
  readonly ratio: string;
  /** "at most 350 ms"; empty for a figure that is only printed. */
  readonly target: string;
  readonly met: 'met' | 'not met' | '';
}

/** A figure that is only printed. */
export const figure = (name: string, measured: string): Line => ({
  name,
  measured,
  reference: '',
  ratio: '',
  target: '',
  met: '',
});

/** A figure that must not be larger than its target; both in the same unit. */
export const atMost = (name: string, value: number, target: number, unit: string): Line => ({
  ...figure(name, `${target < 100 ? value.toFixed(2) : thousands(value)} ${unit}`),
  target: `at most ${thousands(target)} ${unit}`,
  met: value <= target ? 'met' : 'not met',
});

/** A figure that must not be smaller than its target. */
export const atLeast = (name: string, value: number, target: number, unit: string): Line => ({
  ...figure(name, `${thousands(value)} ${unit}`),
  target: `at least ${thousands(target)} ${unit}`,
  met: value >= target ? 'met' : 'not met',
});

/** A comparison of two figures of one run; `ratio` is the better the larger it is. */
export const compared = (
  name: string,
  parts: { readonly measured: string; readonly reference: string; readonly ratio: number; readonly target: number },
): Line => ({
  name,
  measured: parts.measured,
  reference: parts.reference,
  ratio: `${parts.ratio.toFixed(parts.ratio < 10 ? 2 : 1)} ×`,
  target: `at least ${parts.target} ×`,
  met: parts.ratio >= parts.target ? 'met' : 'not met',
});

/** Rounded, with separators: "3,412,000". */
export const thousands = (value: number): string => Math.round(value).toLocaleString('en');

/** The middle of some figures. @throws RangeError for none */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new RangeError('no median of nothing');
  return middle;
}

const COLUMNS = ['name', 'measured', 'reference', 'ratio', 'target', 'met'] as const;
const HEADINGS: Line = {
  name: '',
  measured: 'measured',
  reference: 'reference',
  ratio: 'ratio',
  target: 'target',
  met: '',
};

/** The table in Markdown, which reads well in a terminal too. */
export function tableText(lines: readonly Line[]): string {
  const rows = [HEADINGS, ...lines];
  const widths = COLUMNS.map((column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const printed = rows.map(
    (row) => `| ${COLUMNS.map((column, at) => row[column].padEnd(widths[at] ?? 0)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [printed[0], rule, ...printed.slice(1)].join('\n');
}
