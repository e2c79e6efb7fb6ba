/**
 * The part of `localvpc proxy` that connects: a process at the network that is looked at from.
 *
 * It is handed the socket that listens on the machine: a socket stays in the network in which it was made. Arguments:
 * the servers that resolve names there, separated by commas.
 */
import { Resolver } from 'node:dns/promises';
import { connect, isIP, Server, type Socket } from 'node:net';
import { serveSocks } from './socks.ts';

const CONNECT_WITHIN_MS = 30_000;

const resolver = new Resolver({ timeout: 2000, tries: 2 });
const servers = (process.argv[2] ?? '').split(',').filter((server) => isIP(server) !== 0);
if (servers.length > 0) resolver.setServers(servers);

process.on('message', (_, handle) => {
  if (!(handle instanceof Server)) return;
  handle.on('connection', (client) => {
    // One side may say that it has no more to send, and still listen.
    client.allowHalfOpen = true;
    void serveSocks(client, dial);
  });
  process.send?.('listening');
});
// Ctrl-C is for the command, which ends this; the channel closes when the command has been killed.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());

/** Addresses are tried one after another. @throws what the last one failed with */
async function dial(host: string, port: number): Promise<Socket> {
  let failure: unknown;
  for (const address of isIP(host) === 0 ? await addressesOf(host) : [host]) {
    try {
      return await dialAddress(address, port);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function dialAddress(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    const late = Object.assign(new Error(`${host} does not answer`), { code: 'ETIMEDOUT' });
    socket.setTimeout(CONNECT_WITHIN_MS, () => socket.destroy(late));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** @throws an error ENOTFOUND where the name has neither kind of address */
async function addressesOf(name: string): Promise<readonly string[]> {
  const none = (): string[] => [];
  const [ipv4, ipv6] = await Promise.all([resolver.resolve4(name).catch(none), resolver.resolve6(name).catch(none)]);
  if (ipv4.length + ipv6.length > 0) return [...ipv4, ...ipv6];
  throw Object.assign(new Error(`${name} has no address`), { code: 'ENOTFOUND' });
}
