/**
 * A SOCKS5 proxy's side of one connection (RFC 1928): CONNECT without authentication, names resolved on the far side.
 *
 * Own code, as the packages that do this for a server are abandoned or do much more; the whole protocol is two short
 * questions and two short answers before the bytes.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { errorCodeOf } from './failure.ts';

/** Opens a connection to where a client wants to go. Fails with the system's error, or ENOTFOUND for a name. */
export type Dial = (host: string, port: number) => Promise<Socket>;

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const NO_ACCEPTABLE_METHOD = 0xff;
const CONNECT = 1;
const ADDRESS_TYPES = { ipv4: 1, name: 3, ipv6: 4 } as const;
/** How long a client may take to say what it wants. */
const HANDSHAKE_WITHIN_MS = 10_000;

/** The REP field of a reply (section 6). */
const REPLIES = {
  succeeded: 0,
  failure: 1,
  'network-unreachable': 3,
  'host-unreachable': 4,
  refused: 5,
  'unknown-command': 7,
  'unknown-address-type': 8,
} as const;
type Reply = keyof typeof REPLIES;

const REPLY_OF_ERROR: Readonly<Record<string, Reply>> = {
  ENETUNREACH: 'network-unreachable',
  EHOSTUNREACH: 'host-unreachable',
  ETIMEDOUT: 'host-unreachable',
  ENOTFOUND: 'host-unreachable',
  ECONNREFUSED: 'refused',
};

/** Serves a client until either side has ended. Never fails: what goes wrong ends the connection. */
export async function serveSocks(client: Socket, dial: Dial): Promise<void> {
  client.on('error', () => client.destroy());
  client.setTimeout(HANDSHAKE_WITHIN_MS, () => client.destroy());
  try {
    if (!(await agreeOnMethod(client))) return void client.end();
    const wanted = await readRequest(client);
    client.setTimeout(0);
    if (typeof wanted === 'string') return void client.end(replyOf(wanted));
    await connect(client, wanted, dial);
  } catch {
    // The client has gone, or speaks something else than SOCKS.
    client.destroy();
  }
}

async function agreeOnMethod(client: Socket): Promise<boolean> {
  const [version, count = 0] = await take(client, 2);
  if (version !== VERSION) throw new Error('not SOCKS5');
  const isFree = (await take(client, count)).includes(NO_AUTHENTICATION);
  client.write(Buffer.of(VERSION, isFree ? NO_AUTHENTICATION : NO_ACCEPTABLE_METHOD));
  return isFree;
}

interface Wanted {
  readonly host: string;
  readonly port: number;
}

/** Where to, or why not. */
async function readRequest(client: Socket): Promise<Wanted | Reply> {
  const [version, command, , addressType] = await take(client, 4);
  if (version !== VERSION) throw new Error('not SOCKS5');
  const host = await readHost(client, addressType);
  if (host === undefined) return 'unknown-address-type';
  const port = (await take(client, 2)).readUInt16BE();
  return command === CONNECT ? { host, port } : 'unknown-command';
}

async function readHost(client: Socket, addressType: number | undefined): Promise<string | undefined> {
  switch (addressType) {
    case ADDRESS_TYPES.ipv4:
      return (await take(client, 4)).join('.');
    case ADDRESS_TYPES.ipv6:
      return (await take(client, 16)).toString('hex').replace(/....(?=.)/g, '$&:');
    case ADDRESS_TYPES.name:
      return (await take(client, (await take(client, 1)).readUInt8())).toString('latin1');
    default:
      return undefined;
  }
}

async function connect(client: Socket, { host, port }: Wanted, dial: Dial): Promise<void> {
  let server: Socket;
  try {
    server = await dial(host, port);
  } catch (error) {
    client.end(replyOf(REPLY_OF_ERROR[errorCodeOf(error) ?? ''] ?? 'failure'));
    return;
  }
  server.on('error', () => client.destroy());
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroySoon());
  client.write(replyOf('succeeded'));
  client.pipe(server).pipe(client);
}

/** Of the address that the proxy is bound to nobody makes use: it is left at 0.0.0.0. */
const replyOf = (reply: Reply): Buffer => Buffer.of(VERSION, REPLIES[reply], 0, ADDRESS_TYPES.ipv4, 0, 0, 0, 0, 0, 0);

/** The next bytes, as many as are asked for. @throws where the client ends before */
async function take(client: Socket, bytes: number): Promise<Buffer> {
  if (bytes === 0) return Buffer.alloc(0);
  for (;;) {
    const chunk: unknown = client.read(bytes);
    if (Buffer.isBuffer(chunk) && chunk.length === bytes) return chunk;
    if (client.readableEnded || client.destroyed) throw new Error('the client has gone');
    await once(client, 'readable');
  }
}
