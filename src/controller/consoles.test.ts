import { deepEqual, equal } from 'node:assert/strict';
import test from 'node:test';
import { idOf } from '../testing/rows.ts';
import { Consoles } from './consoles.ts';

const ID = idOf('i', '0123456789abcdef0');

test('a console is fetched for GetConsoleOutput alone, and what a guest that is gone said last stays', async () => {
  const consoles = new Consoles();
  const says = (text: string) => ({ now: () => 5, consoleOutput: async () => text });
  await consoles.prepare('DescribeInstances', ID, says('no'));
  await consoles.prepare('GetConsoleOutput', 'not an id', says('no'));
  equal(consoles.read(ID), undefined);
  await consoles.prepare('GetConsoleOutput', ID, says('booted'));
  deepEqual(consoles.read(ID), { text: 'booted', readAtMs: 5 });
  await consoles.prepare('GetConsoleOutput', ID, says(''));
  deepEqual(consoles.read(ID), { text: 'booted', readAtMs: 5 });
});
