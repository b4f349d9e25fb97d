// The transaction model: what was open on each connection when a statement ran, from the protocol's own status byte where
// the driver shows it and from the texts where it does not.

import type { Anatomy } from '../sql/text.js';
import { LOT } from './slices.js';
import type { Savepoint, Statement, Transaction } from './types.js';

/** What the model reads of a statement besides the statement itself. */
export interface Step {
  statement: Statement;
  anatomy: Anatomy;
  statusBefore: 'I' | 'T' | 'E' | null;
  /** For the parts of one text: on the last part only, since the server tells it once. */
  statusAfter: 'I' | 'T' | 'E' | null;
}

interface Open {
  transaction: Transaction;
  savepoints: Savepoint[];
}

/** Assigns `statement.transaction` and returns the transactions in order of their start. `steps` are in the order in which they were sent. */
export function* modelTransactions(steps: readonly Step[]): Generator<void, Transaction[]> {
  const transactions: Transaction[] = [];
  const byConnection = new Map<number, ConnectionModel>();
  for (let i = 0; i < steps.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const step = steps[i] as Step;
    const connection = step.statement.connection;
    if (connection === null) continue;
    let model = byConnection.get(connection);
    if (model === undefined) {
      model = new ConnectionModel(connection, transactions);
      byConnection.set(connection, model);
    }
    model.take(step);
  }
  return transactions;
}

class ConnectionModel {
  #open: Open | null = null;
  /** The unnamed transaction around a multi-statement text, and the batch it belongs to. */
  #implicit: { transaction: Transaction; batch: number } | null = null;
  #first = true;
  readonly #connection: number;
  readonly #all: Transaction[];

  constructor(connection: number, all: Transaction[]) {
    this.#connection = connection;
    this.#all = all;
  }

  take(step: Step): void {
    const { statement, anatomy } = step;
    const control = anatomy.control;
    if (this.#first && (step.statusBefore === 'T' || step.statusBefore === 'E')) this.#begin(0, { ambient: true });
    this.#first = false;
    const failed = statement.error !== null;
    const at = statement.startMs ?? 0;
    const end = at + statement.durationMs;

    if (control?.kind === 'begin' && !failed && this.#open === null) {
      const { isolation } = control;
      this.#begin(at, { isolation, readOnly: control.readOnly ? true : null, begunBy: statement.index });
    }
    if (this.#open !== null) statement.transaction = this.#open.transaction.index;
    else if (statement.batch !== null && control === null) statement.transaction = this.#implicitOf(statement, end);
    if (this.#open !== null && failed) this.#open.transaction.failedBy ??= statement.index;

    if (this.#open !== null && control !== null) {
      switch (control.kind) {
        case 'commit':
        case 'rollback':
          // A refused COMMIT ends the transaction too, unless the server says that it is still open.
          if (!failed || step.statusAfter === null || step.statusAfter === 'I') {
            const committed = control.kind === 'commit' && !failed && statement.command !== 'ROLLBACK';
            const { isolation, readOnly } = this.#open.transaction;
            this.#end(committed ? 'committed' : 'rolled back', end, statement.index);
            if (control.chain) this.#begin(end, { isolation, readOnly, begunBy: statement.index });
          }
          break;
        case 'prepare transaction':
          // Its fate is decided elsewhere, by COMMIT PREPARED on any connection.
          if (!failed) this.#end(statement.command === 'ROLLBACK' ? 'rolled back' : 'left open', end, statement.index);
          break;
        case 'savepoint':
          if (!failed) this.#savepoint(control.name, at);
          break;
        case 'release':
          if (!failed) this.#close(control.name, 'released', end, true);
          break;
        case 'rollback to':
          if (!failed) {
            this.#close(control.name, 'rolled back', end, false);
            this.#open.transaction.failedBy = null;
          }
          break;
        case 'set transaction':
          if (!failed && !control.session) {
            const { transaction } = this.#open;
            transaction.isolation = control.isolation ?? transaction.isolation;
            transaction.readOnly = control.readOnly ?? transaction.readOnly;
          }
          break;
        default:
      }
    }
    this.#believeServer(step, at, end);
  }

  /** Where texts and protocol differ (a procedure that commits, an unreadable text) the protocol is right. */
  #believeServer(step: Step, at: number, end: number): void {
    if (step.statusAfter === null) return;
    if (step.statusAfter === 'I' && this.#open !== null)
      this.#end(step.statement.error === null ? 'committed' : 'rolled back', end, step.statement.index);
    else if (step.statusAfter !== 'I' && this.#open === null) {
      this.#begin(at, { begunBy: step.statement.index });
      step.statement.transaction = (this.#open as Open | null)?.transaction.index ?? null;
    }
  }

  #begin(at: number, facts: Partial<Transaction>): void {
    this.#open = { transaction: this.#add(at, facts), savepoints: [] };
  }

  #add(at: number, facts: Partial<Transaction>): Transaction {
    const transaction: Transaction = {
      index: this.#all.length,
      connection: this.#connection,
      outcome: 'left open',
      isolation: null,
      readOnly: null,
      implicit: false,
      begunBy: null,
      endedBy: null,
      failedBy: null,
      startMs: at,
      endMs: null,
      savepoints: [],
      ambient: false,
      ...facts,
    };
    this.#all.push(transaction);
    return transaction;
  }

  #end(outcome: Transaction['outcome'], at: number, endedBy: number): void {
    if (this.#open === null) return;
    const { transaction, savepoints } = this.#open;
    transaction.outcome = outcome;
    transaction.endMs = at;
    transaction.endedBy = endedBy;
    for (const savepoint of savepoints) {
      if (savepoint.outcome === 'left open' || outcome !== 'committed') {
        savepoint.outcome = outcome === 'committed' ? 'released' : 'rolled back';
      }
      savepoint.endMs = at;
    }
    this.#open = null;
  }

  #savepoint(name: string, at: number): void {
    const savepoint: Savepoint = { name, startMs: at, endMs: null, outcome: 'left open' };
    this.#open?.transaction.savepoints.push(savepoint);
    this.#open?.savepoints.push(savepoint);
  }

  /** RELEASE and ROLLBACK TO end every savepoint set after the named one; ROLLBACK TO keeps the named one usable, RELEASE does not. */
  #close(name: string, outcome: 'released' | 'rolled back', at: number, withItself: boolean): void {
    const open = this.#open?.savepoints;
    if (open === undefined) return;
    let place = open.length - 1;
    while (place >= 0 && open[place]?.name !== name) place--;
    if (place < 0) return;
    for (const savepoint of open.slice(place)) {
      savepoint.outcome = outcome;
      savepoint.endMs = at;
    }
    open.length = withItself ? place : place + 1;
  }

  /** A text of several statements without BEGIN is one transaction of its own: all of it stays, or nothing. */
  #implicitOf(statement: Statement, end: number): number {
    const batch = statement.batch as number;
    if (this.#implicit?.batch !== batch) {
      this.#implicit = { transaction: this.#add(statement.startMs ?? 0, { implicit: true }), batch };
    }
    const { transaction } = this.#implicit;
    if (statement.error !== null) {
      transaction.outcome = 'rolled back';
      transaction.failedBy ??= statement.index;
    } else if (transaction.outcome === 'left open') transaction.outcome = 'committed';
    transaction.endMs = end;
    return transaction.index;
  }
}
