/** Words of which the API knows only some, and what localvpc does not have. */
import { Fault } from '../../model/fault.ts';

/**
 * The value as one of the words, or undefined where the request has none.
 * @param member as the API calls it, with a small first letter
 * @throws Fault ValidationError (the sentence is that of AWS's Query services)
 */
export function wordOf<const Word extends string>(
  value: string | undefined,
  words: readonly Word[],
  member: string,
): Word | undefined {
  if (value === undefined) return undefined;
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  const set = `[${words.join(', ')}]`;
  const sentence = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: ${set}`;
  throw new Fault('ValidationError', sentence);
}

/** Of what AWS has and localvpc has not. */
export const notHad = (what: string): Fault => new Fault('InvalidConfigurationRequest', `localvpc ${what}`);

/** Refuses members that would have an effect on AWS and have none here. @throws Fault InvalidConfigurationRequest */
export function refuse(members: Readonly<Record<string, unknown>>): void {
  const isAsked = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0);
  const asked = Object.entries(members).find(([, value]) => isAsked(value));
  if (asked) throw notHad(`does not support the parameter ${asked[0]}.`);
}
