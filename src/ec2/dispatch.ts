/**
 * The endpoint: an HTTP request in, an answer out. The order of the checks is that of AWS as far as it is known
 * (unconfirmed): action and version, credentials, parameters, dry run, and then whatever the action checks.
 */
import { Fault } from '../model/fault.ts';
import type { Scope } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';
import type { AnyAction } from './action.ts';
import { CORS_HEADERS, preflight, refuseForeignPages } from './browser.ts';
import { scopeOf } from './caller.ts';
import type { DecodedStructure } from './decode.ts';
import { ec2Service } from './ec2-service.ts';
import type { Hash } from './hash.ts';
import { type HttpRequest, type HttpResponse, MAX_BODY_BYTES, pathOf, queryOf } from './http.ts';
import { parseQuery, type QueryNode, queryTree } from './query.ts';
import type { Content, Service } from './service.ts';
import { type Claim, isSignatureParameter, readClaim, verifyClaim } from './signature.ts';
import { stsService } from './sts.ts';

/** What the endpoint needs of those who run it. */
export interface EndpointHost {
  readonly actions: readonly AnyAction[];
  /** What is served beside EC2 and STS; default nothing. */
  readonly services?: readonly Service[];
  /** Runs `work` as one transaction; resolves when its effects are on disk and in force. */
  execute<Result>(scope: Scope, work: (tx: Transaction) => Result): Promise<Result>;
  /** Runs `work` and puts everything back. */
  dryRun<Result>(scope: Scope, work: (tx: Transaction) => Result): Result;
  /**
   * Fetches what lies outside the model and an action of this name will ask the environment for, since actions wait for
   * nothing. Absent where there is nothing to fetch.
   */
  prepare?(operation: string, request: DecodedStructure): Promise<void>;
  readonly hash: Hash;
  /** A new UUID in lower case. */
  newRequestId(): string;
  /** Secret access keys by access key id. Undefined: signatures are read and not verified. */
  readonly credentials: ReadonlyMap<string, string> | undefined;
  /** Told of every error that is no fault: a mistake of ours. The caller sees InternalError. */
  mistake(error: unknown, requestId: string): void;
  /** Told of every answer, for logs and metrics; absent if nobody wants to know. */
  answered?(call: AnsweredCall): void;
}

/** One call, when it is over. */
export interface AnsweredCall {
  readonly requestId: string;
  /** Undefined where the request names no action that exists. */
  readonly action: string | undefined;
  readonly scope: Scope | undefined;
  readonly status: number;
  /** Code of the fault, if the call failed. */
  readonly fault: string | undefined;
}

export type Endpoint = (request: HttpRequest) => Promise<HttpResponse>;

/** The endpoint of EC2, of STS as far as it is served, and of the host's other services. It rejects only if the host's own callbacks throw. */
export function createEndpoint(host: EndpointHost): Endpoint {
  const ec2 = ec2Service(host);
  const services = [ec2, stsService, ...(host.services ?? [])];
  return async (request) => {
    if (request.method === 'OPTIONS') return preflight(request, isHeard(host, request));
    const call: Call = {
      host,
      services,
      requestId: host.newRequestId(),
      service: ec2,
      action: undefined,
      scope: undefined,
    };
    const outcome = await outcomeOf(call, request);
    const { requestId, action, scope } = call;
    host.answered?.({ requestId, action, scope, status: outcome.status, fault: outcome.fault });
    return respond(call, outcome);
  };
}

interface Outcome {
  readonly status: number;
  readonly body: string;
  readonly fault: string | undefined;
}

async function outcomeOf(call: Call, request: HttpRequest): Promise<Outcome> {
  try {
    return { status: 200, body: await answer(call, request), fault: undefined };
  } catch (error) {
    const fault = asFault(error, call);
    const { service, requestId } = call;
    const status = service.statusOf?.(fault) ?? fault.status;
    return { status, body: service.encodeFault(fault, requestId), fault: fault.code };
  }
}

/** One call on its way. What is known of it grows, so that a fault can be answered in the service's own form. */
interface Call {
  readonly host: EndpointHost;
  readonly services: readonly Service[];
  readonly requestId: string;
  service: Service;
  action: string | undefined;
  scope: Scope | undefined;
}

async function answer(call: Call, request: HttpRequest): Promise<string> {
  const { host, requestId } = call;
  if (!host.credentials) refuseForeignPages(request);
  requireForm(request);
  const target = request.headers['x-amz-target'];
  const claim = readClaim(request);
  const asked = target === undefined ? askedByQuery(call, request, claim) : askedByJson(call, request, target, claim);
  if (host.credentials) verifyClaim(claim, request, host.credentials, host.hash);
  const claimed = scopeOf(claim, request.headers.host);
  const scope = host.credentials ? claimed : { ...claimed, account: request.account ?? claimed.account };
  call.scope = scope;
  return await call.service.answer({
    ...asked,
    scope,
    requestId,
    execute: (work) => host.execute(scope, work),
    dryRun: (work) => host.dryRun(scope, work),
  });
}

