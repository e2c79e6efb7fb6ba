/**
 * The shapes of EC2's operations, read from the schemas that the official SDK exports (`CreateSubnet$` and some 820
 * more). A shape is read when it is first asked for and kept: start-up walks none of them.
 */
import { exportedSchema, exportedSchemaNames } from './sdk-schemas.ts';

/** What a value is on the wire. Numbers are not told apart by the schemas: see `takesFractions` of a member. */
export type ScalarKind = 'string' | 'number' | 'boolean' | 'timestamp' | 'blob';

export interface ScalarShape {
  readonly kind: ScalarKind;
}

/** A list. Requests flatten it (`Name.1`); responses put its items, `itemName`, into one container. */
export interface ListShape {
  readonly kind: 'list';
  readonly itemName: string;
  readonly item: () => Shape;
}

export interface StructureShape {
  readonly kind: 'structure';
  readonly name: string;
  /** In the model's order, the required ones first. */
  readonly members: readonly Member[];
  /** The members by their name in a request. */
  readonly byQueryName: ReadonlyMap<string, Member>;
}

export type Shape = ScalarShape | ListShape | StructureShape;

export interface Member {
  readonly name: string;
  /** The name in a request: the model's Query name, else the XML name or the member's, first letter in upper case. */
  readonly queryName: string;
  /** The element's name in a response. */
  readonly xmlName: string;
  readonly required: boolean;
  /** True for the ClientToken of an operation that AWS makes idempotent by it. */
  readonly idempotencyToken: boolean;
  /** True for the few numbers that are not integers. */
  readonly takesFractions: boolean;
  /** Called rather than stored, because reading it reads the whole tree below. */
  readonly shape: () => Shape;
}

export interface OperationShape {
  readonly name: string;
  readonly input: StructureShape;
  /** Null for the operations that answer `<return>true</return>`. */
  readonly output: StructureShape | null;
}

const operations = new Map<string, OperationShape>();
const structures = new WeakMap<readonly unknown[], StructureShape>();
const lists = new WeakMap<readonly unknown[], ListShape>();

/** The shape of an operation, or undefined if EC2 has none of that name (case counts). */
export function operationShape(name: string): OperationShape | undefined {
  const known = operations.get(name);
  if (known) return known;
  const schema = operationSchema(name);
  if (!schema) return undefined;
  const shape = { name, input: structureOrEmpty(schema[4]) ?? EMPTY, output: structureOrEmpty(schema[5]) };
  operations.set(name, shape);
  return shape;
}

/** Whether EC2 has an operation of this name. Reads no shape. */
export const isOperation = (name: string): boolean => operationSchema(name) !== undefined;

/** The names of all operations of the SDK's model, sorted. Walks all exports: not for the path of a request. */
export const operationNames = (): readonly string[] =>
  exportedSchemaNames()
    .map((name) => name.slice(0, -1))
    .filter(isOperation)
    .sort();

const EMPTY: StructureShape = { kind: 'structure', name: 'Unit', members: [], byQueryName: new Map() };
const STRING: ScalarShape = { kind: 'string' };
const NUMBER: ScalarShape = { kind: 'number' };
const BOOLEAN: ScalarShape = { kind: 'boolean' };
const TIMESTAMP: ScalarShape = { kind: 'timestamp' };
const BLOB: ScalarShape = { kind: 'blob' };

/** First entries of a static schema, and the numbers of the simple ones (@smithy/core/schema, `SCHEMA`). */
const KIND_SIMPLE = 0;
const KIND_LIST = 1;
const KIND_STRUCTURE = 3;
const KIND_OPERATION = 9;
const LIST_MODIFIER = 64;

/** The bits of a numeric trait set (@smithy/core/schema, `translateTraits`). */
const TRAIT_IDEMPOTENCY_TOKEN = 4;

/** Members that the service model calls double or float; the schemas say number for all. Those of inputs only. */
const FRACTIONS = new Set([
  'MemoryGiBPerVCpuRequest',
  'NetworkBandwidthGbpsRequest',
  'TotalLocalStorageGBRequest',
  'PriceScheduleSpecification.Price',
  'ReservedInstanceLimitPrice.Amount',
  'FleetLaunchTemplateOverridesRequest.WeightedCapacity',
  'FleetLaunchTemplateOverridesRequest.Priority',
  'LaunchTemplateOverrides.WeightedCapacity',
  'LaunchTemplateOverrides.Priority',
  'SpotFleetLaunchSpecification.WeightedCapacity',
  'SpotFleetRequestConfigData.FulfilledCapacity',
  'SpotFleetRequestConfigData.OnDemandFulfilledCapacity',
  'ReservationFleetInstanceSpecification.Weight',
]);

interface Traits {
  readonly xmlName: string | undefined;
  readonly queryName: string | undefined;
  readonly idempotencyToken: boolean;
}

