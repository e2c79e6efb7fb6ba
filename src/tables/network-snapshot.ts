/**
 * A network as one text: its tables, and the names that people gave to what is in them. What `localvpc reach save` writes
 * and what questions about all packets are asked of; two of them can be compared, whenever and wherever they were taken.
 *
 * JSON knows no bigint, which IPv6 addresses are: one stands as an object with the key `$bigint`.
 */
import { TABLE_KINDS, type TableRow } from './tables.ts';

const FORMAT = 'localvpc-network';
/** Raised with every change of the tables that makes older snapshots mean something else. */
const VERSION = 1;

/** A network. */
export interface NetworkSnapshot {
  readonly rows: readonly TableRow[];
  /** Name tags by the id of an instance or interface. */
  readonly names: Readonly<Record<string, string>>;
}

/** A text is no snapshot; the message completes "FILE …". */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

/** The snapshot as text. */
export const snapshotText = ({ rows, names }: NetworkSnapshot): string =>
  JSON.stringify({ format: FORMAT, version: VERSION, names, rows }, (_, value: unknown) =>
    typeof value === 'bigint' ? { $bigint: value.toString() } : value,
  );

/** The snapshot of a text that `snapshotText` made. @throws SnapshotError */
export function parseSnapshot(text: string): NetworkSnapshot {
  const { format, version, names, rows } = parsed(text);
  if (format !== FORMAT) throw new SnapshotError('is not a network that localvpc has saved');
  if (version !== VERSION)
    throw new SnapshotError(`was saved by another version of localvpc (its format is ${version})`);
  if (!Array.isArray(rows) || !rows.every(isRow))
    throw new SnapshotError('holds rows that this localvpc does not know');
  return { rows, names: isNames(names) ? names : {} };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text, (_, part: unknown) => (isBigint(part) ? BigInt(part.$bigint) : part));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    throw new SnapshotError('is not JSON');
  }
}

const isBigint = (value: unknown): value is { readonly $bigint: string } =>
  typeof value === 'object' && value !== null && '$bigint' in value && typeof value.$bigint === 'string';

const KINDS: ReadonlySet<unknown> = new Set(TABLE_KINDS);

/** Rows come from localvpc itself; only what another version would write is told apart. */
const isRow = (value: unknown): value is TableRow =>
  typeof value === 'object' && value !== null && 'kind' in value && KINDS.has(value.kind) && 'id' in value;

const isNames = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && Object.values(value).every((name) => typeof name === 'string');
