/** Filters: the one mechanism by which every Describe call narrows its rows. */
import { Fault } from '../model/fault.ts';
import type { Row } from '../model/kind.ts';
import { isTagged, type Transaction } from '../model/transaction.ts';
import { compilePattern, type Pattern } from './wildcard.ts';

/** What a filter compares: nothing, one value, or several of which one must match. Times compare as the API prints them. */
export type FilterValue = string | number | boolean | Date | undefined;

/** The filters that a Describe call knows besides `tag:KEY` and `tag-key`: each reads its values from a row. */
export type FilterTable<R> = Readonly<
  Record<string, (row: R, tx: Transaction) => FilterValue | readonly FilterValue[]>
>;

/** A filter as the request has it. */
export interface FilterRequest {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

/** Amazon EC2 User Guide, "Filter your resources". */
const MAX_FILTERS = 50;
const MAX_VALUES = 200;
const MAX_VALUE_CHARACTERS = 255;

type ReadValues<R> = (row: R, tx: Transaction) => FilterValue | readonly FilterValue[];

/**
 * Makes one predicate of a request's filters: values of a filter are alternatives, filters must all hold.
 * Rows with `tags` also answer `tag:KEY` and `tag-key`.
 * @throws Fault InvalidParameterValue for a filter that the table does not know, FilterLimitExceeded for too many.
 */
export function compileFilters<R extends Row>(
  filters: readonly FilterRequest[] | undefined,
  table: FilterTable<R>,
): (row: R, tx: Transaction) => boolean {
  if (!filters || filters.length === 0) return () => true;
  if (filters.length > MAX_FILTERS) throw tooMany(`The maximum number of filters is ${MAX_FILTERS}.`);
  const predicates = filters.map((filter) => compileFilter(filter, table));
  return (row, tx) => predicates.every((holds) => holds(row, tx));
}

function compileFilter<R extends Row>(
  { Name: name = 'null', Values: values }: FilterRequest,
  table: FilterTable<R>,
): (row: R, tx: Transaction) => boolean {
  const read = readerOf(name, table);
  // That a filter without values is refused is unconfirmed, and so is the sentence.
  if (!values) throw new Fault('MissingParameter', { parameter: `Filter.Value of the filter '${name}'` });
  if (values.length > MAX_VALUES) throw tooMany(`The maximum number of values of one filter is ${MAX_VALUES}.`);
  const patterns = values.map(compileValue);
  return (row, tx) => matchesAny(read(row, tx), patterns);
}

function readerOf<R extends Row>(name: string, table: FilterTable<R>): ReadValues<R> {
  const read = Object.hasOwn(table, name) ? table[name] : undefined;
  if (read) return read;
  if (name === 'tag-key') return (row) => (isTagged(row) ? Object.keys(row.tags) : undefined);
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return (row) => (isTagged(row) && Object.hasOwn(row.tags, key) ? row.tags[key] : undefined);
  }
  throw new Fault('InvalidParameterValue', `The filter '${name}' is invalid`);
}

function compileValue(value: string): Pattern {
  if (value.length > MAX_VALUE_CHARACTERS) {
    throw tooMany(`The maximum length of a filter value is ${MAX_VALUE_CHARACTERS} characters.`);
  }
  return compilePattern(value);
}

function matchesAny(values: FilterValue | readonly FilterValue[], patterns: readonly Pattern[]): boolean {
  if (!isList(values)) return values !== undefined && matchesOne(textOf(values), patterns);
  return values.some((value) => value !== undefined && matchesOne(textOf(value), patterns));
}

const isList = (values: FilterValue | readonly FilterValue[]): values is readonly FilterValue[] =>
  Array.isArray(values);

const matchesOne = (text: string, patterns: readonly Pattern[]): boolean => patterns.some((matches) => matches(text));

const textOf = (value: string | number | boolean | Date): string =>
  value instanceof Date ? value.toISOString() : String(value);

/** The sentences are unconfirmed. */
const tooMany = (sentence: string): Fault => new Fault('FilterLimitExceeded', sentence);