interface Asked {
  readonly action: string;
  readonly content: Content;
}

function requireForm(request: HttpRequest): void {
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new Fault('InvalidRequest', `EC2 answers GET and POST, not ${request.method.slice(0, 20)}.`);
  }
  if (request.body.length > MAX_BODY_BYTES) throw new Fault('RequestEntityTooLarge', { bytes: MAX_BODY_BYTES });
  if (pathOf(request) !== '/') throw unknownService(`the path ${pathOf(request).slice(0, 100)}`);
}

const unknownService = (sign: string): Fault =>
  new Fault(
    'UnsupportedOperation',
    `localvpc serves EC2, STS, Elastic Load Balancing and Network Firewall, which are asked at the path /. This request is for another service: it has ${sign}.`,
  );

/** Query and form together; those of the signature are taken out, for it has been or will be read from the request itself. */
function askedByQuery(call: Call, request: HttpRequest, claim: Claim | undefined): Asked {
  const pairs = [...parseQuery(queryOf(request)), ...parseQuery(bodyText(request))];
  const parameters = queryTree(pairs.filter(([name]) => !isSignatureParameter(name)));
  const action = parameterOf(parameters, 'Action');
  const version = parameterOf(parameters, 'Version');
  const service = queryServiceOf(call, claim, version, action);
  call.service = service;
  if (!action) throw new Fault('MissingAction');
  if (service.isOperation?.(action) === false) throw new Fault('InvalidAction', { action: action.slice(0, 100) });
  call.action = action;
  if (!version) throw new Fault('MissingParameter', { parameter: 'Version' });
  if (!isOfVersion(service, version)) throw new Fault('NoSuchVersion', { version: version.slice(0, 100) });
  return { action, content: { kind: 'query', parameters } };
}

/**
 * The service is that of the credential scope, and of several versions the one that is named; unsigned requests tell it by
 * their version or their action.
 */
function queryServiceOf({ services }: Call, claim: Claim | undefined, version = '', action = ''): Service {
  if (!claim) {
    if (action === 'GetCallerIdentity') return stsService;
    return services.find((service) => isOfVersion(service, version)) ?? services[0] ?? stsService;
  }
  const own = services.filter((service) => service.signingName === claim.service && service.protocol.kind === 'query');
  const service = own.find((one) => isOfVersion(one, version)) ?? own[0];
  if (!service) throw unknownService(`a signature for ${claim.service}`);
  return service;
}

const isOfVersion = ({ protocol }: Service, version: string): boolean =>
  protocol.kind === 'query' && protocol.version === version;

/** Whoever asks by JSON says in a header what he asks for: "NetworkFirewall_20201112.CreateFirewall". */
function askedByJson(call: Call, request: HttpRequest, target: string, claim: Claim | undefined): Asked {
  const dot = target.lastIndexOf('.');
  const [prefix, action] = [target.slice(0, Math.max(0, dot)), target.slice(dot + 1)];
  const isAsked = ({ protocol }: Service) => protocol.kind === 'json' && protocol.targetPrefix === prefix;
  const service = call.services.find(isAsked);
  if (!service) throw unknownService(`the target ${target.slice(0, 100)}`);
  if (claim && claim.service !== service.signingName) throw unknownService(`a signature for ${claim.service}`);
  call.service = service;
  if (service.isOperation?.(action) === false) throw new Fault('InvalidAction', { action: action.slice(0, 100) });
  call.action = action;
  return { action, content: { kind: 'json', value: jsonOf(bodyText(request)) } };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    throw new Fault('SerializationException', 'The body is no JSON.');
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function bodyText({ method, body }: HttpRequest): string {
  if (method !== 'POST' || body.length === 0) return '';
  try {
    return UTF8.decode(body);
  } catch {
    throw new Fault('MalformedQueryString', 'The body is not UTF-8 text.');
  }
}

const parameterOf = (parameters: QueryNode, name: string): string | undefined => parameters.children.get(name)?.value;

function isHeard(host: EndpointHost, request: HttpRequest): boolean {
  if (host.credentials) return true;
  try {
    refuseForeignPages(request);
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

function asFault(error: unknown, { host, requestId }: Call): Fault {
  if (error instanceof Fault) return error;
  host.mistake(error, requestId);
  return new Fault('InternalError');
}

function respond({ requestId, service }: Call, { status, body }: Outcome): HttpResponse {
  const headers = { 'content-type': service.contentType, 'x-amzn-requestid': requestId, ...CORS_HEADERS };
  return { status, headers, body };
}
