/** What an answer of EC2 must have for the tour to go on. */

/** The value, where AWS says it may be missing and it must not be. @throws Error that names what is missing. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`the answer has no ${what}`);
  return value;
}
