/**
 * A short HTTP request to a localvpc on this machine, without loading an HTTP client.
 *
 * It is HTTP/1.0: the answer comes in one piece and ends with the connection.
 */
import { exchange } from '../host/tcp-exchange.ts';

/** A request whose answer is wanted as a whole. */
export interface QuickRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer that has come as a whole. */
export interface QuickAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Address, port and path of a URL on this machine. */
const NEAR = /^http:\/\/(127(?:\.\d{1,3}){3})(?::(\d{1,5}))?(\/[\w/.~%?&=-]*)$/;
/** What a connection takes at once. */
const LONGEST_BODY = 16_384;
const HEAD_ENDS = '\r\n\r\n';

/**
 * Sends a request.
 * @returns undefined where nothing was sent, since the request is not of this kind or nobody listens
 * @throws Error when the connection ends before the answer is whole
 */
export async function quickAnswer(url: string, request: QuickRequest): Promise<QuickAnswer | undefined> {
  const [, address, port = '80', path] = NEAR.exec(url) ?? [];
  if (address === undefined || path === undefined || (request.body?.length ?? 0) > LONGEST_BODY) return undefined;
  const answer = await exchange(address, Number(port), textOf(`${address}:${port}`, path, request));
  return answer && readAnswer(answer);
}

function textOf(host: string, path: string, { method = 'GET', headers = {}, body }: QuickRequest): string {
  const lines = [
    `${method} ${path} HTTP/1.0`,
    `Host: ${host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  if (body !== undefined || method === 'POST') lines.push(`Content-Length: ${Buffer.byteLength(body ?? '')}`);
  return `${lines.join('\r\n')}${HEAD_ENDS}${body ?? ''}`;
}

function readAnswer(bytes: Buffer): QuickAnswer {
  const headEnd = bytes.indexOf(HEAD_ENDS);
  const head = bytes.toString('latin1', 0, Math.max(0, headEnd));
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  const length = /^content-length: *(\d+) *$/im.exec(head)?.[1];
  const body = bytes.subarray(headEnd + HEAD_ENDS.length);
  if (status === undefined || (length !== undefined && body.length < Number(length)))
    throw new Error('the connection ended before the answer did');
  return { status: Number(status), body };
}
