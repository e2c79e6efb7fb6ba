/** `localvpc coverage`: how far each EC2 operation is served. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { coverage, type OperationCoverage } from '../contract.ts';
import { columns, WIDTH, wrap } from '../style.ts';

const HELP = `
  works         does what AWS does, and packets obey it
  record only   is recorded and described truly; packets do not notice it yet
  not served    is answered with an error that says so

FILTER is a part of an operation's name or of a state.

Examples:
  $ localvpc coverage
  $ localvpc coverage natgateway
  $ localvpc coverage "record only"
  $ localvpc coverage --json
`;

const STATES = ['works', 'record only', 'not served'] as const;

export const coverageCommand = (context: () => Context): Command =>
  new Command('coverage')
    .description('list the EC2 operations and how far each is served')
    .argument('[filter]', 'only operations whose name or state has this text')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (filter: string | undefined, { json = false }: { json?: boolean }) => {
      const { endpoint, print } = context();
      const operations = selected(await endpoint.get('coverage', coverage), filter);
      for (const line of json ? [JSON.stringify({ operations }, null, 2)] : coverageLines(operations, filter))
        print(line);
    });

/** Operations whose name or state contains the text, in whatever case. */
function selected(operations: readonly OperationCoverage[], filter = ''): readonly OperationCoverage[] {
  const wanted = filter.toLowerCase();
  return operations.filter(({ name, state }) => name.toLowerCase().includes(wanted) || state.includes(wanted));
}

/** A line for each operation that is served; those that are not are only counted, unless they were asked for. */
export function coverageLines(operations: readonly OperationCoverage[], filter: string | undefined): readonly string[] {
  const shown = operations.filter(({ state }) => filter !== undefined || state !== 'not served');
  const rows = columns(shown.map(({ name, state }) => [name, state]));
  const lines = shown.flatMap(({ note }, index) => [rows[index] ?? '', ...noteLines(note)]);
  const sums = STATES.map((state) => `${operations.filter((one) => one.state === state).length} ${state}`);
  return [...lines, ...(lines.length > 0 ? [''] : []), `${operations.length} operations: ${sums.join(', ')}`];
}

const noteLines = (note: string | undefined): readonly string[] =>
  note === undefined ? [] : wrap(note, WIDTH - 4).map((line) => `    ${line}`);
