/**
 * From an operation's result to EC2's XML, by its schema. For each structure an encoder is made when it is first needed
 * and kept: the names of its elements are joined into strings once, and encoding is concatenation.
 */
import type { FaultCode } from '../model/fault.ts';
import type { ListShape, MapShape, OperationShape, ScalarKind, Shape, StructureShape } from './schema.ts';
import { escapeXml, XML_DECLARATION } from './xml.ts';

/** With the slash at the end, as on the wire. */
const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** Writes a value's content, without the element around it. @throws Error for a value that is not of the schema's kind. */
type Encoder = (value: unknown) => string;

const structureEncoders = new WeakMap<StructureShape, Encoder>();

/** A structure's members, without the element around them, as services other than EC2 have them in their results. */
export const encodeStructure = (shape: StructureShape, value: object): string => structureEncoder(shape)(value);

/**
 * The members of an answer, without the element around them. Those that are undefined are left out, empty lists are
 * empty elements.
 * @param result what the action returned; undefined for operations that only succeed
 * @throws Error where the result does not fit the schema: a mistake of ours, not the caller's
 */
export const encodeMembersOf = (operation: OperationShape, result: object | undefined): string =>
  operation.output ? structureEncoder(operation.output)(result ?? {}) : '<return>true</return>';

/** The document around encoded members. */
export function encodeAnswer(operation: string, requestId: string, members: string): string {
  const root = `${operation}Response`;
  return `${XML_DECLARATION}<${root} xmlns="${NAMESPACE}"><requestId>${requestId}</requestId>${members}</${root}>`;
}

/** The document of a fault. It has no namespace, and spells the request's id differently. */
export function encodeFault(fault: { readonly code: FaultCode; readonly message: string }, requestId: string): string {
  const error = `<Error><Code>${fault.code}</Code><Message>${escapeXml(fault.message)}</Message></Error>`;
  return `${XML_DECLARATION}<Response><Errors>${error}</Errors><RequestID>${requestId}</RequestID></Response>`;
}

function encoderOf(shape: Shape): Encoder {
  switch (shape.kind) {
    case 'structure':
      return structureEncoder(shape);
    case 'list':
      return listEncoder(shape);
    case 'map':
      return mapEncoder(shape);
    default:
      return SCALARS[shape.kind];
  }
}

interface MemberEncoder {
  readonly name: string;
  readonly open: string;
  readonly close: string;
  encode: Encoder | undefined;
  readonly shape: () => Shape;
}

function structureEncoder(shape: StructureShape): Encoder {
  const known = structureEncoders.get(shape);
  if (known) return known;
  const members: readonly MemberEncoder[] = shape.members.map((member) => ({
    name: member.name,
    open: `<${member.xmlName}>`,
    close: `</${member.xmlName}>`,
    encode: undefined,
    shape: member.shape,
  }));
  const encoder: Encoder = (value) => encodeMembers(shape, members, value);
  structureEncoders.set(shape, encoder);
  return encoder;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function encodeMembers(shape: StructureShape, members: readonly MemberEncoder[], value: unknown): string {
  if (!isRecord(value)) throw unfit(shape.name, value);
  let xml = '';
  for (const member of members) {
    const part = value[member.name];
    if (part === undefined || part === null) continue;
    member.encode ??= encoderOf(member.shape());
    xml += member.open + member.encode(part) + member.close;
  }
  return xml;
}

function listEncoder({ itemName, item }: ListShape): Encoder {
  const open = `<${itemName}>`;
  const close = `</${itemName}>`;
  let encodeItem: Encoder | undefined;
  return (value) => {
    if (!Array.isArray(value)) throw unfit('list', value);
    encodeItem ??= encoderOf(item());
    let xml = '';
    for (const one of value) if (one !== undefined && one !== null) xml += open + encodeItem(one) + close;
    return xml;
  };
}

function mapEncoder({ value: shape }: MapShape): Encoder {
  return (value) => {
    if (!isRecord(value)) throw unfit('map', value);
    const encodeValue = encoderOf(shape());
    return Object.entries(value)
      .map(([key, part]) => `<entry><key>${escapeXml(key)}</key><value>${encodeValue(part)}</value></entry>`)
      .join('');
  };
}

const SCALARS: Readonly<Record<ScalarKind, Encoder>> = {
  string(value) {
    if (typeof value !== 'string') throw unfit('string', value);
    return escapeXml(value);
  },
  number(value) {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw unfit('number', value);
    return String(value);
  },
  boolean(value) {
    if (typeof value !== 'boolean') throw unfit('boolean', value);
    return value ? 'true' : 'false';
  },
  timestamp(value) {
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw unfit('timestamp', value);
    return value.toISOString();
  },
  blob(value) {
    if (!(value instanceof Uint8Array)) throw unfit('blob', value);
    return base64(value);
  },
};

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

const unfit = (expected: string, value: unknown): Error =>
  new Error(`a result does not fit the schema: expected ${expected}, got ${typeof value}`);
