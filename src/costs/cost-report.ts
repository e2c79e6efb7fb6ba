/** What AWS would charge for a month: by usage type, by resource, for nothing, and for a month like the present state. */

import { ElasticIp } from '../model/resources/elastic-ip.ts';
import type { Scope } from '../model/scope.ts';
import type { World } from '../model/world.ts';
import { formatIpv4 } from '../net/address.ts';
import { HOUR_MS, hourlyUsage, measuredSpans, type Span, type Usage, usageOf } from './hourly-usage.ts';
import { NOT_METERED, PRICE_CHANGES, type Price, priceOf } from './price-table.ts';
import { TransferredBytes } from './transferred-bytes.ts';
import { type IdleReason, RemapCount, type ResourceUse, UsageInterval } from './usage-interval.ts';
import { usageTypeIn } from './usage-type.ts';

/** AWS's own month of hours in price examples. */
export const HOURS_PER_MONTH = 730;

/** Of data transfer. */
const BYTES_PER_GB = 2 ** 30;

/** What a report is about. */
export interface CostQuestion {
  /** Undefined for all. */
  readonly account: string | undefined;
  readonly region: string | undefined;
  /** "2024-01", in UTC. */
  readonly month: string;
  /** The day whose prices are applied to all usage, "2023-06-01"; undefined for the prices of each hour's own day. */
  readonly pricingDate: string | undefined;
  /** Whether to list the usage of each resource in each hour. */
  readonly hourly: boolean;
  /** Milliseconds since the epoch; what is open is counted until then. */
  readonly nowMs: number;
}

/** Usage of one type and what it costs. */
export interface CostLine {
  readonly service: Price['service'];
  /** With the Region's code. */
  readonly usageType: string;
  readonly unit: Price['unit'];
  readonly quantity: number;
  readonly usd: number;
}

/** Lines of one resource. */
export interface ResourceCost extends Scope {
  readonly resourceId: string;
  /** Its public address, where it is one. */
  readonly publicIp: string | undefined;
  readonly lines: readonly CostLine[];
  readonly usd: number;
}

/** An Elastic IP that costs money and serves nobody. */
export interface UselessAddress extends Scope {
  readonly allocationId: string;
  readonly publicIp: string;
  /** Undefined where it is not associated; ends before the address can be released. */
  readonly associationId: string | undefined;
  readonly why: IdleReason;
  /** The instance or interface that it points to. */
  readonly at: string | undefined;
  /** ISO 8601. */
  readonly idleSince: string;
  readonly usdPerMonth: number;
}

/** Usage of one resource in one hour, as metered. */
export interface HourlyCost extends Scope, CostLine {
  readonly resourceId: string;
  /** Beginning of the hour, ISO 8601. */
  readonly hour: string;
}

export interface CostReport {
  readonly currency: 'USD';
  readonly month: string;
  /** ISO 8601; the end is the month's or now. */
  readonly from: string;
  readonly until: string;
  readonly pricingDate: string | undefined;
  readonly usd: number;
  readonly byUsageType: readonly CostLine[];
  readonly byResource: readonly ResourceCost[];
  readonly forNothing: readonly UselessAddress[];
  /** A month in which all stays as it is now. */
  readonly projected: { readonly hours: number; readonly usd: number; readonly byUsageType: readonly CostLine[] };
  /** Lines of the price list that were used. */
  readonly prices: readonly Price[];
  /** What AWS charges for and the meter does not see. */
  readonly notMetered: readonly string[];
  readonly hourly: readonly HourlyCost[] | undefined;
}

/** How many hours of resources a report lists at most: they are worked out at once, and everybody else waits. */
const MOST_HOURLY_LINES = 100_000;

/** More hours were asked for than a report lists; the message says what to do, to the person who asked. */
export class TooManyHoursError extends Error {
  override readonly name = 'TooManyHoursError';
  constructor(hours: number) {
    super(`That are ${hours} hours of resources, and ${MOST_HOURLY_LINES} can be listed: name an account or a Region.`);
  }
}

