/** `localvpc exec`: runs a program inside an instance. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { type InstanceEntry, instanceEntry } from '../contract.ts';
import { programOf, runInside } from '../enter.ts';
import { CommandFailure } from '../failure.ts';
import { instanceId } from '../instance-name.ts';

const HELP = `
INSTANCE is an instance id, or the Name tag where only one instance has it. The
program is a real process on the instance's real interfaces; standard input,
output, exit status and terminal are yours. Without a program you get a shell.

Examples:
  $ localvpc exec i-0123456789abcdef0 -- ip address
  $ localvpc exec web -- curl -s http://10.0.2.15
  $ localvpc exec web -- sh -c 'ping -c 3 10.0.2.15 > /tmp/ping.txt'
  $ tar c site | localvpc exec web -- tar x -C /srv
  $ localvpc exec web
`;

export const execCommand = (context: () => Context): Command =>
  new Command('exec')
    .description('run a program inside an instance')
    .argument('<instance>', 'instance id or Name tag')
    .argument('[program...]', 'program and its arguments, after --')
    .usage('INSTANCE -- PROGRAM [ARGUMENT…]')
    .passThroughOptions()
    .addHelpText('after', HELP)
    .action(async (instance: string, program: readonly string[]) => {
      const { endpoint, find, endWith } = context();
      const id = await instanceId(instance, find);
      const entry = await endpoint.get(`instances/${encodeURIComponent(id)}/entry`, instanceEntry);
      endWith(await runInside(enterable(entry, id), programOf(program)));
    });

/** The process to enter, or why there is none. */
export function enterable(entry: InstanceEntry, id: string): number {
  if (entry.hostPid !== undefined) return entry.hostPid;
  if (entry.state !== 'running') {
    throw new CommandFailure(
      entry.message ?? `${id} is ${entry.state}, so nothing can run in it.`,
      entry.state === 'stopped' ? `To start it, type: aws ec2 start-instances --instance-ids ${id}` : undefined,
    );
  }
  throw new CommandFailure(
    entry.message ?? `${id} has a ${entry.driver} guest, which answers packets but runs no programs.`,
    'Whether real guests work here, and why not, says: localvpc status',
  );
}
