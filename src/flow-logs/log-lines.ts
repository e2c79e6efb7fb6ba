/** What a flow log has to write, whatever it is about. */
import type { Transaction } from '../model/transaction.ts';
import type { FlowReport } from '../tables/flow-report.ts';

/** A record as text, without its end. */
export interface LogLine {
  /** What the stream in a log group is named after. */
  readonly stream: string;
  readonly text: string;
}

/** The records of one flow log: those of intervals that are not over wait here. */
export interface LogLines {
  /** The first line of a file: the names of its fields. */
  readonly header: string;
  /** Begins to watch what is there. To be called as soon as the flow log is, so that its first interval begins then. */
  watch(tx: Transaction, nowMs: number): void;
  /** Takes what was seen since the last call, and gives what is due by now; `early`: also of intervals that are not over. */
  take(tx: Transaction, report: FlowReport, nowMs: number, early: boolean): readonly LogLine[];
}
