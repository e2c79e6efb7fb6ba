import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kind, type TaggedRow } from '../model/kind.ts';
import type { Transaction } from '../model/transaction.ts';
import { World } from '../model/world.ts';
import { action, recordOnly } from './action.ts';
import { choice } from './choice.ts';
import { coverage } from './coverage.ts';
import { describe } from './describe.ts';

interface Net extends TaggedRow {
  readonly state: 'available' | 'pending';
  readonly hidden: boolean;
}
const Net = kind<Net>()({ name: 'net-of-the-describe-test', notFound: 'InvalidVpcID.NotFound' });

const describeNets = describe('DescribeVpcs', 'Vpcs', {
  kind: Net,
  ids: 'VpcIds',
  where: (row) => !row.hidden,
  filters: { state: (row) => row.state },
  render: (row) => ({ VpcId: row.id, State: row.state }),
});

function inWorld<T>(work: (tx: Transaction) => T): T {
  const world = new World({ integer: () => 0 }, () => undefined);
  return world.transact({ account: '123456789012', region: 'us-east-1' }, 0, (tx) => {
    for (let i = 9; i > 0; i--) {
      const state = i === 5 ? 'pending' : 'available';
      tx.put(Net, { id: `vpc-${i}`, state, hidden: i === 9, tags: { Name: `net ${i}` } });
    }
    return work(tx);
  }).result;
}

const idsOf = (answer: object | undefined): unknown[] => {
  const { Vpcs: vpcs } = Object.assign({ Vpcs: [] as { VpcId: string }[] }, answer);
  return vpcs.map((vpc) => vpc.VpcId);
};

test('rows come in order of insertion, narrowed by ids and filters together', () => {
  inWorld((tx) => {
    const ask = (request: object): unknown[] => idsOf(describeNets.call({ ...request }, tx));
    assert.deepEqual(ask({}), ['vpc-8', 'vpc-7', 'vpc-6', 'vpc-5', 'vpc-4', 'vpc-3', 'vpc-2', 'vpc-1']);
    assert.deepEqual(ask({ Filters: [{ Name: 'state', Values: ['pending'] }] }), ['vpc-5']);
    assert.deepEqual(ask({ Filters: [{ Name: 'tag:Name', Values: ['net 1', 'net 2'] }] }), ['vpc-2', 'vpc-1']);
    assert.deepEqual(ask({ VpcIds: ['vpc-5', 'vpc-5'] }), ['vpc-5']);
    assert.deepEqual(ask({ VpcIds: ['vpc-4'], Filters: [{ Name: 'state', Values: ['pending'] }] }), []);
    assert.throws(() => ask({ VpcIds: ['vpc-5', 'vpc-0'] }), { code: 'InvalidVpcID.NotFound' });
    assert.throws(() => ask({ VpcIds: ['vpc-5'], MaxResults: 5 }), {
      message: 'The parameter vpcIds cannot be used with the parameter maxResults',
    });
  });
});

test('a page’s token leads to the next page of the same question', () => {
  inWorld((tx) => {
    const first = describeNets.call({ MaxResults: 5 }, tx);
    const { NextToken: token } = Object.assign({ NextToken: '' }, first);
    assert.deepEqual(idsOf(first), ['vpc-8', 'vpc-7', 'vpc-6', 'vpc-5', 'vpc-4']);
    assert.deepEqual(idsOf(describeNets.call({ MaxResults: 5, NextToken: token }, tx)), ['vpc-3', 'vpc-2', 'vpc-1']);
  });
});

test('what does not fit an operation does not compile', () => {
  const known = action('CreateSubnet', (request) => ({ Subnet: { VpcId: request.VpcId, State: 'available' } }));
  assert.equal(known.name, 'CreateSubnet');
  // @ts-expect-error a state that EC2 does not have
  action('CreateSubnet', () => ({ Subnet: { State: 'avilable' } }));
  // @ts-expect-error an operation that EC2 does not have
  action('CreateSubnets', () => ({}));
  // @ts-expect-error a member that the request does not have
  action('CreateSubnet', (request) => ({ Subnet: { SubnetId: request.SubnetId } }));
  // @ts-expect-error ids in a member that does not hold ids
  describe('DescribeVpcs', 'Vpcs', { kind: Net, ids: 'MaxResults', filters: {}, render: () => ({}) });
});

test('a word that EC2 does not know is a fault', () => {
  assert.equal(choice('default', ['default', 'dedicated'], 'instanceTenancy'), 'default');
  assert.equal(choice(undefined, ['default'], 'instanceTenancy'), undefined);
  assert.throws(() => choice('Default', ['default'], 'instanceTenancy'), {
    message: 'Value (Default) for parameter instanceTenancy is invalid.',
  });
});

test('coverage names every operation of EC2 once, in three states', () => {
  const list = coverage([describeNets, action('DeleteVpc', () => undefined, recordOnly('No packet knows.'))]);
  assert.ok(list.length > 800);
  const stateOf = (name: string) => list.filter((one) => one.name === name);
  assert.deepEqual(stateOf('DescribeVpcs'), [{ name: 'DescribeVpcs', state: 'works' }]);
  assert.deepEqual(stateOf('DeleteVpc'), [{ name: 'DeleteVpc', state: 'record only', note: 'No packet knows.' }]);
  assert.deepEqual(stateOf('CreateFleet'), [{ name: 'CreateFleet', state: 'not served' }]);
});
