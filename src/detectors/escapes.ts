// What was sent beside an open transaction by the code that runs it: asked by the detector that tells of it, and by the one that would else tell of
// the same write as one that should have been in a transaction.

import { shareFunction } from '../profile/loop-frame.js';
import { FINE_LOT } from '../profile/slices.js';
import type { Profile, Statement, Transaction } from '../profile/types.js';
import type { Confidence, Severity } from './detector.js';
import { isRead, isWrite } from './statements.js';
import { isAside } from './units/written.js';

/** write: of the work itself · aside: a note beside it · stale: a read of what the transaction has written · read: any other. */
export type EscapeKind = 'write' | 'aside' | 'stale' | 'read';

interface Grade {
  kind: EscapeKind;
  confidence: Confidence;
  severity: Severity;
}

export interface Escape {
  statement: Statement;
  begin: Statement;
  grade: Grade;
}

/** A transaction while it is open, as far as the statements have been gone through. */
interface Open {
  transaction: Transaction;
  begin: Statement;
  /** Its statements so far; where they came from. */
  last: Statement;
  written: Set<string>;
}

export function* escapesIn(profile: Profile): Generator<void, Escape[]> {
  const { statements, transactions, connections } = profile;
  const open = new Map<number, Open>();
  const escapes: Escape[] = [];
  const nextIn = yield* nextInTransactions(profile);
  for (const statement of statements) {
    if (statement.index % FINE_LOT === FINE_LOT - 1) yield;
    const { connection, transaction: at, shape } = statement;
    if (connection === null) continue;
    const transaction = at === null ? null : (transactions[at] as Transaction);
    if (transaction?.begunBy === statement.index && statement.via !== 'pool') {
      open.set(connection, { transaction, begin: statement, last: statement, written: new Set() });
    }
    const own = open.get(connection);
    if (own !== undefined && own.transaction === transaction) {
      own.last = statement;
      for (const table of shape.writes) own.written.add(table);
      if (transaction.endedBy === statement.index) open.delete(connection);
      continue;
    }
    // What is in a transaction of its own is a unit of its own.
    if (open.size === 0 || (transaction !== null && !transaction.implicit)) continue;
    for (const around of open.values()) {
      const elsewhere = connections[around.transaction.connection];
      const here = connections[connection];
      if (elsewhere?.database !== here?.database || elsewhere?.host !== here?.host || elsewhere?.port !== here?.port)
        continue;
      if (!isBetween(statement, around, nextIn) || !shareFunction(statement.callSite, around.begin.callSite)) continue;
      const grade = gradeOf(statement, around.written);
      if (grade !== null) escapes.push({ statement, begin: around.begin, grade });
      break;
    }
  }
  return escapes;
}

/** Of each statement in a transaction, the next one in it. */
function* nextInTransactions({ statements }: Profile): Generator<void, ReadonlyMap<number, Statement>> {
  const last = new Map<number, number>();
  const next = new Map<number, Statement>();
  for (const statement of statements) {
    if (statement.index % FINE_LOT === FINE_LOT - 1) yield;
    if (statement.transaction === null) continue;
    const before = last.get(statement.transaction);
    if (before !== undefined) next.set(before, statement);
    last.set(statement.transaction, statement.index);
  }
  return next;
}

/** Was the transaction at rest meanwhile? Then one and the same code sent both, and nothing went on side by side. */
function isBetween(statement: Statement, { last }: Open, nextIn: ReadonlyMap<number, Statement>): boolean {
  if (statement.startMs === null || last.startMs === null) return false;
  const next = nextIn.get(last.index);
  const began = statement.via === 'pool' ? statement.startMs - statement.waitMs : statement.startMs;
  const isAfter = last.startMs + last.durationMs <= began + CLOCK_MS;
  const ended = statement.startMs + statement.durationMs;
  return isAfter && (next === undefined || next.startMs === null || ended <= next.startMs + CLOCK_MS);
}

/** What two readings of one clock may differ by where one event follows the other at once, in ms. */
const CLOCK_MS = 0.05;

function gradeOf(statement: Statement, written: ReadonlySet<string>): Grade | null {
  const { shape } = statement;
  if (isWrite(shape)) {
    if (statement.error !== null) return null;
    return isAside(statement)
      ? { kind: 'aside', confidence: 'possible', severity: 'error' }
      : { kind: 'write', confidence: 'proven', severity: 'error' };
  }
  if (!isRead(shape)) return null;
  return shape.reads.some((table) => written.has(table))
    ? { kind: 'stale', confidence: 'proven', severity: 'error' }
    : { kind: 'read', confidence: 'likely', severity: 'warning' };
}
