// From a report to the line that holds it. A generator, since a scope may have as many statements as its limit allows, and the app waits between
// two of its steps only.

import type { Activity, Checkout, Flow, Profile, Savepoint, Statement, Transaction } from '../../profile/types.js';
import type { Dismissal, Finding, Report, Suppressed } from '../../report/report.js';
import { toColumns } from './columns.js';
import { jsonText } from './json-text.js';
import {
  ACTIVITY_COLUMNS,
  type ActivityRecord,
  CHECKOUT_COLUMNS,
  type CheckoutRecord,
  type DismissalRecord,
  type FindingRecord,
  type FlowRecord,
  type IndexList,
  type ProfileRecord,
  type ReportRecord,
  type SavepointRecord,
  type ScopeLine,
  STATEMENT_COLUMNS,
  type StatementRecord,
  type SuppressedRecord,
  TIE_COLUMNS,
  TRANSACTION_COLUMNS,
  type TransactionRecord,
} from './line.js';
import { TableWriter } from './tables.js';

/** Records are made in lots of this many, numbers in larger ones. */
const LOT = 64;
const FINE_LOT = 512;

/** A line of no more statements and findings takes less than a millisecond in one go, and a tenth of what it takes in slices. */
const SMALL = 200;

/** The text of a scope's line, with the scopes inside it. */
export function* scopeText(report: Report): Generator<void, string> {
  const line = yield* scopeLineOf(report);
  return sizeOf(report) <= SMALL ? JSON.stringify(line) : yield* jsonText(line);
}

function sizeOf({ profile: { statements, flows, ties, activities }, findings, dismissals, children }: Report): number {
  const own = statements.length + flows.length + ties.length + activities.length + findings.length + dismissals.length;
  return children.reduce((size, child) => size + sizeOf(child), own);
}

export function* scopeLineOf(report: Report): Generator<void, ScopeLine> {
  const tables = new TableWriter();
  const record = yield* reportRecord(report, tables);
  return { is: 'scope', tables: tables.tables(), report: record };
}

function* reportRecord(report: Report, tables: TableWriter): Generator<void, ReportRecord> {
  const children: ReportRecord[] = [];
  const profile = yield* profileRecord(report.profile, tables);
  const findings = yield* each(report.findings, (finding) => findingRecord(finding, tables));
  const dismissals = yield* each(report.dismissals, (dismissal) => dismissalRecord(dismissal, tables));
  const suppressed = yield* each(report.suppressed, (one) => suppressedRecord(one, tables));
  for (const child of report.children) children.push(yield* reportRecord(child, tables));
  const infrastructure = yield* indexList(report.infrastructure);
  const { alike } = report;
  return { profile, children, findings, dismissals, suppressed, infrastructure, ...(alike && { alike }) };
}

function* profileRecord(profile: Profile, tables: TableWriter): Generator<void, ProfileRecord> {
  const { format: _, durationMs, statements, transactions, checkouts, flows, ties, activities, ...rest } = profile;
  return {
    ...rest,
    durationMs: usOf(durationMs) / US_PER_MS,
    statements: yield* toColumns(yield* statementRecords(statements, tables), STATEMENT_COLUMNS),
    transactions: yield* toColumns(yield* mapped(transactions, transactionRecord), TRANSACTION_COLUMNS),
    checkouts: yield* toColumns(
      yield* mapped(checkouts, (checkout) => checkoutRecord(checkout, tables)),
      CHECKOUT_COLUMNS,
    ),
    flows: yield* each(flows, flowRecord),
    ties: yield* toColumns(
      yield* mapped(ties, (tie) => ({
        form: tables.tieForm(tie),
        from: tie.from.statement,
        to: tie.to.statement,
      })),
      TIE_COLUMNS,
    ),
    activities: yield* toColumns(yield* mapped(activities, activityRecord), ACTIVITY_COLUMNS),
  };
}

