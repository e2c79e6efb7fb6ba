/** `localvpc shell`: a shell of the user's own, in which public addresses are reached by every program. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { internetEntry } from '../contract.ts';
import { runAtNetwork } from '../enter.ts';
import { CommandFailure } from '../failure.ts';
import { outsideShell } from '../outside-shell.ts';

const HELP = `
Your files, your programs, your environment; only the network is another: that
of the internet namespace, in which PublicIpAddress and Elastic IPs are reached
by every program, unmodified, on every port and by every protocol:

  $ localvpc shell
  (localvpc) $ ssh -i key.pem ec2-user@198.18.44.7
  (localvpc) $ curl http://198.18.44.7

What is not reached in it:
- private addresses of instances: take "localvpc exec" or "localvpc ssh", or log
  in to an instance with a public address and go on from there;
- the real internet and your own network, so real names do not resolve. Public
  names of instances do at 192.0.2.53: dig @192.0.2.53 ec2-….amazonaws.com;
- what listens on this machine, localvpc's own endpoint too: type aws commands
  in another terminal. Proxies are taken out of the environment.

"exit" leaves it. It is no sandbox: only the network is another. Started by
another user than root, its programs see your user as root, and can do no more
than you. With root's rights "localvpc up --host-access on" lets every terminal
of this machine reach public addresses.

Examples:
  $ localvpc shell
  $ localvpc shell -- ssh -i key.pem ec2-user@198.18.44.7
  $ localvpc shell -- python3 load-test.py http://198.18.44.7
`;

export const shellCommand = (context: () => Context): Command =>
  new Command('shell')
    .description('open a shell in which every program reaches public addresses')
    .argument('[program...]', 'program and its arguments, after --')
    .usage('[-- PROGRAM [ARGUMENT…]]')
    .passThroughOptions()
    .addHelpText('after', HELP)
    .action(async (words: readonly string[]) => {
      const { endpoint, environment, endWith } = context();
      const { hostPid, message } = await endpoint.get('internet/entry', internetEntry);
      if (hostPid === undefined) {
        throw new CommandFailure(
          message ?? 'There is no internet namespace: localvpc runs with virtual guests here.',
          'Why, says: localvpc status',
        );
      }
      const { program, environment: inside, greeting } = outsideShell(words, environment);
      if (greeting !== undefined && process.stdin.isTTY === true) process.stderr.write(`${greeting}\n`);
      endWith(await runAtNetwork(hostPid, program, inside));
    });
