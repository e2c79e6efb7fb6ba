/** `localvpc drops`: packets that are dropped, while it happens, with the reason and the rule. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { type WatchedDrop, watchedDrop } from '../contract.ts';
import { CommandFailure, messageOf } from '../failure.ts';
import type { HttpAnswer } from '../http-request.ts';
import { interfaceId } from '../instance-name.ts';
import { type Colours, WIDTH, wrap } from '../style.ts';

const HELP = `
INTERFACE is a network interface id, or an instance (id or Name tag) that has
only one; without it all interfaces that there are now are watched. Shown are
packets of running traffic that an interface sends and that are dropped wherever
it is, and those that were for it and did not get in, each with the rule, entry,
route or groups that decided. Nothing is paid per packet while nobody watches.
Ctrl-C ends it.

Examples:
  $ localvpc drops web
  $ localvpc drops --json | jq .reason
`;

/** Columns of the time. */
const INDENT = 14;

export const dropsCommand = (context: () => Context): Command =>
  new Command('drops')
    .description('show packets as they are dropped, with the reason and the rule')
    .argument('[interface]', 'network interface id, or an instance with one interface')
    .option('--json', 'print a line of JSON for each')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, options: { json?: boolean }) => await drops(name, options, context()));

async function drops(name: string | undefined, { json }: { json?: boolean }, context: Context): Promise<void> {
  const { endpoint, find, colours, print } = context;
  const query = name === undefined ? '' : `?interface=${encodeURIComponent(await interfaceId(name, find))}`;
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort());
  const answer = await endpoint.request(`drops${query}`, { signal: ending.signal });
  try {
    for await (const line of linesOf(answer))
      for (const text of json ? [line] : dropLines(watchedDrop(JSON.parse(line), ''), colours)) print(text);
  } catch (error) {
    if (!ending.signal.aborted) throw new CommandFailure(`The watch broke off: ${messageOf(error)}`);
  }
}

async function* linesOf({ body }: HttpAnswer): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of body) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

/** A drop in at most 80 columns: the packet, the reason, and what decided. */
export function dropLines(drop: WatchedDrop, colours: Colours): readonly string[] {
  const { atMs, interfaceId, direction, packet, reason, code, explanation, droppedAt, component } = drop;
  const time = new Date(atMs).toISOString().slice(11, 23);
  const arrow = direction === 'out-of-guest' ? 'from' : 'to';
  const where = droppedAt === null || droppedAt === interfaceId ? '' : ` at ${droppedAt}`;
  const why = `${reason}${where}: ${explanation}${code === null ? '' : ` (${code})`}`;
  const indented = (text: string): readonly string[] =>
    wrap(text, WIDTH - INDENT).map((line) => ' '.repeat(INDENT) + line);
  return [
    `${colours.dim(time.padEnd(INDENT))}${packet}`,
    ...indented(`${arrow} ${interfaceId}`),
    ...indented(why).map(colours.bad),
    ...(component ? indented(`${component.id} ${component.detail}`) : []),
  ];
}
