/** Members of the model as the API names them: the same words with a capital letter. */

/** The type with its members' names capitalised, all the way down. */
export type Capitalised<T> = T extends readonly (infer Item)[]
  ? Capitalised<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T as Key extends string ? Capitalize<Key> : Key]: Capitalised<T[Key]> }
    : T;

/** A copy with capitalised names; for plain data whose members are those of an API structure. */
export function capitalised<T>(value: T): Capitalised<T>;
export function capitalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => capitalised(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      capitalised(member),
    ]),
  );
}