function* statementRecords(statements: readonly Statement[], tables: TableWriter): Generator<void, StatementRecord[]> {
  let last = 0;
  return yield* mapped(statements, (statement) => {
    const startUs = optionalUs(statement.startMs);
    const record: StatementRecord = {
      form: tables.form(statement),
      valuesKey: statement.valuesKey,
      slotKeys: statement.slotKeys,
      batch: statement.batch,
      connection: statement.connection,
      transaction: statement.transaction,
      startUs: startUs === null ? null : startUs - last,
      durationUs: usOf(statement.durationMs),
      waitUs: usOf(statement.waitMs),
      rows: statement.rows,
      affected: statement.affected,
      listSizes: statement.listSizes ?? null,
      values: statement.values ?? null,
    };
    last = startUs ?? last;
    return record;
  });
}

function transactionRecord({ index: _, startMs, endMs, savepoints, ...rest }: Transaction): TransactionRecord {
  return {
    ...rest,
    startUs: usOf(startMs),
    endUs: optionalUs(endMs),
    savepoints: savepoints.map(savepointRecord),
  };
}

function savepointRecord({ startMs, endMs, ...rest }: Savepoint): SavepointRecord {
  return { ...rest, startUs: usOf(startMs), endUs: optionalUs(endMs) };
}

function checkoutRecord(
  { index: _, takenMs, releasedMs, releaseSite, ...rest }: Checkout,
  tables: TableWriter,
): CheckoutRecord {
  return {
    ...rest,
    takenUs: usOf(takenMs),
    releasedUs: optionalUs(releasedMs),
    releaseSite: tables.callSite(releaseSite),
  };
}

function activityRecord({ startMs, endMs, watched, ...rest }: Activity): ActivityRecord {
  return { ...rest, watched: watched ?? null, startUs: usOf(startMs), endUs: optionalUs(endMs) };
}

function* flowRecord({ from, to, ...rest }: Flow): Generator<void, FlowRecord> {
  return {
    ...rest,
    from: { ...from, statements: yield* indexList(from.statements) },
    to: { ...to, statements: yield* indexList(to.statements) },
  };
}

function* findingRecord(
  { statements, source, callSite, ...rest }: Finding,
  tables: TableWriter,
): Generator<void, FindingRecord> {
  return {
    ...rest,
    statements: yield* indexList(statements),
    source: yield* indexList(source),
    callSite: tables.callSite(callSite),
  };
}

function* dismissalRecord(
  { statements, callSite, ...rest }: Dismissal,
  tables: TableWriter,
): Generator<void, DismissalRecord> {
  return { ...rest, statements: yield* indexList(statements), callSite: tables.callSite(callSite) };
}

function* suppressedRecord({ finding, ...rest }: Suppressed, tables: TableWriter): Generator<void, SuppressedRecord> {
  return { ...rest, finding: yield* findingRecord(finding, tables) };
}

/** Neighbours are told by a distance of 1, so that a loop of 10,000 costs 20 kB and not 60. */
function* indexList(indexes: readonly number[]): Generator<void, IndexList> {
  const list: IndexList = [];
  let last = 0;
  for (const index of indexes) {
    if (list.push(index - last) % FINE_LOT === 0) yield;
    last = index;
  }
  return list;
}

const US_PER_MS = 1_000;

/** The clock tells no more than that. */
function usOf(ms: number): number {
  return Math.round(ms * US_PER_MS);
}

function optionalUs(ms: number | null): number | null {
  return ms === null ? null : usOf(ms);
}

function* mapped<A, B>(values: readonly A[], make: (value: A) => B): Generator<void, B[]> {
  if (values.length <= LOT) return values.map(make);
  const made: B[] = [];
  for (const value of values) if (made.push(make(value)) % LOT === 0) yield;
  return made;
}

/** The same for what may be large by itself. */
function* each<A, B>(values: readonly A[], make: (value: A) => Generator<void, B>): Generator<void, B[]> {
  const made: B[] = [];
  for (const value of values) {
    made.push(yield* make(value));
    yield;
  }
  return made;
}
