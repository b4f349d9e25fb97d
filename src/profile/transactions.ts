// The transaction model: what was open on each connection when a statement ran, from the protocol's own status byte where
// the driver shows it and from the texts where it does not.

import type { Anatomy, Control } from '../sql/text.js';
import { LOT } from './slices.js';
import type { Savepoint, Statement, Transaction } from './types.js';

/** What the model reads of a statement besides the statement itself. */
export interface Step {
  statement: Statement;
  anatomy: Anatomy;
  /** Of transaction control: the literal in it. */
  literal: string | number | boolean | null;
  /** Before the whole text. */
  statusBefore: 'I' | 'T' | 'E' | null;
  /** For the parts of one text: on the last part only, since the server tells it once. */
  statusAfter: 'I' | 'T' | 'E' | null;
  /** Infinity: it had no answer when the scope closed. */
  answeredOrder: number;
}

/** What transactions of a session begin with that say nothing else. */
type Defaults = Pick<Transaction, 'isolation' | 'readOnly'>;

const UNSAID: Defaults = { isolation: null, readOnly: null };

interface Mark {
  savepoint: Savepoint;
  /** Writes before it that still count. */
  writes: number;
  defaults: Defaults;
  said: Defaults;
}

interface Open {
  transaction: Transaction;
  marks: Mark[];
  /** Writes that no ROLLBACK TO has undone. */
  writes: number[];
  /** The session's when it began: what it set itself goes with it. */
  defaults: Defaults;
  /** Its own when it began, before anything was said in it. */
  base: Defaults;
}

/** The text whose parts are being read. */
interface Text {
  batch: number;
  /** The transaction around its parts that nobody opened. */
  implicit: Open | null;
  /** A part failed in this transaction (null: in none), and the server went no further. */
  stopped: { transaction: number | null } | null;
}

/** refused: by the server · unknown: the driver gave up, or the answer had not come. */
type Result = 'done' | 'refused' | 'unknown';

/** The server's own codes. Node's of five letters (EPIPE) begin with an E, which no class of SQLSTATE does. */
const SQLSTATE = /^(?!E)[0-9A-Z]{5}$/;

/** FATAL: the session is over, and with it whatever was open in it. */
const ENDS_SESSION = /^(57P0[1235]|25P0[34])$/;

/** Assigns `statement.transaction` and returns the transactions in order of their start. `steps` are in the order in which they were sent. */
export function* modelTransactions(steps: readonly Step[]): Generator<void, Transaction[]> {
  const model = new Model();
  const byConnection = new Map<number, ConnectionModel>();
  for (let i = 0; i < steps.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const step = steps[i] as Step;
    const connection = step.statement.connection;
    if (connection === null) continue;
    let connectionModel = byConnection.get(connection);
    if (connectionModel === undefined) {
      connectionModel = new ConnectionModel(connection, model);
      byConnection.set(connection, connectionModel);
    }
    connectionModel.take(step);
  }
  return model.transactions;
}

/** What the connections share. */
class Model {
  readonly transactions: Transaction[] = [];
  /** Transactions that PREPARE TRANSACTION put aside, by the ordinal of their name: any connection may end them. */
  readonly prepared = new Map<number, Transaction>();
}

class ConnectionModel {
  #open: Open | null = null;
  #text: Text | null = null;
  #defaults: Defaults = UNSAID;
  readonly #connection: number;
  readonly #model: Model;

  constructor(connection: number, model: Model) {
    this.#connection = connection;
    this.#model = model;
  }

  take(step: Step): void {
    const { statement, anatomy } = step;
    const at = statement.startMs ?? 0;
    const end = at + statement.durationMs;
    if (statement.batch === null || statement.batch !== this.#text?.batch) this.#beginText(step, at);
    const result = resultOf(step);
    const stopped = this.#text?.stopped ?? null;
    if (stopped !== null) statement.transaction = stopped.transaction;
    else if (result === 'refused') this.#refused(step, at, end);
    else {
      const open = this.#aroundOf(step, result, at);
      statement.transaction = open?.transaction.index ?? null;
      if (open?.transaction.implicit) open.transaction.endMs = end;
      if (result === 'done') {
        if (anatomy.control !== null) this.#obey(anatomy.control, step, at, end);
        else if (statement.shape.writes.length > 0 && statement.error === null) open?.writes.push(statement.index);
      }
    }
    this.#believeServer(step, at, end);
  }

  #current(): Open | null {
    return this.#open ?? this.#text?.implicit ?? null;
  }

