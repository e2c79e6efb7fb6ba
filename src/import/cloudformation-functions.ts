/** CloudFormation's intrinsic functions, each as what it makes of its argument. */
import { type Ipv4, type Ipv6, ipv4, ipv6 } from '../net/address.ts';
import { type Cidr, cidrOf, formatCidr, isIpv4Cidr, parseCidr } from '../net/cidr.ts';
import { isRecord } from './json-shape.ts';

/** Why a value cannot be known: a sentence without its full stop. */
export class Unresolved extends Error {
  override readonly name = 'Unresolved';
}

/** What a value with functions in it comes to. @throws Unresolved */
export type Evaluate = (value: unknown) => unknown;

/** What functions ask of the template that they stand in. All throw Unresolved. */
export interface FunctionContext {
  readonly evaluate: Evaluate;
  reference(id: string): unknown;
  attribute(id: string, attribute: string): unknown;
  condition(name: string): boolean;
  mapping(name: string): unknown;
  /** Names of a Region's zones; of the stack's own for the empty text. */
  zones(region: string): readonly string[];
}

type IntrinsicFunction = (argument: unknown, context: FunctionContext) => unknown;

const FUNCTIONS: Readonly<Record<string, IntrinsicFunction>> = {
  Ref: (argument, { reference }) => reference(text(argument, 'Ref')),
  Condition: (argument, { condition }) => condition(text(argument, 'Condition')),
  'Fn::And': (argument, context) => arguments_(argument, 'And').every((one) => isTrueCondition(one, context)),
  'Fn::Base64': (argument, { evaluate }) => evaluate(argument),
  'Fn::Cidr': cidr,
  'Fn::Equals': (argument, { evaluate }) => {
    const [one, other] = arguments_(argument, 'Equals').map(evaluate);
    return String(one) === String(other);
  },
  'Fn::FindInMap': findInMap,
  'Fn::GetAtt': getAttribute,
  'Fn::GetAZs': (argument, { evaluate, zones }) => zones(text(evaluate(argument) ?? '', 'GetAZs')),
  'Fn::If': (argument, { evaluate, condition }) => {
    const [name, then, otherwise] = arguments_(argument, 'If');
    return evaluate(condition(text(name, 'If')) ? then : otherwise);
  },
  'Fn::ImportValue': (argument, { evaluate }) => {
    throw new Unresolved(`it needs ${text(evaluate(argument), 'ImportValue')}, which another stack exports`);
  },
  'Fn::Join': (argument, { evaluate }) => {
    const [separator, parts] = arguments_(argument, 'Join').map(evaluate);
    return list(parts, 'Join').map(String).join(text(separator, 'Join'));
  },
  'Fn::Length': (argument, { evaluate }) => list(evaluate(argument), 'Length').length,
  'Fn::Not': (argument, context) => !arguments_(argument, 'Not').some((one) => isTrueCondition(one, context)),
  'Fn::Or': (argument, context) => arguments_(argument, 'Or').some((one) => isTrueCondition(one, context)),
  'Fn::Select': (argument, { evaluate }) => {
    const [index, parts] = arguments_(argument, 'Select').map(evaluate);
    const all = list(parts, 'Select');
    if (all[Number(index)] === undefined) throw new Unresolved(`Fn::Select finds no element ${index} of ${all.length}`);
    return all[Number(index)];
  },
  'Fn::Split': (argument, { evaluate }) => {
    const [separator, whole] = arguments_(argument, 'Split').map(evaluate);
    return text(whole, 'Split').split(text(separator, 'Split'));
  },
  'Fn::Sub': substitute,
  'Fn::ToJsonString': (argument, { evaluate }) => JSON.stringify(evaluate(argument)),
  'Fn::Transform': () => {
    throw new Unresolved('macros are not expanded here');
  },
};

export const isFunctionName = (name: string): boolean => Object.hasOwn(FUNCTIONS, name) || name.startsWith('Fn::');

/** @throws Unresolved */
export function callFunction(name: string, argument: unknown, context: FunctionContext): unknown {
  const called = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!called) throw new Unresolved(`localvpc does not know the function ${name}`);
  return called(argument, context);
}

