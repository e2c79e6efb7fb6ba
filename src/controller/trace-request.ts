/** The question of `/_localvpc/trace` and of the console: what was sent, understood and answered. */
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../ec2/caller.ts';
import type { TraceEnd, TraceQuestion } from '../insights/trace-question.ts';
import { Instance } from '../model/resources/instance.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import type { Scope } from '../model/scope.ts';
import { formatAddress } from '../net/address.ts';
import { find, Refusal } from './found.ts';
import { namedScope } from './named-scope.ts';
import type { Running } from './running.ts';

/** A question, and the account and Region that were said with it. */
export interface ReadQuestion extends TraceQuestion {
  readonly account: string | undefined;
  readonly region: string | undefined;
}

/** The question of a request's JSON. @throws Refusal of what is no question */
export async function readQuestion(request: Request): Promise<ReadQuestion> {
  const body: unknown = await request.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null) throw new Refusal(400, 'The body must be a JSON object.');
  return questionOf({ ...body });
}

/** The question that these fields are. @throws Refusal of what is no question */
export function questionOf(fields: Readonly<Record<string, unknown>>): ReadQuestion {
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const port = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) throw new Refusal(400, `${name} is not a port: ${value}`);
    return Number(value);
  };
  const needed = (name: string): string => {
    const value = text(name);
    if (value === undefined) throw new Refusal(400, `The body must say ${name}.`);
    return value;
  };
  return {
    from: needed('from'),
    to: needed('to'),
    protocol: text('frame') === undefined ? needed('protocol') : '',
    port: port('port'),
    sourcePort: port('sourcePort'),
    source: text('source'),
    destination: text('destination'),
    frame: text('frame'),
    account: text('account'),
    region: text('region'),
  };
}

/** Where the question is about: where the end lives that has an id or a name, else what was said, else the default. */
function scopeOf(running: Running, question: ReadQuestion): Scope {
  for (const end of [question.from, question.to]) {
    if (end.startsWith('eni-')) return find(running, NetworkInterface, end).scope;
    if (end.startsWith('i-')) return find(running, Instance, end).scope;
  }
  const said = { account: question.account ?? DEFAULT_ACCOUNT, region: question.region ?? DEFAULT_REGION };
  return namedScope(running.world, said, [question.from, question.to]);
}

/** What would happen to the packet. @throws TraceQuestionError, Refusal, and Fault of an unknown id */
export async function answerTrace(running: Running, question: ReadQuestion) {
  const { from, to, forward, reply, change } = await running.trace(scopeOf(running, question), question);
  return { from: describeEnd(from), to: describeEnd(to), forward, reply: reply ?? null, change: change ?? null };
}

const describeEnd = ({ instanceId, interface: row, gateway, address }: TraceEnd) => ({
  instanceId: instanceId ?? null,
  interfaceId: row?.id ?? null,
  gatewayId: gateway?.id ?? null,
  address: formatAddress(address),
});
