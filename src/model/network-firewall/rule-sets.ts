/**
 * Addresses and ports as Suricata's rule headers write them: `any`, a block, a variable, lists and negation.
 *
 * Suricata puts nested lists into one, in which everything that is negated an even number of times is in, and the rest is out;
 * where only something is out, everything else is in (Suricata's guide, rule format). Nothing here knows what a variable holds.
 */

import { isIpv4, parseAddress } from '../../net/address.ts';
import { ANY_IPV4, ANY_IPV6, type Cidr, cidrOf, parseCidr } from '../../net/cidr.ts';
import type { FirewallAddresses, FirewallPorts } from '../../net/firewall-rule.ts';
import { ANY_PORT, type PortRange } from '../../net/port-range.ts';
import { refused } from './refusal.ts';

/** A part of an expression: what it names, and whether that is in or out. */
interface Term {
  readonly text: string;
  readonly isNegated: boolean;
}

/** What variables hold, by name without `$`: texts of addresses, or of ports. */
export type Variables = ReadonlyMap<string, readonly string[]>;

/** More than anybody writes: a variable that names itself ends here. */
const MAX_DEPTH = 8;

/** The addresses of an expression. @throws Fault InvalidRequestException where it is none, or names an unknown variable */
export function addressesOf(expression: string, variables: Variables): FirewallAddresses {
  const terms = flattened(expression, variables, 'address');
  const blocks = (isNegated: boolean): Cidr[] =>
    terms.filter((term) => term.isNegated === isNegated).flatMap(({ text }) => blocksOf(text));
  const within = blocks(false);
  return { within: within.length > 0 ? within : [ANY_IPV4, ANY_IPV6], except: blocks(true) };
}

/** The ports of an expression. @throws Fault InvalidRequestException as `addressesOf` */
export function portsOf(expression: string, variables: Variables): FirewallPorts {
  const terms = flattened(expression, variables, 'port');
  const ranges = (isNegated: boolean): PortRange[] =>
    terms.filter((term) => term.isNegated === isNegated).map(({ text }) => rangeOf(text));
  const within = ranges(false);
  return { within: within.length > 0 ? within : [ANY_PORT], except: ranges(true) };
}

/** The names of variables in an expression. */
export function variablesIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\$(\w+)/g)].map(([, name]) => name ?? '');
}

const isAny = (text: string): boolean => text.toLowerCase() === 'any';

/** A single address is a block of its own. */
function blocksOf(text: string): readonly Cidr[] {
  if (isAny(text)) return [ANY_IPV4, ANY_IPV6];
  const block = parseCidr(text);
  if (block) return [block];
  const address = parseAddress(text);
  if (address === undefined) throw refused(`${quoted(text)} is neither an address nor a block of addresses`);
  return [cidrOf(address, isIpv4(address) ? 32 : 128)];
}

function rangeOf(text: string): PortRange {
  if (isAny(text)) return ANY_PORT;
  const [, first = '', colon, last = ''] = /^(\d{0,5})(:?)(\d{0,5})$/.exec(text) ?? [];
  const from = first === '' ? 0 : Number(first);
  const to = colon ? (last === '' ? ANY_PORT.to : Number(last)) : from;
  if ((first === '' && last === '') || from > to || to > ANY_PORT.to) {
    throw refused(`${quoted(text)} is neither a port nor a range of ports`);
  }
  return { from, to };
}

function flattened(expression: string, variables: Variables, kind: 'address' | 'port'): readonly Term[] {
  const terms: Term[] = [];
  const visit = (text: string, isNegated: boolean, depth: number): void => {
    const inner = text.trim();
    if (depth > MAX_DEPTH) throw refused(`the ${kind} ${quoted(expression)} is nested too deeply`);
    if (inner.startsWith('!')) visit(inner.slice(1), !isNegated, depth + 1);
    else if (inner.startsWith('[') && inner.endsWith(']')) {
      for (const part of partsOf(inner.slice(1, -1), expression)) visit(part, isNegated, depth + 1);
    } else if (inner.startsWith('$')) {
      const held = variables.get(inner.slice(1));
      if (!held) throw refused(`the rule variable ${quoted(inner)} is not defined`);
      for (const part of held) visit(part, isNegated, depth + 1);
    } else if (inner.startsWith('@')) {
      throw refused(`localvpc does not decide about IP set references such as ${quoted(inner)}`);
    } else if (isAny(inner) && isNegated) throw refused(`nothing is left of the ${kind} ${quoted(expression)}`);
    else if (inner === '') throw refused(`the ${kind} ${quoted(expression)} has an empty part`);
    else terms.push({ text: inner, isNegated });
  };
  visit(expression, false, 0);
  // Parsed here for whoever only wants to know whether it can be.
  for (const { text } of terms) kind === 'address' ? blocksOf(text) : rangeOf(text);
  return terms;
}

/** What stands between the commas of a list, lists in it left whole. */
function partsOf(list: string, whole: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const sign of list) {
    if (sign === '[') depth += 1;
    if (sign === ']') depth -= 1;
    if (sign === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += sign;
  }
  if (depth !== 0) throw refused(`the brackets of ${quoted(whole)} do not match`);
  return [...parts, part];
}

const quoted = (text: string): string => `"${text.slice(0, 200)}"`;