const isTrueCondition = (one: unknown, { evaluate }: FunctionContext): boolean => {
  const value = evaluate(one);
  return value === true || value === 'true';
};

function arguments_(argument: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(argument)) throw new Unresolved(`Fn::${name} takes a list`);
  return argument;
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Unresolved(`Fn::${name} takes a list`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Unresolved(`${name === 'Ref' ? name : `Fn::${name}`} takes a text`);
}

/** The short form has "Resource.Attribute" as one text. */
function getAttribute(argument: unknown, { evaluate, attribute }: FunctionContext): unknown {
  const whole = typeof argument === 'string' ? argument : list(argument, 'GetAtt').map(evaluate).join('.');
  const dot = whole.indexOf('.');
  if (dot < 1) throw new Unresolved('Fn::GetAtt takes a resource and an attribute');
  return attribute(whole.slice(0, dot), whole.slice(dot + 1));
}

function findInMap(argument: unknown, { evaluate, mapping }: FunctionContext): unknown {
  const [name, first, second, options] = arguments_(argument, 'FindInMap').map(evaluate);
  const keys = [text(first, 'FindInMap'), text(second, 'FindInMap')];
  const found = keys.reduce<unknown>(
    (inside, key) => (isRecord(inside) && Object.hasOwn(inside, key) ? inside[key] : undefined),
    mapping(text(name, 'FindInMap')),
  );
  if (found !== undefined) return evaluate(found);
  if (isRecord(options) && options.DefaultValue !== undefined) return options.DefaultValue;
  throw new Unresolved(`the mapping ${name} has nothing for ${keys.join(', ')}`);
}

/** `${Name}` is a reference, `${Name.Attribute}` an attribute, `${!Name}` stays as it is without its mark. */
function substitute(argument: unknown, { evaluate, reference, attribute }: FunctionContext): string {
  const [template, variables] = Array.isArray(argument) ? argument : [argument];
  const given = isRecord(variables) ? variables : {};
  return text(template, 'Sub').replace(/\$\{(!?)([^}]+)\}/g, (_, mark: string, inside: string) => {
    if (mark === '!') return `\${${inside}}`;
    const name = inside.trim();
    if (Object.hasOwn(given, name)) return String(evaluate(given[name]));
    const dot = name.indexOf('.');
    return String(dot < 0 ? reference(name) : attribute(name.slice(0, dot), name.slice(dot + 1)));
  });
}

/** CloudFormation gives at most so many. */
const MAX_BLOCKS = 256;

/** A block's first `count` parts with `bits` for their hosts: 8 where it is not said, 64 for IPv6. */
function cidr(argument: unknown, { evaluate }: FunctionContext): readonly string[] {
  const [block, count, bits] = arguments_(argument, 'Cidr').map(evaluate);
  const whole = parseCidr(text(block, 'Cidr'));
  if (!whole) throw new Unresolved(`Fn::Cidr takes a block, and ${block} is none`);
  const width = isIpv4Cidr(whole) ? 32 : 128;
  const length = width - Number(bits ?? (isIpv4Cidr(whole) ? 8 : 64));
  const parts = Number(count);
  if (!Number.isInteger(length) || length < whole.length || length > width)
    throw new Unresolved(`Fn::Cidr cannot divide ${block} into parts of ${bits} bits`);
  if (!(parts >= 1 && parts <= MAX_BLOCKS) || parts > 2 ** (length - whole.length))
    throw new Unresolved(`Fn::Cidr cannot divide ${block} into ${count} parts of ${bits} bits`);
  return Array.from({ length: parts }, (_, index) => formatCidr(part(whole, length, index)));
}

function part(whole: Cidr, length: number, index: number): Cidr {
  if (isIpv4Cidr(whole)) return cidrOf<Ipv4>(ipv4(whole.address + index * 2 ** (32 - length)), length);
  return cidrOf<Ipv6>(ipv6(BigInt(whole.address) + (BigInt(index) << BigInt(128 - length))), length);
}
