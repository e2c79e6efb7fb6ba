/**
 * The socket of localvpc's own API in the services' network, for what comes by interface endpoints to EC2 and STS: plain
 * HTTP, of which the controller gets each request whole.
 *
 * The fabric leads nothing else here. Who asks is the endpoint's interface, which stands in the source address.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { MAX_BODY_BYTES } from '../ec2/http.ts';
import type { ApiRequest, ApiResponse } from '../tables/data-plane.ts';
import { clientOf, type ServiceHandlers } from './service-sockets.ts';

const ADDRESS = '169.254.169.80';
/** Guests are hostile: none of them may hold a connection for long. */
const IDLE_TIMEOUT_MS = 60_000;
const MAX_CONNECTIONS = 1024;

/** What the socket is handed. */
interface ApiHandlers extends Pick<ServiceHandlers, 'clientAt' | 'failed'> {
  callApi(request: ApiRequest): Promise<ApiResponse>;
}

/** Resolves when the socket listens. */
export function listenForApi(handlers: ApiHandlers): Promise<void> {
  const server = createServer({ requestTimeout: IDLE_TIMEOUT_MS, keepAliveTimeout: 30_000 }, (request, response) => {
    answer(handlers, request, response).catch((error: unknown) => {
      if (!request.complete) return; // The client went away: there is nobody to answer.
      handlers.failed('a call through an interface endpoint', String(error));
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(80, ADDRESS, resolve);
  });
}

async function answer(handlers: ApiHandlers, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [body, interfaceId] = await Promise.all([readBody(request), clientOf(handlers, request.socket.remoteAddress)]);
  if (interfaceId === undefined || interfaceId === 'internet') {
    response.writeHead(404).end();
    return;
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  const { method = 'GET', url: target = '/' } = request;
  const answered = await handlers.callApi({ interfaceId, method, target, headers, body });
  response.writeHead(answered.status, { ...answered.headers, 'content-length': Buffer.byteLength(answered.body) });
  response.end(answered.body);
}

/** Of a body that is longer than any call only the beginning is kept, and the API refuses it. */
async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
    length += chunk.length;
  }
  return Uint8Array.from(Buffer.concat(chunks));
}
