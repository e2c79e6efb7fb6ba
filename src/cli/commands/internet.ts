/** `localvpc internet`: runs a program in the outside world, from which public addresses are reached. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { programOf, runInside } from '../enter.ts';
import { outside } from '../standpoint.ts';

const HELP = `
The internet is a namespace of its own: what runs there reaches instances as
anybody outside AWS does, by their public addresses, through the internet
gateway, network ACLs and security groups. It is not the real internet. Without
a program you get a shell.

Examples:
  $ localvpc internet -- curl -s http://198.18.0.7
  $ localvpc internet -- ping -c 3 198.18.0.7
`;

export const internetCommand = (context: () => Context): Command =>
  new Command('internet')
    .description('run a program in the outside world of all VPCs')
    .argument('[program...]', 'program and its arguments, after --')
    .usage('-- PROGRAM [ARGUMENT…]')
    .passThroughOptions()
    .addHelpText('after', HELP)
    .action(async (program: readonly string[]) => {
      const world = context();
      const { hostPid } = await outside(world);
      world.endWith(await runInside(hostPid, programOf(program)));
    });
