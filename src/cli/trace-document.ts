/** The JSON that `localvpc trace --json` prints. Its form is promised in docs/trace.md: members are added, never changed. */
import type { TraceResult, TraceStep } from '../tables/data-plane.ts';
import type { TraceAnswer, TraceEnd } from './contract.ts';

/** What is not there is null, so that every member is always present. */
export function traceDocument({ from, to, forward, reply, change }: TraceAnswer): object {
  return {
    from: endDocument(from),
    to: endDocument(to),
    ...wayDocument(forward),
    reply: reply ? wayDocument(reply) : null,
    change: change
      ? { found: change.found, calls: change.calls.map((call) => ({ ...call, saves: call.saves ?? null })) }
      : null,
  };
}

const endDocument = ({ instanceId, interfaceId, gatewayId, address }: TraceEnd): object => ({
  instanceId: instanceId ?? null,
  interfaceId: interfaceId ?? null,
  gatewayId: gatewayId ?? null,
  address: address ?? null,
});

const wayDocument = ({ verdict, reason, code, explanation, deliveredTo, path }: TraceResult): object => ({
  verdict,
  reason: reason ?? null,
  code: code ?? null,
  explanation: explanation ?? null,
  deliveredTo: deliveredTo ?? null,
  path: path.map(stepDocument),
});

const stepDocument = ({ stage, component, at, before, after }: TraceStep): object => ({
  stage,
  kind: component?.kind ?? null,
  id: component?.id ?? null,
  detail: component?.detail ?? null,
  rule: component?.rule ?? null,
  at: at ?? null,
  before: before ? { ...before, icmp: before.icmp ?? null } : null,
  after: after ? { ...after, icmp: after.icmp ?? null } : null,
});
