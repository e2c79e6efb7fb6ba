/** A trace as HTML: one line for each stage, the rule that decided, and what would let a lost packet through. */
import { html } from 'hono/html';
import type { TraceChange, TraceResult, TraceStep } from '../tables/data-plane.ts';
import { changeText, isFatal, verdictText } from '../tables/trace-words.ts';
import { inSubnet } from './map-view.ts';
import type { Markup } from './markup.ts';

/** There, and back where the packet arrived and something answers it. */
export interface TraceOnPage {
  readonly forward: TraceResult;
  readonly reply: TraceResult | null;
  readonly change: TraceChange | null;
}

/** `data-passed` and `data-lost` name what the script marks on the map. */
export function traceView({ forward, reply, change }: TraceOnPage): Markup {
  const last = reply ?? forward;
  const isLost = last.verdict === 'dropped';
  const passed = [...forward.path, ...(reply?.path ?? [])].flatMap(placesOf);
  const lost = isLost ? last.path.slice(-1).flatMap(placesOf) : [];
  return html`
<div class="trace" data-passed="${[...new Set(passed)].join(' ')}" data-lost="${[...new Set(lost)].join(' ')}">
  <p class="verdict ${isLost ? 'bad' : 'good'}">${headline(isLost, reply)}</p>
  ${wayView('There', forward)}
  ${reply ? wayView('Back', reply) : ''}
  ${change ? changeView(change) : ''}
</div>`;
}

function headline(isLost: boolean, reply: TraceResult | null): string {
  if (isLost) return reply ? 'Arrives, but its answer is lost' : 'Lost';
  return reply ? 'Arrives, and is answered' : 'Arrives';
}

/** Ids of elements of the map; of what stands in several subnets (ACLs, route tables) the one that was asked. */
const placesOf = ({ component, at }: TraceStep): readonly string[] => {
  const ids = component?.id.split(/[\s,]+/) ?? [];
  return [...ids, at?.interfaceId ?? '', ...ids.map((id) => (at ? inSubnet(at.subnetId, id) : ''))].filter(
    (id) => id !== '',
  );
};

/** The way back is folded where nothing happens on it. */
const wayView = (title: 'There' | 'Back', way: TraceResult): Markup => html`
<details id="way-${title}" ${title === 'There' || way.verdict === 'dropped' ? 'open' : ''}>
<summary><b>${title}</b> <code>${way.path[0]?.packet ?? ''}</code></summary>
<ol>${way.path.map((step, index) => stepView(step, way.path[index - 1], isFatal(way, index)))}</ol>
</details>
<p class="${way.verdict === 'dropped' ? 'bad' : 'good'}">${verdictText(way)}</p>`;

const stepView = (
  { stage, component, packet }: TraceStep,
  before: TraceStep | undefined,
  fatal: boolean,
): Markup => html`
<li class="${fatal ? 'bad' : ''}"><b>${stage}</b>${component ? html` <code>${component.id}</code> ${component.detail}` : ''}${
  before !== undefined && before.packet !== packet ? html`<br>now <code>${packet}</code>` : ''
}</li>`;

const changeView = (change: TraceChange): Markup => html`
<p><b>${changeText(change)}</b></p>
${change.calls.length === 0 ? '' : html`<pre>${change.calls.map(({ command }) => `${command}\n`).join('')}</pre>`}`;
