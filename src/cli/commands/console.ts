/** `localvpc console`: what an instance wrote to its console. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { instanceId } from '../instance-name.ts';

const HELP = `
The console has what the guest printed while it started, the output of its user
data included. It is kept after a stop, as for "aws ec2 get-console-output".

Example:
  $ localvpc console web
`;

export const consoleCommand = (context: () => Context): Command =>
  new Command('console')
    .description("print an instance's console output")
    .argument('<instance>', 'instance id or Name tag')
    .addHelpText('after', HELP)
    .action(async (instance: string) => {
      const { endpoint, find, print } = context();
      const id = await instanceId(instance, find);
      const response = await endpoint.request(`instances/${encodeURIComponent(id)}/console`);
      const output = (await response.text()).replace(/\n$/, '');
      if (output !== '') print(output);
    });
