/** The workflow of docs/ci, step by step as GitHub's runner does it: in a clone of a pull request, with the runner's shell and variables. */
import { equal, match, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { skip } from './fixture/guests-here.ts';
import { CLI } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { ended, type ProgramRun, runProgram } from './fixture/program-run.ts';
import { until } from './fixture/until.ts';

interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly jobs: { readonly network: { readonly steps: readonly Step[] } };
}

const WORKFLOW: Workflow = parse(readFileSync(new URL('../docs/ci/github-actions.yml', import.meta.url), 'utf8'));
const { steps } = WORKFLOW.jobs.network;

/** A web server that is open to everybody at these ports. */
const template = (...ports: readonly number[]): string =>
  JSON.stringify({
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
      Gateway: { Type: 'AWS::EC2::InternetGateway' },
      Attachment: {
        Type: 'AWS::EC2::VPCGatewayAttachment',
        Properties: { VpcId: { Ref: 'Vpc' }, InternetGatewayId: { Ref: 'Gateway' } },
      },
      Subnet: {
        Type: 'AWS::EC2::Subnet',
        Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.1.0/24', MapPublicIpOnLaunch: true },
      },
      Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: { Ref: 'Vpc' } } },
      Outwards: {
        Type: 'AWS::EC2::Route',
        Properties: {
          RouteTableId: { Ref: 'Table' },
          DestinationCidrBlock: '0.0.0.0/0',
          GatewayId: { Ref: 'Gateway' },
        },
      },
      Association: {
        Type: 'AWS::EC2::SubnetRouteTableAssociation',
        Properties: { RouteTableId: { Ref: 'Table' }, SubnetId: { Ref: 'Subnet' } },
      },
      Group: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          VpcId: { Ref: 'Vpc' },
          GroupDescription: 'web',
          SecurityGroupIngress: ports.map((port) => ({
            IpProtocol: 'tcp',
            FromPort: port,
            ToPort: port,
            CidrIp: '0.0.0.0/0',
          })),
        },
      },
      Web: {
        Type: 'AWS::EC2::Instance',
        Properties: {
          ImageId: 'ami-0abcdef1234567890',
          SubnetId: { Ref: 'Subnet' },
          SecurityGroupIds: [{ Ref: 'Group' }],
        },
      },
    },
  });

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  ok(address !== null && typeof address === 'object');
  return address.port;
}

