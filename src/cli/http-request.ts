/**
 * One HTTP request, by Node.js' own client of old: `fetch` would be as good, but loading it takes longer than
 * everything else that a command does.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';

/** What a request says besides its address. */
export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** An answer, whose body has still to be read, once. */
export class HttpAnswer {
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.#message = message;
  }

  get status(): number {
    return this.#message.statusCode ?? 0;
  }

  /** True for a success. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The body while it comes. */
  get body(): AsyncIterable<Uint8Array> {
    return this.#message;
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
export async function send(url: string, { body, ...options }: HttpRequest = {}): Promise<HttpAnswer> {
  // Encryption is loaded only for those who want it.
  const open = url.startsWith('https:') ? (await import('node:https')).request : httpRequest;
  return await new Promise((resolve, reject) => {
    // The command ends with its answer: a connection kept for later would only keep it alive.
    const sending = open(url, { ...options, agent: false }, (message) => resolve(new HttpAnswer(message)));
    sending.once('error', reject);
    sending.end(body);
  });
}
