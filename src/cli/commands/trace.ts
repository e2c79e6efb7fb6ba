/** `localvpc trace`: what would happen to one packet now, stage by stage, and why. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from '../context.ts';
import { type TraceAnswer, traceAnswer } from '../contract.ts';
import { traceDocument } from '../trace-document.ts';
import { traceLines } from '../trace-text.ts';

const HELP = `
FROM and TO are each an instance (id or Name tag), a network interface, a
gateway (igw-, vgw-, tgw-, tgw-attach-), an address, "internet", or "site": the
customer's site at the other end of VPN connections. A transit gateway is meant
where the other end's VPC is attached to it; --src or --dst says who is beyond.
No packet is sent: the stages that forward packets explain this one, there and
back, and name the rule, route or entry that decided. Without a protocol an ICMP
echo is traced.

For a packet that is lost the smallest change that would let it and its answer
through is worked out and printed as commands to type. It was tried: EC2's rules
accept the calls, and the same stages let the packet pass afterwards.

The exit status is 0 where the packet arrives and its answer comes back, 2 where
one of them does not, 1 where the question could not be answered. The form of
--json is described in docs/trace.md.

Examples:
  $ localvpc trace web db --tcp 5432
  $ localvpc trace internet 198.18.0.7 --tcp 443
  $ localvpc trace site db --tcp 5432
  $ localvpc trace eni-0123456789abcdef0 10.0.2.53 --udp 53
  $ localvpc trace appliance db --tcp 5432 --src 10.9.0.7
  $ localvpc trace web internet --icmp --json
`;

const PACKET_IS_LOST = 2;

/** The options as commander gives them. */
interface TraceOptions {
  readonly tcp?: number;
  readonly udp?: number;
  readonly icmp?: boolean;
  readonly proto?: string;
  readonly fromPort?: number;
  readonly src?: string;
  readonly dst?: string;
  readonly frame?: string;
  readonly json?: boolean;
}

export const traceCommand = (context: () => Context): Command =>
  new Command('trace')
    .description('explain what happens to a packet, and which rule decides')
    .argument('<from>', 'who sends it')
    .argument('<to>', 'whom it is for')
    .addOption(
      new Option('--tcp <port>', 'a TCP connection to this port')
        .argParser(parsePort)
        .conflicts(['udp', 'icmp', 'proto']),
    )
    .addOption(
      new Option('--udp <port>', 'a UDP datagram to this port').argParser(parsePort).conflicts(['icmp', 'proto']),
    )
    .addOption(new Option('--icmp', 'an ICMP echo request').conflicts('proto'))
    .option('--proto <number>', 'a packet of another IP protocol')
    .option('--from-port <port>', 'source port (default: an ephemeral one)', parsePort)
    .option('--src <address>', 'source address, if it is not that of FROM')
    .option('--dst <address>', 'destination address, if it is not that of TO')
    .addOption(
      new Option('--frame <hex>', 'this very Ethernet frame, sent by FROM').conflicts([
        'tcp',
        'udp',
        'icmp',
        'proto',
        'fromPort',
        'src',
        'dst',
      ]),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (from: string, to: string, options: TraceOptions) => await trace(from, to, options, context()));

async function trace(from: string, to: string, options: TraceOptions, context: Context): Promise<void> {
  const { endpoint, environment, colours, print, endWith } = context;
  const question = {
    from,
    to,
    ...packetOf(options),
    ...scopeOf(environment),
  };
  const answer = await endpoint.post('trace', question, traceAnswer);
  const lines = options.json ? [JSON.stringify(traceDocument(answer), null, 2)] : traceLines(answer, colours);
  for (const line of lines) print(line);
  if (isLost(answer)) endWith(PACKET_IS_LOST);
}

/** What of the question the options say; JSON leaves out what is undefined. */
const packetOf = (options: TraceOptions) => ({
  ...protocolOf(options),
  sourcePort: options.fromPort,
  source: options.src,
  destination: options.dst,
  frame: options.frame,
});

function protocolOf({ tcp, udp, proto }: TraceOptions): { protocol: string; port?: number } {
  if (tcp !== undefined) return { protocol: 'tcp', port: tcp };
  if (udp !== undefined) return { protocol: 'udp', port: udp };
  return { protocol: proto ?? 'icmp' };
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
