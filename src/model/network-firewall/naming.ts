/** How Network Firewall's resources are named and found: by their ARN, or by a name that is theirs in the account and Region. */
import type { FirewallArn, FirewallPolicyArn, RuleGroupArn } from '../../net/identifiers.ts';
import { Fault } from '../fault.ts';
import type { Kind, Row } from '../kind.ts';
import { regionNamed } from '../regions.ts';
import type { RuleGroupType } from '../resources/network-firewall.ts';
import type { Transaction } from '../transaction.ts';
import { refused } from './refusal.ts';

/** The part of an ARN that says what it is of, and what such ARNs are. */
interface ArnTypes {
  readonly firewall: FirewallArn;
  readonly 'firewall-policy': FirewallPolicyArn;
  readonly 'stateless-rulegroup': RuleGroupArn;
  readonly 'stateful-rulegroup': RuleGroupArn;
}

export type ArnType = keyof ArnTypes;

/** "arn:aws:network-firewall:us-east-1:123456789012:firewall/outbound". */
export const arnOf = <T extends ArnType>({ region, account }: Transaction, type: T, name: string): ArnTypes[T] =>
  `arn:${regionNamed(region).partition.name}:network-firewall:${region}:${account}:${type}/${name}` as ArnTypes[T];

/** What a rule group's type is called in its ARN. */
export const arnTypeOf = (type: RuleGroupType): 'stateless-rulegroup' | 'stateful-rulegroup' =>
  type === 'STATELESS' ? 'stateless-rulegroup' : 'stateful-rulegroup';

/** @throws Fault InvalidRequestException for what is no name (API reference: letters, digits and hyphens, 128 of them at most) */
export function checkName(name: string): string {
  if (!/^[a-zA-Z0-9-]{1,128}$/.test(name))
    throw refused(`"${name.slice(0, 200)}" is no name: it has letters, digits and hyphens, 128 at most`);
  return name;
}

/** How a request names a resource. */
export interface Naming {
  readonly arn: string | undefined;
  readonly name: string | undefined;
}

/**
 * The resource that a request names by ARN, by name or by both.
 * @throws Fault InvalidRequestException where it names none or two, ResourceNotFoundException
 */
export function resourceNamed<R extends Row>(tx: Transaction, kind: Kind<R>, type: ArnType, { arn, name }: Naming): R {
  const ofName = name === undefined ? undefined : arnOf(tx, type, name);
  const id = arn ?? ofName;
  if (id === undefined) throw refused('the request must contain an ARN or a name');
  if (ofName !== undefined && id !== ofName) throw refused('the ARN and the name are of different resources');
  return resourceAt(tx, kind, id);
}

/** The resource with this ARN. @throws Fault ResourceNotFoundException; the sentence is unconfirmed */
export function resourceAt<R extends Row>(tx: Transaction, kind: Kind<R>, arn: string): R {
  const row = tx.find(kind, arn);
  if (row) return row;
  throw new Fault('ResourceNotFoundException', `The specified resource does not exist: ${arn.slice(0, 300)}.`);
}

/** A random UUID (version 4) in lower case: of update tokens and of resources. */
export function newUuid({ random }: Transaction): string {
  const hex = (digits: number): string =>
    random
      .integer(16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  const variant = '89ab'.charAt(random.integer(4));
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(6)}${hex(6)}`;
}

/** @throws Fault InvalidTokenException where a token is given that is not the newest; the sentence is unconfirmed */
export function checkToken(given: string | undefined, { updateToken }: { readonly updateToken: string }): void {
  if (given === undefined || given === updateToken) return;
  throw new Fault('InvalidTokenException', 'Update token is invalid: the resource has changed since it was retrieved.');
}