/** The report. @throws TooManyHoursError */
export function costReport(world: World, question: CostQuestion): CostReport {
  const scopes = world.scopes().filter((scope) => isAskedFor(scope, question));
  const window = windowOf(question);
  const timed = scopes.flatMap((scope) =>
    timedCosts(scope, question, usageOf(intervalsOf(world, scope), window, PRICE_CHANGES)),
  );
  const transfers = scopes.flatMap((scope) => transferCosts(world, scope, question, window));
  const hours = timed.reduce((sum, { usage }) => sum + usage.newClockHours, transfers.length);
  if (question.hourly && hours > MOST_HOURLY_LINES) throw new TooManyHoursError(hours);
  const remaps = scopes.flatMap((scope) => remapCosts(world, scope, question));
  const present = scopes.flatMap((scope) => presentCosts(world, scope, question));
  const charged = [...timed, ...transfers, ...remaps];
  return {
    currency: 'USD',
    month: question.month,
    from: new Date(window.fromMs).toISOString(),
    until: new Date(window.untilMs).toISOString(),
    pricingDate: question.pricingDate,
    usd: totalOf(charged),
    byUsageType: summed(charged),
    byResource: byResource(charged, publicAddresses(world, scopes)),
    forNothing: present.flatMap(({ useless }) => useless ?? []),
    projected: { hours: HOURS_PER_MONTH, usd: totalOf(present), byUsageType: summed(present) },
    prices: [...new Set([...charged, ...present].map(({ price }) => price))],
    notMetered: NOT_METERED,
    hourly: question.hourly ? scopes.flatMap((scope) => hourlyCosts(world, scope, question, window)) : undefined,
  };
}

/** Usage with its price. */
interface Charge {
  readonly scope: Scope;
  readonly resourceId: string;
  /** With the Region's code. */
  readonly usageType: string;
  readonly price: Price;
  readonly quantity: number;
  readonly usd: number;
}
interface TimedCharge extends Charge {
  readonly usage: Usage;
}
interface PresentCharge extends Charge {
  readonly useless: UselessAddress | undefined;
}

const isAskedFor = ({ account, region }: Scope, asked: CostQuestion): boolean =>
  account !== '*' && (asked.account ?? account) === account && (asked.region ?? region) === region;

function windowOf({ month, nowMs }: CostQuestion): Span {
  const fromMs = Date.parse(`${month}-01`);
  const first = new Date(fromMs);
  const endMs = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1);
  return { fromMs, untilMs: Math.max(fromMs, Math.min(endMs, nowMs)) };
}

/** When the prices that apply at a time were in force. */
const pricedAt = ({ pricingDate }: CostQuestion, timeMs: number): number =>
  pricingDate === undefined ? timeMs : Date.parse(pricingDate);

const intervalsOf = (world: World, scope: Scope): IterableIterator<UsageInterval> =>
  world.table(scope, UsageInterval).values();

function timedCosts(scope: Scope, question: CostQuestion, all: readonly Usage[]): readonly TimedCharge[] {
  return all.flatMap((usage) => {
    const price = priceOf(usage.measure, pricedAt(question, usage.fromMs));
    if (!price) return [];
    const quantity = price.partialHours === 'whole' ? usage.newClockHours : (usage.untilMs - usage.fromMs) / HOUR_MS;
    const usageType = usageTypeIn(scope.region, price);
    return [
      { scope, resourceId: usage.resourceId, usageType, usage, price, quantity, usd: quantity * price.usdPerUnit },
    ];
  });
}

/** A line for each hour, resource and usage type. */
function hourlyCosts(world: World, scope: Scope, question: CostQuestion, window: Span): readonly HourlyCost[] {
  const lines = new Map<string, HourlyCost>();
  const timed = timedCosts(scope, question, hourlyUsage(intervalsOf(world, scope), window));
  const hours = timed.map((charge) => ({ ...charge, hourMs: charge.usage.fromMs - (charge.usage.fromMs % HOUR_MS) }));
  for (const charge of [...hours, ...transferCosts(world, scope, question, window)]) {
    const { resourceId, hourMs, usageType } = charge;
    const key = `${hourMs} ${resourceId} ${usageType}`;
    const line = lines.get(key);
    const quantity = exact(charge.quantity + (line?.quantity ?? 0));
    const usd = exact(charge.usd + (line?.usd ?? 0));
    const hour = new Date(hourMs).toISOString();
    lines.set(key, { ...scope, resourceId, hour, ...lineOf(charge), quantity, usd });
  }
  return [...lines.values()];
}

/** Data transfer, by resource, hour and usage type. */
function transferCosts(world: World, scope: Scope, question: CostQuestion, { fromMs, untilMs }: Span) {
  return [...world.table(scope, TransferredBytes).values()].flatMap(
    ({ resourceId, hourMs, measure, otherRegion, bytes }) => {
      if (hourMs < fromMs || hourMs >= untilMs) return [];
      const price = priceOf(measure, pricedAt(question, hourMs));
      if (!price) return [];
      const quantity = bytes / BYTES_PER_GB;
      const usageType = usageTypeIn(scope.region, price, otherRegion);
      return [{ scope, resourceId, hourMs, usageType, price, quantity, usd: quantity * price.usdPerUnit }];
    },
  );
}

