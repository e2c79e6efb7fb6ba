/**
 * Requests from web pages. AWS lets every page ask, for it knows the caller by his signature. An endpoint that verifies
 * none must not: any page that a user visits could launch instances on his machine. So without configured credentials
 * only pages of this machine are heard.
 */
import { Fault } from '../model/fault.ts';
import type { HttpRequest, HttpResponse } from './http.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9-]+\.)+localhost)(?::\d{1,5})?$/;

/**
 * Host names under which localvpc may be reached: addresses, names without a dot, and domains in which no stranger can
 * have a name. A stranger's name that resolves to this machine would make his page look like one of ours.
 */
const OWN_HOST =
  /^(?:[a-z0-9_-]+|[0-9.]+|\[[0-9a-f:.]+\]|[a-z0-9._-]+\.(?:localhost|local|internal|test|localstack\.cloud|amazonaws\.com|amazonaws\.com\.cn|api\.aws))(?::\d{1,5})?$/;

/**
 * Refuses what a page of another site sent.
 * @throws Fault UnauthorizedOperation
 */
export function refuseForeignPages({ headers }: Pick<HttpRequest, 'headers'>): void {
  const { origin, host = 'localhost' } = headers;
  if (!OWN_HOST.test(host.toLowerCase())) throw refused(`the host name ${host.slice(0, 100)}`);
  if (origin !== undefined && !isLoopbackOrigin(origin)) throw refused(origin.slice(0, 100));
  // Pictures and links carry no Origin, but browsers say where a request comes from (Fetch Metadata).
  if (origin === undefined && headers['sec-fetch-site'] === 'cross-site') throw refused('another site');
}

const isLoopbackOrigin = (origin: string): boolean => {
  const [scheme, host = ''] = origin.toLowerCase().split('://', 2);
  return (scheme === 'http' || scheme === 'https') && LOOPBACK.test(host);
};

const refused = (origin: string): Fault =>
  new Fault(
    'UnauthorizedOperation',
    `A web page of ${origin} sent this request. localvpc hears pages of other sites only when credentials are configured, for then it verifies who asks.`,
  );

/** Answers a preflight as EC2 does (EC2 API Reference, "CORS support"); pages not heard get no permission. */
export function preflight(request: HttpRequest, heard: boolean): HttpResponse {
  if (!heard) return { status: 403, headers: {}, body: '' };
  const asked = request.headers['access-control-request-headers'] ?? '';
  return {
    status: 200,
    headers: {
      ...CORS_HEADERS,
      'access-control-allow-methods': 'GET, POST, OPTIONS, DELETE, PUT',
      'access-control-allow-headers': /^[\w\-, ]{1,1000}$/.test(asked) ? asked : '*',
      'access-control-max-age': '1800',
    },
    body: '',
  };
}

/** On every answer; credentials are never allowed. */
export const CORS_HEADERS = { 'access-control-allow-origin': '*' } as const;