  /** Other scopes, and statements over the cap, may have used the connection since. */
  #beginText({ statement, statusBefore }: Step, at: number): void {
    this.#text = statement.batch === null ? null : { batch: statement.batch, implicit: null, stopped: null };
    if (statusBefore === 'I') this.#open = null;
    else if (statusBefore !== null) {
      this.#open ??= this.#begin(at, { ambient: true });
      if (statusBefore === 'T') this.#open.transaction.failedBy = null;
    }
  }

  /** What the statement runs in. BEGIN runs in what it opens; a COMMIT of nothing is in nothing, though it ends what a text had done so far. */
  #aroundOf({ statement, anatomy: { control } }: Step, result: Result, at: number): Open | null {
    const text = this.#text;
    if (control?.kind === 'begin' && result === 'done') {
      const said = { isolation: control.isolation, readOnly: control.readOnly };
      if (this.#open === null && text !== null && text.implicit !== null) {
        this.#open = text.implicit;
        text.implicit = null;
        Object.assign(this.#open.transaction, { implicit: false, outcome: 'left open', endMs: null });
        this.#open.transaction.begunBy = statement.index;
      } else this.#open ??= this.#begin(at, { begunBy: statement.index });
      say(this.#open.transaction, said);
    }
    if (this.#open !== null || text === null) return this.#open;
    if (control?.kind === 'commit' || control?.kind === 'rollback') return null;
    text.implicit ??= this.#begin(at, { implicit: true, outcome: 'committed' });
    return text.implicit;
  }

  #refused({ statement, anatomy: { control }, statusAfter }: Step, at: number, end: number): void {
    const text = this.#text;
    if (this.#open === null && text !== null) text.implicit ??= this.#begin(at, { implicit: true });
    const open = this.#current();
    if (text !== null) text.stopped = { transaction: open?.transaction.index ?? null };
    if (open === null) return;
    const { transaction } = open;
    statement.transaction = transaction.index;
    transaction.failedBy ??= statement.index;
    // A COMMIT that was refused (by a deferred constraint) ends it too, unless the server says that it is still open.
    const ends =
      transaction.implicit ||
      ENDS_SESSION.test(statement.error?.code ?? '') ||
      ((control?.kind === 'commit' || control?.kind === 'prepare transaction') && statusAfter === null);
    if (ends) this.#end('rolled back', end, transaction.implicit ? null : statement.index);
  }

  #obey(control: Control, { statement, literal }: Step, at: number, end: number): void {
    const open = this.#current();
    switch (control.kind) {
      case 'commit':
      case 'rollback': {
        if (open === null) break;
        const { isolation, readOnly } = handedOn(open);
        this.#end(control.kind === 'commit' ? endOf(open, statement) : 'rolled back', end, statement.index);
        if (control.chain) this.#open = this.#begin(end, { begunBy: statement.index, isolation, readOnly });
        break;
      }
      case 'prepare transaction': {
        if (open === null) break;
        const rolledBack = endOf(open, statement) === 'rolled back';
        this.#end(rolledBack ? 'rolled back' : 'left open', end, statement.index);
        const name = statement.slotKeys?.[0];
        if (!rolledBack && name !== undefined) this.#model.prepared.set(name, open.transaction);
        break;
      }
      case 'end prepared': {
        const name = statement.slotKeys?.[0];
        const transaction = name === undefined ? undefined : this.#model.prepared.get(name);
        if (name === undefined || transaction === undefined) break;
        transaction.outcome = control.commits ? 'committed' : 'rolled back';
        this.#model.prepared.delete(name);
        break;
      }
      case 'savepoint':
        if (open !== null) this.#mark(open, control.name, at);
        break;
      case 'release':
        if (open !== null) this.#release(open, control.name, end);
        break;
      case 'rollback to':
        if (open !== null) this.#undo(open, control.name, end);
        break;
      case 'set transaction':
        this.#set(control, control.session);
        break;
      case 'set parameter': {
        const value = (control.value ?? `${literal ?? ''}`).toLowerCase();
        if (control.of === 'isolation')
          this.#set({ isolation: ISOLATIONS.get(value) ?? null, readOnly: null }, control.session);
        else this.#set({ isolation: null, readOnly: TRUTHS.get(value) ?? null }, control.session);
        break;
      }
      default:
    }
  }

  /** Where texts and protocol differ (an unreadable text, a statement that the driver gave up waiting for) the protocol is right. */
  #believeServer({ statement, statusAfter }: Step, at: number, end: number): void {
    if (statusAfter === null) return;
    if (statusAfter === 'I') {
      if (this.#open === null) return;
      this.#end(statement.error === null ? endOf(this.#open, statement) : 'rolled back', end, statement.index);
      return;
    }
    if (this.#open === null) {
      this.#open = this.#begin(at, { begunBy: statement.index });
      statement.transaction = this.#open.transaction.index;
    }
    const { transaction } = this.#open;
    transaction.failedBy = statusAfter === 'T' ? null : (transaction.failedBy ?? statement.index);
  }

  #begin(at: number, facts: Partial<Transaction>): Open {
    const transaction: Transaction = {
      index: this.#model.transactions.length,
      connection: this.#connection,
      outcome: 'left open',
      ...(facts.ambient ? UNSAID : this.#defaults),
      implicit: false,
      begunBy: null,
      endedBy: null,
      failedBy: null,
      undone: [],
      startMs: at,
      endMs: null,
      savepoints: [],
      ambient: false,
      ...facts,
    };
    this.#model.transactions.push(transaction);
    const { isolation, readOnly } = transaction;
    return { transaction, marks: [], writes: [], defaults: this.#defaults, base: { isolation, readOnly } };
  }

  /** Ends what is open, or the transaction around the parts of the text so far. */
  #end(outcome: Transaction['outcome'], at: number, endedBy: number | null): void {
    const open = this.#current();
    if (open === null) return;
    const { transaction, marks } = open;
    transaction.outcome = outcome;
    transaction.endMs = at;
    transaction.endedBy = endedBy;
    if (outcome === 'rolled back') this.#defaults = open.defaults;
    for (const { savepoint } of marks) {
      if (outcome !== 'left open') savepoint.outcome = outcome === 'committed' ? 'released' : 'rolled back';
      savepoint.endMs = at;
    }
    if (this.#open !== null) this.#open = null;
    else if (this.#text !== null) this.#text.implicit = null;
  }

  #mark({ transaction, marks, writes }: Open, name: string, at: number): void {
    const savepoint: Savepoint = { name, startMs: at, endMs: null, outcome: 'left open' };
    transaction.savepoints.push(savepoint);
    const { isolation, readOnly } = transaction;
    marks.push({ savepoint, writes: writes.length, defaults: this.#defaults, said: { isolation, readOnly } });
  }

  /** Ends the savepoint of that name, the latest, and those set after it. */
  #unmark({ marks }: Open, name: string, outcome: 'released' | 'rolled back', at: number): Mark | null {
    let place = marks.length - 1;
    while (place >= 0 && marks[place]?.savepoint.name !== name) place--;
    if (place < 0) return null;
    for (const { savepoint } of marks.slice(place)) {
      savepoint.outcome = outcome;
      savepoint.endMs = at;
    }
    return marks.splice(place)[0] as Mark;
  }

  #release(open: Open, name: string, at: number): void {
    const mark = this.#unmark(open, name, 'released', at);
    // PostgreSQL gives back the access of the transaction around it, though it keeps other settings.
    if (mark !== null) open.transaction.readOnly = mark.said.readOnly;
  }

  #undo(open: Open, name: string, at: number): void {
    const { transaction, writes } = open;
    transaction.failedBy = null;
    const mark = this.#unmark(open, name, 'rolled back', at);
    // A savepoint that was set before this scope saw the connection: so was all that it has seen.
    for (const write of writes.splice(mark?.writes ?? 0)) transaction.undone.push(write);
    this.#defaults = mark?.defaults ?? open.defaults;
    Object.assign(transaction, mark?.said ?? open.base);
    this.#mark(open, name, at);
  }

  #set({ isolation, readOnly }: Defaults, session: boolean): void {
    if (session)
      this.#defaults = {
        isolation: isolation ?? this.#defaults.isolation,
        readOnly: readOnly ?? this.#defaults.readOnly,
      };
    else {
      const open = this.#current();
      if (open !== null) say(open.transaction, { isolation, readOnly });
    }
  }
}

