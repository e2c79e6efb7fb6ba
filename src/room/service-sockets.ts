/**
 * The sockets of the link-local services, in the services' network: HTTP for metadata, UDP and TCP for DNS, NTP for the time.
 *
 * They know nothing: a question goes to the controller with the interface that it came from, which the fabric wrote
 * into the source address.
 */
import { createSocket } from 'node:dgram';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { setTimeToLive } from '../host/socket-options.ts';
import { type IpAddress, parseAddress } from '../net/address.ts';
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import type { ServiceRequest, ServiceResponse } from '../tables/data-plane.ts';
import { listenForTime } from './time-socket.ts';

/** What the sockets are handed. */
export interface ServiceHandlers {
  /** Which interface (or the outside world) a source address stands for. */
  clientAt(address: IpAddress): Promise<NetworkInterfaceId | 'internet' | undefined>;
  serve(request: ServiceRequest): Promise<ServiceResponse>;
  failed(what: string, reason: string): void;
}

/** Where each service listens, by family. */
const ADDRESSES = [
  { metadata: '169.254.169.254', resolver: '169.254.169.253', time: '169.254.169.123' },
  { metadata: 'fd00:ec2::254', resolver: 'fd00:ec2::253', time: 'fd00:ec2::123' },
] as const;
/** A guest is hostile: none of its connections may stay or send for long. */
const IDLE_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 4096;
const MAX_HEADER_BYTES = 8192;

/** Resolves when every socket listens. */
export async function listenForServices(handlers: ServiceHandlers, has: { readonly ipv6: boolean }): Promise<void> {
  const served = has.ipv6 ? ADDRESSES : ADDRESSES.slice(0, 1);
  await Promise.all(
    served.flatMap(({ metadata, resolver, time }) => [
      listenForMetadata(handlers, metadata),
      listenForDnsDatagrams(handlers, resolver),
      listenForDnsStreams(handlers, resolver),
      listenForTime(time, handlers.failed),
    ]),
  );
}

function listenForMetadata(handlers: ServiceHandlers, address: string): Promise<void> {
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: IDLE_TIMEOUT_MS },
    (request, response) => {
      request.resume();
      answerMetadata(handlers, request, response).catch((error: unknown) => {
        handlers.failed('a metadata request', String(error));
        response.writeHead(500).end();
      });
    },
  );
  // A client may close its side once it has asked (busybox nc does), and still wants the answer. Node.js knows this
  // setting of its HTTP server, its types do not.
  Reflect.set(server, 'httpAllowHalfOpen', true);
  server.maxConnections = MAX_CONNECTIONS;
  server.keepAliveTimeout = IDLE_TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(80, address, resolve);
  });
}

async function answerMetadata(
  handlers: ServiceHandlers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const interfaceId = await clientOf(handlers, request.socket.remoteAddress);
  if (interfaceId === undefined || interfaceId === 'internet') {
    response.writeHead(404).end();
    return;
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  const { method = 'GET', url: path = '/' } = request;
  const family = request.socket.remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4';
  const answer = await handlers.serve({ kind: 'metadata', family, interfaceId, method, path, headers });
  if (answer.kind !== 'metadata') throw new Error(`a ${answer.kind} answer to a metadata request`);
  if (answer.hopLimit !== undefined) setTimeToLive(request.socket, answer.hopLimit);
  response.writeHead(answer.status, { ...answer.headers });
  response.end(method === 'HEAD' ? undefined : answer.body);
}

/** Which interface (or the outside world) a connection comes from. */
export async function clientOf(
  { clientAt }: Pick<ServiceHandlers, 'clientAt'>,
  address: string | undefined,
): ReturnType<ServiceHandlers['clientAt']> {
  const source = parseAddress(address ?? '');
  return source === undefined ? undefined : clientAt(source);
}

async function answerDns(
  handlers: ServiceHandlers,
  address: string | undefined,
  query: Uint8Array,
): Promise<Uint8Array | undefined> {
  const interfaceId = await clientOf(handlers, address);
  if (interfaceId === undefined) return undefined;
  const answer = await handlers.serve({ kind: 'dns', interfaceId, query });
  return answer.kind === 'dns' ? answer.answer : undefined;
}

function listenForDnsDatagrams(handlers: ServiceHandlers, own: string): Promise<void> {
  const socket = createSocket(own.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (query, { address, port }) => {
    // A response (QR set) is never answered: two servers would answer each other for ever.
    if (((query[2] ?? 0) & 0x80) !== 0) return;
    answerDns(handlers, address, query)
      .then((answer) => answer && socket.send(truncated(answer), port, address))
      .catch((error: unknown) => handlers.failed('a DNS query', String(error)));
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(53, own, () => {
      socket.removeListener('error', reject);
      socket.on('error', (error) => handlers.failed('the DNS socket', error.message));
      resolve();
    });
  });
}

/** RFC 1035 section 4.2.1: at most 512 bytes without EDNS; the header alone with TC set sends the client to TCP. */
function truncated(answer: Uint8Array): Uint8Array {
  if (answer.length <= 512) return answer;
  const header = answer.slice(0, 12);
  header[2] = (header[2] ?? 0) | 0x02;
  header.fill(0, 4);
  return header;
}

/** RFC 1035 section 4.2.2: each message after its length in two bytes. */
function listenForDnsStreams(handlers: ServiceHandlers, address: string): Promise<void> {
  const server = createTcpServer((socket) => serveDnsStream(handlers, socket));
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(53, address, resolve);
  });
}

function serveDnsStream(handlers: ServiceHandlers, socket: Socket): void {
  let pending = Buffer.alloc(0);
  socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const query = Uint8Array.from(pending.subarray(2, end));
      pending = pending.subarray(end);
      answerDns(handlers, socket.remoteAddress, query)
        .then((answer) => answer && socket.write(withLength(answer)))
        .catch((error: unknown) => handlers.failed('a DNS query', String(error)));
    }
  });
}

function withLength(answer: Uint8Array): Buffer {
  const message = Buffer.alloc(answer.length + 2);
  message.writeUInt16BE(answer.length, 0);
  message.set(answer, 2);
  return message;
}
