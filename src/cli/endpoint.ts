/** The running localvpc: where it is, and how a command asks it something. */
import { CommandFailure, errorCodeOf, messageOf } from './failure.ts';
import { type HttpAnswer, type HttpRequest, send } from './http-request.ts';
import { object, type Shape, ShapeError, text } from './shape.ts';

export const DEFAULT_HOST = '127.0.0.1';
/** The port that tools for local AWS use. */
export const DEFAULT_PORT = 4566;
export const DEFAULT_ENDPOINT = `http://${DEFAULT_HOST}:${DEFAULT_PORT}`;

/** Where the running localvpc is said to be: LOCALVPC_ENDPOINT, or the default port. Without a slash at the end. */
export function endpointOf(environment: NodeJS.ProcessEnv): string {
  const given = environment.LOCALVPC_ENDPOINT;
  if (given === undefined || given === '') return DEFAULT_ENDPOINT;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new CommandFailure(
      `LOCALVPC_ENDPOINT is not a URL: ${given}`,
      `Type: export LOCALVPC_ENDPOINT=${DEFAULT_ENDPOINT}`,
    );
  }
  return given.replace(/\/+$/, '');
}

/** What an error document under `/_localvpc/` says. */
const errorDocument = object<{ error: string }>({ error: text });

/** Asks a running localvpc through its own HTTP paths. */
export class Endpoint {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Asks for a JSON document. @param path below `/_localvpc/`. */
  async get<T>(path: string, shape: Shape<T>): Promise<T> {
    return this.#parse(await this.request(path), shape);
  }

  /** Sends a JSON document. */
  async post<T>(path: string, body: unknown, shape: Shape<T>): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#parse(await this.request(path, { method: 'POST', headers, body: JSON.stringify(body) }), shape);
  }

  /** Any request; an answer that is not a success is a CommandFailure with the text of the answer. */
  async request(path: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    const response = await this.#send(path, request);
    if (response.ok) return response;
    const body = await response.text();
    throw new CommandFailure(errorText(body) ?? `${this.url} answered ${response.status} to ${path}.`);
  }

  /** True where something answers as localvpc does. */
  async answers(): Promise<boolean> {
    try {
      const answer = await send(`${this.url}/_localvpc/health`, { signal: AbortSignal.timeout(5000) });
      await answer.text();
      return answer.ok;
    } catch {
      return false;
    }
  }

  async #send(path: string, request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await send(`${this.url}/_localvpc/${path}`, request);
    } catch (error) {
      if (errorCodeOf(error) !== 'ECONNREFUSED') {
        throw new CommandFailure(`${this.url} could not be asked: ${messageOf(error)}`);
      }
      throw notRunning(this.url);
    }
  }

  async #parse<T>(response: HttpAnswer, shape: Shape<T>): Promise<T> {
    try {
      return shape(await response.json(), '');
    } catch (error) {
      if (!(error instanceof ShapeError || error instanceof SyntaxError)) throw error;
      throw new CommandFailure(
        `${this.url} does not answer as this version of localvpc does: ${error.message}.`,
        'Is another program, or another version, at that port? Type: localvpc down, then localvpc up',
      );
    }
  }
}

function errorText(body: string): string | undefined {
  try {
    return errorDocument(JSON.parse(body), '').error;
  } catch {
    return undefined;
  }
}

/** Nobody listens at the endpoint. */
export function notRunning(url: string): CommandFailure {
  const elsewhere = '\nTo use one at another port: export LOCALVPC_ENDPOINT=http://127.0.0.1:PORT';
  const advice = `To start one, type: localvpc up${url === DEFAULT_ENDPOINT ? elsewhere : ''}`;
  return new CommandFailure(`No localvpc is running at ${url}.`, advice);
}
