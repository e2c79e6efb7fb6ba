/** `localvpc reach diff`: what a change of a network opens and closes, with an exit status for pull-request checks. */
import { Command, InvalidArgumentError } from 'commander';
import type { ReachChange } from '../../reach/difference.ts';
import type { Context } from '../context.ts';
import { readNetwork } from '../network-source.ts';
import { differenceLines } from '../reach-difference-text.ts';
import type { ParameterOptions } from '../template-parameters.ts';

const HELP = `
BEFORE and AFTER are each a file that "localvpc reach save" wrote, a data folder,
the URL of a localvpc, "running", or what "localvpc import" takes:
describe-JSON, a Terraform plan or state, or a CloudFormation template
(--parameter and --parameters of "localvpc reach" count for both), for which
nothing need run. Interfaces of the two are the same where their Name tags, or
those of their instances, are; without one, where ids are.

--fail-on takes any of: opened, closed, internet (something was opened from the
internet or to it), site (the same for the customer's site), none; separated by
commas. The exit status is 2 where such a change was found, 0 where none was, 1
where the question could not be answered.

Examples:
  $ localvpc reach diff before.json running
  $ localvpc reach diff main.json branch.json --fail-on internet
  $ localvpc reach diff main-plan.json branch-plan.json --fail-on internet
  $ localvpc reach diff main.json branch.json --json --fail-on opened,closed
`;

const CHANGES_FOUND = 2;
const CHOICES = ['opened', 'closed', 'internet', 'site', 'none'] as const;
type FailOn = (typeof CHOICES)[number];

export const reachDiffCommand = (context: () => Context): Command =>
  new Command('diff')
    .description('say what a change of the network opens and closes')
    .argument('<before>', 'the network as it was')
    .argument('<after>', 'the network as it is')
    .option('--fail-on <changes>', 'changes that make the exit status 2', parseFailOn, ['opened'] as const)
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (before: string, after: string, options: Options, command: Command) =>
      diff([before, after], { ...command.optsWithGlobals(), ...options }, context()),
    );

interface Options extends ParameterOptions {
  readonly failOn: readonly FailOn[];
  readonly json?: boolean;
  readonly partial?: boolean;
}

async function diff(
  [before, after]: readonly [string, string],
  { failOn, json, partial, ...given }: Options,
  context: Context,
): Promise<void> {
  const reading = { partial, ...given };
  const [old, now] = [await readNetwork(before, context, reading), await readNetwork(after, context, reading)];
  const { difference } = await import('../../reach/difference.ts');
  const found = difference(old, now);
  for (const line of json ? [JSON.stringify(found, null, 2)] : differenceLines(found, context.colours))
    context.print(line);
  if (found.changes.some((change) => failOn.some((choice) => isMeant(choice, change)))) context.endWith(CHANGES_FOUND);
}

function isMeant(choice: FailOn, { change, from, to }: ReachChange): boolean {
  if (choice === 'internet' || choice === 'site')
    return change === 'opened' && [...from, ...to].some(({ kind }) => kind === choice);
  return choice === change;
}

function parseFailOn(text: string): readonly FailOn[] {
  return text.split(',').map((word) => {
    const choice = CHOICES.find((one) => one === word.trim());
    if (choice) return choice;
    throw new InvalidArgumentError(`Take any of ${CHOICES.join(', ')}, separated by commas.`);
  });
}
