/** Flow logs of transit gateways and attachments: a stream for each gateway, and two records of a flow that gets through. */
import { parseTransitFlowLogFormat, type TransitFlowLogField } from '../model/flow-log-fields.ts';
import type { FlowLog, LoggedAttachments } from '../model/resources/flow-log.ts';
import type { Transaction } from '../model/transaction.ts';
import type { TransitGatewayAttachmentId } from '../net/identifiers.ts';
import type { FlowReport, TransitFlowRecord } from '../tables/flow-report.ts';
import type { LogLine, LogLines } from './log-lines.ts';
import { placesOfFlow, watchedAttachments } from './logged-attachments.ts';
import { type AttachmentFlow, type LoggedAttachment, transitRecordLine } from './transit-record.ts';
import { type WatchedKind, Windows } from './windows.ts';

const attachmentOf = ({ direction, entered, left }: AttachmentFlow): TransitGatewayAttachmentId =>
  direction === 'egress' ? (left ?? entered) : entered;

const attachmentsOf = (log: FlowLog): WatchedKind<LoggedAttachment, AttachmentFlow> => ({
  idOf: ({ attachmentId }) => attachmentId,
  seenBy: attachmentOf,
  intervalMsOf: () => log.maxAggregationIntervalSeconds * 1000,
  isWanted: () => true,
  keyOf: (flow) =>
    [
      flow.direction,
      flow.lost,
      flow.entered,
      flow.left,
      flow.entry,
      flow.exit,
      flow.protocol,
      flow.source,
      flow.destination,
      flow.sourcePort,
      flow.destinationPort,
    ].join(' '),
});

/** The lines of one such flow log. */
export class TransitLines implements LogLines {
  readonly #resource: LoggedAttachments;
  readonly #fields: readonly TransitFlowLogField[];
  readonly #windows: Windows<LoggedAttachment, AttachmentFlow>;

  constructor(log: FlowLog, resource: LoggedAttachments) {
    this.#resource = resource;
    this.#fields = parseTransitFlowLogFormat(log.logFormat) ?? [];
    this.#windows = new Windows(attachmentsOf(log), log.createdAtMs);
  }

  get header(): string {
    return this.#fields.join(' ');
  }

  watch(tx: Transaction, nowMs: number): void {
    this.#windows.watch(watchedAttachments(tx, this.#resource), nowMs);
  }

  take(tx: Transaction, { transits, skipped }: FlowReport, nowMs: number, early: boolean): readonly LogLine[] {
    const present = watchedAttachments(tx, this.#resource);
    const flows = transits.flatMap(atAttachments);
    const describe = (flow: AttachmentFlow) => this.#describe(tx, flow);
    const due = this.#windows.take({ present, flows, skipped, describe }, nowMs, early);
    return due.map((record) => ({
      stream: record.of.transitGatewayId,
      text: transitRecordLine(this.#fields, record, (flow) => placesOfFlow(tx, flow)),
    }));
  }

  /** An attachment that saw a flow and may be gone by now; undefined where the flow log is not about it. */
  #describe(tx: Transaction, flow: AttachmentFlow): LoggedAttachment | undefined {
    const attachmentId = attachmentOf(flow);
    const { transitGatewayId } = flow;
    if (![attachmentId, transitGatewayId].some((id) => id === this.#resource.id)) return undefined;
    return { attachmentId, transitGatewayId, accountId: tx.account, region: tx.region };
  }
}

/** What was lost came in and did not leave. */
function atAttachments(flow: TransitFlowRecord): readonly AttachmentFlow[] {
  const ingress: AttachmentFlow = { ...flow, direction: 'ingress' };
  return flow.lost === undefined && flow.left !== undefined ? [ingress, { ...flow, direction: 'egress' }] : [ingress];
}
