/** JSON as the AWS CLI prints it, checked against an operation's schema and made what the SDK's types promise. */
import type { Member, Shape, StructureShape } from '../ec2/schema.ts';

/** Told of a value that is not what the schema says: where it stands and what is wrong. */
export type Complain = (path: string, why: string) => void;

/** No value, after the complaint about it. */
const NOTHING = Symbol('nothing');

/**
 * The structure that a JSON value holds. Members that the schema does not know are left out in silence, for AWS adds some
 * every month; a member of a wrong type is complained about and left out, with the list item that it belongs to.
 * @param place where the value stands, asked for with a complaint
 * @returns undefined for what is no structure
 */
export function readStructure(
  shape: StructureShape,
  value: unknown,
  place: () => string,
  complain: Complain,
): Record<string, unknown> | undefined {
  const reader = new Reader(place, complain);
  const read = reader.value(shape, value);
  return reader.isWhole && isRecord(read) ? read : undefined;
}

/**
 * Reads one value. It goes by what is there and not by the schema, copies only what cannot stay as it is, and makes no
 * text of the way to what is as it should be: together that takes an eighth off the reading of 5,000 interfaces.
 */
class Reader {
  isWhole = true;
  readonly #place: () => string;
  readonly #complain: Complain;
  /** Names and numbers of the members and items on the way to what is read. */
  readonly #way: (string | number)[] = [];

  constructor(place: () => string, complain: Complain) {
    this.#place = place;
    this.#complain = complain;
  }

  value(shape: Shape, value: unknown): unknown {
    switch (shape.kind) {
      case 'structure':
        return isRecord(value) ? this.#members(shape, value) : this.#wrong('an object', value);
      case 'list':
        return Array.isArray(value) ? this.#items(shape.item(), value) : this.#wrong('a list', value);
      case 'map':
        throw new Error(`no answer of EC2 has a map, and ${this.#where()} is one`);
      case 'timestamp':
        return this.#timestamp(value);
      case 'blob':
        return typeof value === 'string' ? value : this.#wrong('text', value);
      default:
        return typeof value === shape.kind ? value : this.#wrong(`a ${shape.kind}`, value);
    }
  }

  /** The value itself where it is as it is to be. */
  #members(shape: StructureShape, value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const byName = membersOf(shape);
    let read: Record<string, unknown> | undefined;
    for (const name in value) {
      const given = value[name];
      const one = this.#member(byName.get(name), name, given);
      if (one === given && read === undefined) continue;
      read ??= membersBefore(value, name);
      if (one !== NOTHING) read[name] = one;
    }
    return read ?? value;
  }

  #member(member: Member | undefined, name: string, given: unknown): unknown {
    // Some tools write null for what is not there.
    if (member === undefined || given === undefined || given === null) return NOTHING;
    this.#way.push(name);
    const read = this.value(member.shape(), given);
    this.#way.pop();
    return read;
  }

  #items(item: Shape, values: readonly unknown[]): readonly unknown[] {
    let read: unknown[] | undefined;
    for (let index = 0; index < values.length; index++) {
      const given = values[index];
      this.#way.push(index);
      const one = this.value(item, given);
      this.#way.pop();
      if (one === given && read === undefined) continue;
      read ??= values.slice(0, index);
      if (one !== NOTHING) read.push(one);
    }
    return read ?? values;
  }

  #timestamp(value: unknown): unknown {
    const date = typeof value === 'string' || typeof value === 'number' ? new Date(value) : undefined;
    return date && !Number.isNaN(date.getTime()) ? date : this.#wrong('a time', value);
  }

  #wrong(expected: string, value: unknown): typeof NOTHING {
    const given = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
    this.isWhole = false;
    this.#complain(this.#where(), `it should be ${expected} and is ${given}`);
    return NOTHING;
  }

  #where(): string {
    const way = this.#way.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`));
    return this.#place() + way.join('');
  }
}

function membersBefore(value: Readonly<Record<string, unknown>>, end: string): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const name in value) {
    if (name === end) break;
    copy[name] = value[name];
  }
  return copy;
}

const memberMaps = new WeakMap<StructureShape, ReadonlyMap<string, Member>>();

function membersOf(shape: StructureShape): ReadonlyMap<string, Member> {
  const known = memberMaps.get(shape);
  if (known) return known;
  const byName = new Map(shape.members.map((member) => [member.name, member]));
  memberMaps.set(shape, byName);
  return byName;
}

/** Whether two JSON values say the same; members may stand in another order. */
export function isAlike(one: unknown, other: unknown): boolean {
  if (one instanceof Date) return other instanceof Date && one.getTime() === other.getTime();
  if (Array.isArray(one))
    return Array.isArray(other) && one.length === other.length && one.every((item, at) => isAlike(item, other[at]));
  if (!isRecord(one) || !isRecord(other)) return one === other;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => isAlike(one[name], other[name]));
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
