/** `GET costs`, as the command reads it. */
import { list, maybe, number, object, oneOf, type Shape, text } from './shape.ts';

/** Usage of one type and what it costs. */
export interface CostLine {
  readonly service: string;
  readonly usageType: string;
  readonly unit: string;
  readonly quantity: number;
  readonly usd: number;
}

/** Lines of one resource. */
export interface ResourceCost {
  readonly account: string;
  readonly region: string;
  readonly resourceId: string;
  readonly publicIp: string | undefined;
  readonly lines: readonly CostLine[];
  readonly usd: number;
}

/** An Elastic IP that costs money and serves nobody. */
export interface UselessAddress {
  readonly region: string;
  readonly allocationId: string;
  readonly publicIp: string;
  /** Undefined where it is not associated. */
  readonly associationId: string | undefined;
  readonly why: 'not-associated' | 'interface-not-attached' | 'instance-not-running';
  readonly at: string | undefined;
  /** ISO 8601. */
  readonly idleSince: string;
  readonly usdPerMonth: number;
}

/** The bill of a month. */
export interface Costs {
  /** ISO 8601. */
  readonly from: string;
  readonly until: string;
  readonly pricingDate: string | undefined;
  readonly usd: number;
  readonly byUsageType: readonly CostLine[];
  /** The most expensive first. */
  readonly byResource: readonly ResourceCost[];
  readonly forNothing: readonly UselessAddress[];
  readonly projected: { readonly hours: number; readonly usd: number; readonly byUsageType: readonly CostLine[] };
  readonly notMetered: readonly string[];
  readonly prices: readonly { readonly usageType: string; readonly regions: string; readonly evidence: string }[];
}

const line = object<CostLine>({ service: text, usageType: text, unit: text, quantity: number, usd: number });

const resource = object<ResourceCost>({
  account: text,
  region: text,
  resourceId: text,
  publicIp: maybe(text),
  lines: list(line),
  usd: number,
});

const useless = object<UselessAddress>({
  region: text,
  allocationId: text,
  publicIp: text,
  associationId: maybe(text),
  why: oneOf('not-associated', 'interface-not-attached', 'instance-not-running'),
  at: maybe(text),
  idleSince: text,
  usdPerMonth: number,
});

export const costs: Shape<Costs> = object({
  from: text,
  until: text,
  pricingDate: maybe(text),
  usd: number,
  byUsageType: list(line),
  byResource: list(resource),
  forNothing: list(useless),
  projected: object<Costs['projected']>({ hours: number, usd: number, byUsageType: list(line) }),
  notMetered: list(text),
  prices: list(object<Costs['prices'][number]>({ usageType: text, regions: text, evidence: text })),
});
