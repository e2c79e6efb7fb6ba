/** Pages of lists, in the order of names: so the last name of a page says where the next one begins. AWS's order is unconfirmed. */
import { Fault } from '../../model/fault.ts';

/** By the API reference: as many as are asked for, 400 unless said otherwise. */
const MAX_PAGE_SIZE = 400;

export interface PageRequest {
  readonly Marker?: string | undefined;
  readonly PageSize?: number | undefined;
}

/** The rows of a page, and what asks for the next one. @throws Fault ValidationError */
export function pageOf<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  { Marker: marker = '', PageSize: size = MAX_PAGE_SIZE }: PageRequest,
): { readonly rows: readonly Row[]; readonly nextMarker: string | undefined } {
  if (size < 1 || size > MAX_PAGE_SIZE) {
    throw new Fault('ValidationError', `PageSize must be between 1 and ${MAX_PAGE_SIZE}`);
  }
  const rest = rows.filter((row) => nameOf(row) > marker).sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return { rows: page, nextMarker: last !== undefined && rest.length > size ? nameOf(last) : undefined };
}
