/** `localvpc bench nic`: the ways of frames compared by real traffic, on this machine. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { exitStatus } from '../enter.ts';
import { CommandFailure } from '../failure.ts';

const HELP = `
Starts a localvpc of its own, two guests for each way of frames, and measures
between them: one TCP stream and small packets with iperf3, the round trip of
one byte, the processor time of the machine room for a gigabyte, and how many of
the delivered frames the fabric saw; and with virtual functions, how many flows
the kernel holds and how many new ones a second are handed to it. A bare veth
pair is measured in the same run. It takes about a minute, needs root and iperf3, and leaves nothing behind:
all of it is in namespaces that end with the command.

Examples:
  $ localvpc bench nic
  $ localvpc bench nic --svg nic-modes.svg
  $ localvpc bench nic --json | jq '.results[].gigabits'
`;

/** Between these lines a page has what is printed. */
const BEGIN = '<!-- printed by localvpc bench nic --page -->';
const END = '<!-- end of what is printed -->';
/** Namespaces that end with the benchmark, and everything in them. */
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

interface NicOptions {
  readonly json?: boolean;
  readonly svg?: string;
  readonly page?: string;
  readonly quick?: boolean;
  readonly inside?: boolean;
}

export const benchCommand = (context: () => Context): Command =>
  new Command('bench')
    .description('measure on this machine how fast frames travel')
    .addCommand(
      new Command('nic')
        .description('compare the ways in which frames get to guests')
        .option('--json', 'print JSON')
        .option('--quick', 'a second for each: to see that it works, not for figures')
        .option('--svg <file>', 'draw a chart into a file')
        .option('--page <file>', 'put table and chart into a page of documentation that has the marks for it')
        .addOption(new Option('--inside').hideHelp())
        .addHelpText('after', HELP)
        .action(
          async (options: NicOptions) => await (options.inside ? measure(options, context()) : enclose(context())),
        ),
    )
    .addCommand(peerCommand(context), { hidden: true })
    .addHelpText('after', '\nExamples:\n  $ localvpc bench nic\n  $ localvpc bench nic --svg nic-modes.svg\n');

/** Runs the same command again, in namespaces of its own. */
async function enclose(context: Context): Promise<void> {
  if (process.geteuid?.() !== 0)
    throw new CommandFailure(
      'The benchmark makes network namespaces and devices, which only root may.',
      'sudo npx localvpc bench nic',
    );
  const iperf = ['/usr/bin/iperf3', '/usr/local/bin/iperf3', '/bin/iperf3'].some((path) => existsSync(path));
  if (!iperf)
    throw new CommandFailure('The benchmark sends with iperf3, which is not installed.', 'apt-get install iperf3');
  const words = [...NAMESPACES, process.execPath, ...process.argv.slice(1), '--inside'];
  const child = spawn('unshare', words, { stdio: 'inherit' });
  context.endWith(await exitStatus(child));
}

async function measure({ json = false, quick = false, svg, page }: NicOptions, { print }: Context): Promise<void> {
  const cli = process.argv[1] ?? '';
  const [{ QUICK, runNicBench, THOROUGH }, { tableText }, { chartText }] = await Promise.all([
    import('../nic-bench/run.ts'),
    import('../nic-bench/table.ts'),
    import('../nic-bench/chart.ts'),
  ]);
  const run = await runNicBench(cli, quick ? QUICK : THOROUGH, (line) => void process.stderr.write(`${line}\n`));
  const table = tableText(run);
  for (const line of json ? [JSON.stringify(run, null, 2)] : [run.machine, '', ...table]) print(line);
  if (svg !== undefined) writeFileSync(svg, chartText(run));
  if (page === undefined) return;
  const chart = page.replace(/\.md$/, '.svg');
  writeFileSync(chart, chartText(run));
  writeFileSync(
    page,
    withPrinted(readFileSync(page, 'utf8'), [
      run.machine,
      '',
      ...table,
      '',
      `![The same as a chart](${basename(chart)})`,
    ]),
  );
}

/** @throws CommandFailure where the page has not the marks */
export function withPrinted(page: string, lines: readonly string[]): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new CommandFailure(
      'The page has no place for the results.',
      `Put these two lines where they belong: ${BEGIN} ${END}`,
    );
  return `${before}${BEGIN}\n\n${lines.join('\n')}\n\n${END}${after}`;
}

/** One side of what is measured without iperf3, in a network namespace that somebody else has entered. */
const peerCommand = (context: () => Context): Command =>
  new Command('peer')
    .addCommand(
      new Command('serve').argument('<port>').action(async (port: string) => {
        const { serveRoundTrips } = await import('../../host/round-trips.ts');
        serveRoundTrips(Number(port), ready);
      }),
    )
    .addCommand(
      new Command('ask')
        .argument('<port>')
        .argument('<address>')
        .argument('<milliseconds>')
        .action(async (port: string, address: string, milliseconds: string) => {
          const { measureRoundTrips } = await import('../../host/round-trips.ts');
          const times = measureRoundTrips(address, Number(port), Number(milliseconds));
          context().print([0.5, 0.99].map((part) => times[Math.floor(part * times.length)] ?? Number.NaN).join(' '));
        }),
    )
    .addCommand(
      new Command('receive').argument('<batches>').action(async (batches: string) => {
        const { receiveFlows } = await import('../../host/datagram-flows.ts');
        receiveFlows(Number(batches), ready);
      }),
    )
    .addCommand(
      new Command('send')
        .argument('<address>')
        .argument('<batches>')
        .action(async (address: string, batches: string) => {
          const { sendFlows } = await import('../../host/datagram-flows.ts');
          const { arrived, seconds } = sendFlows(address, Number(batches));
          context().print(`${arrived} ${seconds}`);
        }),
    );

/** The first word of a server, at once. */
const ready = (): void => void writeFileSync(1, 'ready\n');
