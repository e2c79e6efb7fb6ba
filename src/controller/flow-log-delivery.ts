/**
 * Delivery of flow logs: takes flows from the data plane when a minute is over, and writes the records of the intervals
 * that ended to where each flow log wants them.
 *
 * What is not delivered yet is in memory: flows of an interval in which localvpc ends are lost, as AWS promises nothing
 * of them either.
 */

import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { awsServiceOf, interfaceOfFlow, watchedInterfaces } from '../flow-logs/logged-interfaces.ts';
import { groupFolder, objectFolder, objectPath, streamPath } from '../flow-logs/places.ts';
import { headerLine, type LogRecord, recordLine } from '../flow-logs/record.ts';
import { Windows } from '../flow-logs/windows.ts';
import { parseFlowLogFormat } from '../model/flow-log-fields.ts';
import { FlowLog } from '../model/resources/flow-log.ts';
import type { Scope } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';
import type { World } from '../model/world.ts';
import type { FlowLogId, NetworkInterfaceId } from '../net/identifiers.ts';
import type { DataPlane, FlowReport } from '../tables/data-plane.ts';
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
  readonly #windows = new Map<FlowLogId, Windows>();
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
    const ending = destination.type === 's3' ? `_${log.id}_` : `-${log.trafficType.toLowerCase()}`;
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
    for (const { log, scope } of standing) this.#windowsOf(log, scope);
    if (standing.length === 0 || (!early && now() < this.#dueMs)) return;
    const nowMs = now();
    const report = await dataPlane.takeFlows();
    this.#dueMs = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
    for (const { log, scope } of standing)
      await this.#write(log, scope, this.#recordsOf(log, scope, report, nowMs, early), nowMs);
  }

  #standing(): readonly Standing[] {
    const { world } = this.#parts;
    return world.scopes().flatMap((scope) => [...world.table(scope, FlowLog).values()].map((log) => ({ scope, log })));
  }

  #forgetOthers(standing: readonly Standing[]): void {
    const ids = new Set(standing.map(({ log }) => log.id));
    for (const id of this.#windows.keys()) if (!ids.has(id)) this.#windows.delete(id);
  }

  /** Made as soon as the flow log is seen, so that its first interval is the one in which it was made. */
  #windowsOf(log: FlowLog, scope: Scope): Windows {
    const known = this.#windows.get(log.id);
    if (known) return known;
    const made = new Windows(log, (address) => this.#ask(scope, (tx) => awsServiceOf(tx, address)));
    made.watch(
      this.#ask(scope, (tx) => watchedInterfaces(tx, log)),
      this.#parts.now(),
    );
    this.#windows.set(log.id, made);
    return made;
  }

  #recordsOf(log: FlowLog, scope: Scope, report: FlowReport, nowMs: number, early: boolean): readonly LogRecord[] {
    const windows = this.#windowsOf(log, scope);
    return this.#ask(scope, (tx) => {
      const present = watchedInterfaces(tx, log);
      windows.add(report, (flow) => interfaceOfFlow(tx, log, flow));
      windows.watch(present, nowMs);
      const over = windows.close(nowMs, new Set(present.map(({ interfaceId }) => interfaceId)));
      return early ? [...over, ...windows.closeEarly()] : over;
    });
  }

  async #write(log: FlowLog, scope: Scope, records: readonly LogRecord[], nowMs: number): Promise<void> {
    if (records.length === 0) return;
    const { store } = this.#parts;
    const fields = parseFlowLogFormat(log.logFormat) ?? [];
    const lines = records.map((record) => ({ id: record.of.interfaceId, text: recordLine(fields, record) }));
    const { destination } = log;
    if (destination.type === 's3') {
      const text = [headerLine(fields), ...lines.map((line) => line.text), ''].join('\n');
      await store.put(objectPath(log, scope, nowMs, this.#newHash(nowMs)), await compress(text));
    } else {
      for (const [id, ofInterface] of byInterface(lines))
        await store.append(streamPath(destination.logGroupName, id, log), Buffer.from(`${ofInterface.join('\n')}\n`));
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

function byInterface(
  lines: readonly { readonly id: NetworkInterfaceId; readonly text: string }[],
): ReadonlyMap<NetworkInterfaceId, readonly string[]> {
  const grouped = new Map<NetworkInterfaceId, string[]>();
  for (const { id, text } of lines) grouped.set(id, [...(grouped.get(id) ?? []), text]);
  return grouped;
}
