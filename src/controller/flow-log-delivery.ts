/**
 * Delivery of flow logs: takes flows from the data plane when a minute is over, and writes the records of the intervals
 * that ended to where each flow log wants them.
 *
 * What is not delivered yet is in memory: flows of an interval in which localvpc ends are lost, as AWS promises nothing
 * of them either.
 */

import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { InterfaceLines } from '../flow-logs/interface-lines.ts';
import type { LogLine, LogLines } from '../flow-logs/log-lines.ts';
import { groupFolder, objectFolder, objectPath, streamEnding, streamPath } from '../flow-logs/places.ts';
import { TransitLines } from '../flow-logs/transit-lines.ts';
import { isOfTransit } from '../model/flow-log-lifecycle.ts';
import { FlowLog } from '../model/resources/flow-log.ts';
import type { Scope } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';
import type { World } from '../model/world.ts';
import type { FlowLogId } from '../net/identifiers.ts';
import type { DataPlane } from '../tables/data-plane.ts';
import type { FlowLogStore } from './flow-log-store.ts';

const MINUTE_MS = 60_000;
const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** What a delivery is made of. */
export interface FlowLogDeliveryParts {
  readonly world: World;
  readonly dataPlane: Pick<DataPlane, 'takeFlows'>;
  readonly store: FlowLogStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Is told lines of one flow log as they are delivered. */
export type LineListener = (lines: readonly string[]) => void;

interface Standing {
  readonly scope: Scope;
  readonly log: FlowLog;
}

/** Writes the records of all flow logs of a world. */
export class FlowLogDelivery {
  readonly #parts: FlowLogDeliveryParts;
  readonly #waiting = new Map<FlowLogId, LogLines>();
  readonly #listeners = new Map<FlowLogId, Set<LineListener>>();
  #dueMs = 0;
  #lastObjectMs = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: FlowLogDeliveryParts) {
    this.#parts = parts;
  }

  /**
   * Delivers what is due. To be called every second or so, and when the clock has been moved.
   * `early`: also what intervals hold that are not over.
   */
  async deliver({ early = false }: { readonly early?: boolean } = {}): Promise<void> {
    const after = this.#running.then(() => this.#deliver(early));
    this.#running = after.catch(() => undefined);
    await after;
  }

  /** The lines that were delivered so far, file by file. */
  async *read(log: FlowLog, scope: Scope): AsyncGenerator<string> {
    const { store } = this.#parts;
    const { destination } = log;
    const folder = destination.type === 's3' ? objectFolder(log, scope) : groupFolder(destination.logGroupName);
    const ending = destination.type === 's3' ? `_${log.id}_` : streamEnding(log);
    for (const path of await store.list(folder)) {
      if (!path.includes(ending)) continue;
      const bytes = await store.read(path);
      yield Buffer.from(path.endsWith('.gz') ? await decompress(bytes) : bytes).toString();
    }
  }

  /** Calls `listener` with every line of a flow log until the returned function is called. */
  listen(id: FlowLogId, listener: LineListener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  async #deliver(early: boolean): Promise<void> {
    const { dataPlane, now } = this.#parts;
    const standing = this.#standing();
    this.#forgetOthers(standing);
    for (const { log, scope } of standing) this.#linesOf(log, scope);
    if (standing.length === 0 || (!early && now() < this.#dueMs)) return;
    const nowMs = now();
    const report = await dataPlane.takeFlows();
    this.#dueMs = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
    for (const { log, scope } of standing) {
      const lines = this.#linesOf(log, scope);
      const due = this.#ask(scope, (tx) => lines.take(tx, report, nowMs, early));
      await this.#write(log, scope, lines.header, due, nowMs);
    }
  }

  #standing(): readonly Standing[] {
    const { world } = this.#parts;
    return world.scopes().flatMap((scope) => [...world.table(scope, FlowLog).values()].map((log) => ({ scope, log })));
  }

  #forgetOthers(standing: readonly Standing[]): void {
    const ids = new Set(standing.map(({ log }) => log.id));
    for (const id of this.#waiting.keys()) if (!ids.has(id)) this.#waiting.delete(id);
  }

  /** Made as soon as the flow log is seen, so that its first interval is the one in which it was made. */
  #linesOf(log: FlowLog, scope: Scope): LogLines {
    const known = this.#waiting.get(log.id);
    if (known) return known;
    const { resource } = log;
    const made = isOfTransit(resource) ? new TransitLines(log, resource) : new InterfaceLines(log, resource);
    this.#ask(scope, (tx) => made.watch(tx, this.#parts.now()));
    this.#waiting.set(log.id, made);
    return made;
  }

  async #write(log: FlowLog, scope: Scope, header: string, lines: readonly LogLine[], nowMs: number): Promise<void> {
    if (lines.length === 0) return;
    const { store } = this.#parts;
    const { destination } = log;
    if (destination.type === 's3') {
      const text = [header, ...lines.map((line) => line.text), ''].join('\n');
      await store.put(objectPath(log, scope, nowMs, this.#newHash(nowMs)), await compress(text));
    } else {
      for (const [stream, texts] of byStream(lines))
        await store.append(streamPath(destination.logGroupName, stream, log), Buffer.from(`${texts.join('\n')}\n`));
    }
    for (const listener of this.#listeners.get(log.id) ?? []) listener(lines.map((line) => line.text));
  }

  /** Eight hexadecimal digits, no two alike. AWS's are random; these grow, so that names in order are objects in order. */
  #newHash(nowMs: number): string {
    this.#lastObjectMs = Math.max(this.#lastObjectMs + 1, Math.floor(nowMs));
    return (this.#lastObjectMs % 2 ** 32).toString(16).padStart(8, '0');
  }

  #ask<Result>(scope: Scope, question: (tx: Transaction) => Result): Result {
    const { world, now } = this.#parts;
    return world.transact(scope, now(), question).result;
  }
}

function byStream(lines: readonly LogLine[]): ReadonlyMap<string, readonly string[]> {
  const grouped = new Map<string, string[]>();
  for (const { stream, text } of lines) grouped.set(stream, [...(grouped.get(stream) ?? []), text]);
  return grouped;
}
