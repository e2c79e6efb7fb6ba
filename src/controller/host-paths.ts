/** `/_localvpc/hosts`: what instances run on, and what a person does to it. */
import type { Hono } from 'hono';
import { HostQuestionError, type Hosts } from './hosts.ts';

/** Adds the paths. */
export function addHostPaths(app: Hono, hosts: Hosts): void {
  app.get('/hosts', (context) => context.json({ hosts: hosts.list(context.req.query('zone')) }));
  app.get('/hosts/of/:instance', (context) => context.json(hosts.of(context.req.param('instance'))));
  app.post('/hosts/:id/drain', async (context) => context.json(await hosts.drain(context.req.param('id'))));
  app.post('/hosts/:id/fail', async (context) => {
    await hosts.fail(context.req.param('id'), secondsOf(context.req.query('recover-after')));
    return context.json({});
  });
  app.post('/hosts/:id/repair', async (context) => {
    await hosts.repair(context.req.param('id'));
    return context.json({});
  });
}

/** Milliseconds of a text in seconds. */
function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new HostQuestionError(`recover-after is not a number of seconds: ${text}`);
  return Number(text) * 1000;
}
