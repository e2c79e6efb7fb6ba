/** `localvpc reach`: who reaches whom, for all packets at once, in a network that runs or was saved. */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import type { ReachQuestion } from '../../reach/question.ts';
import type { NetworkSnapshot } from '../../tables/network-snapshot.ts';
import type { Context } from '../context.ts';
import { CommandFailure, messageOf } from '../failure.ts';
import { RUNNING, readNetwork, textOf } from '../network-source.ts';
import { matrixLines, reachLines, unusedRuleLines } from '../reach-text.ts';
import { type ParameterOptions, withParameters } from '../template-parameters.ts';
import { reachDiffCommand } from './reach-diff.ts';

const HELP = `
X reaches Y with a packet when "localvpc trace" would deliver it: out of X from
its own address, past groups, ACLs, routes and gateways, to Y or, where a route
leads through an appliance or Y is an endpoint, to who stands there in its
place. All addresses, ports and protocols are asked about, not samples of them.
A flow is open where its answers come back to every client port from 1024 to
65535; it is said where they do not.
"internet" is every address outside of the VPCs, and "site" every one behind VPN
connections: in their static routes or, at a transit gateway, in what they
carry. What guests do with packets, as firewalls and listening programs do, is
not known here.

X and Y are each an instance (id or Name tag), an interface, a subnet, a group
or a VPC by its id, an address, a block, "internet" or "site".

--network asks about another network: a file that "reach save" wrote, a data
folder, the URL of a localvpc, or what "localvpc import" takes, such as a
Terraform plan. Nothing need run for these.

Examples:
  $ localvpc reach --to db                      who can reach my database
  $ localvpc reach --from internet              what the internet can reach
  $ localvpc reach --from site --to db          which of our machines reach it
  $ localvpc reach --to db --tcp 5432 --json | jq '.flows[].from[].name'
  $ localvpc reach --matrix --tcp 22
  $ localvpc reach --unused-rules
  $ localvpc reach save before.json
  $ localvpc reach --from internet --network plan.json
  $ localvpc reach diff before.json running     what a change opens and closes
`;

interface Options extends ParameterOptions {
  readonly from?: string;
  readonly to?: string;
  readonly tcp?: readonly number[];
  readonly udp?: readonly number[];
  readonly icmp?: boolean;
  readonly network: string;
  readonly partial?: boolean;
  readonly matrix?: boolean;
  readonly unusedRules?: boolean;
  readonly json?: boolean;
}

export const reachCommand = (context: () => Context): Command =>
  withParameters(new Command('reach'))
    .description('say who reaches whom, over all addresses and ports')
    .option('--from <who>', 'only what these send')
    .option('--to <whom>', 'only what these are sent')
    .option('--tcp <port...>', 'only TCP to these ports', parsePorts)
    .option('--udp <port...>', 'only UDP to these ports', parsePorts)
    .option('--icmp', 'only ICMP')
    .option('--network <source>', 'what to ask about instead of the localvpc that runs', RUNNING)
    .option('--partial', 'of a description, take what can be read')
    .option('--matrix', 'print who by whom')
    .option('--unused-rules', 'only the rules and ACL entries that no possible packet uses')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (options: Options) => await reach(options, context()))
    .addCommand(saveCommand(context))
    .addCommand(reachDiffCommand(context));

const saveCommand = (context: () => Context): Command =>
  new Command('save')
    .description('write the network to a file, to be asked about or compared later')
    .argument('<file>', 'file to write')
    .action(async (file: string) => {
      const { endpoint, print } = context();
      const text = await textOf(RUNNING, endpoint);
      try {
        writeFileSync(file, `${text}\n`);
      } catch (error) {
        throw new CommandFailure(`${file} cannot be written: ${messageOf(error)}`);
      }
      print(`Saved to ${file}.`);
    });

async function reach(options: Options, context: Context): Promise<void> {
  const { network, partial, parameter, parameters, matrix, unusedRules, json, ...question } = options;
  const snapshot = await readNetwork(network, context, { partial, parameter, parameters });
  if (unusedRules) {
    await printUnusedRules(snapshot, json ?? false, context);
    return;
  }
  const report = await answer(snapshot, question);
  if (json) context.print(JSON.stringify(report, null, 2));
  else for (const line of matrix ? matrixLines(report) : reachLines(report, context.colours)) context.print(line);
}

async function printUnusedRules(snapshot: NetworkSnapshot, json: boolean, { print }: Context): Promise<void> {
  const { unusedRules } = await import('../../reach/unused-rules.ts');
  const unused = unusedRules(snapshot);
  for (const line of json ? [JSON.stringify({ unusedRules: unused }, null, 2)] : unusedRuleLines(unused)) print(line);
}

/** The analysis is loaded only now: no other command has use for it. */
async function answer(snapshot: NetworkSnapshot, question: ReachQuestion) {
  const { reach: ask } = await import('../../reach/report.ts');
  try {
    return ask(snapshot, question);
  } catch (error) {
    if (error instanceof Error && error.name === 'ReachQuestionError') throw new CommandFailure(error.message);
    throw error;
  }
}

function parsePorts(text: string, before: readonly number[] | undefined): readonly number[] {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return [...(before ?? []), Number(text)];
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}
