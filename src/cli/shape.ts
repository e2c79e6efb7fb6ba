/** Parsers for JSON that comes from outside: each takes an unknown value and gives it back with a type, or throws. */

/** Parses a value; `path` is where it stood, for the error. @throws ShapeError when the value is of another form. */
export type Shape<T> = (value: unknown, path: string) => T;

/** A value was not of the form that was agreed. */
export class ShapeError extends Error {
  constructor(path: string, expected: string) {
    super(`${path === '' ? 'the answer' : path} is not ${expected}`);
  }
}

export const text: Shape<string> = (value, path) => {
  if (typeof value !== 'string') throw new ShapeError(path, 'a string');
  return value;
};

export const number: Shape<number> = (value, path) => {
  if (typeof value !== 'number') throw new ShapeError(path, 'a number');
  return value;
};

export const flag: Shape<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new ShapeError(path, 'true or false');
  return value;
};

/** One of a few strings. */
export const oneOf =
  <const T extends string>(...choices: readonly T[]): Shape<T> =>
  (value, path) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new ShapeError(path, `one of ${choices.join(', ')}`);
    return found;
  };

/** A value that may be null or missing; both become undefined. */
export const maybe =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value, path) =>
    value === null || value === undefined ? undefined : shape(value, path);

export const list =
  <T>(item: Shape<T>): Shape<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw new ShapeError(path, 'a list');
    return value.map((one: unknown, index) => item(one, `${path}[${index}]`));
  };

/** An object whose values all have one shape. */
export const dictionary =
  <T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> =>
  (value, path) =>
    Object.fromEntries(Object.entries(fieldsOf(value, path)).map(([key, one]) => [key, item(one, `${path}.${key}`)]));

/** An object with these members; others are left out. */
export const object =
  <T extends object>(members: { readonly [Key in keyof T]-?: Shape<T[Key]> }): Shape<T> =>
  (value, path) => {
    const fields = fieldsOf(value, path);
    const parsed: Partial<T> = {};
    for (const key in members) parsed[key] = members[key](fields[key], path === '' ? key : `${path}.${key}`);
    return complete(parsed);
  };

/** Every member has been parsed by the loop over `members`, which names them all. */
const complete = <T>(parsed: Partial<T>): T => parsed as T;

function fieldsOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ShapeError(path, 'an object');
  return Object.fromEntries(Object.entries(value));
}
