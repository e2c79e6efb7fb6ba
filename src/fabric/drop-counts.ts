/** How many frames were dropped, by reason: in all, and at which interface. Only dropped frames cost something here. */
import type { Drop } from '../pipeline/verdict.ts';

type Counts = Map<Drop, number>;

/** The counters of one fabric, since it started. */
export class DropCounts {
  private readonly all: Counts = new Map();
  private readonly byInterface = new Map<string, Counts>();

  /** `at`: the interface that the frame came from or to where it was dropped; undefined for the edges. */
  count(drop: Drop, at: string | undefined): void {
    add(this.all, drop);
    if (at === undefined) return;
    const counts = this.byInterface.get(at) ?? new Map<Drop, number>();
    if (counts.size === 0) this.byInterface.set(at, counts);
    add(counts, drop);
  }

  /** The interface is gone. */
  forget(interfaceId: string): void {
    this.byInterface.delete(interfaceId);
  }

  /** Frames that were dropped at an interface for one of these reasons (`stage/reason`). */
  at(interfaceId: string, ids: readonly string[]): number {
    let sum = 0;
    for (const [drop, frames] of this.byInterface.get(interfaceId) ?? []) if (ids.includes(drop.id)) sum += frames;
    return sum;
  }

  /** `stage/reason` → frames. */
  totals(): Readonly<Record<string, number>> {
    return byId(this.all);
  }

  /** The same for each interface that has dropped any. */
  ofInterfaces(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.byInterface].map(([id, counts]) => [id, byId(counts)]));
  }
}

const add = (counts: Counts, drop: Drop): void => void counts.set(drop, (counts.get(drop) ?? 0) + 1);

const byId = (counts: Counts): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].map(([drop, frames]) => [drop.id, frames]));
