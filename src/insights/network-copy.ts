/**
 * A copy of the network in force, for questions: what a packet would meet now, and what it would meet if something were
 * changed.
 *
 * It is made of the same tables and runs the same pipeline as the fabric, and knows no connections: every packet is the
 * first of its flow. It is made when somebody asks for the first time, and follows from then on.
 */
import type { Compiler } from '../compile/compiler.ts';
import type { Transaction } from '../model/transaction.ts';
import type { ConnectionLimits } from '../pipeline/connection-table.ts';
import { explain } from '../pipeline/explain.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import type { TranslationLimits } from '../pipeline/translation-table.ts';
import type { Explanation, TraceRequest } from '../tables/data-plane.ts';
import type { SecurityGroupRuleRow, TableRow, TableUpdate } from '../tables/tables.ts';

/** Nothing is ever tracked here; what an explanation takes for granted has tables of its own. */
const NO_CONNECTIONS: ConnectionLimits = { total: 16, perInstance: 16 };
const NO_TRANSLATIONS: TranslationLimits = { total: 16, perDestination: 16 };
/** Every interface of an instance counts as plugged in: a guest that is starting will be there soon. */
const PLUGGED_PORT = 0;

/** The tables of one world, in a pipeline that forwards nothing. */
export class NetworkCopy {
  readonly #compiler: Pick<Compiler, 'rows' | 'preview'>;
  #pipeline: Pipeline | undefined;

  constructor(compiler: Pick<Compiler, 'rows' | 'preview'>) {
    this.#compiler = compiler;
  }

  /** To be told what the fabric is told. */
  follow(updates: readonly TableUpdate[]): void {
    if (this.#pipeline) applyTo(this.#pipeline, updates);
  }

  /** The rows that the tables are made of. */
  rows(): readonly TableRow[] {
    return this.#compiler.rows().flatMap((update) => (update.change === 'put' ? [update.row] : []));
  }

  /** What would happen to this packet, after `assumed` (whose answer it may be) had passed. `nowMs`: since the epoch. */
  explain(request: TraceRequest, assumed: TraceRequest | undefined, nowMs: number): Explanation {
    return explain(this.#current(), request, assumed, nowMs);
  }

  /** Runs `ask` while the tables are as they would be if the transaction were committed now. */
  asIfCommitted<Answer>(tx: Transaction, ask: () => Answer): Answer {
    const pipeline = this.#current();
    const { updates, undo } = this.#compiler.preview(tx);
    try {
      applyTo(pipeline, updates);
      return ask();
    } finally {
      applyTo(pipeline, undo);
    }
  }

  /** Runs `ask` while rules of security groups are what this makes of them; undefined leaves a rule out. */
  withRules<Answer>(
    changed: (rule: SecurityGroupRuleRow) => SecurityGroupRuleRow | undefined,
    ask: () => Answer,
  ): Answer {
    const pipeline = this.#current();
    const updates: TableUpdate[] = [];
    const undo: TableUpdate[] = [];
    const all = (rules: readonly SecurityGroupRuleRow[]) => rules.flatMap((rule) => changed(rule) ?? []);
    for (const update of this.#compiler.rows()) {
      if (update.change === 'remove' || update.row.kind !== 'security-group') continue;
      const { row } = update;
      if ([...row.ingress, ...row.egress].every((rule) => changed(rule) === rule)) continue;
      updates.push({ change: 'put', row: { ...row, ingress: all(row.ingress), egress: all(row.egress) } });
      undo.push(update);
    }
    try {
      applyTo(pipeline, updates);
      return ask();
    } finally {
      applyTo(pipeline, undo);
    }
  }

  #current(): Pipeline {
    if (!this.#pipeline) {
      this.#pipeline = new Pipeline(NO_CONNECTIONS, NO_TRANSLATIONS);
      applyTo(this.#pipeline, this.#compiler.rows());
    }
    return this.#pipeline;
  }
}

function applyTo(pipeline: Pipeline, updates: readonly TableUpdate[]): void {
  pipeline.apply(updates);
  for (const update of updates) {
    if (update.change === 'remove' || update.row.kind !== 'interface') continue;
    const holder = pipeline.network.interfaceById(update.row.id);
    if (holder) holder.port = PLUGGED_PORT;
  }
}
