/**
 * A light client of the EC2 Query API, so that it is not the client that is measured: fixed query strings over kept
 * connections of node:http, no signing, answers searched by regular expressions. The same for every server.
 */
import { Agent, request } from 'node:http';

/** Says account and Region as every SDK's signature does; no server here verifies it. */
const authorizationFor = (region: string): string =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/ec2/aws4_request, SignedHeaders=host, ` +
  `Signature=${'0'.repeat(64)}`;

/** Parameters of a call, Action and Version apart. */
export type Parameters = Readonly<Record<string, string | number>>;

/** A client of one server and Region. */
export class QueryClient {
  readonly #url: string;
  readonly #agent: Agent;
  readonly #authorization: string;

  constructor(url: string, connections: number, region = 'us-east-1') {
    this.#url = url;
    this.#authorization = authorizationFor(region);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** The answer's document. @throws where the call fails or the server answers with an error */
  call(action: string, parameters: Parameters = {}): Promise<string> {
    const body = queryOf(action, parameters);
    const headers = {
      authorization: this.#authorization,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    };
    return new Promise((resolve, reject) => {
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${action}: status ${response.statusCode}: ${text.slice(0, 400)}`));
        });
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }

  /** One element's text of the answer. @throws where it has none of that name */
  async value(element: string, action: string, parameters: Parameters = {}): Promise<string> {
    const answer = await this.call(action, parameters);
    const value = new RegExp(`<${element}>([^<]+)</${element}>`).exec(answer)?.[1];
    if (value === undefined) throw new Error(`${action} answered without ${element}: ${answer.slice(0, 400)}`);
    return value;
  }

  close(): void {
    this.#agent.destroy();
  }
}

const queryOf = (action: string, parameters: Parameters): string =>
  new URLSearchParams([
    ['Action', action],
    ['Version', '2016-11-15'],
    ...Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
  ]).toString();
