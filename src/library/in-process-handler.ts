/** Carries the SDK's requests to an endpoint in this process: no socket, no port, nothing to wait for. */
import type { Endpoint } from '../ec2/dispatch.ts';

/** A request as the SDK hands it to its request handler. */
interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly hostname: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** The part of the SDK's HttpHandler that a client needs. */
export interface InProcessHandler {
  handle(request: SdkRequest): Promise<{ response: SdkResponse }>;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
  destroy(): void;
}

/** A request handler that calls the endpoint. `now`: milliseconds since the epoch. */
export const inProcessHandler = (endpoint: Endpoint, now: () => number): InProcessHandler => ({
  async handle({ method, path, query = {}, headers, body }) {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      for (const one of Array.isArray(value) ? value : [value ?? '']) parameters.append(name, one);
    const answer = await endpoint({
      method,
      target: parameters.size > 0 ? `${path}?${parameters}` : path,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      body: new TextEncoder().encode(typeof body === 'string' ? body : ''),
      nowMs: now(),
    });
    return {
      response: {
        statusCode: answer.status,
        headers: { ...answer.headers },
        body: new TextEncoder().encode(answer.body),
      },
    };
  },
  updateHttpClientConfig: () => undefined,
  httpHandlerConfigs: () => ({}),
  destroy: () => undefined,
});
