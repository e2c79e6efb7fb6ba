/** What the official SDK sends for every operation is what we decode, and what we encode is what it reads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { makeValue, seeded } from '../testing/made-values.ts';
import { decode } from './decode.ts';
import { encodeAnswer, encodeMembersOf } from './encode.ts';
import { parseQuery, queryTree } from './query.ts';
import { type OperationShape, operationNames, operationShape, type Shape } from './schema.ts';
import { isSignatureParameter } from './signature.ts';

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
  const made = makeValue(shape.input, { random, empties: false, shortest: 1 });
  const input = { ...Object(made), ...SENT.get(name) };
  const output = shape.output ? makeValue(shape.output, { random, empties: true, shortest }) : {};
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
