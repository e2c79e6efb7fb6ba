import { equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { type FindInstances, instanceId, interfaceId } from './instance-name.ts';

const WEB = { id: 'i-0aa', state: 'running', interfaceIds: ['eni-01'] };
const ROUTER = { id: 'i-0bb', state: 'running', interfaceIds: ['eni-02', 'eni-03'] };
const TWINS = [
  { id: 'i-0cc', state: 'running', interfaceIds: ['eni-04'] },
  { id: 'i-0dd', state: 'stopped', interfaceIds: ['eni-05'] },
];

const find: FindInstances = async (name) => {
  if (name === 'web' || name === WEB.id) return [WEB];
  if (name === 'router') return [ROUTER];
  return name === 'twin' ? TWINS : [];
};

const noLookup: FindInstances = async (name) => {
  throw new Error(`${name} was looked up`);
};

test('an id is taken as it stands, a Name tag is looked up', async () => {
  equal(await instanceId('i-0123456789abcdef0', noLookup), 'i-0123456789abcdef0');
  equal(await instanceId('web', find), 'i-0aa');
});

test('a name that several instances have is refused with their ids', async () => {
  await rejects(instanceId('twin', find), /2 instances are called twin[\s\S]*i-0cc \(running\), i-0dd \(stopped\)/);
});

test('a name that no instance has is refused, and the text says where it was looked up', async () => {
  await rejects(instanceId('nobody', find), /no instance with the Name tag nobody[\s\S]*AWS_REGION/);
});

test('an instance stands for its interface only where it has no other', async () => {
  equal(await interfaceId('eni-0123456789abcdef0', noLookup), 'eni-0123456789abcdef0');
  equal(await interfaceId('web', find), 'eni-01');
  equal(await interfaceId('i-0aa', find), 'eni-01');
  await rejects(interfaceId('router', find), /2 network interfaces[\s\S]*eni-02, eni-03/);
});
