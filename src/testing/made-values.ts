/** Values for the shapes of operations, made at random: what codecs are tested with. */
import type { Shape, StructureShape } from '../ec2/schema.ts';

/** A value of a shape. */
export type Value =
  | string
  | number
  | boolean
  | Date
  | Uint8Array
  | readonly Value[]
  | { readonly [name: string]: Value };

/** Numbers that follow from a seed (mulberry32). */
export function seeded(seed: number): (bound: number) => number {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const TEXTS = [
  'a',
  '10.0.0.0/16',
  'x y+z&=%',
  '<b>&"\'</b>',
  'ü→🦊',
  'null',
  '__proto__',
  'a\nb',
  'constructor',
  '0',
  '{x}',
];

/** How values are made. */
export interface Maker {
  readonly random: (bound: number) => number;
  /** The wire has no form for empty lists and structures in requests. */
  readonly empties: boolean;
  /** The shortest list. */
  readonly shortest: number;
}

function make(shape: Shape, maker: Maker, depth: number, fractions = false): Value {
  const { random, shortest } = maker;
  switch (shape.kind) {
    case 'structure':
      return makeStructure(shape, maker, depth);
    case 'list':
      return Array.from({ length: shortest + random(3) }, () => make(shape.item(), maker, depth + 1));
    case 'map':
      return Object.fromEntries(
        Array.from({ length: shortest + random(3) }, (_, at) => [`key ${at}`, make(shape.value(), maker, depth + 1)]),
      );
    case 'string':
      return TEXTS[random(TEXTS.length)] ?? '';
    case 'number':
      return fractions ? random(1000) / 8 : random(2 ** 31) - 2 ** 30;
    case 'boolean':
      return random(2) === 1;
    case 'timestamp':
      return new Date(random(4_000_000) * 1_000_003);
    case 'blob':
      return Uint8Array.from({ length: 1 + random(5) }, () => random(256));
  }
}

function makeStructure(shape: StructureShape, maker: Maker, depth: number): Value {
  const { random, empties } = maker;
  const chosen = shape.members.filter(
    (member) => member.required || member.idempotencyToken || random(3 + depth * 2) === 0,
  );
  const sole = shape.members[random(Math.max(1, shape.members.length))];
  if (chosen.length === 0 && sole && !empties && depth > 0) chosen.push(sole);
  return Object.fromEntries(
    chosen.map((member) => [member.name, make(member.shape(), maker, depth + 1, member.takesFractions)]),
  );
}

/** A value of this shape. */
export const makeValue = (shape: Shape, maker: Maker): Value => make(shape, maker, 0);
