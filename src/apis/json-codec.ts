/** Requests and results in AWS's JSON, by their schemas: times are seconds since the epoch, bytes are base64. */
import type { DecodedStructure, DecodedValue } from '../ec2/decode.ts';
import type { ScalarKind, Shape, StructureShape } from '../ec2/schema.ts';
import { Fault } from '../model/fault.ts';

/** No request is deeper. */
const MAX_DEPTH = 24;

/**
 * Decodes the body of a request. Members that the schema does not have are passed over, as AWS's JSON services do
 * (unconfirmed), and so are those that are null.
 * @throws Fault SerializationException for a value of another type, InvalidRequestException for a required member that is missing
 */
export const decodeJson = (shape: StructureShape, value: unknown): DecodedStructure =>
  decodeStructure(shape, value, shape.name, 0);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function decodeStructure(shape: StructureShape, value: unknown, path: string, depth: number): DecodedStructure {
  if (!isRecord(value) || depth > MAX_DEPTH) throw wrongType(path, 'an object');
  const entries: (readonly [string, DecodedValue])[] = [];
  for (const member of shape.members) {
    const part = Object.hasOwn(value, member.name) ? value[member.name] : undefined;
    if (part !== undefined && part !== null) {
      entries.push([member.name, decodeValue(member.shape(), part, `${path}.${member.name}`, depth + 1)]);
    } else if (member.required) {
      throw new Fault('InvalidRequestException', `The request must contain ${member.name} in ${path}.`);
    }
  }
  return Object.fromEntries(entries);
}

function decodeValue(shape: Shape, value: unknown, path: string, depth: number): DecodedValue {
  switch (shape.kind) {
    case 'structure':
      return decodeStructure(shape, value, path, depth);
    case 'list': {
      if (!Array.isArray(value)) throw wrongType(path, 'a list');
      const items: readonly unknown[] = value;
      return items.map((item, index) => decodeValue(shape.item(), item, `${path}[${index}]`, depth + 1));
    }
    case 'map': {
      if (!isRecord(value)) throw wrongType(path, 'an object');
      const entries = Object.entries(value).filter(([, part]) => part !== null);
      return Object.fromEntries(
        entries.map(([name, part]) => [name, decodeValue(shape.value(), part, `${path}.${name}`, depth + 1)]),
      );
    }
    default:
      return decodeScalar(shape.kind, value, path);
  }
}

function decodeScalar(kind: ScalarKind, value: unknown, path: string): DecodedValue {
  if (kind === 'timestamp') {
    const date = typeof value === 'number' ? new Date(value * 1000) : undefined;
    if (!date || Number.isNaN(date.getTime())) throw wrongType(path, 'seconds since the epoch');
    return date;
  }
  if (kind === 'blob') return bytesOf(value, path);
  if (kind === 'string' && typeof value === 'string') return value;
  if (kind === 'number' && typeof value === 'number') return value;
  if (kind === 'boolean' && typeof value === 'boolean') return value;
  throw wrongType(path, `a ${kind}`);
}

function bytesOf(value: unknown, path: string): Uint8Array {
  try {
    if (typeof value === 'string') return Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
  } catch {
    // As for any other text that is none.
  }
  throw wrongType(path, 'base64 text');
}

const wrongType = (path: string, expected: string): Fault =>
  new Fault('SerializationException', `${path.slice(0, 200)} has to be ${expected}.`);

/**
 * The body of an answer. Members that are undefined are left out.
 * @param shape null for operations that only succeed
 * @throws Error where the result does not fit the schema: a mistake of ours, not the caller's
 */
export const encodeJson = (shape: StructureShape | null, result: object): string =>
  JSON.stringify(shape ? encodeValue(shape, result) : {});

function encodeValue(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'structure':
      return encodeStructure(shape, value);
    case 'list':
      if (!Array.isArray(value)) throw unfit('a list', value);
      return value.map((item: unknown) => encodeValue(shape.item(), item));
    case 'map': {
      if (!isRecord(value)) throw unfit('a map', value);
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, encodeValue(shape.value(), part)]));
    }
    case 'timestamp':
      if (!(value instanceof Date)) throw unfit('a time', value);
      return value.getTime() / 1000;
    case 'blob':
      if (!(value instanceof Uint8Array)) throw unfit('bytes', value);
      return btoa(String.fromCharCode(...value));
    default:
      if (typeof value !== shape.kind) throw unfit(`a ${shape.kind}`, value);
      return value;
  }
}

function encodeStructure(shape: StructureShape, value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw unfit(shape.name, value);
  const entries: (readonly [string, unknown])[] = [];
  for (const { name, shape: shapeOf } of shape.members) {
    const part = value[name];
    if (part !== undefined && part !== null) entries.push([name, encodeValue(shapeOf(), part)]);
  }
  return Object.fromEntries(entries);
}

const unfit = (expected: string, value: unknown): Error =>
  new Error(`a result does not fit the schema: expected ${expected}, got ${typeof value}`);
