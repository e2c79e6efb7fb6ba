/** The parts of a localvpc that runs, as its HTTP paths see them. */
import type { Logger } from 'pino';
import type { World } from '../model/world.ts';
import type { DataPlane } from '../tables/data-plane.ts';
import type { Engine } from './engine.ts';
import type { Metrics } from './metrics.ts';

/** A localvpc that runs. */
export interface Running {
  readonly version: string;
  readonly startedAtMs: number;
  readonly now: () => number;
  readonly log: Logger;
  readonly world: World;
  readonly engine: Engine;
  readonly dataPlane: DataPlane;
  /** Why the preferred guests do not work here, in a sentence. */
  readonly notice: string | undefined;
  readonly dataDirectory: string | undefined;
  readonly metrics: Metrics;
  /** Known once it listens. */
  endpoint(): string;
  /** Brings every account and Region back to its first state. */
  reset(): Promise<void>;
  /** Ends everything; resolves when it is over. */
  shutDown(): Promise<void>;
}
