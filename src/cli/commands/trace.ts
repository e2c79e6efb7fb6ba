/** `localvpc trace`: what would happen to one packet now, stage by stage, and why. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from '../context.ts';
import { type TraceAnswer, traceAnswer } from '../contract.ts';
import { traceEnd } from '../instance-name.ts';
import { traceLines } from '../trace-text.ts';

const HELP = `
FROM and TO are each an instance (id or Name tag), a network interface, an
address, or "internet". No packet is sent: the stages that forward packets
explain this one, there and back, and name the rule, route or entry that
decided. Without a protocol an ICMP echo is traced.

The exit status is 0 where the packet arrives and its answer comes back, 2 where
one of them does not, 1 where the question could not be answered.

Examples:
  $ localvpc trace web db --tcp 5432
  $ localvpc trace internet 198.18.0.7 --tcp 443
  $ localvpc trace eni-0123456789abcdef0 10.0.2.53 --udp 53
  $ localvpc trace web internet --icmp --json
`;

const PACKET_IS_LOST = 2;

/** The options as commander gives them. */
interface TraceOptions {
  readonly tcp?: number;
  readonly udp?: number;
  readonly icmp?: boolean;
  readonly sourcePort?: number;
  readonly json?: boolean;
}

export const traceCommand = (context: () => Context): Command =>
  new Command('trace')
    .description('explain what happens to a packet, and which rule decides')
    .argument('<from>', 'who sends it')
    .argument('<to>', 'whom it is for')
    .addOption(
      new Option('--tcp <port>', 'a TCP connection to this port').argParser(parsePort).conflicts(['udp', 'icmp']),
    )
    .addOption(new Option('--udp <port>', 'a UDP datagram to this port').argParser(parsePort).conflicts('icmp'))
    .option('--icmp', 'an ICMP echo request')
    .option('--source-port <port>', 'source port (default: an ephemeral one)', parsePort)
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (from: string, to: string, options: TraceOptions) => await trace(from, to, options, context()));

async function trace(from: string, to: string, options: TraceOptions, context: Context): Promise<void> {
  const { endpoint, find, environment, colours, print, endWith } = context;
  const question = {
    from: await traceEnd(from, find),
    to: await traceEnd(to, find),
    ...protocolOf(options),
    ...(options.sourcePort === undefined ? {} : { sourcePort: options.sourcePort }),
    ...scopeOf(environment),
  };
  const answer = await endpoint.post('trace', question, traceAnswer);
  for (const line of options.json ? [JSON.stringify(answer, null, 2)] : traceLines(answer, colours)) print(line);
  if (isLost(answer)) endWith(PACKET_IS_LOST);
}

function protocolOf({ tcp, udp }: TraceOptions): { protocol: string; port?: number } {
  if (tcp !== undefined) return { protocol: 'tcp', port: tcp };
  return udp === undefined ? { protocol: 'icmp' } : { protocol: 'udp', port: udp };
}

/** An address belongs to one account and Region; the shell's are meant, if it names them. */
function scopeOf(environment: NodeJS.ProcessEnv): { account?: string; region?: string } {
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  const key = environment.AWS_ACCESS_KEY_ID;
  return {
    ...(key !== undefined && /^\d{12}$/.test(key) ? { account: key } : {}),
    ...(region === undefined ? {} : { region }),
  };
}

const isLost = ({ forward, reply }: TraceAnswer): boolean =>
  forward.verdict === 'dropped' || reply?.verdict === 'dropped';

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}
