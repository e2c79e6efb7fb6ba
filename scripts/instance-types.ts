/**
 * Reduces a dump of DescribeInstanceTypes to the table that the project ships:
 *
 *     npx tsx scripts/instance-types.ts instance-types.json.gz
 *
 * The dump is a JSON object of instance types by name, gzipped. The table is a graph whose equal parts stand once: see
 * `src/model/instance-type-table.ts`, which reads it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const isParent = (value: Json): value is readonly Json[] | { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null;

/** Gives each distinct part of a JSON value one number. */
class Graph {
  readonly shapes: string[][] = [];
  readonly nodes: (readonly (string | number | boolean | null)[])[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #shapeNumbers = new Map<string, number>();

  /** The number of the node that stands for this object or list. */
  add(value: readonly Json[] | { readonly [key: string]: Json }): number {
    const node = Array.isArray(value) ? this.#list(value) : this.#record(value);
    const key = JSON.stringify(node);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.nodes.length);
    return this.nodes.push(node) - 1;
  }

  #list(items: readonly Json[]): readonly (string | number | boolean | null)[] {
    const parents = items.some(isParent);
    return [parents ? -2 : -1, ...items.map((item) => this.#field(item))];
  }

  #record(value: object): readonly (string | number | boolean | null)[] {
    const entries = Object.entries(value) as [string, Json][];
    const shape = entries.map(([key, field]) => (isParent(field) ? `*${key}` : key));
    return [this.#shape(shape), ...entries.map(([, field]) => this.#field(field))];
  }

  #field(value: Json): string | number | boolean | null {
    return isParent(value) ? this.add(value) : value;
  }

  #shape(keys: string[]): number {
    const key = keys.join();
    const known = this.#shapeNumbers.get(key);
    if (known !== undefined) return known;
    this.#shapeNumbers.set(key, this.shapes.length);
    return this.shapes.push(keys) - 1;
  }
}

const path = process.argv[2];
if (!path) throw new Error('usage: npx tsx scripts/instance-types.ts FILE.json.gz');
const dump = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as Record<string, Record<string, Json>>;
const graph = new Graph();
const types = Object.entries(dump).map(([name, info]): [string, number] => {
  const kept = Object.fromEntries(Object.entries(info).filter(([key]) => key !== 'InstanceType'));
  return [name, graph.add(kept)];
});
const table = JSON.stringify({ shapes: graph.shapes, nodes: graph.nodes, types: Object.fromEntries(types) });
const quoted = table.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
writeFileSync(
  new URL('../src/model/data/instance-types.ts', import.meta.url),
  `/** Instance types as DescribeInstanceTypes shows them. Written by scripts/instance-types.ts; read by instance-type-table.ts. */
export const INSTANCE_TYPE_TABLE =
  '${quoted}';
`,
);
console.log(
  `${types.length} types, ${graph.nodes.length} nodes, ${graph.shapes.length} shapes, ${table.length} characters`,
);