function operationSchema(name: string): readonly unknown[] | undefined {
  const schema = exportedSchema(`${name}$`);
  return isArray(schema) && schema[0] === KIND_OPERATION ? schema : undefined;
}

/** Schemas refer to later ones by functions. */
const resolve = (schema: unknown): unknown => (typeof schema === 'function' ? schema() : schema);

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

function structureOrEmpty(schema: unknown): StructureShape | null {
  const resolved = resolve(schema);
  if (resolved === 'unit') return null;
  const shape = readShape(resolved);
  if (shape.kind !== 'structure') throw new Error(`the SDK's schema has an operation whose payload is a ${shape.kind}`);
  return shape;
}

function readShape(schema: unknown): Shape {
  const resolved = resolve(schema);
  if (typeof resolved === 'number') return simpleShape(resolved);
  if (!isArray(resolved)) throw new Error(`the SDK's schema has an unknown form: ${String(resolved)}`);
  if (resolved.length === 2) return readShape(resolved[0]);
  if (resolved[0] === KIND_SIMPLE) return readShape(resolved[4]);
  if (resolved[0] === KIND_LIST) return listShape(resolved);
  if (resolved[0] === KIND_STRUCTURE) return structureShape(resolved);
  throw new Error(`the SDK's schema has an unknown kind: ${String(resolved[0])} (${String(resolved[2])})`);
}

function simpleShape(code: number): Shape {
  if (code >= LIST_MODIFIER && code < 2 * LIST_MODIFIER) {
    const item = simpleShape(code - LIST_MODIFIER);
    return { kind: 'list', itemName: 'member', item: () => item };
  }
  if (code === 0) return STRING;
  if (code === 1) return NUMBER;
  if (code === 2) return BOOLEAN;
  if (code >= 4 && code <= 7) return TIMESTAMP;
  if (code === 21) return BLOB;
  throw new Error(`the SDK's schema has an unknown simple type: ${code}`);
}

function listShape(schema: readonly unknown[]): ListShape {
  const known = lists.get(schema);
  if (known) return known;
  const shape: ListShape = {
    kind: 'list',
    itemName: traitsOf(schema[4]).xmlName ?? 'member',
    item: once(() => readShape(schema[4])),
  };
  lists.set(schema, shape);
  return shape;
}

function structureShape(schema: readonly unknown[]): StructureShape {
  const known = structures.get(schema);
  if (known) return known;
  const [, , name, , memberNames, memberSchemas, requiredCount] = schema;
  if (typeof name !== 'string' || !isArray(memberNames) || !isArray(memberSchemas)) {
    throw new Error(`the SDK's schema has a structure of unknown form: ${String(name)}`);
  }
  const required = typeof requiredCount === 'number' ? requiredCount : 0;
  const members = memberNames.map((member, i) => readMember(name, String(member), memberSchemas[i], i < required));
  const byQueryName = new Map(members.map((member) => [member.queryName, member]));
  const shape: StructureShape = { kind: 'structure', name, members, byQueryName };
  structures.set(schema, shape);
  return shape;
}

function readMember(structure: string, name: string, schema: unknown, required: boolean): Member {
  const traits = traitsOf(schema);
  const xmlName = traits.xmlName ?? name;
  return {
    name,
    queryName: traits.queryName ?? xmlName.charAt(0).toUpperCase() + xmlName.slice(1),
    xmlName,
    required,
    idempotencyToken: traits.idempotencyToken,
    takesFractions: FRACTIONS.has(structure) || FRACTIONS.has(`${structure}.${name}`),
    shape: once(() => readShape(schema)),
  };
}

/** The traits of a member; nested pairs are read from the inside, so that the outer ones win. */
function traitsOf(schema: unknown): Traits {
  if (!isArray(schema) || schema.length !== 2) return NO_TRAITS;
  const inner = traitsOf(schema[0]);
  const own: unknown = schema[1];
  if (typeof own === 'number') {
    return { ...inner, idempotencyToken: inner.idempotencyToken || (own & TRAIT_IDEMPOTENCY_TOKEN) !== 0 };
  }
  return {
    xmlName: textOf(own, 'xmlName') ?? inner.xmlName,
    queryName: textOf(own, 'ec2QueryName') ?? inner.queryName,
    idempotencyToken: inner.idempotencyToken || hasTrait(own, 'idempotencyToken'),
  };
}

const NO_TRAITS: Traits = { xmlName: undefined, queryName: undefined, idempotencyToken: false };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function textOf(traits: unknown, name: string): string | undefined {
  const text = isRecord(traits) ? traits[name] : undefined;
  return typeof text === 'string' ? text : undefined;
}

const hasTrait = (traits: unknown, name: string): boolean => isRecord(traits) && Boolean(traits[name]);

function once<T>(read: () => T): () => T {
  let value: { readonly read: T } | undefined;
  return () => {
    value ??= { read: read() };
    return value.read;
  };
}
