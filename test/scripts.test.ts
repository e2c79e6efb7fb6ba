/** The parts of the set-up's scripts that can be wrong while everything seems to work. */
import { equal, rejects } from 'node:assert/strict';
import { mock, test } from 'node:test';
// A script: the set-up runs before there are types.
import { within } from '../scripts/within.mjs';

test('what came in time is not called late afterwards', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const late = mock.fn();
    equal(await within(30_000, Promise.resolve('up'), late), 'up');
    mock.timers.tick(60_000);
    equal(late.mock.callCount(), 0);
    const waiting = within(30_000, new Promise(() => undefined), () => {
      throw new Error('late');
    });
    mock.timers.tick(30_000);
    await rejects(waiting, /late/);
  } finally {
    mock.timers.reset();
  }
});
