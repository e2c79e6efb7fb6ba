/**
 * The shapes of a service's operations, read from the schemas that the official SDK exports (`CreateSubnet$` and some
 * 820 more for EC2). A shape is read when it is first asked for and kept: start-up walks none of them.
 */
import * as ec2Schemas from './sdk-schemas.ts';

/** What a value is on the wire. Numbers are not told apart by the schemas: see `takesFractions` of a member. */
export type ScalarKind = 'string' | 'number' | 'boolean' | 'timestamp' | 'blob';

export interface ScalarShape {
  readonly kind: ScalarKind;
}

/** A list. Responses put its items, `itemName`, into one container; so do requests, but EC2's flatten it (`Name.1`). */
export interface ListShape {
  readonly kind: 'list';
  readonly itemName: string;
  /** Whether requests have no step of the name for the container's items: `Name.1` and not `Name.member.1`. */
  readonly isFlat: boolean;
  readonly item: () => Shape;
}

/** Values by names that the caller chooses. EC2 has none. */
export interface MapShape {
  readonly kind: 'map';
  readonly value: () => Shape;
}

export interface StructureShape {
  readonly kind: 'structure';
  readonly name: string;
  /** In the model's order, the required ones first. */
  readonly members: readonly Member[];
  /** The members by their name in a request. */
  readonly byQueryName: ReadonlyMap<string, Member>;
}

export type Shape = ScalarShape | ListShape | MapShape | StructureShape;

export interface Member {
  readonly name: string;
  /** The name in a Query request; in EC2's the model's Query name, else the XML name or the member's, first letter in upper case. */
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

/** Where the schemas of a service come from: a module that hands the SDK's out by name. */
export interface SchemaSource {
  exportedSchema(name: string): unknown;
  exportedSchemaNames(): readonly string[];
}

/** What a service's schemas say of its operations. */
export interface OperationShapes {
  /** The shape of an operation, or undefined if the service has none of that name (case counts). */
  operationShape(name: string): OperationShape | undefined;
  /** Whether the service has an operation of this name. Reads no shape. */
  isOperation(name: string): boolean;
  /** The names of all operations of the SDK's model, sorted. Walks all exports: not for the path of a request. */
  operationNames(): readonly string[];
}

/** EC2's dialect of the Query protocol names members in its own way and flattens lists. */
type Dialect = 'ec2' | 'aws';

/** Reads the shapes of a service in AWS's own Query or JSON protocol, or in EC2's dialect of Query. */
export function shapesOf({ exportedSchema, exportedSchemaNames }: SchemaSource, dialect: Dialect): OperationShapes {
  const operations = new Map<string, OperationShape>();
  const reader = shapeReader(dialect);
  const operationSchema = (name: string): readonly unknown[] | undefined => {
    const schema = exportedSchema(`${name}$`);
    return isArray(schema) && schema[0] === KIND_OPERATION ? schema : undefined;
  };
  const isOperation = (name: string): boolean => operationSchema(name) !== undefined;
  return {
    isOperation,
    operationShape(name) {
      const known = operations.get(name);
      if (known) return known;
      const schema = operationSchema(name);
      if (!schema) return undefined;
      const [input, output] = [reader.structureOrEmpty(schema[4]), reader.structureOrEmpty(schema[5])];
      const shape = { name, input: input ?? EMPTY, output };
      operations.set(name, shape);
      return shape;
    },
    operationNames: () =>
      exportedSchemaNames()
        .map((name) => name.slice(0, -1))
        .filter(isOperation)
        .sort(),
  };
}

const EMPTY: StructureShape = { kind: 'structure', name: 'Unit', members: [], byQueryName: new Map() };
const STRING: ScalarShape = { kind: 'string' };
const NUMBER: ScalarShape = { kind: 'number' };
const BOOLEAN: ScalarShape = { kind: 'boolean' };
const TIMESTAMP: ScalarShape = { kind: 'timestamp' };
const BLOB: ScalarShape = { kind: 'blob' };

/** First entries of a static schema, and the numbers of the simple ones (@smithy/core/schema, `SCHEMA`). */
const KIND_SIMPLE = 0;
const KIND_LIST = 1;
const KIND_MAP = 2;
const KIND_STRUCTURE = 3;
const KIND_OPERATION = 9;
const LIST_MODIFIER = 64;
const MAP_MODIFIER = 128;

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

/** Schemas refer to later ones by functions. */
const resolve = (schema: unknown): unknown => (typeof schema === 'function' ? schema() : schema);

const initialCapital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** Reads schemas as one dialect has them. Schemas that were read are kept, which also ends the circles among them. */
function shapeReader(dialect: Dialect) {
  const structures = new WeakMap<readonly unknown[], StructureShape>();
  const lists = new WeakMap<readonly unknown[], ListShape>();

  function structureOrEmpty(schema: unknown): StructureShape | null {
    const resolved = resolve(schema);
    if (resolved === 'unit') return null;
    const shape = readShape(resolved);
    if (shape.kind !== 'structure')
      throw new Error(`the SDK's schema has an operation whose payload is a ${shape.kind}`);
    return shape;
  }

  function readShape(schema: unknown): Shape {
    const resolved = resolve(schema);
    if (typeof resolved === 'number') return simpleShape(resolved);
    if (!isArray(resolved)) throw new Error(`the SDK's schema has an unknown form: ${String(resolved)}`);
    if (resolved.length === 2) return readShape(resolved[0]);
    if (resolved[0] === KIND_SIMPLE) return readShape(resolved[4]);
    if (resolved[0] === KIND_LIST) return listShape(resolved);
    if (resolved[0] === KIND_MAP) return { kind: 'map', value: once(() => readShape(resolved[5])) };
    if (resolved[0] === KIND_STRUCTURE) return structureShape(resolved);
    throw new Error(`the SDK's schema has an unknown kind: ${String(resolved[0])} (${String(resolved[2])})`);
  }

  function simpleShape(code: number): Shape {
    if (code >= LIST_MODIFIER && code < MAP_MODIFIER) {
      const item = simpleShape(code - LIST_MODIFIER);
      return { kind: 'list', itemName: 'member', isFlat: dialect === 'ec2', item: () => item };
    }
    if (code >= MAP_MODIFIER && code < 2 * MAP_MODIFIER) {
      const value = simpleShape(code - MAP_MODIFIER);
      return { kind: 'map', value: () => value };
    }
    return scalarShape(code);
  }

  function listShape(schema: readonly unknown[]): ListShape {
    const known = lists.get(schema);
    if (known) return known;
    const shape: ListShape = {
      kind: 'list',
      itemName: traitsOf(schema[4]).xmlName ?? 'member',
      isFlat: dialect === 'ec2',
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
      queryName: dialect === 'ec2' ? (traits.queryName ?? initialCapital(xmlName)) : xmlName,
      xmlName,
      required,
      idempotencyToken: traits.idempotencyToken,
      takesFractions: FRACTIONS.has(structure) || FRACTIONS.has(`${structure}.${name}`),
      shape: once(() => readShape(schema)),
    };
  }

  return { structureOrEmpty };
}

function scalarShape(code: number): ScalarShape {
  if (code === 0) return STRING;
  if (code === 1) return NUMBER;
  if (code === 2) return BOOLEAN;
  if (code >= 4 && code <= 7) return TIMESTAMP;
  if (code === 21) return BLOB;
  throw new Error(`the SDK's schema has an unknown simple type: ${code}`);
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

/** EC2's own. */
export const { operationShape, isOperation, operationNames } = shapesOf(ec2Schemas, 'ec2');
