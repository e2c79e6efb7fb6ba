/** How text is set on a terminal: colours where they are wanted, lines no wider than 80 columns. */

export const WIDTH = 80;

/** Puts colours around text, or gives it back as it is. */
export interface Colours {
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

const paint = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;

export const COLOURS: Colours = { good: paint(32), bad: paint(31), dim: paint(2), bold: paint(1) };

const same = (text: string): string => text;
export const NO_COLOURS: Colours = { good: same, bad: same, dim: same, bold: same };

/** Colours for a terminal that has not been told to do without (https://no-color.org), none for files and pipes. */
export function coloursFor(output: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Colours {
  const refused = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  return output.isTTY && !refused ? COLOURS : NO_COLOURS;
}

/** Breaks text at spaces into lines of at most `columns` characters; a longer word stands alone on its line. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** The text in lines of `WIDTH`, the first one indented, the others more. */
export function indented(text: string, spaces: number): readonly string[] {
  const [first = '', ...rest] = wrap(text, WIDTH - spaces);
  const more = wrap(rest.join(' '), WIDTH - spaces - 2);
  return [`${' '.repeat(spaces)}${first}`, ...more.map((line) => `${' '.repeat(spaces + 2)}${line}`)];
}

/** Rows as columns of equal width, two spaces between them, nothing after the last. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = widthsOf(rows);
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: count }, (_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
}
