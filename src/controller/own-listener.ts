/**
 * localvpc's own HTTP paths as a listener of node:http. Loaded when the first of them is asked for: the framework, and
 * with it Node's own fetch, would be a twelfth of the time until the first answered call of EC2's.
 */
import { getRequestListener } from '@hono/node-server';
import type { OwnListener } from './http-server.ts';
import { ownPaths } from './own-paths.ts';
import type { Running } from './running.ts';

/** The listener, for a localvpc that runs. */
export function ownListener(running: Running): OwnListener {
  const listener = getRequestListener(ownPaths(running).fetch);
  return async (request, response) => {
    await listener(request, response);
  };
}
