/** `localvpc ssh`: a login shell in an instance, as ssh gives one, without an SSH server or a key. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { instanceEntry } from '../contract.ts';
import { runInside } from '../enter.ts';
import { instanceId } from '../instance-name.ts';
import { loginCommand } from '../login-shell.ts';
import { enterable } from './exec.ts';

const HELP = `
INSTANCE is an instance id, or the Name tag where only one instance has it. You
are root there, in root's home folder, in a login shell of bash or sh. No packet
is involved, so it works where no group, route or key pair lets anybody in, and
in an instance whose network is broken.

A command is what it is for ssh(1): its words are joined by blanks and read by
the login shell, so quote what the shell in the instance is to read. "localvpc
exec" runs a program without a shell in between.

To log in by real packets, with the key pair's key: "localvpc shell", or
"localvpc up --host-access on", and then ssh -i KEY ec2-user@PUBLIC-ADDRESS.

Examples:
  $ localvpc ssh web
  $ localvpc ssh i-0123456789abcdef0 -- uptime
  $ localvpc ssh web -- 'ip route; cat /etc/resolv.conf | grep search'
`;

export const sshCommand = (context: () => Context): Command =>
  new Command('ssh')
    .description('log in to an instance, without an SSH server or a key')
    .argument('<instance>', 'instance id or Name tag')
    .argument('[command...]', 'command for the login shell, after --')
    .usage('INSTANCE [-- COMMAND]')
    .passThroughOptions()
    .addHelpText('after', HELP)
    .action(async (instance: string, command: readonly string[]) => {
      const { endpoint, find, endWith } = context();
      const id = await instanceId(instance, find);
      const entry = await endpoint.get(`instances/${encodeURIComponent(id)}/entry`, instanceEntry);
      const hasTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
      endWith(await runInside(enterable(entry, id), loginCommand(command, hasTerminal)));
    });
