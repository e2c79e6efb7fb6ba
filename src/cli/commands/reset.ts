/** `localvpc reset`: brings every Region of every account back to its first state. */
import { Command } from 'commander';
import type { Context } from '../context.ts';

const HELP = `
All instances end and all resources go; each Region has its default VPC again,
as in a new AWS account. Test suites call it between tests; the same over HTTP
is POST /_localvpc/reset.

Example:
  $ localvpc reset
`;

export const resetCommand = (context: () => Context): Command =>
  new Command('reset')
    .description('remove all resources: every Region as in a new account')
    .addHelpText('after', HELP)
    .action(async () => {
      const { endpoint, print } = context();
      await endpoint.request('reset', { method: 'POST' });
      print('Every Region is back to its first state.');
    });
