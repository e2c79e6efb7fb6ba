/** `/_localvpc/console`: the network in a browser, what would happen to a packet in it, and what is dropped now. */
import type { Context, Hono } from 'hono';
import { mapView } from '../console/map-view.ts';
import type { NetworkMap } from '../console/network-map.ts';
import { type AskedTrace, answerView, page, type TraceAnswer } from '../console/page.ts';
import { SCRIPT } from '../console/script.ts';
import { STYLE } from '../console/style.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../ec2/caller.ts';
import { TraceQuestionError } from '../insights/trace-question.ts';
import { Fault } from '../model/fault.ts';
import { findRegion } from '../model/regions.ts';
import type { Scope } from '../model/scope.ts';
import { Refusal } from './found.ts';
import { networkMap } from './network-map.ts';
import type { Running } from './running.ts';
import { answerTrace, questionOf } from './trace-request.ts';

/** The page loads nothing from elsewhere, runs no script but its own, and is shown in no other site's frame. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

/** Adds the paths. */
export function addConsolePaths(app: Hono, running: Running): void {
  app.get('/', (context) => context.redirect('/_localvpc/console'));
  app.get('/console', async (context) => {
    const asked = askedIn(context);
    const answer = await answerOf(running, context, asked);
    const map = mapFor(running, context);
    const places = running.world.accountScopes();
    const shown = places.some(({ account, region }) => account === map.account && region === map.region);
    const { version } = running;
    const all = shown ? places : [...places, map];
    return context.html(page({ version, map, places: all, asked, answer }), 200, HEADERS);
  });
  app.get('/console/map', (context) => context.html(mapView(mapFor(running, context)), 200, HEADERS));
  app.get('/console/answer', async (context) =>
    context.html(answerView(await answerOf(running, context, askedIn(context))), 200, HEADERS),
  );
  app.get('/console/style.css', (context) => context.body(STYLE, 200, { ...HEADERS, 'content-type': 'text/css' }));
  app.get('/console/script.js', (context) =>
    context.body(SCRIPT, 200, { ...HEADERS, 'content-type': 'text/javascript; charset=utf-8' }),
  );
}

const askedIn = ({ req }: Context): AskedTrace => {
  const text = (name: string): string => req.query(name)?.trim() ?? '';
  return { from: text('from'), to: text('to'), protocol: text('protocol') || 'tcp', port: text('port') };
};

function scopeIn({ req }: Context): Scope {
  const account = req.query('account') ?? DEFAULT_ACCOUNT;
  const region = req.query('region') ?? DEFAULT_REGION;
  if (!/^\d{12}$/.test(account)) throw new Refusal(400, `account is not twelve digits: ${account}`);
  if (!findRegion(region)) throw new Refusal(404, `There is no Region ${region}.`);
  return { account, region };
}

const mapFor = ({ engine }: Running, context: Context): NetworkMap => engine.dryRun(scopeIn(context), networkMap);

/** A question that cannot be answered is no failure of the page. */
async function answerOf(running: Running, context: Context, asked: AskedTrace): Promise<TraceAnswer> {
  if (asked.from === '' || asked.to === '') return undefined;
  const { port, ...rest } = asked;
  const withPort = asked.protocol === 'icmp' || port === '' ? rest : { ...rest, port };
  try {
    return await answerTrace(running, questionOf({ ...withPort, ...scopeIn(context) }));
  } catch (error) {
    if (error instanceof TraceQuestionError || error instanceof Refusal || error instanceof Fault)
      return { refused: error.message };
    throw error;
  }
}
