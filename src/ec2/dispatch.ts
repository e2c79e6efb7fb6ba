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
import { type DecodedStructure, decode } from './decode.ts';
import { encodeAnswer, encodeFault, encodeMembersOf } from './encode.ts';
import type { Hash } from './hash.ts';
import { type HttpRequest, type HttpResponse, MAX_BODY_BYTES, pathOf, queryOf } from './http.ts';
import { answerOnce } from './idempotency.ts';
import { parseQuery, type QueryNode, queryTree } from './query.ts';
import { isOperation, type OperationShape, operationShape } from './schema.ts';
import { type Claim, isSignatureParameter, readClaim, verifyClaim } from './signature.ts';
import { answerSts, encodeStsFault, STS_VERSION } from './sts.ts';

/** What the endpoint needs of those who run it. */
export interface EndpointHost {
  readonly actions: readonly AnyAction[];
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

/** EC2's version, the only one served. */
export const EC2_VERSION = '2016-11-15';

/** The endpoint of EC2, and of STS as far as it is served. It rejects only if the host's own callbacks throw. */
export function createEndpoint(host: EndpointHost): Endpoint {
  const actions = new Map<string, AnyAction>(host.actions.map((action) => [action.name, action]));
  if (actions.size !== host.actions.length) throw new Error('two actions serve one operation');
  return async (request) => {
    if (request.method === 'OPTIONS') return preflight(request, isHeard(host, request));
    const call: Call = {
      host,
      actions,
      requestId: host.newRequestId(),
      service: 'ec2',
      action: undefined,
      scope: undefined,
    };
    const outcome = await outcomeOf(call, request);
    const { requestId, action, scope } = call;
    host.answered?.({ requestId, action, scope, status: outcome.status, fault: outcome.fault });
    return respond(requestId, outcome);
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
    const body = call.service === 'sts' ? encodeStsFault(fault, call.requestId) : encodeFault(fault, call.requestId);
    return { status: fault.status, body, fault: fault.code };
  }
}

/** One call on its way. What is known of it grows, so that a fault can be answered in the service's own form. */
interface Call {
  readonly host: EndpointHost;
  readonly actions: ReadonlyMap<string, AnyAction>;
  readonly requestId: string;
  service: 'ec2' | 'sts';
  action: string | undefined;
  scope: Scope | undefined;
}

async function answer(call: Call, request: HttpRequest): Promise<string> {
  const { host, requestId } = call;
  if (!host.credentials) refuseForeignPages(request);
  const pairs = readParameters(request);
  const claim = readClaim(request);
  const parameters = queryTree(pairs);
  call.service = serviceOf(claim, parameters);
  const action = requireAction(call, parameters);
  if (host.credentials) verifyClaim(claim, request, host.credentials, host.hash);
  const claimed = scopeOf(claim, request.headers.host);
  const scope = host.credentials ? claimed : { ...claimed, account: request.account ?? claimed.account };
  call.scope = scope;
  if (call.service === 'sts') return answerSts(action, scope, requestId);
  return answerEc2(call, scope, action, parameters);
}

async function answerEc2(
  { host, actions, requestId }: Call,
  scope: Scope,
  name: string,
  parameters: QueryNode,
): Promise<string> {
  const action = actions.get(name);
  const shape = operationShape(name);
  if (!action || !shape) throw notServed(name);
  const request = decode(shape, parameters);
  const work = (tx: Transaction): string => perform(action, shape, request, tx, host.hash);
  if (request.DryRun === true) {
    host.dryRun(scope, work);
    throw new Fault('DryRunOperation');
  }
  await host.prepare?.(name, request);
  return encodeAnswer(name, requestId, await host.execute(scope, work));
}

/** Encodes inside the transaction: a result that does not fit the schema undoes what the action did. */
const perform = (
  action: AnyAction,
  shape: OperationShape,
  request: DecodedStructure,
  tx: Transaction,
  hash: Hash,
): string => answerOnce(tx, action, request, hash, () => encodeMembersOf(shape, action.call(request, tx)));

/** Query and form together; those of the signature are taken out, for it has been or will be read from the request itself. */
function readParameters(request: HttpRequest): readonly (readonly [string, string])[] {
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new Fault('InvalidRequest', `EC2 answers GET and POST, not ${request.method.slice(0, 20)}.`);
  }
  if (request.body.length > MAX_BODY_BYTES) throw new Fault('RequestEntityTooLarge', { bytes: MAX_BODY_BYTES });
  if (pathOf(request) !== '/') throw otherService(`the path ${pathOf(request).slice(0, 100)}`);
  const target = request.headers['x-amz-target'];
  if (target !== undefined) throw otherService(`the target ${target.slice(0, 100)}`);
  const pairs = [...parseQuery(queryOf(request)), ...parseQuery(formText(request))];
  return pairs.filter(([name]) => !isSignatureParameter(name));
}

const otherService = (sign: string): Fault =>
  new Fault(
    'UnsupportedOperation',
    `localvpc serves EC2 and STS, which are asked at the path /. This request is for another service: it has ${sign}.`,
  );

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function formText({ method, body }: HttpRequest): string {
  if (method !== 'POST' || body.length === 0) return '';
  try {
    return UTF8.decode(body);
  } catch {
    throw new Fault('MalformedQueryString', 'The body is not UTF-8 text.');
  }
}

/** The service is that of the credential scope; unsigned requests tell it by their version or their action. */
function serviceOf(claim: Claim | undefined, parameters: QueryNode): 'ec2' | 'sts' {
  const version = parameterOf(parameters, 'Version');
  if (claim) {
    if (claim.service === 'ec2' || claim.service === 'sts') return claim.service;
    throw otherService(`a signature for ${claim.service}`);
  }
  return version === STS_VERSION || parameterOf(parameters, 'Action') === 'GetCallerIdentity' ? 'sts' : 'ec2';
}

function requireAction(call: Call, parameters: QueryNode): string {
  const action = parameterOf(parameters, 'Action');
  if (!action) throw new Fault('MissingAction');
  if (call.service === 'ec2' && !isOperation(action))
    throw new Fault('InvalidAction', { action: action.slice(0, 100) });
  call.action = action;
  const version = parameterOf(parameters, 'Version');
  if (!version) throw new Fault('MissingParameter', { parameter: 'Version' });
  const expected = call.service === 'ec2' ? EC2_VERSION : STS_VERSION;
  if (version !== expected) throw new Fault('NoSuchVersion', { version: version.slice(0, 100) });
  return action;
}

const parameterOf = (parameters: QueryNode, name: string): string | undefined => parameters.children.get(name)?.value;

/** AWS serves all its operations, so the code is our choice: the one that tools show and do not retry. */
const notServed = (name: string): Fault =>
  new Fault('UnsupportedOperation', `localvpc does not serve ${name}. \`localvpc coverage\` lists what it serves.`);

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

/** The content type is unconfirmed. */
function respond(requestId: string, { status, body }: Outcome): HttpResponse {
  const headers = { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId, ...CORS_HEADERS };
  return { status, headers, body };
}
