/** From Query parameters to the request of an operation, by its schema: the exact inverse of what the SDKs send. */
import { Fault } from '../model/fault.ts';
import type { QueryNode } from './query.ts';
import type { ListShape, MapShape, Member, OperationShape, ScalarKind, Shape, StructureShape } from './schema.ts';

/** A decoded value. */
export type DecodedValue = string | number | boolean | Date | Uint8Array | DecodedStructure | readonly DecodedValue[];

/** A decoded structure: the SDK's member names, members that the request lacks are absent. */
export interface DecodedStructure {
  readonly [member: string]: DecodedValue | undefined;
}

/** Parameters of every request, which no operation's schema has. Those of signatures are taken off before. */
const COMMON_PARAMETERS = new Set(['Action', 'Version']);

/** Indexes of a list go up to this; AWS's own bound is unconfirmed. Nothing is allocated by it. */
const MAX_INDEX = 100_000;

/**
 * Decodes the parameters of an operation.
 *
 * Gaps in the indexes of a list are accepted and closed, and index 0 is refused (unconfirmed, both).
 * @throws Fault MissingParameter, UnknownParameter, InvalidParameterValue or MalformedQueryString; never anything else.
 */
export function decode(operation: OperationShape, parameters: QueryNode): DecodedStructure {
  return decodeStructure(operation.input, parameters, COMMON_PARAMETERS);
}

const NONE: ReadonlySet<string> = new Set();

function decodeStructure(
  shape: StructureShape,
  node: QueryNode,
  besides: ReadonlySet<string> = NONE,
): DecodedStructure {
  const found = new Map<string, DecodedValue>();
  for (const [name, child] of node.children) {
    const member = shape.byQueryName.get(name);
    if (member) found.set(member.name, decodeValue(member.shape(), child, member.takesFractions));
    else if (!besides.has(name)) throw unknown(leafOf(child));
  }
  for (const member of shape.members) {
    if (!member.required) break;
    if (!found.has(member.name)) throw missing(member, node);
  }
  return inOrderOf(shape, found);
}

/** In the model's order, so that equal requests have equal texts. fromEntries defines own properties: no prototype is reached. */
function inOrderOf({ members }: StructureShape, found: ReadonlyMap<string, DecodedValue>): DecodedStructure {
  const entries: (readonly [string, DecodedValue])[] = [];
  for (const { name } of found.size === 0 ? [] : members) {
    const value = found.get(name);
    if (value !== undefined) entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

function decodeValue(shape: Shape, node: QueryNode, fractions: boolean): DecodedValue {
  switch (shape.kind) {
    case 'structure':
      return decodeStructure(shape, onlyChildren(node));
    case 'list':
      return decodeList(shape, onlyChildren(node));
    case 'map':
      return decodeMap(shape, onlyChildren(node));
    default:
      return decodeScalar(shape.kind, node, fractions);
  }
}

function decodeList(shape: ListShape, node: QueryNode): readonly DecodedValue[] {
  const entries: (readonly [index: number, child: QueryNode])[] = [];
  for (const [step, child] of itemsOf(shape, node)) entries.push([indexOf(step, child), child]);
  entries.sort(([a], [b]) => a - b);
  const item = shape.item();
  return entries.map(([, child]) => decodeValue(item, child, false));
}

/** `Name.entry.1.key` and `Name.entry.1.value`, as AWS's own Query protocol has it; EC2's has no maps. */
function decodeMap({ value }: MapShape, node: QueryNode): DecodedStructure {
  for (const [step, child] of node.children) if (step !== 'entry') throw unknown(leafOf(child));
  const found = [...(node.children.get('entry')?.children.values() ?? [])].map((entry) => {
    for (const [step, child] of entry.children) if (step !== 'key' && step !== 'value') throw unknown(leafOf(child));
    const [key, part] = [entry.children.get('key'), entry.children.get('value')];
    if (key?.value === undefined || !part) throw unknown(leafOf(entry));
    return [key.value, decodeValue(value(), part, false)] as const;
  });
  return Object.fromEntries(found);
}

/** The items of a list by their indexes: those of `Name.1`, or of `Name.member.1`. */
function itemsOf({ isFlat, itemName }: ListShape, node: QueryNode): Iterable<readonly [string, QueryNode]> {
  if (isFlat) return node.children;
  for (const [step, child] of node.children) if (step !== itemName) throw unknown(leafOf(child));
  const container = node.children.get(itemName);
  return container ? onlyChildren(container).children : [];
}

function indexOf(step: string, child: QueryNode): number {
  if (!/^[1-9][0-9]{0,8}$/.test(step)) throw unknown(leafOf(child));
  const index = Number(step);
  if (index > MAX_INDEX) {
    throw new Fault('InvalidParameterValue', `The index of the parameter ${shown(child.path)} is too large.`);
  }
  return index;
}

/** A structure or a list has no value of its own; an empty one is what some clients send for an empty list. */
function onlyChildren(node: QueryNode): QueryNode {
  if (node.value) throw unknown(node);
  return node;
}

function decodeScalar(kind: ScalarKind, node: QueryNode, fractions: boolean): DecodedValue {
  const below = node.children.values().next().value;
  if (below) throw unknown(leafOf(below));
  const text = node.value ?? '';
  const value = parseScalar(kind, text, fractions);
  if (value === undefined) throw invalid(node, text);
  return value;
}

function parseScalar(kind: ScalarKind, text: string, fractions: boolean): DecodedValue | undefined {
  switch (kind) {
    case 'string':
      return text;
    case 'boolean':
      return parseBoolean(text);
    case 'number':
      return parseNumber(text, fractions);
    case 'timestamp':
      return parseTimestamp(text);
    case 'blob':
      return parseBase64(text);
  }
}

/** `True` and `False` are what boto 2 and hand-written clients send; whether AWS takes other spellings is unconfirmed. */
function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  return lower === 'false' ? false : undefined;
}

function parseNumber(text: string, fractions: boolean): number | undefined {
  const form = fractions ? /^[+-]?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,3})?$/ : /^[+-]?\d{1,16}$/;
  if (!form.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) && (fractions || Number.isSafeInteger(value)) ? value : undefined;
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/;

/** ISO 8601; a time without a zone is UTC. */
function parseTimestamp(text: string): Date | undefined {
  const match = TIMESTAMP.exec(text);
  if (!match) return undefined;
  const date = new Date(match[3] === undefined ? `${text}Z` : text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function parseBase64(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text);
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** The first parameter that the request really has at or below a node: what the fault should name. */
function leafOf(node: QueryNode): QueryNode {
  let leaf = node;
  while (leaf.value === undefined) {
    const next = leaf.children.values().next().value;
    if (!next) break;
    leaf = next;
  }
  return leaf;
}

const unknown = (node: QueryNode): Fault => new Fault('UnknownParameter', { parameter: shown(node.path) });

function missing(member: Member, within: QueryNode): Fault {
  const parameter = within.path === '' ? member.queryName : `${within.path}.${member.queryName}`;
  return new Fault('MissingParameter', { parameter: shown(parameter) });
}

/** The sentence for an empty value is AWS's; the one for a value of another type is unconfirmed. */
function invalid(node: QueryNode, text: string): Fault {
  const reason = text === '' ? 'The value cannot be empty' : '';
  return new Fault('InvalidParameterValue', { value: shown(text), parameter: shown(node.path), reason });
}

/** Keeps what a client wrote from making an endless sentence. */
const shown = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}...` : text);
