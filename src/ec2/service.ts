/** A service of AWS, as the endpoint tells its calls from those of others and has them answered. */
import { Fault } from '../model/fault.ts';
import type { Scope } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';
import type { OperationCoverage } from './coverage.ts';
import type { QueryNode } from './query.ts';

/**
 * How a service is asked: by parameters of its version's Query protocol, or by JSON, whose target header is
 * "NetworkFirewall_20201112.CreateFirewall".
 */
export type Protocol =
  | { readonly kind: 'query'; readonly version: string }
  | { readonly kind: 'json'; readonly targetPrefix: string };

/** What the caller asks, as far as the protocol can be read without the operation's schema. */
export type Content =
  | { readonly kind: 'query'; readonly parameters: QueryNode }
  | { readonly kind: 'json'; readonly value: unknown };

/** A call of a service's operation. */
export interface ServiceCall {
  /** A name for which `isOperation` holds, where the service has that function. */
  readonly action: string;
  readonly content: Content;
  readonly scope: Scope;
  readonly requestId: string;
  /** Runs `work` as one transaction; resolves when its effects are on disk and in force. */
  execute<Result>(work: (tx: Transaction) => Result): Promise<Result>;
  /** Runs `work` and puts everything back. */
  dryRun<Result>(work: (tx: Transaction) => Result): Result;
}

export interface Service {
  /** As in the scope of a signature: "elasticloadbalancing". Two versions of a service have one name. */
  readonly signingName: string;
  readonly protocol: Protocol;
  /** Content type of its answers. */
  readonly contentType: string;
  /** Whether AWS's service has an operation of this name, served or not. Absent where the service itself answers for that. */
  isOperation?(name: string): boolean;
  /** The document that answers a call. @throws Fault */
  answer(call: ServiceCall): Promise<string> | string;
  /** The HTTP status of a fault where the service has another one than the table. */
  statusOf?(fault: Fault): number;
  /** The document of a fault. */
  encodeFault(fault: Fault, requestId: string): string;
}

/** A service beside EC2, with the list of what it serves. */
export interface OtherService extends Service {
  /** As AWS calls it: "Elastic Load Balancing v2". */
  readonly title: string;
  /** As the AWS CLI calls it: "elbv2". */
  readonly command: string;
  /** Its operations, sorted by name. Walks its whole model. */
  coverage(): readonly OperationCoverage[];
}

/** The parameters of a call. @throws Error where it was asked by JSON, which the endpoint hands to no such service */
export function queryOfCall({ content, action }: ServiceCall): QueryNode {
  if (content.kind === 'query') return content.parameters;
  throw new Error(`${action} was asked by JSON`);
}

/** AWS serves all its operations, so the code is our choice: the one that tools show and do not retry. */
export const notServed = (name: string): Fault =>
  new Fault('UnsupportedOperation', `localvpc does not serve ${name}. \`localvpc coverage\` lists what it serves.`);
