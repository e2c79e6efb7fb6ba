/** One HTTP request: by the quickest way that can be had, which is not `fetch`. */
import type { IncomingMessage } from 'node:http';
import { quickAnswer } from './quick-request.ts';

/** What a request says besides its address. */
export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of a request that may be ended from here: its answer may have no end of its own. */
  readonly signal?: AbortSignal;
}

/** An answer, whose body has still to be read, once. */
export class HttpAnswer {
  readonly status: number;
  /** The body while it comes. */
  readonly body: AsyncIterable<Uint8Array>;

  constructor(status: number, body: AsyncIterable<Uint8Array>) {
    this.status = status;
    this.body = body;
  }

  /** True for a success. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  async text(): Promise<string> {
    const parts: Uint8Array[] = [];
    for await (const part of this.body) parts.push(part);
    return Buffer.concat(parts).toString('utf8');
  }

  /** @throws SyntaxError when the body is no JSON */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

/** Sends a request; resolves when the head of the answer is there. @throws Error of the connection, with its code */
export async function send(url: string, request: HttpRequest = {}): Promise<HttpAnswer> {
  const quick = request.signal === undefined ? await quickAnswer(url, request) : undefined;
  return quick === undefined ? await sendByNode(url, request) : new HttpAnswer(quick.status, once(quick.body));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** By Node.js' own client of old, which takes less long to load than `fetch`. */
async function sendByNode(url: string, { body, ...options }: HttpRequest): Promise<HttpAnswer> {
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    // The command ends with its answer: a connection kept for later would only keep it alive.
    const sending = request(url, { ...options, agent: false }, resolve);
    sending.once('error', reject);
    sending.end(body);
  });
  return new HttpAnswer(message.statusCode ?? 0, message);
}
