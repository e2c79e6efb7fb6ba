/**
 * The instance metadata service: who may ask (IMDSv1 and IMDSv2), and what is answered.
 *
 * A pure function of the request, the instance as the model has it, and a token secret. Source: user guide,
 * instancedata-data-retrieval and configuring-instance-metadata-service. Choices there is no page for are unconfirmed:
 * 405 for methods that a path does not know, a leaf's value under a path that ends with "/", empty path segments
 * counting for nothing, 404 for an interface that is attached to no instance, and 403 over IPv6 while that is disabled.
 */
import type { EnaCounters, ServiceRequest, ServiceResponse } from '../tables/data-plane.ts';
import { enaText, OWN_PATHS } from './ena-statistics.ts';
import type { IdentitySigner } from './identity-signer.ts';
import { makeToken, secondsLeft, type TokenParts } from './metadata-token.ts';
import { isDirectory, listing, type MetadataNode, metadataNodeAt } from './metadata-tree.ts';
import type { MetadataView } from './metadata-view.ts';

export type MetadataRequest = Extract<ServiceRequest, { readonly kind: 'metadata' }>;
/** What answers are made with, besides the view. */
export interface MetadataParts extends TokenParts {
  /** ENA's counters of the instance's interfaces by id, where the path asks for them. */
  readonly enaCounters?: Readonly<Record<string, EnaCounters>>;
  readonly signer: IdentitySigner;
}
export type MetadataResponse = Extract<ServiceResponse, { readonly kind: 'metadata' }>;

const TOKEN_HEADER = 'x-aws-ec2-metadata-token';
const LIFETIME_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const MAX_LIFETIME_SECONDS = 21_600;

/** What "/" lists; any other date is served as "latest" too. The list is the one that instances show, unconfirmed. */
const VERSIONS = [
  '1.0',
  '2007-01-19',
  '2007-03-01',
  '2007-08-29',
  '2007-10-10',
  '2007-12-15',
  '2008-02-01',
  '2008-09-01',
  '2009-04-04',
  '2011-01-01',
  '2011-05-01',
  '2012-01-12',
  '2014-02-25',
  '2014-11-05',
  '2015-10-20',
  '2016-04-19',
  '2016-06-30',
  '2016-09-02',
  '2018-03-28',
  '2018-08-17',
  '2018-09-24',
  '2019-10-01',
  '2020-10-27',
  '2021-01-03',
  '2021-03-23',
  '2021-07-15',
  '2022-09-24',
  '2024-04-11',
  'latest',
];

const REASONS = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
} as const;
type RefusalStatus = keyof typeof REASONS;

/**
 * Answers a request.
 * @param view the instance that the asking interface is attached to; undefined where it is attached to none
 */
export function answerMetadata(
  request: MetadataRequest,
  view: MetadataView | undefined,
  parts: MetadataParts,
): MetadataResponse {
  if (!view) return refusal(404);
  const { httpEndpoint, httpProtocolIpv6, httpPutResponseHopLimit: hopLimit } = view.options;
  const isDisabled = httpEndpoint === 'disabled' || (request.family === 'ipv6' && httpProtocolIpv6 === 'disabled');
  const answer = isDisabled ? refusal(403) : answerMethod(request, view, parts);
  // The limit is for everything that may carry a token, so that a proxy beyond it cannot even tell refusals apart.
  return request.method === 'PUT' ? { ...answer, hopLimit } : answer;
}

function answerMethod(request: MetadataRequest, view: MetadataView, parts: MetadataParts): MetadataResponse {
  const names = namesOf(request.path);
  if (!names) return refusal(404);
  const [version, ...below] = names;
  const isTokenPath = below.length === 2 && below[0] === 'api' && below[1] === 'token';
  if (request.method === 'PUT') return isTokenPath ? answerToken(request, version, view, parts) : refusal(405);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405);
  if (isTokenPath) return refusal(405);
  return answerRead(request, names, view, parts);
}

