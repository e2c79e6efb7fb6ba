/**
 * Rows as JSON text, and back, without loss.
 *
 * JSON knows neither bigint (IPv6 addresses) nor `undefined` (a field that is there and empty, which
 * exactOptionalPropertyTypes tells from one that is not there). Both are written as an object with one key that begins
 * with "$"; any other key that begins with "$", such as a tag's, gets a second one.
 */
import type { Row } from '../model/kind.ts';

const BIGINT = '$bigint';
const UNDEFINED = '$undefined';

/** The row as text. @throws TypeError for what a row cannot hold (a Date, a Map, a function, NaN). */
export function rowText(row: Row): string {
  const parts: string[] = [];
  write(row, parts);
  return parts.join('');
}

/** The row of a text that `rowText` made. @throws SyntaxError, TypeError for another text. */
export function parseRowText(text: string): Row {
  const row = decode(JSON.parse(text));
  if (typeof row !== 'object' || row === null || !('id' in row) || typeof row.id !== 'string')
    throw new TypeError('not a row: it has no id');
  return { ...row, id: row.id };
}

/**
 * Written out by hand: JSON.stringify of a copy that has the marks took five times as long, and every row that changes
 * passes here on the controller's thread. Parts are joined at the end: texts that grow by `+=` are trees of their parts
 * in memory, and thousands of them, which wait for the disk together, kept the garbage collector busy for longer.
 */
function write(value: unknown, parts: string[]): void {
  switch (typeof value) {
    case 'string':
      parts.push(textOfString(value));
      break;
    case 'boolean':
      parts.push(value ? 'true' : 'false');
      break;
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`a row cannot hold ${value}`);
      parts.push(String(value));
      break;
    case 'bigint':
      parts.push(`{"${BIGINT}":"${value}"}`);
      break;
    case 'undefined':
      parts.push(`{"${UNDEFINED}":true}`);
      break;
    case 'object':
      if (value === null) parts.push('null');
      else if (Array.isArray(value)) writeList(value, parts);
      else writeObject(value, parts);
      break;
    default:
      throw new TypeError(`a row cannot hold a ${typeof value}`);
  }
}

function writeList(values: readonly unknown[], parts: string[]): void {
  let before = '[';
  for (const value of values) {
    parts.push(before);
    write(value, parts);
    before = ',';
  }
  parts.push(values.length === 0 ? '[]' : ']');
}

function writeObject(value: object, parts: string[]): void {
  if (!isPlain(value)) throw new TypeError(`a row cannot hold ${String(value)}`);
  let before = '{';
  for (const key of Object.keys(value)) {
    parts.push(before, textOfKey(key));
    write(value[key], parts);
    before = ',';
  }
  parts.push(before === '{' ? '{}' : '}');
}

/** No Date, Map or other instance of a class. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Texts of keys, which are the same few in all rows but for those of tags: to look them up takes 5 of a row's 12 µs off. */
const keyTexts = new Map<string, string>();
const MOST_KEY_TEXTS = 1000;

function textOfKey(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${textOfString(escapeKey(key))}:`;
  if (keyTexts.size < MOST_KEY_TEXTS) keyTexts.set(key, text);
  return text;
}

/** Ids, addresses and names have nothing to escape; to ask first takes a third of the time. */
const textOfString = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

const PLAIN = /^[ !#-[\]-~]*$/;

function decode(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first) {
    if (first[0] === BIGINT) return BigInt(String(first[1]));
    if (first[0] === UNDEFINED) return undefined;
  }
  return Object.fromEntries(entries.map(([key, part]) => [unescapeKey(key), decode(part)]));
}

const escapeKey = (key: string): string => (key.startsWith('$') ? `$${key}` : key);

function unescapeKey(key: string): string {
  if (!key.startsWith('$')) return key;
  if (!key.startsWith('$$')) throw new TypeError(`unknown mark ${key}`);
  return key.slice(1);
}
