/** JSON as the AWS CLI prints it, checked against an operation's schema and made what the SDK's types promise. */
import type { Member, Shape, StructureShape } from '../ec2/schema.ts';

/** Told of a value that is not what the schema says: where it stands and what is wrong. */
export type Complain = (path: string, why: string) => void;

/** No value, after the complaint about it. */
const NOTHING = Symbol('nothing');

/**
 * The structure that a JSON value holds. Members that the schema does not know are left out in silence, for AWS adds some
 * every month; a member of a wrong type is complained about and left out, with the list item that it belongs to.
 * @returns undefined for what is no structure
 */
export function readStructure(
  shape: StructureShape,
  value: unknown,
  path: string,
  complain: Complain,
): Record<string, unknown> | undefined {
  let isWhole = true;
  const read = readValue(shape, value, path, (at, why) => {
    isWhole = false;
    complain(at, why);
  });
  return isWhole && isRecord(read) ? read : undefined;
}

function readValue(shape: Shape, value: unknown, path: string, complain: Complain): unknown {
  switch (shape.kind) {
    case 'structure':
      return readMembers(shape, value, path, complain);
    case 'list':
      return readItems(shape.item(), value, path, complain);
    case 'map':
      throw new Error(`no answer of EC2 has a map, and ${path} is one`);
    case 'timestamp':
      return readTimestamp(value, path, complain);
    case 'blob':
      return typeof value === 'string' ? value : wrong('text', value, path, complain);
    default:
      return isOfKind(shape.kind, value) ? value : wrong(`a ${shape.kind}`, value, path, complain);
  }
}

const isOfKind = (kind: 'string' | 'number' | 'boolean', value: unknown): boolean => typeof value === kind;

function readMembers(shape: StructureShape, value: unknown, path: string, complain: Complain): unknown {
  if (!isRecord(value)) return wrong('an object', value, path, complain);
  const read: Record<string, unknown> = {};
  for (const member of shape.members) readMember(member, value, path, complain, read);
  return read;
}

function readMember(
  { name, shape }: Member,
  value: Readonly<Record<string, unknown>>,
  path: string,
  complain: Complain,
  into: Record<string, unknown>,
): void {
  const given = value[name];
  // Some tools write null for what is not there.
  if (given === undefined || given === null) return;
  const read = readValue(shape(), given, `${path}.${name}`, complain);
  if (read !== NOTHING) into[name] = read;
}

function readItems(item: Shape, value: unknown, path: string, complain: Complain): unknown {
  if (!Array.isArray(value)) return wrong('a list', value, path, complain);
  return value
    .map((one: unknown, index) => readValue(item, one, `${path}[${index}]`, complain))
    .filter((one) => one !== NOTHING);
}

function readTimestamp(value: unknown, path: string, complain: Complain): unknown {
  const date = typeof value === 'string' || typeof value === 'number' ? new Date(value) : undefined;
  return date && !Number.isNaN(date.getTime()) ? date : wrong('a time', value, path, complain);
}

function wrong(expected: string, value: unknown, path: string, complain: Complain): typeof NOTHING {
  const given = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  complain(path, `it should be ${expected} and is ${given}`);
  return NOTHING;
}

/** A file, with its text read as JSON. */
export interface JsonFile {
  /** Below the folder that was named. */
  readonly path: string;
  /** What the text holds; undefined where it is no JSON. */
  readonly document: unknown;
}

/** An object that is no list. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a text holds as JSON; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