const ISOLATIONS: ReadonlyMap<string, string> = new Map(
  ['serializable', 'repeatable read', 'read committed', 'read uncommitted'].map((level) => [level, level]),
);

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ...['on', 'true', 'yes', '1'].map((word) => [word, true] as const),
  ...['off', 'false', 'no', '0'].map((word) => [word, false] as const),
]);

function resultOf({ statement: { error }, statusAfter, answeredOrder }: Step): Result {
  if (error === null) return answeredOrder === Number.POSITIVE_INFINITY ? 'unknown' : 'done';
  if (SQLSTATE.test(error.code ?? '')) return 'refused';
  // The driver gave up, yet the server went on: by its state it is known what became of the transaction.
  if (statusAfter === null) return 'unknown';
  return statusAfter === 'E' ? 'refused' : 'done';
}

/** What a COMMIT or a PREPARE TRANSACTION that was not refused made of it. */
function endOf({ transaction }: Open, { command }: Statement): 'committed' | 'rolled back' {
  if (command === 'ROLLBACK') return 'rolled back';
  return command === null && transaction.failedBy !== null ? 'rolled back' : 'committed';
}

/** What AND CHAIN hands on. A failure has by then undone what was said since the last savepoint, or all of it. */
function handedOn({ transaction, marks, base }: Open): Defaults {
  return transaction.failedBy === null ? transaction : (marks.at(-1)?.said ?? base);
}

function say(transaction: Transaction, { isolation, readOnly }: Defaults): void {
  transaction.isolation = isolation ?? transaction.isolation;
  transaction.readOnly = readOnly ?? transaction.readOnly;
}
