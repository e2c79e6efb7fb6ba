/** The results of the NIC benchmark as a chart: an SVG without script or font of its own, small enough to read. */
import type { NicResult, NicRun } from './result.ts';

/** One group of bars. */
interface Panel {
  readonly title: string;
  readonly better: 'longer' | 'shorter';
  readonly value: (result: NicResult) => number | undefined;
  readonly text: (value: number) => string;
}

const PANELS: readonly Panel[] = [
  {
    title: 'TCP, one stream',
    better: 'longer',
    value: ({ gigabits }) => gigabits,
    text: (value) => `${value.toFixed(1)} Gbit/s`,
  },
  {
    title: 'UDP, packets of 64 bytes',
    better: 'longer',
    value: ({ packetsPerSecond }) => packetsPerSecond,
    text: (value) => `${Math.round(value / 1000)} k/s`,
  },
  {
    title: 'Round trip of one byte, median',
    better: 'shorter',
    value: ({ medianMicroseconds }) => medianMicroseconds,
    text: (value) => `${value.toFixed(0)} µs`,
  },
  {
    title: 'Round trip of one byte, 99th percentile',
    better: 'shorter',
    value: ({ p99Microseconds }) => p99Microseconds,
    text: (value) => `${value.toFixed(0)} µs`,
  },
  {
    title: 'Mediator’s processor time per gigabyte',
    better: 'shorter',
    value: ({ mediatorSecondsPerGigabyte }) => mediatorSecondsPerGigabyte,
    text: (value) => `${value.toFixed(3)} s`,
  },
];

const WIDTH = 720;
const LABELS = 150;
const BARS = 440;
const BAR = 16;
const GAP = 6;
const HEAD = 34;
const COLOURS = ['#8a8f98', '#c2542d', '#2d7dc2', '#3f9b4f'];

/** The whole document. */
export function chartText({ machine, results }: NicRun): string {
  const panelHeight = HEAD + results.length * (BAR + GAP) + GAP;
  const height = 36 + PANELS.length * panelHeight + 28;
  const panels = PANELS.map((panel, index) => panelText(panel, results, 36 + index * panelHeight));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="NIC modes compared">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    '<text x="12" y="24" font-size="16" font-weight="bold" fill="#1c1f24">Two guests, one way for frames after the other</text>',
    ...panels,
    `<text x="12" y="${height - 10}" font-size="10" fill="#5c6370">${escaped(machine)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function panelText({ title, better, value, text }: Panel, results: readonly NicResult[], top: number): string {
  const largest = Math.max(...results.map((result) => value(result) ?? 0), Number.MIN_VALUE);
  const bars = results.map((result, index) => {
    const y = top + HEAD + index * (BAR + GAP);
    const amount = value(result);
    const width = amount === undefined ? 0 : Math.max(1, (BARS * amount) / largest);
    const said = amount === undefined ? 'no mediator' : text(amount);
    return [
      `<text x="${LABELS - 8}" y="${y + 12}" text-anchor="end" fill="#1c1f24">${escaped(result.way)}</text>`,
      ...(width === 0
        ? []
        : [
            `<rect x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${COLOURS[index % COLOURS.length]}"/>`,
          ]),
      `<text x="${(LABELS + width + 6).toFixed(1)}" y="${y + 12}" fill="#1c1f24">${escaped(said)}</text>`,
    ].join('\n');
  });
  const head = `<text x="12" y="${top + 22}" font-weight="bold" fill="#1c1f24">${escaped(title)} <tspan font-weight="normal" fill="#5c6370">(${better} is better)</tspan></text>`;
  return [head, ...bars].join('\n');
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
