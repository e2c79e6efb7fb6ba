/** `GET /_localvpc/costs`: what is asked about the bill, read from the query. */
import { type CostReport, costReport, TooManyHoursError } from '../costs/cost-report.ts';
import { monthOf } from '../costs/usage-interval.ts';
import type { World } from '../model/world.ts';

/** The query is not one that can be answered; the message goes to the person who sent it. */
export class CostQuestionError extends Error {
  override readonly name = 'CostQuestionError';
}

/**
 * Answers with the costs of a month, the current one if none is named.
 * @throws CostQuestionError for a month or date that is none, and for more hours than can be listed
 */
export function answerCosts(world: World, query: Readonly<Record<string, string>>, nowMs: number): CostReport {
  const { account, region, month = monthOf(nowMs), hourly, 'pricing-date': pricingDate } = query;
  if (!isDay(`${month}-01`)) throw new CostQuestionError(`month is not a month like 2026-01: ${month}`);
  if (pricingDate !== undefined && !isDay(pricingDate))
    throw new CostQuestionError(`pricing-date is not a date like 2023-06-01: ${pricingDate}`);
  try {
    return costReport(world, { account, region, month, pricingDate, hourly: hourly === 'true', nowMs });
  } catch (error) {
    if (error instanceof TooManyHoursError) throw new CostQuestionError(error.message, { cause: error });
    throw error;
  }
}

/** True for a day of the calendar, as YYYY-MM-DD. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const timeMs = Date.parse(text);
  return Number.isFinite(timeMs) && new Date(timeMs).toISOString().startsWith(text);
}
