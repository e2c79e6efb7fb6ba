/** The network of a test's world as its tables are now. */
import { Compiler } from '../compile/compiler.ts';
import { NetworkCopy } from '../insights/network-copy.ts';
import type { World } from '../model/world.ts';
import { addressOf } from './rows.ts';

/** The outside world's address in tests of questions (RFC 5737). */
export const OUTSIDE_WORLD = '203.0.113.1';
export const outsideWorld = addressOf(OUTSIDE_WORLD);

/** Compiled anew: a test account has no engine that would keep it up to date. */
export function copyOf(world: World, nowMs: number): NetworkCopy {
  const compiler = new Compiler(() => nowMs);
  compiler.compileAll(world);
  return new NetworkCopy(compiler);
}
