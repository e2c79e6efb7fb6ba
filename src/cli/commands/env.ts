/** `localvpc env`: prints what a shell needs to know of the running localvpc. */
import { Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context.ts';
import { DEFAULT_CALLER, exportsFor } from '../exports.ts';

const HELP = `
Real AWS keys of this shell are replaced, so that none is sent by mistake. Tools
older than July 2023 (AWS CLI 2.13 and 1.29, boto3 1.28) do not know
AWS_ENDPOINT_URL: they need --endpoint-url, or endpoint_url.

Examples:
  $ eval "$(localvpc env)"
  $ eval "$(localvpc env --region eu-central-1)"
  $ eval "$(localvpc env --account 111122223333)"     as another account
`;

export const envCommand = (context: () => Context): Command =>
  new Command('env')
    .description('print the exports that point AWS tools at localvpc')
    .option('--region <name>', 'Region of the calls', DEFAULT_CALLER.region)
    .option('--account <id>', 'account of the calls (default: 123456789012)', parseAccount)
    .addHelpText('after', HELP)
    .action(({ region, account }: { region: string; account?: string }) => {
      const { endpoint, print } = context();
      const caller = { region, accessKey: account ?? DEFAULT_CALLER.accessKey };
      for (const line of exportsFor(endpoint.url, caller)) print(line);
    });

function parseAccount(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new InvalidArgumentError('An account id has twelve digits.');
}
