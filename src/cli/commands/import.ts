/** `localvpc import`: takes a described network over. */
import { Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { type DescribedFile, readDescribedFiles } from '../described-files.ts';
import { CommandFailure } from '../failure.ts';
import { type ImportAnswer, importAnswer, type LeftOut } from '../import-answer.ts';
import { indented, WIDTH, wrap } from '../style.ts';
import { givenParameters, type ParameterOptions, withParameters } from '../template-parameters.ts';

const HELP = `
PATH is a folder with the JSON that "aws ec2 describe-…" prints: one file for
each call, with or without folders for accounts and Regions, however they are
named. Or it is code: the JSON of a Terraform plan or state, or a CloudFormation
template in JSON or YAML; --parameter gives its parameters values, and those
without one have their defaults. A network that exists as code only has ids that
follow from the names of its resources, the same each time, and where the code
leaves an address open, a free one. --live describes an account instead, with
the credentials of --profile or of the environment; it only reads.

Ids, addresses, names and tags stay as they are. A Region that has nothing but
its first default VPC is emptied before. Instances come in as virtual guests:
they answer packets, and run no programs, so trace and reach can be asked at
once. What could not be understood is listed, and then nothing is changed,
unless --partial takes the rest; the exit status is 1 wherever something was
left out.

Behind an endpoint service stand the instances with the name of its load
balancer in their tag localvpc:load-balancer. Code says which these are; EC2's
descriptions do not, so it is listed where the tag is missing, and where the
service of an endpoint is another account's that is not described.

Examples:
  $ localvpc import ./describe
  $ localvpc import ./describe --account 111122223333 --region eu-west-1
  $ terraform show -json plan.out > plan.json && localvpc import plan.json
  $ localvpc import template.yaml --region eu-west-1 --parameter Stage=test
  $ localvpc import template.yaml --parameters test.json
  $ localvpc import --live --profile production --region eu-central-1
  $ localvpc trace i-0abc1234 i-0def5678 --tcp 5432
`;

interface Options extends ParameterOptions {
  readonly live?: boolean;
  readonly profile?: string;
  readonly endpointUrl?: string;
  readonly account?: string;
  readonly region?: string;
  readonly partial?: boolean;
  readonly json?: boolean;
}

export const importCommand = (context: () => Context): Command =>
  withParameters(new Command('import'))
    .description('take over a network from describe-JSON, code or a live account')
    .argument('[path]', 'a folder, or one file')
    .option('--live', 'describe an account of AWS instead of reading files')
    .option('--profile <name>', 'with --live: credentials of ~/.aws to ask with')
    .addOption(new Option('--endpoint-url <url>', 'with --live: where to ask instead of AWS'))
    .option('--account <digits>', 'the account of what does not name its owner')
    .option('--region <name>', 'the Region of what does not say where it is; with --live: the one to describe')
    .option('--partial', 'take what can be taken, whatever is left out')
    .option('--json', 'print what was taken and left out as JSON')
    .addHelpText('after', HELP)
    .action(async (path: string | undefined, options: Options) => await run(path, options, context()));

async function run(path: string | undefined, options: Options, { endpoint, print, endWith }: Context): Promise<void> {
  const files = options.live ? await liveFiles(options) : readFiles(path);
  const { account, region, partial } = options;
  const question = { files, account, region, partial: partial ?? false, parameters: givenParameters(options) };
  const answer = await endpoint.post('import', question, importAnswer);
  if (options.json) print(JSON.stringify(answer, null, 2));
  else for (const line of lines(answer)) print(line);
  if (answer.leftOut.length > 0) endWith(1);
}

function readFiles(path: string | undefined): readonly DescribedFile[] {
  if (path === undefined) throw new CommandFailure('Name a folder or a file, or ask an account with --live.');
  return readDescribedFiles(path);
}

async function liveFiles({ profile, endpointUrl, region }: Options): Promise<readonly DescribedFile[]> {
  // "localvpc env" points the tools of a shell here; this question is for the real account.
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EC2']) delete process.env[name];
  if (profile !== undefined) {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) delete process.env[name];
    process.env.AWS_PROFILE = profile;
  }
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const { describeEverything, describingClient } = await import('../describe-everything.ts');
  const client = describingClient({ ...(region && { region }), ...(endpointUrl && { endpoint: endpointUrl }) });
  const asked = await client.config.region();
  const files: DescribedFile[] = [];
  try {
    for await (const { name, document } of describeEverything(client))
      files.push({ path: `${asked}/${name}`, text: JSON.stringify(document) });
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new CommandFailure(
      `The account could not be described in ${asked}: ${reason}`,
      'Name credentials that may describe EC2 with --profile, and the Region with --region.',
    );
  } finally {
    client.destroy();
  }
  return files;
}

function lines({ taken, scopes, leftOut, ignored }: ImportAnswer): readonly string[] {
  const counted = scopes.flatMap(({ account, region, resources }) => {
    const counts = Object.entries(resources).map(([kind, count]) => `${count} ${kind}`);
    return wrap(`${account} ${region}: ${counts.join(', ') || 'nothing'}`, WIDTH);
  });
  return [
    ...counted,
    ...listed(ignored, 'of no effect on packets here:'),
    ...listed(leftOut, 'left out:'),
    ...(taken ? [] : ['', 'Nothing was changed. --partial takes the rest.']),
  ];
}

const listed = (all: readonly LeftOut[], title: string): readonly string[] =>
  all.length === 0
    ? []
    : ['', `${all.length} ${title}`, ...all.flatMap(({ what, why }) => indented(`${what}: ${why}`, 2))];