describe('the workflow for GitHub Actions', { skip }, () => {
  const root = mkdtempSync(join(tmpdir(), 'localvpc-actions-'));
  const [upstream, workspace, temporary, tools] = ['upstream', 'workspace', 'temp', 'tools'].map((name) =>
    join(root, name),
  ) as [string, string, string, string];
  let port = 0;

  const git = async (folder: string, ...args: readonly string[]): Promise<void> => {
    const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'init.defaultBranch=main'];
    const { status, stderr } = await runProgram('git', ['-C', folder, ...who, ...args], { env: environment() });
    equal(status, 0, stderr);
  };
  /** The runner's variables, and those that steps before have written for later ones. */
  const environment = (): Record<string, string | undefined> => {
    const written = join(temporary, 'env');
    const lines = existsSync(written) ? readFileSync(written, 'utf8').split('\n') : [];
    const pairs = lines.filter((line) => line.includes('=')).map((line) => line.split(/=(.*)/s, 2));
    return {
      PATH: `${tools}:${process.env.PATH}`,
      HOME: root,
      CI: 'true',
      RUNNER_TEMP: temporary,
      GITHUB_WORKSPACE: workspace,
      GITHUB_BASE_REF: 'main',
      GITHUB_ENV: written,
      GITHUB_OUTPUT: join(temporary, 'output'),
      // The runner is nobody else's, so that there the usual port is free.
      LOCALVPC_ENDPOINT: `http://127.0.0.1:${port}`,
      ...Object.fromEntries(pairs),
    };
  };
  /** Runs the script of a step as `shell: bash` does. */
  const runStep = async ({ run }: Step): Promise<ProgramRun> => {
    const script = join(temporary, 'step.sh');
    writeFileSync(script, present(run, 'script of the step'));
    const shell = ['--noprofile', '--norc', '-eo', 'pipefail', script];
    const options = { cwd: workspace, env: environment(), timeout: 60_000, killSignal: 'SIGKILL' } as const;
    const child = spawn('bash', shell, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    return await ended(child);
  };
  const tool = (name: string, script: string): void =>
    writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const stepNamed = (name: string): Step =>
    present(
      steps.find((step) => step.name === name),
      `step "${name}"`,
    );

  before(async () => {
    port = await freePort();
    for (const folder of [upstream, temporary, tools]) mkdirSync(folder);
    // Root without a password, as the runner has it; whom it starts is ended at the end.
    tool('sudo', `echo $$ > '${join(temporary, 'pid')}'\nexec "$@" --port ${port}`);
    // What npm finds there as well, and takes a second for each time.
    tool('npx', 'program=$1; shift\nexec "node_modules/.bin/$program" "$@"');
    await git(upstream, 'init', '--quiet');
    writeFileSync(join(upstream, 'network.yaml'), template(443));
    writeFileSync(join(upstream, '.gitignore'), 'node_modules\n');
    const prints = 'node -p "process.env.AWS_ENDPOINT_URL + String.fromCharCode(32) + process.env.AWS_REGION"';
    writeFileSync(join(upstream, 'package.json'), JSON.stringify({ scripts: { test: prints } }));
    await git(upstream, 'add', '.');
    await git(upstream, 'commit', '--quiet', '--message', 'The web server');
    await git(upstream, 'branch', 'change');
    await git(root, 'clone', '--quiet', '--depth=1', '--branch=change', `file://${upstream}`, workspace);
    mkdirSync(join(workspace, 'node_modules/.bin'), { recursive: true });
    symlinkSync(CLI, join(workspace, 'node_modules/.bin/localvpc'));
  });
  after(async () => {
    const file = join(temporary, 'pid');
    if (existsSync(file)) {
      const pid = Number(readFileSync(file, 'utf8'));
      process.kill(pid, 'SIGTERM');
      await until('localvpc ends', () => !existsSync(`/proc/${pid}`));
    }
    rmSync(root, { recursive: true });
  });

  test('installs what package.json names, and has a name for every other script', () => {
    const scripts = steps.filter(({ run, name }) => run !== undefined && name === undefined);
    equal(scripts.map((step) => step.if ?? step.run).join(), 'npm ci,failure()');
  });

  test('passes a change that opens nothing, and fails one that opens a port to the internet', async () => {
    const check = stepNamed('What the change opens');
    const same = await runStep(check);
    equal(same.status, 0, same.stderr);
    writeFileSync(join(workspace, 'network.yaml'), template(443, 22));
    const opened = await runStep(check);
    equal(opened.status, 2, opened.stderr);
    match(opened.stdout, /opens tcp 22 from the internet/);
    await git(upstream, 'rm', '--quiet', 'network.yaml');
    await git(upstream, 'commit', '--quiet', '--message', 'No template yet');
    const first = await runStep(check);
    equal(first.status, 2, first.stderr);
    match(first.stdout, /opens tcp 22, 443 from the internet/);
  });

  test('starts localvpc for the steps that follow, which find it and the template’s network', async () => {
    const started = await runStep(stepNamed('Start localvpc'));
    equal(started.status, 0, started.stderr);
    const imported = await runStep(stepNamed('The network of the template'));
    equal(imported.status, 0, imported.stderr);
    match(imported.stdout, /1 Instances/);
    const tested = await runStep(stepNamed('Tests'));
    equal(tested.status, 0, tested.stderr);
    match(tested.stdout, new RegExp(`^http://127.0.0.1:${port} us-east-1$`, 'm'));
    const failed = await runStep(
      present(
        steps.find((step) => step.if === 'failure()'),
        'step after a failure',
      ),
    );
    equal(failed.status, 0, failed.stderr);
    match(failed.stdout, /localvpc \S+ is up at[\s\S]*1 running/);
  });
});
