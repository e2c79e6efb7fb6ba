import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { type Lab, lab } from '../testing/instance-parts.ts';
import { namedScope } from './named-scope.ts';

const launch = (net: Lab, name: string): string =>
  net.instance({ TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: name }] }] });

test('a name is looked for where it was said to be, else where alone it is', () => {
  const net = lab();
  const { world, scope } = net.account;
  const web = launch(net, 'web');
  const elsewhere = { account: '999999999999', region: 'eu-west-1' };
  deepEqual(namedScope(world, elsewhere, ['web', 'internet']), scope);
  deepEqual(namedScope(world, scope, ['web']), scope);
  deepEqual(namedScope(world, elsewhere, ['nobody']), elsewhere);
  net.terminate(web);
  deepEqual(namedScope(world, elsewhere, ['web']), elsewhere);
});
