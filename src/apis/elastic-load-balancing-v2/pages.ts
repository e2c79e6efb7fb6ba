/** Pages of lists: Marker and PageSize in, NextMarker out. */
import { Fault } from '../../model/fault.ts';

/** What a request for a page carries. */
interface PageRequest {
  readonly Marker?: string | undefined;
  readonly PageSize?: number | undefined;
}

const MAX_PAGE_SIZE = 400;

/**
 * The page that is asked for; a marker is the ARN that comes next.
 * @throws Fault ValidationError for a size out of range and for a marker of nothing (unconfirmed)
 */
export function pageOf<R extends { readonly id: string }>(
  rows: readonly R[],
  { Marker: marker, PageSize: size = MAX_PAGE_SIZE }: PageRequest,
): { readonly rows: readonly R[]; readonly NextMarker?: string } {
  if (size < 1 || size > MAX_PAGE_SIZE) {
    throw new Fault('ValidationError', `The page size must be between 1 and ${MAX_PAGE_SIZE}`);
  }
  const start = marker === undefined ? 0 : rows.findIndex(({ id }) => id === marker);
  if (start < 0) throw new Fault('ValidationError', `The marker '${marker}' is not valid`);
  const next = rows[start + size];
  return { rows: rows.slice(start, start + size), ...(next && { NextMarker: next.id }) };
}
