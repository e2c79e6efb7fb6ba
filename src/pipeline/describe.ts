/** Prints the pipeline as its documentation shows it: one table per list of stages, made from the lists themselves. */
import { stageLists } from './pipeline.ts';
import type { Stage } from './stage.ts';
import type { Drop } from './verdict.ts';

const TITLES: { readonly [List in keyof typeof stageLists]: string } = {
  outOfInterface: 'Out of an interface',
  intoInterface: 'Into an interface',
  intoNatGateway: 'Into a NAT gateway',
  intoTransitGateway: 'Into a transit gateway',
  intoInspection: 'Into a Gateway Load Balancer endpoint',
  intoGatewayLoadBalancer: 'Into a Gateway Load Balancer, out of an appliance’s tunnel',
  outOfGateway: 'Out of a NAT gateway, a transit gateway or a Gateway Load Balancer endpoint',
  intoRegionalNatGateway: 'Into a regional NAT gateway',
  outOfRegionalNatGateway: 'Out of a regional NAT gateway',
  intoEndpoint: 'Into an interface endpoint',
  outOfEndpoint: 'Out of an interface endpoint, with an answer',
  intoLoadBalancer: 'Into a load balancer: from a client, or with an answer of a target',
  outOfLoadBalancer: 'Out of a load balancer, to a target or with an answer to a client',
  outToLoadBalancer: 'Out of the subnet of a target, with an answer to a client whose address it has seen',
  outOfInternet: 'From the outside world',
  intoInternet: 'Into the outside world',
  intoServices: 'Into the link-local services',
  outOfServices: 'From the link-local services',
  outOfSite: 'From the customer’s site',
  intoSite: 'To the customer’s site',
  outOfNamedGateway: 'From a gateway that a question names as the source',
  intoGuest: 'Into a guest, past what guards its interface',
};

const INTRODUCTION = `# The pipeline

Every packet goes through these stages, in this order, until one of them has the last word: dropped for a reason,
answered by the fabric itself, or delivered. Traces, counters and tests call a reason \`stage/reason\`. In parentheses
stands what Reachability Analyzer calls it, where it has a word for it. This page is printed from the stages' own
declarations, and a test compares the two; \`localvpc trace\` shows the same names for one packet.
`;

/** The text of docs/pipeline.md. */
export function describePipeline(): string {
  const sections = keysOf(stageLists).map((list) => `## ${TITLES[list]}\n\n${table(stageLists[list])}`);
  return `${INTRODUCTION}\n${sections.join('\n\n')}\n`;
}

/** Every reason that a stage of any list drops for, each once. */
export function allDrops(): readonly Drop[] {
  const stages = new Set(keysOf(stageLists).flatMap((list): readonly Stage<never>[] => stageLists[list]));
  return [...stages].flatMap((stage) => Object.values(stage.drops));
}

const keysOf = (lists: typeof stageLists): (keyof typeof stageLists)[] =>
  Object.keys(lists).filter((list): list is keyof typeof stageLists => list in TITLES);

function table(stages: readonly Stage<never>[]): string {
  const rows = stages.map(({ name, does, drops }) => {
    const reasons = Object.values(drops).map((drop) => {
      const code = drop.code === undefined ? '' : ` (${drop.code})`;
      return `\`${drop.reason}\`: ${drop.when}${code}`;
    });
    return `| ${name} | ${does} | ${reasons.join('<br>')} |`;
  });
  return ['| stage | what it does | drops |', '| --- | --- | --- |', ...rows].join('\n');
}
