/** The console's page: the map, the question of a trace and its answer, and packets as they are dropped. */
import { html } from 'hono/html';
import { mapView } from './map-view.ts';
import type { Markup } from './markup.ts';
import type { NetworkMap } from './network-map.ts';
import { type TraceOnPage, traceView } from './trace-view.ts';

/** What is asked in the form; empty texts where nothing is. */
export interface AskedTrace {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port: string;
}

/** What was answered, or why nothing could be. */
export type TraceAnswer = TraceOnPage | { readonly refused: string } | undefined;

/** An account and Region that somebody spoke to. */
export interface PlaceToSee {
  readonly account: string;
  readonly region: string;
}

export interface ConsolePage {
  readonly version: string;
  readonly map: NetworkMap;
  readonly places: readonly PlaceToSee[];
  readonly asked: AskedTrace;
  readonly answer: TraceAnswer;
}

/** The whole page. It works without its script, but then shows what was when it was asked for. */
export const page = ({ version, map, places, asked, answer }: ConsolePage): Markup => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>localvpc: ${map.region}</title>
<link rel="stylesheet" href="console/style.css">
<script src="console/script.js" defer></script>
</head>
<body>
<header>
  <h1>localvpc <small>${version}</small></h1>
  <nav>${places.map((place) => placeView(place, map))}</nav>
</header>
<main id="map">${mapView(map)}</main>
<aside>
  <form id="question" method="get" action="console">
    <input type="hidden" name="account" value="${map.account}">
    <input type="hidden" name="region" value="${map.region}">
    <label>From <input name="from" value="${asked.from}" list="ends" placeholder="click an interface" required></label>
    <label>To <input name="to" value="${asked.to}" list="ends" placeholder="and another" required></label>
    <label>Protocol <select name="protocol">${['tcp', 'udp', 'icmp'].map((name) => protocolView(name, asked.protocol))}</select></label>
    <label>Port <input name="port" value="${asked.port}" inputmode="numeric" pattern="[0-9]{1,5}" size="5"></label>
    <button>Why?</button>
    <datalist id="ends"><option value="internet">${instanceNames(map).map((name) => html`<option value="${name}">`)}</datalist>
  </form>
  <section id="answer">${answerView(answer)}</section>
  <h2>Packets dropped now</h2>
  <ol id="drops"><li class="hint">None since this page is open.</li></ol>
</aside>
</body>
</html>`;

/** What the script puts into `#answer`, anew and anew: a trace says what would happen now. */
export function answerView(answer: TraceAnswer): Markup {
  if (!answer)
    return html`<p class="hint">Why can&rsquo;t A reach B? Click the interface that sends, then the one that is to
receive; or type names, ids, addresses, or <code>internet</code>.</p>`;
  return 'refused' in answer ? html`<p class="bad">${answer.refused}</p>` : traceView(answer);
}

const placeView = ({ account, region }: PlaceToSee, shown: PlaceToSee): Markup =>
  account === shown.account && region === shown.region
    ? html`<b>${account} ${region}</b>`
    : html`<a href="console?${new URLSearchParams({ account, region }).toString()}">${account} ${region}</a>`;

const protocolView = (name: string, asked: string): Markup =>
  html`<option${name === asked ? html` selected` : ''}>${name}</option>`;

const instanceNames = ({ vpcs }: NetworkMap): readonly string[] => [
  ...new Set(
    vpcs
      .flatMap(({ subnets }) => subnets.flatMap(({ interfaces }) => interfaces))
      .flatMap(({ instance }) => instance?.name ?? []),
  ),
];
