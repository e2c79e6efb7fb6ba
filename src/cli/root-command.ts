/** `localvpc` itself, whichever of its commands it has. */
import { Command } from 'commander';
import { DEFAULT_ENDPOINT } from './endpoint.ts';
import { WIDTH } from './style.ts';
import { VERSION } from './version.ts';

const HELP = `
A first session, in two terminals:
  $ localvpc up
  $ eval "$(localvpc env)"
  $ aws ec2 describe-vpcs

The commands find the running localvpc by LOCALVPC_ENDPOINT, or at
${DEFAULT_ENDPOINT}. "localvpc help COMMAND" explains each with examples.
`;

/** The program that has these commands. */
export function rootCommand(commands: readonly Command[]): Command {
  const program = new Command('localvpc')
    .description('EC2 networking on one machine: EC2’s API, EC2’s rules, and real packets that obey them.')
    .version(VERSION)
    .enablePositionalOptions()
    .showHelpAfterError('(localvpc help COMMAND explains each command with examples)')
    .addHelpText('after', HELP);
  for (const command of commands) program.addCommand(command);
  for (const one of [program, ...commands]) one.configureHelp({ helpWidth: WIDTH, showGlobalOptions: false });
  return program;
}
