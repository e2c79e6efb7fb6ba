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
export const rowText = (row: Row): string => textOf(row);

/** The row of a text that `rowText` made. @throws SyntaxError, TypeError for another text. */
export function parseRowText(text: string): Row {
  const row = decode(JSON.parse(text));
  if (typeof row !== 'object' || row === null || !('id' in row) || typeof row.id !== 'string')
    throw new TypeError('not a row: it has no id');
  return { ...row, id: row.id };
}

/**
 * Written out by hand: JSON.stringify of a copy that has the marks took three times as long, and every row that changes
 * passes here on the controller's thread.
 */
function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`a row cannot hold ${value}`);
      return String(value);
    case 'bigint':
      return `{"${BIGINT}":"${value}"}`;
    case 'undefined':
      return `{"${UNDEFINED}":true}`;
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? textOfList(value) : textOfObject(value);
    default:
      throw new TypeError(`a row cannot hold a ${typeof value}`);
  }
}

function textOfList(values: readonly unknown[]): string {
  let text = '';
  for (const value of values) text += text === '' ? textOf(value) : `,${textOf(value)}`;
  return `[${text}]`;
}

function textOfObject(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError(`a row cannot hold ${String(value)}`);
  let text = '';
  for (const [key, part] of Object.entries(value))
    text += `${text === '' ? '' : ','}${JSON.stringify(escapeKey(key))}:${textOf(part)}`;
  return `{${text}}`;
}

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
