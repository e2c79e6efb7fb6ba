/**
 * From where programs of the user's look at the network: the outside world, an instance, or one launched for the while.
 *
 * Private addresses mean something in a VPC only, and two VPCs may have the same ones. So whoever wants to reach them
 * says from where, and stands there: with the interface, the addresses, the groups and the routes of an instance.
 */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { enterable } from './commands/exec.ts';
import type { Context } from './context.ts';
import { instanceEntry, internetEntry } from './contract.ts';
import { CommandFailure } from './failure.ts';
import { instanceId } from './instance-name.ts';

/** The options of commands that take a standpoint, as commander gives them. */
export interface StandpointOptions {
  readonly via?: string;
  readonly vpc?: string;
  readonly subnet?: string;
  readonly group?: readonly string[];
}

/** Where programs run, as far as the network is concerned. */
export interface Standpoint {
  /** A process whose network it is. */
  readonly hostPid: number;
  /** For people: "web", "subnet-0a…"; undefined for the outside world. */
  readonly name: string | undefined;
  /** What /etc/resolv.conf says there; undefined where it cannot be read. */
  readonly resolver: string | undefined;
}

/** Adds `--via`, `--vpc`, `--subnet` and `--group` to a command. */
export const addStandpointOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--via <instance>', 'from an instance’s interfaces: id or Name tag').conflicts(['vpc', 'subnet']),
    )
    .addOption(new Option('--vpc <id>', 'from an instance launched in a VPC for the while').conflicts('subnet'))
    .option('--subnet <id>', 'the same, in this subnet')
    .option('--group <id...>', 'its security groups (default: the VPC’s default group)');

/** Runs `work` from the standpoint that the options name. What was launched for it is terminated afterwards. */
export async function atStandpoint<T>(
  options: StandpointOptions,
  context: Context,
  work: (standpoint: Standpoint) => Promise<T>,
): Promise<T> {
  const { via, vpc, subnet, group = [] } = options;
  if (vpc === undefined && subnet === undefined) {
    if (group.length > 0) throw new CommandFailure('--group is for --vpc and --subnet: an instance has its groups.');
    return await work(via === undefined ? await outside(context) : await instance(via, context));
  }
  const place = { vpc, subnet, groups: group };
  const { launchForTheWhile } = await import('./bastion.ts');
  const bastion = await launchForTheWhile(place, context);
  try {
    const standpoint = await instance(bastion.id, context);
    return await work({ ...standpoint, name: bastion.subnetId });
  } finally {
    await bastion.terminate();
  }
}

/** The outside world. @throws CommandFailure where there is none to enter */
export async function outside({ endpoint }: Context): Promise<Standpoint> {
  const { hostPid, message } = await endpoint.get('internet/entry', internetEntry);
  if (hostPid === undefined) {
    throw new CommandFailure(
      message ?? 'There is no internet namespace: localvpc runs with virtual guests here.',
      'Why, says: localvpc status',
    );
  }
  return { hostPid, name: undefined, resolver: resolverOf(hostPid) };
}

async function instance(nameOrId: string, { endpoint, find }: Context): Promise<Standpoint> {
  const id = await instanceId(nameOrId, find);
  const hostPid = enterable(await endpoint.get(`instances/${encodeURIComponent(id)}/entry`, instanceEntry), id);
  return { hostPid, name: nameOrId, resolver: resolverOf(hostPid) };
}

function resolverOf(hostPid: number): string | undefined {
  try {
    return readFileSync(`/proc/${hostPid}/root/etc/resolv.conf`, 'utf8');
  } catch {
    // Another user's, or it has just ended: entering it fails as well, and says why.
    return undefined;
  }
}
