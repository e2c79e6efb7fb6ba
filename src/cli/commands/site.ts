/** `localvpc site`: runs a program at the customer's site, at the other end of VPN connections. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { siteEntry } from '../contract.ts';
import { programOf, runInside } from '../enter.ts';
import { CommandFailure } from '../failure.ts';

const HELP = `
The site is a namespace of its own that plays the customer's network: what runs
there reaches instances by their private addresses, over the VPN connections of
virtual private gateways and transit gateways, and is reached from there. No
address is translated, and there is no tunnel.

It has every address: programs that listen are reached at each address of the
connections' static routes, and send from the first of them unless they say
which one (curl --interface, ping -I, nc -s). Without a program you get a shell.

Examples:
  $ localvpc site -- ping -c 3 10.0.1.12
  $ localvpc site -- curl -s --interface 192.168.7.5 http://10.0.1.12
  $ localvpc site -- busybox httpd -p 80 -h /srv
`;

export const siteCommand = (context: () => Context): Command =>
  new Command('site')
    .description('run a program at the customer’s site, behind VPN connections')
    .argument('[program...]', 'program and its arguments, after --')
    .usage('-- PROGRAM [ARGUMENT…]')
    .passThroughOptions()
    .addHelpText('after', HELP)
    .action(async (program: readonly string[]) => {
      const { endpoint, endWith } = context();
      const { hostPid, message } = await endpoint.get('site/entry', siteEntry);
      if (hostPid === undefined) {
        throw new CommandFailure(message ?? 'There is no site: localvpc runs with virtual guests here.');
      }
      endWith(await runInside(hostPid, programOf(program)));
    });
