/** `localvpc flow-logs`: the records of a flow log. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { CommandFailure, messageOf } from '../failure.ts';

const HELP = `
Records are written when the interval of a minute or ten minutes is over in
which their flows were. With --now those of the present interval are written
at once, as short as it is so far.

They are also files, named as in S3 and CloudWatch Logs, in the folder flow-logs
of localvpc's data folder: s3/BUCKET/AWSLogs/… or log-groups/GROUP/eni-…-all,
tgw-…-all for those of transit gateways.

Examples:
  $ localvpc flow-logs fl-0123456789abcdef0 --now
  $ localvpc flow-logs fl-0123456789abcdef0 --follow | grep REJECT
`;

interface Options {
  readonly follow?: boolean;
  readonly now?: boolean;
}

export const flowLogsCommand = (context: () => Context): Command =>
  new Command('flow-logs')
    .description('print the records of a flow log')
    .argument('<flow-log>', 'id of the flow log')
    .option('--follow', 'go on with each record that is written, until Ctrl-C')
    .option('--now', 'first write the records of the present interval')
    .addHelpText('after', HELP)
    .action(async (id: string, options: Options) => await printRecords(id, options, context()));

async function printRecords(id: string, { follow = false, now = false }: Options, context: Context): Promise<void> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort());
  const path = `flow-logs/${encodeURIComponent(id)}?follow=${follow}&now=${now}`;
  const response = await context.endpoint.request(path, { signal: ending.signal });
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const bytes of response.body ?? []) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) context.print(line);
    }
  } catch (error) {
    if (!ending.signal.aborted) throw new CommandFailure(`The records broke off: ${messageOf(error)}`);
  }
}
