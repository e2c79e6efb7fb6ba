/** What all that places described resources in the model needs: ids, addresses and blocks that are what they say, or a reason. */
import type * as sdk from '@aws-sdk/client-ec2';
import type { Kind, Row, Tags } from '../model/kind.ts';
import type { Transaction } from '../model/transaction.ts';
import { type Ipv4, type Ipv6, parseIpv4, parseIpv6 } from '../net/address.ts';
import { type Ipv4Cidr, type Ipv6Cidr, parseIpv4Cidr, parseIpv6Cidr } from '../net/cidr.ts';
import { type Id, isId } from '../net/identifiers.ts';
import type { DescribedScope, LeftOut } from './description.ts';

/** Why a resource cannot be taken over: a sentence without its full stop. */
export class Unplaceable extends Error {
  override readonly name = 'Unplaceable';
}

/** Where described resources go: one account and Region of a transaction. */
export interface Place {
  readonly tx: Transaction;
  readonly described: DescribedScope;
  /** Says of something that it was not taken over as it was described. */
  readonly leaveOut: (leftOut: LeftOut) => void;
  /** Says of something that no packet notices it. */
  readonly ignore: (ignored: LeftOut) => void;
  /** Does something that takes rows of other accounts, when the rows of all accounts are there. */
  readonly whenAllIsThere: (work: () => void) => void;
}

/** An id of this form. @throws Unplaceable */
export function idOf<Prefix extends string>(prefix: Prefix, text: string | undefined): Id<Prefix> {
  if (text === undefined) throw new Unplaceable(`it has no id ${prefix}-…`);
  if (!isId(prefix, text)) throw new Unplaceable(`${text} is not an id of the form ${prefix}-…`);
  return text;
}

/** An id of this form, or a new one where none is described. @throws Unplaceable */
export const idOrNew = <Prefix extends string>(
  tx: Transaction,
  prefix: Prefix,
  text: string | undefined,
): Id<Prefix> => (text === undefined ? tx.newId(prefix) : idOf(prefix, text));

/** The id of a row that is there. @throws Unplaceable */
export function existing<R extends Row>(tx: Transaction, kind: Kind<R>, id: string | undefined): R {
  const row = id === undefined ? undefined : tx.find(kind, id);
  if (!row) throw new Unplaceable(`${id ?? `its ${kind.name}`} is not there, or was left out`);
  return row;
}

/** Adds a row of a described resource. @throws Unplaceable where there is one with its id */
export function place<R extends Row>(tx: Transaction, kind: Kind<R>, row: R): R {
  if (tx.find(kind, row.id)) throw new Unplaceable(`there is a ${kind.name} ${row.id} already`);
  return tx.put(kind, row);
}

/** @throws Unplaceable */
export const ipv4CidrOf = (text: string | undefined): Ipv4Cidr => parsed(text, parseIpv4Cidr, 'an IPv4 block');
/** @throws Unplaceable */
export const ipv6CidrOf = (text: string | undefined): Ipv6Cidr => parsed(text, parseIpv6Cidr, 'an IPv6 block');
/** @throws Unplaceable */
export const ipv4Of = (text: string | undefined): Ipv4 => parsed(text, parseIpv4, 'an IPv4 address');
/** @throws Unplaceable */
export const ipv6Of = (text: string | undefined): Ipv6 => parsed(text, parseIpv6, 'an IPv6 address');

function parsed<T>(text: string | undefined, parse: (text: string) => T | undefined, what: string): T {
  const value = parse(text ?? '');
  if (value === undefined) throw new Unplaceable(`${text ?? 'nothing'} is not ${what}`);
  return value;
}

/** Tags as they are, whatever rules new ones have to obey. */
export const tagsOf = (tags: readonly sdk.Tag[] | undefined): Tags =>
  Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
