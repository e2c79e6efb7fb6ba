/** The first session of the README as it is typed, with the AWS CLI; and its programs for Python, with boto3. */
import { equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ServedCli, serveAwsCli } from './fixture/aws-cli.ts';
import { skip as skipGuests } from './fixture/guests-here.ts';
import { CLI, LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { runProgram } from './fixture/program-run.ts';
import { pythonWith } from './fixture/python.ts';
import { agrees, firstSession, README, type Typed } from './fixture/readme-session.ts';

const python = await pythonWith('boto3');
const aws = await versionOf('aws', ['--version'], /^aws-cli\/(\d+)\.(\d+)/);
const boto3 =
  python === undefined
    ? undefined
    : await versionOf(python, ['-c', 'import boto3; print(boto3.__version__)'], /^(\d+)\.(\d+)/);

/** Major and minor number; undefined where the program is not there. */
async function versionOf(program: string, words: readonly string[], form: RegExp): Promise<Version | undefined> {
  // The old CLI printed its version as an error.
  const printed = await runProgram(program, words).then(
    ({ stdout, stderr }) => stdout || stderr,
    () => '',
  );
  const [, major, minor] = form.exec(printed) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

interface Version {
  readonly major: number;
  readonly minor: number;
}

/** Those of July 2023 are the first that know AWS_ENDPOINT_URL. */
const FIRST_CLI: Readonly<Record<number, number>> = { 1: 29, 2: 13 };
const FIRST_BOTO3: Readonly<Record<number, number>> = { 1: 28 };

/** Why not to run; where every tool has to be there (CI), one that is missing is a failure. */
const unless = (version: Version | undefined, what: string): false | string =>
  version || process.env.CI === 'true' ? false : `${what} is not on this machine`;

/** Whether the endpoint has to be told by an option, as the README says. */
const isOld = (version: Version | undefined, first: Readonly<Record<number, number>>): boolean =>
  version !== undefined && version.minor < (first[version.major] ?? 0);

const session = firstSession();

describe('the first session, as the README types it', {
  skip: skipGuests || unless(aws, 'the AWS CLI'),
}, () => {
  let localvpc: LocalVpc;
  let served: ServedCli | undefined;
  let folder = '';
  let environment: Readonly<Record<string, string>> = {};
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'localvpc-session-'));
    environment = { PATH: process.env.PATH ?? '', HOME: folder, AWS_PAGER: '' };
    [localvpc, served] = await Promise.all([LocalVpc.start(), serveAwsCli(join(folder, 'aws'), environment)]);
  });
  after(async () => {
    await Promise.all([localvpc.close(), served?.end()]);
    rmSync(folder, { recursive: true });
  });

  test('every command prints what the README says that it prints', async () => {
    equal(session.length > 18, true);
    const { stdout, stderr } = await runProgram('bash', ['-s'], {
      env: { ...environment, LOCALVPC_ENDPOINT: localvpc.url },
      stdin: scriptOf(session, folder, served?.command ?? 'command aws'),
      timeoutMs: 120_000,
    });
    const printed = stdout.split(MARK);
    equal(printed.length, session.length + 1, stderr);
    session.forEach((one, index) => {
      const what = printed[index + 1] ?? '';
      ok(agrees(what, one), `$ ${one.command}\n${what}\nbut the README has\n${one.printed}\n${stderr}`);
    });
  });
});

const MARK = '\u0001\n';

/** All commands in one shell, each behind a mark. `npx localvpc` is this project's command, `aws` the CLI that is loaded. */
function scriptOf(commands: readonly Typed[], folder: string, cli: string): string {
  const lines = commands.map(({ command }) => `printf '${MARK}'\n${needs(command)}${typedHere(command)}`);
  const npx = `npx() { shift; "${process.execPath}" "${CLI}" "$@" </dev/null; }`;
  const endpoint = isOld(aws, FIRST_CLI) ? '--endpoint-url "$AWS_ENDPOINT_URL" ' : '';
  return [`cd ${folder}`, npx, `aws() { ${cli} ${endpoint}"$@"; }`, ...lines].join('\n');
}

/** User data may still be at work when somebody who types would long be waiting for it. */
const needs = (command: string): string =>
  command.includes('http://localhost')
    ? 'for i in $(seq 100); do npx localvpc exec web -- curl -s http://localhost >/dev/null && break; sleep 0.1; done\n'
    : '';

/** A capture goes on until somebody ends it: test/commands.test.ts has it. */
const typedHere = (command: string): string => command.replace(/^npx localvpc capture.*$/m, 'true');

describe('the first session in Python', { skip: unless(boto3, 'boto3') }, () => {
  test("the README's program prints the default VPC", async () => {
    const localvpc = await LocalVpc.start();
    try {
      const typed = present(/```python\n(import boto3[\s\S]*?)```/.exec(README)?.[1], 'program in the README');
      const program = isOld(boto3, FIRST_BOTO3)
        ? typed.replace("client('ec2')", `client('ec2', endpoint_url='${localvpc.url}')`)
        : typed;
      const env = { ...localvpc.environment, AWS_ENDPOINT_URL: localvpc.url, AWS_DEFAULT_REGION: 'us-east-1' };
      const { status, stdout, stderr } = await runProgram(present(python, 'python'), ['-c', program], { env });
      equal(status, 0, stderr);
      equal(stdout, '172.31.0.0/16\n');
    } finally {
      await localvpc.close();
    }
  });

  test("the README's fixture for pytest starts localvpc, and ends it", async () => {
    const fixture = present(/```python\n(@pytest\.fixture[\s\S]*?)```/.exec(README)?.[1], 'fixture in the README');
    // pytest itself is not needed to call what it would call.
    const program = [
      'import os, subprocess, types, boto3',
      'pytest = types.SimpleNamespace(fixture=lambda scope: lambda function: function)',
      fixture.replace("'node_modules/.bin/localvpc'", `'${process.execPath}', '${CLI}'`),
      'for client in ec2():',
      "    vpc = client.create_vpc(CidrBlock='10.0.0.0/16')['Vpc']['VpcId']",
      '    waiter = client.get_waiter("vpc_available")',
      '    waiter.wait(VpcIds=[vpc])',
      "    print(client.create_subnet(VpcId=vpc, CidrBlock='10.0.0.0/24')['Subnet']['AvailableIpAddressCount'])",
    ].join('\n');
    const { status, stdout, stderr } = await runProgram(present(python, 'python'), ['-c', program]);
    equal(status, 0, stderr);
    equal(stdout, '251\n');
  });
});
