/** What the store must know of a kind of resource: its id's prefix, its faults and the questions asked of it often. */
import type { Id } from '../net/identifiers.ts';
import type { IdFaultCode } from './fault.ts';

/** Tags of a resource: key to value. */
export type Tags = Readonly<Record<string, string>>;

/** What every row has: its id. Rows are readonly; a change is a new row. */
export interface Row {
  readonly id: string;
}

/** A row that CreateTags and TagSpecification can tag. */
export interface TaggedRow extends Row {
  readonly tags: Tags;
}

/** Answers "which rows have this key?" without a scan: one key, several, or none for a row. */
export type IndexKey<R extends Row> = (row: R) => string | readonly string[] | undefined;

/** A kind of resource. `indexes` names the questions that `Transaction.by` answers from an index. */
export interface Kind<R extends Row, Indexes extends string = string> {
  /** Name of the kind in the journal and, where EC2 has one, its resource type in tags ("network-interface"). */
  readonly name: string;
  /** Prefix of generated ids; undefined where the id is not generated (a key pair's name, a public address). */
  readonly prefix: string | undefined;
  /** Fault of an unknown id. */
  readonly notFound: IdFaultCode | undefined;
  /** Fault of a text that has not the form of such an id. */
  readonly malformed: IdFaultCode | undefined;
  /** True for kinds that can carry tags. */
  readonly taggable: boolean;
  readonly indexes: Readonly<Record<Indexes, IndexKey<R>>>;
  /** Only for the compiler: ties the kind to its row. */
  readonly row?: R;
}

const kinds = new Map<string, Kind<Row>>();

/**
 * Declares a kind. Called once per kind at module load: `export const Subnet = kind<Subnet>()({ name: 'subnet', … })`.
 * @throws Error when a name is declared twice.
 */
export const kind =
  <R extends Row>() =>
  <Indexes extends string>(spec: {
    readonly name: string;
    readonly prefix?: R['id'] extends Id<infer Prefix> ? Prefix : undefined;
    readonly notFound?: IdFaultCode;
    readonly malformed?: IdFaultCode;
    readonly indexes?: Readonly<Record<Indexes, IndexKey<R>>>;
  }): Kind<R, Indexes> => {
    if (kinds.has(spec.name)) throw new Error(`kind declared twice: ${spec.name}`);
    const declared: Kind<R, Indexes> = {
      name: spec.name,
      prefix: spec.prefix,
      notFound: spec.notFound,
      malformed: spec.malformed,
      taggable: spec.prefix !== undefined,
      indexes: spec.indexes ?? ({} as Record<Indexes, IndexKey<R>>),
    };
    kinds.set(spec.name, declared as unknown as Kind<Row>);
    return declared;
  };

/** Every declared kind. */
export const allKinds = (): readonly Kind<Row>[] => [...kinds.values()];

/** The kind of this name, undefined where none was declared. */
export const kindNamed = (name: string): Kind<Row> | undefined => kinds.get(name);
