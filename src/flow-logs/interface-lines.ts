/** Flow logs of VPCs, subnets and interfaces: a stream for each interface. */
import { type FlowLogField, parseFlowLogFormat } from '../model/flow-log-fields.ts';
import type { FlowLog, LoggedInterfaces } from '../model/resources/flow-log.ts';
import type { Transaction } from '../model/transaction.ts';
import type { FlowRecord, FlowReport } from '../tables/flow-report.ts';
import type { LogLine, LogLines } from './log-lines.ts';
import { awsServiceOf, interfaceOfFlow, watchedInterfaces } from './logged-interfaces.ts';
import { type LoggedInterface, recordLine } from './record.ts';
import { type WatchedKind, Windows } from './windows.ts';

const MINUTE_MS = 60_000;

/** Interfaces, as a flow log with these settings watches them. */
export const interfacesOf = (
  log: Pick<FlowLog, 'trafficType' | 'maxAggregationIntervalSeconds'>,
): WatchedKind<LoggedInterface, FlowRecord> => ({
  idOf: ({ interfaceId }) => interfaceId,
  seenBy: ({ interfaceId }) => interfaceId,
  intervalMsOf: ({ isNitro }) => (isNitro ? MINUTE_MS : log.maxAggregationIntervalSeconds * 1000),
  isWanted: ({ action }) => log.trafficType === 'ALL' || action === log.trafficType,
  keyOf: (flow) =>
    [
      flow.direction,
      flow.action,
      flow.protocol,
      flow.source,
      flow.destination,
      flow.sourcePort,
      flow.destinationPort,
      flow.interfaceAddress,
      flow.by,
    ].join(' '),
});

/** The lines of one such flow log. */
export class InterfaceLines implements LogLines {
  readonly #resource: LoggedInterfaces;
  readonly #fields: readonly FlowLogField[];
  readonly #windows: Windows<LoggedInterface, FlowRecord>;

  constructor(log: FlowLog, resource: LoggedInterfaces) {
    this.#resource = resource;
    this.#fields = parseFlowLogFormat(log.logFormat) ?? [];
    this.#windows = new Windows(interfacesOf(log), log.createdAtMs);
  }

  get header(): string {
    return this.#fields.join(' ');
  }

  watch(tx: Transaction, nowMs: number): void {
    this.#windows.watch(watchedInterfaces(tx, this.#resource), nowMs);
  }

  take(tx: Transaction, { records: flows, skipped }: FlowReport, nowMs: number, early: boolean): readonly LogLine[] {
    const present = watchedInterfaces(tx, this.#resource);
    const describe = (flow: FlowRecord) => interfaceOfFlow(tx, this.#resource, flow);
    const due = this.#windows.take({ present, flows, skipped, describe }, nowMs, early);
    return due.map((record) => ({
      stream: record.of.interfaceId,
      text: recordLine(this.#fields, record, (address) => awsServiceOf(tx, address)),
    }));
  }
}
