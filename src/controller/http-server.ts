/**
 * The HTTP server: EC2 and STS at every path but two, localvpc's own paths under `/_localvpc/`, and of these the metrics
 * where Prometheus asks for them.
 *
 * EC2 calls are read here without a framework: their handler wants the request as it came, and they are most of the work.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Endpoint } from '../ec2/dispatch.ts';
import { MAX_BODY_BYTES } from '../ec2/http.ts';

/** Where localvpc's own paths begin. */
export const OWN_PREFIX = '/_localvpc';
/** Where Prometheus asks for metrics unless told otherwise (its documentation, scrape_config). */
const METRICS_PATH = '/metrics';
/** A careless client must not hold a connection for ever. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Answers a request. */
export type OwnListener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What the server serves. */
export interface HttpHandlers {
  readonly endpoint: Endpoint;
  /** What answers localvpc's own paths; asked for when one of them is. */
  readonly own: () => Promise<OwnListener>;
  readonly now: () => number;
  /** Told of requests that failed for a reason of ours. */
  readonly failed: (error: unknown) => void;
}

/** Makes the server; the caller lets it listen. */
export function httpServer(handlers: HttpHandlers): Server {
  return createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: 30_000 }, (request, response) => {
    if (request.method === 'GET' && request.url === METRICS_PATH) request.url = `${OWN_PREFIX}${METRICS_PATH}`;
    const isOwn = request.url === OWN_PREFIX || request.url?.startsWith(`${OWN_PREFIX}/`);
    const answered = isOwn ? answerOwn(handlers, request, response) : answer(handlers, request, response);
    answered.catch((error: unknown) => {
      if (!request.complete) return; // The client went away in the middle of its request: there is nobody to answer.
      handlers.failed(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
}

async function answerOwn({ own }: HttpHandlers, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const listener = await own();
  await listener(request, response);
}

async function answer(
  { endpoint, now }: HttpHandlers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  const { method = 'GET', url: target = '/' } = request;
  const answered = await endpoint({ method, target, headers, body, nowMs: now() });
  response.writeHead(answered.status, { 'content-length': Buffer.byteLength(answered.body), ...answered.headers });
  response.end(answered.body);
}

/**
 * The body. Of one that is longer than any call can be only the beginning is kept, and the endpoint refuses it. The
 * rest is read all the same: a client hears an answer when it has sent everything.
 *
 * Read by events: the iterator of a stream costs as much as the decoding of a call (a twentieth of a create).
 */
function readBody(request: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      if (length <= MAX_BODY_BYTES) chunks.push(chunk);
      length += chunk.length;
    });
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.once('error', reject);
  });
}