/** Names between the slashes, without the query; undefined when they are badly escaped. */
function namesOf(path: string): readonly string[] | undefined {
  const [beforeQuery = ''] = path.split(/[?#]/, 1);
  try {
    return beforeQuery
      .split('/')
      .filter((name) => name !== '')
      .map(decodeURIComponent);
  } catch {
    // URIError is the only thing that decodeURIComponent throws.
    return undefined;
  }
}

function answerToken(
  { headers }: MetadataRequest,
  version: string | undefined,
  { instanceId }: MetadataView,
  parts: MetadataParts,
): MetadataResponse {
  // An open proxy adds this header: a token must not go through one.
  if (header(headers, 'x-forwarded-for') !== undefined) return refusal(403);
  if (version !== 'latest') return refusal(403);
  const lifetimeSeconds = lifetimeOf(header(headers, LIFETIME_HEADER));
  if (lifetimeSeconds === undefined) return refusal(400);
  const token = makeToken(instanceId, lifetimeSeconds, parts);
  return answerWith(200, 'text/plain', token, { [LIFETIME_HEADER]: String(lifetimeSeconds) });
}

function lifetimeOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  const seconds = Number(text);
  return seconds >= 1 && seconds <= MAX_LIFETIME_SECONDS ? seconds : undefined;
}

function answerRead(
  { headers }: MetadataRequest,
  names: readonly string[],
  view: MetadataView,
  parts: MetadataParts,
): MetadataResponse {
  const token = header(headers, TOKEN_HEADER);
  if (token === undefined) {
    return view.options.httpTokens === 'required' ? refusal(401) : answerPath(names, view, parts, {});
  }
  const left = secondsLeft(view.instanceId, token, parts);
  if (left === undefined) return refusal(401);
  // What is left of the token's life comes back with every answer, as observed.
  return answerPath(names, view, parts, { [LIFETIME_HEADER]: String(left) });
}

function answerPath(
  [version, ...names]: readonly string[],
  view: MetadataView,
  { signer, enaCounters = {} }: MetadataParts,
  headers: Readonly<Record<string, string>>,
): MetadataResponse {
  if (version === OWN_PATHS) return answerNode(enaText(names, view, enaCounters), headers);
  if (version === undefined) return answerWith(200, 'text/plain', VERSIONS.join('\n'), headers);
  if (version !== 'latest' && version !== '1.0' && !/^\d{4}-\d{2}-\d{2}$/.test(version)) return refusal(404);
  return answerNode(metadataNodeAt(view, names, signer), headers);
}

function answerNode(node: MetadataNode, headers: Readonly<Record<string, string>>): MetadataResponse {
  if (node === undefined) return refusal(404);
  if (typeof node === 'string') return answerWith(200, 'text/plain', node, headers);
  if (isDirectory(node)) return answerWith(200, 'text/plain', listing(node), headers);
  return answerWith(200, 'application/octet-stream', node, headers);
}

/** The page that AWS sends with a refusal. */
function refusal(status: RefusalStatus): MetadataResponse {
  const what = `${status} - ${REASONS[status]}`;
  const body = `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
	"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${what}</title>
 </head>
 <body>
  <h1>${what}</h1>
 </body>
</html>
`;
  return answerWith(status, 'text/html', body, {});
}

function answerWith(
  status: number,
  contentType: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): MetadataResponse {
  const lengthBytes = typeof body === 'string' ? new TextEncoder().encode(body).length : body.length;
  return {
    kind: 'metadata',
    status,
    headers: { server: 'EC2ws', 'content-type': contentType, 'content-length': String(lengthBytes), ...headers },
    body,
    hopLimit: undefined,
  };
}

/** A header by its lower-case name; a guest's names reach no prototype. */
const header = (headers: MetadataRequest['headers'], name: string): string | undefined =>
  Object.hasOwn(headers, name) ? headers[name] : undefined;
