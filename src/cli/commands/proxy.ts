/** `localvpc proxy`: a SOCKS proxy on this machine, by which browsers reach public or private addresses. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context.ts';
import { exitStatus, startAtNetwork } from '../enter.ts';
import { CommandFailure, messageOf } from '../failure.ts';
import { addStandpointOptions, atStandpoint, type Standpoint, type StandpointOptions } from '../standpoint.ts';

const DEFAULT_PORT = 1080;
const LOOPBACK = '127.0.0.1';
/** How often it is looked whether the network's guest still runs. */
const LOOK_EVERY_MS = 500;

const HELP = `
A SOCKS5 proxy at ${LOOPBACK}, in the foreground, without root or a change to
this machine: set it in a browser, with "proxy DNS through SOCKS" where there is
such a box, and go to an instance's address or name. From where it connects, say
the options of "localvpc shell": without any from the outside world, to
public addresses; with --via, --vpc or --subnet from inside a VPC, to private
ones, and the receiver sees the private address of that instance. Groups, ACLs
and routes decide as over any other packet. Names are resolved there.

Every program of this machine may use it while it runs, and nobody beyond.
Ctrl-C ends it; so does the end of the instance.

Examples:
  $ localvpc proxy
  $ localvpc proxy --via web
  $ localvpc proxy --subnet subnet-0123456789abcdef0 --port 9050
  $ curl --proxy socks5h://${LOOPBACK}:${DEFAULT_PORT} http://10.0.2.15
  $ chromium --proxy-server=socks5://${LOOPBACK}:${DEFAULT_PORT} http://10.0.2.15
`;

interface ProxyOptions extends StandpointOptions {
  readonly port: number;
}

export const proxyCommand = (context: () => Context): Command =>
  addStandpointOptions(
    new Command('proxy')
      .description('a SOCKS proxy on this machine to public or private addresses')
      .option('--port <number>', 'port to listen at; 0 for any free one', parsePort, DEFAULT_PORT),
  )
    .addHelpText('after', HELP)
    .action(async (options: ProxyOptions) => {
      const world = context();
      const server = await listen(options.port);
      try {
        world.endWith(await atStandpoint(options, world, (standpoint) => serve(server, standpoint, world)));
      } finally {
        server.close();
      }
    });

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a number from 0 to 65535.');
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return server;
  } catch (error) {
    throw new CommandFailure(
      `The proxy cannot listen at ${LOOPBACK}:${port}: ${messageOf(error)}`,
      'Another port: localvpc proxy --port 0 takes any free one and prints it',
    );
  }
}

/** Runs the proxy until a signal, or the end of the guest, ends it. @returns its exit status */
async function serve(server: Server, { hostPid, name, resolver }: Standpoint, context: Context): Promise<number> {
  const program = fileURLToPath(new URL('./socks.js', import.meta.url));
  const nameServers = [...(resolver ?? '').matchAll(/^nameserver\s+(\S+)/gm)].map(([, address]) => address);
  const child = startAtNetwork(hostPid, [process.execPath, program, nameServers.join(',')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const release = endWith(child, hostPid);
  try {
    const ending = exitStatus(child);
    const where = addressOf(server);
    child.once('message', () => {
      // From now on the child alone takes connections.
      server.close();
      context.print(`SOCKS5 at socks5h://${where} ${name === undefined ? '(public addresses)' : `(from ${name})`}`);
    });
    child.send({ listen: true }, server);
    const status = await ending;
    if (!existsSync(`/proc/${hostPid}`))
      throw new CommandFailure(`${name ?? 'localvpc'} has ended, and the proxy with it.`);
    return status;
  } finally {
    release();
  }
}

function addressOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `${address.address}:${address.port}` : '';
}

/** Ends the child when a signal comes or the guest is gone. */
function endWith(child: ChildProcess, hostPid: number): () => void {
  const end = (): void => void child.kill('SIGTERM');
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, end);
  const watch = setInterval(() => {
    if (!existsSync(`/proc/${hostPid}`)) end();
  }, LOOK_EVERY_MS);
  return () => {
    for (const signal of signals) process.off(signal, end);
    clearInterval(watch);
    end();
  };
}
