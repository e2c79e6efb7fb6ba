/** What is read of described JSON: what the schema knows, of the right types, and where it stands that something is not so. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { operationShape, type StructureShape } from '../ec2/schema.ts';
import { isAlike, readStructure } from './json-shape.ts';

const shape = shapeOf('DescribeInstances', 'Reservations');

function shapeOf(operation: string, list: string): StructureShape {
  const member = operationShape(operation)
    ?.output?.members.find(({ name }) => name === list)
    ?.shape();
  const item = member?.kind === 'list' ? member.item() : undefined;
  if (item?.kind !== 'structure') throw new Error(`${operation} has no list ${list}`);
  return item;
}

/** What was read, and the complaints. */
function read(value: unknown): { readonly read: unknown; readonly complaints: readonly string[] } {
  const complaints: string[] = [];
  const complain = (what: string, why: string): void => void complaints.push(`${what}: ${why}`);
  return { read: readStructure(shape, value, () => 'file', complain), complaints };
}

test('what is as it should be stays the same value; times become dates, and unknown members and nulls go', () => {
  const plain = { ReservationId: 'r-1', Groups: [{ GroupId: 'sg-1' }] };
  equal(read(plain).read, plain);
  const told = {
    New: 1,
    Instances: [{ InstanceId: 'i-1', KeyName: null, LaunchTime: '2026-01-01T00:00:00Z', Tags: [{ Key: 'a', Is: 2 }] }],
  };
  deepEqual(read(told), {
    read: { Instances: [{ InstanceId: 'i-1', LaunchTime: new Date('2026-01-01T00:00:00Z'), Tags: [{ Key: 'a' }] }] },
    complaints: [],
  });
  equal(told.Instances[0]?.LaunchTime, '2026-01-01T00:00:00Z');
});

test('a value of a wrong type is told with its place, and the structure is not taken', () => {
  const told = { Instances: [{ InstanceId: 'i-1' }, { InstanceId: 'i-2', Tags: [{ Key: 'a' }, { Key: 5 }] }] };
  deepEqual(read(told), {
    read: undefined,
    complaints: ['file.Instances[1].Tags[1].Key: it should be a string and is a number'],
  });
  deepEqual(read([]).complaints, ['file: it should be an object and is a list']);
});

test('resources are alike whatever the order of their members', () => {
  equal(isAlike({ a: [1, { b: 2 }], c: new Date(0) }, { c: new Date(0), a: [1, { b: 2 }] }), true);
  for (const other of [
    { a: [1, { b: 3 }] },
    { a: [1] },
    { a: [1, { b: 2 }], d: 1 },
    { d: [1, { b: 2 }] },
    [],
    undefined,
  ])
    equal(isAlike({ a: [1, { b: 2 }] }, other), false);
});
