/** What the official SDK sends for every operation is what we decode, and what we encode is what it reads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { decode } from './decode.ts';
import { encodeAnswer, encodeMembersOf } from './encode.ts';
import { parseQuery, queryTree } from './query.ts';
import { type OperationShape, operationNames, operationShape, type Shape, type StructureShape } from './schema.ts';
import { isSignatureParameter } from './signature.ts';

type Value = string | number | boolean | Date | Uint8Array | readonly Value[] | { readonly [name: string]: Value };

/** Numbers that follow from a seed (mulberry32). */
function seeded(seed: number): (bound: number) => number {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const TEXTS = [
  'a',
  '10.0.0.0/16',
  'x y+z&=%',
  '<b>&"\'</b>',
  'ü→🦊',
  'null',
  '__proto__',
  'a\nb',
  'constructor',
  '0',
  '{x}',
];

interface Maker {
  readonly random: (bound: number) => number;
  /** The wire has no form for empty lists and structures in requests. */
  readonly empties: boolean;
  /** The shortest list. */
  readonly shortest: number;
}

function make(shape: Shape, maker: Maker, depth: number, fractions = false): Value {
  const { random, shortest } = maker;
  switch (shape.kind) {
    case 'structure':
      return makeStructure(shape, maker, depth);
    case 'list':
      return Array.from({ length: shortest + random(3) }, () => make(shape.item(), maker, depth + 1));
    case 'string':
      return TEXTS[random(TEXTS.length)] ?? '';
    case 'number':
      return fractions ? random(1000) / 8 : random(2 ** 31) - 2 ** 30;
    case 'boolean':
      return random(2) === 1;
    case 'timestamp':
      return new Date(random(4_000_000) * 1_000_003);
    case 'blob':
      return Uint8Array.from({ length: 1 + random(5) }, () => random(256));
  }
}

function makeStructure(shape: StructureShape, maker: Maker, depth: number): Value {
  const { random, empties } = maker;
  const chosen = shape.members.filter(
    (member) => member.required || member.idempotencyToken || random(3 + depth * 2) === 0,
  );
  const sole = shape.members[random(Math.max(1, shape.members.length))];
  if (chosen.length === 0 && sole && !empties && depth > 0) chosen.push(sole);
  return Object.fromEntries(
    chosen.map((member) => [member.name, make(member.shape(), maker, depth + 1, member.takesFractions)]),
  );
}

interface Sent {
  readonly body?: unknown;
}

/** Answers the request that is sent. */
let answerTo: (form: string) => string;

/** Its requests go to a function. One for all: a client looks for its configuration before its first request. */
const client = new sdk.EC2Client({
  region: 'eu-west-1',
  credentials: { accessKeyId: '111122223333', secretAccessKey: 'secret' },
  requestHandler: {
    async handle(request: Sent) {
      const body = new TextEncoder().encode(answerTo(String(request.body)));
      return { response: { statusCode: 200, headers: {}, body } };
    },
  },
});

function shapeOf(name: string): OperationShape {
  const shape = operationShape(name);
  assert.ok(shape, name);
  return shape;
}

/** The SDK's clients add these to one operation by themselves. */
const ADDED: ReadonlyMap<string, readonly string[]> = new Map([
  ['CopySnapshot', ['PresignedUrl', 'DestinationRegion']],
]);

/** The SDK's client makes a host name of this one, so that not every text will do. */
const SENT: ReadonlyMap<string, object> = new Map([['CopySnapshot', { SourceRegion: 'us-east-1' }]]);

function withoutAdded(name: string, value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([member]) => !ADDED.get(name)?.includes(member)));
}

async function roundTrip(name: string, random: (bound: number) => number, shortest = 0): Promise<void> {
  const shape = shapeOf(name);
  const made = make(shape.input, { random, empties: false, shortest: 1 }, 0);
  const input = { ...Object(made), ...SENT.get(name) };
  const output = shape.output ? make(shape.output, { random, empties: true, shortest }, 0) : {};
  let decoded: object = {};
  answerTo = (form) => {
    decoded = decode(shape, queryTree(parseQuery(form)));
    assert.ok(typeof output === 'object');
    return encodeAnswer(name, '00000000-0000-4000-8000-000000000000', encodeMembersOf(shape, output));
  };
  const commands: Readonly<Record<string, unknown>> = sdk;
  const command = Reflect.construct(commands[`${name}Command`] as typeof sdk.DescribeVpcsCommand, [input]);
  const { $metadata: _, ...read } = await client.send(command);
  assert.deepEqual(withoutAdded(name, decoded), withoutAdded(name, input), `request of ${name}`);
  assert.deepEqual(read, output, `answer of ${name}`);
}

test('every operation survives the way from the SDK to us and back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const random = seeded(seed);
      for (const name of operationNames()) await roundTrip(name, random);
    }),
    { numRuns: 1 },
  );
});

test('every member of every structure of every operation survives', async () => {
  // Zero makes lists of one item and chooses every member.
  for (const name of operationNames()) await roundTrip(name, () => 0, 1);
});

test('no operation has a parameter with the name of a parameter of signatures', () => {
  const clashes = operationNames().flatMap((name) =>
    shapeOf(name)
      .input.members.filter((member) => isSignatureParameter(member.queryName))
      .map((member) => `${name}.${member.queryName}`),
  );
  assert.deepEqual(clashes, []);
});

test('no two members of a structure have one name on the wire', () => {
  const seen = new Set<Shape>();
  const walk = (shape: Shape): void => {
    if (seen.has(shape)) return;
    seen.add(shape);
    if (shape.kind === 'list') walk(shape.item());
    if (shape.kind !== 'structure') return;
    assert.equal(shape.byQueryName.size, shape.members.length, shape.name);
    for (const member of shape.members) walk(member.shape());
  };
  for (const name of operationNames()) walk(shapeOf(name).input);
});

test('the names that surprise are those of the reference', () => {
  const names = (operation: string, member: string): string | undefined =>
    shapeOf(operation).input.members.find(({ name }) => name === member)?.queryName;
  assert.equal(names('CreateNetworkInterface', 'Groups'), 'SecurityGroupId');
  assert.equal(names('CreateSecurityGroup', 'Description'), 'GroupDescription');
  assert.equal(names('AssignIpv6Addresses', 'Ipv6Addresses'), 'Ipv6Addresses');
  assert.equal(names('CreateNetworkAclEntry', 'IcmpTypeCode'), 'Icmp');
  assert.equal(names('CreateManagedPrefixList', 'Entries'), 'Entry');
});
