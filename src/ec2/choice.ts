/** Words of which EC2 knows only some: makes a literal type of a request's string, or a fault. */
import { Fault } from '../model/fault.ts';

/**
 * The value as one of the words, or undefined if the request has none.
 *
 * `const tenancy = choice(request.InstanceTenancy, ['default', 'dedicated'], 'instanceTenancy') ?? 'default';`
 * @param parameter the name that the fault's sentence shows, in AWS's lower camel case
 * @throws Fault InvalidParameterValue. The sentence is unconfirmed: it differs between EC2's calls.
 */
export function choice<const Word extends string>(
  value: string | undefined,
  words: readonly Word[],
  parameter: string,
): Word | undefined {
  if (value === undefined) return undefined;
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  throw new Fault('InvalidParameterValue', { value, parameter, reason: '' });
}

/** An option that is "enable" or "disable" in the API, or undefined if the request has none. @throws Fault InvalidParameterValue */
export function isEnabled(value: string | undefined, parameter: string): boolean | undefined {
  const word = choice(value, ['enable', 'disable'], parameter);
  return word === undefined ? undefined : word === 'enable';
}

/** The word of such an option. */
export const enableOrDisable = (isOn: boolean): 'enable' | 'disable' => (isOn ? 'enable' : 'disable');