/** Remaps of the month, at the prices of its first day. The free ones are taken off in the order of the addresses. */
function remapCosts(world: World, scope: Scope, question: CostQuestion): readonly Charge[] {
  const price = priceOf('elastic-ip-remap', pricedAt(question, Date.parse(`${question.month}-01`)));
  if (!price) return [];
  let free = price.freeUnitsPerMonth;
  return [...world.table(scope, RemapCount).values()]
    .filter(({ month }) => month === question.month)
    .map(({ resourceId, count }) => {
      const charged = Math.max(0, count - free);
      free -= count - charged;
      const usageType = usageTypeIn(scope.region, price);
      return { scope, resourceId, usageType, price, quantity: count, usd: charged * price.usdPerUnit };
    });
}

/** What each resource costs in a month if nothing changes from now on. */
function presentCosts(world: World, scope: Scope, question: CostQuestion): readonly PresentCharge[] {
  const { nowMs } = question;
  const open = [...intervalsOf(world, scope)].filter(({ endMs }) => endMs === undefined);
  const byId = new Map(open.map((interval) => [interval.resourceId, interval]));
  // The next millisecond stands for the month: what is open now is open in it.
  const soon = { fromMs: nowMs, untilMs: nowMs + 1 };
  return measuredSpans(open, soon).flatMap(({ resourceId, measure }) => {
    const price = priceOf(measure, pricedAt(question, nowMs));
    const interval = byId.get(resourceId);
    if (!price || !interval) return [];
    const usd = HOURS_PER_MONTH * price.usdPerUnit;
    const usageType = usageTypeIn(scope.region, price);
    const charge = { scope, resourceId, usageType, price, quantity: HOURS_PER_MONTH, usd };
    return [{ ...charge, useless: uselessness(world, charge, interval) }];
  });
}

function uselessness(world: World, charge: Charge, { startMs, use }: UsageInterval): UselessAddress | undefined {
  if (charge.usd === 0 || use.kind !== 'elastic-ip' || use.standing.kind !== 'idle') return undefined;
  const { why, at } = use.standing;
  return {
    ...charge.scope,
    allocationId: charge.resourceId,
    publicIp: formatIpv4(use.publicIp),
    associationId: world.table(charge.scope, ElasticIp).get(charge.resourceId)?.association?.id,
    why,
    at,
    idleSince: new Date(startMs).toISOString(),
    usdPerMonth: exact(charge.usd),
  };
}

const lineOf = ({ price, usageType, quantity, usd }: Charge): CostLine => ({
  service: price.service,
  usageType,
  unit: price.unit,
  quantity: exact(quantity),
  usd: exact(usd),
});

/** In order of the first of each group. */
function grouped<C extends Charge>(charges: readonly C[], keyOf: (charge: C) => string): ReadonlyMap<string, C[]> {
  const groups = new Map<string, C[]>();
  for (const charge of charges) {
    const key = keyOf(charge);
    const group = groups.get(key);
    if (group) group.push(charge);
    else groups.set(key, [charge]);
  }
  return groups;
}

/** One line per usage type, in the order of their names. */
function summed(charges: readonly Charge[]): readonly CostLine[] {
  const sums = new Map<string, Charge>();
  for (const charge of charges) {
    const sum = sums.get(charge.usageType);
    sums.set(
      charge.usageType,
      sum ? { ...sum, quantity: sum.quantity + charge.quantity, usd: sum.usd + charge.usd } : charge,
    );
  }
  return [...sums.values()].map(lineOf).sort((a, b) => (a.usageType < b.usageType ? -1 : 1));
}

/** The most expensive resource first. */
function byResource(charges: readonly Charge[], addresses: ReadonlyMap<string, string>): readonly ResourceCost[] {
  const groups = grouped(charges, ({ scope, resourceId }) => `${scope.account} ${scope.region} ${resourceId}`);
  const costs = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { scope, resourceId } = first;
    const publicIp = addresses.get(resourceId);
    return [{ ...scope, resourceId, publicIp, lines: summed(group), usd: totalOf(group) }];
  });
  return costs.sort((a, b) => b.usd - a.usd);
}

/** The public address that a resource is, or had last. */
function publicAddresses(world: World, scopes: readonly Scope[]): ReadonlyMap<string, string> {
  const addressOf = (use: ResourceUse): string | undefined =>
    'publicIp' in use ? formatIpv4(use.publicIp) : undefined;
  const addresses = new Map<string, string>();
  for (const scope of scopes)
    for (const { resourceId, use } of intervalsOf(world, scope)) {
      const address = addressOf(use);
      if (address !== undefined) addresses.set(resourceId, address);
    }
  return addresses;
}

const totalOf = (charges: readonly Charge[]): number => exact(charges.reduce((sum, { usd }) => sum + usd, 0));

/** Ten decimals: sums of binary fractions without their dust. */
const exact = (value: number): number => Number(value.toFixed(10));
