// From a report to the line that holds it. A generator, since a scope may have as many statements as its limit allows, and the app waits between
// two of its steps only.

import type { Activity, Checkout, Flow, Profile, Savepoint, Statement, Transaction } from '../../profile/types.js';
import type { Dismissal, Finding, Report, Suppressed } from '../../report/report.js';
import { toColumns } from './columns.js';
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

/** Records are made in lots of this many. */
const LOT = 64;

/** The line of a scope, with those inside it. */
export function* scopeLineOf(report: Report): Generator<void, ScopeLine> {
  const tables = new TableWriter();
  const record = yield* reportRecord(report, tables);
  return { is: 'scope', tables: tables.tables(), report: record };
}

function* reportRecord(report: Report, tables: TableWriter): Generator<void, ReportRecord> {
  const children: ReportRecord[] = [];
  const profile = yield* profileRecord(report.profile, tables);
  const findings = yield* mapped(report.findings, (finding) => findingRecord(finding, tables));
  const dismissals = yield* mapped(report.dismissals, (dismissal) => dismissalRecord(dismissal, tables));
  const suppressed = yield* mapped(report.suppressed, (one) => suppressedRecord(one, tables));
  for (const child of report.children) children.push(yield* reportRecord(child, tables));
  return { profile, children, findings, dismissals, suppressed, infrastructure: indexList(report.infrastructure) };
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
    flows: yield* mapped(flows, flowRecord),
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

function flowRecord({ from, to, ...rest }: Flow): FlowRecord {
  return {
    ...rest,
    from: { ...from, statements: indexList(from.statements) },
    to: { ...to, statements: indexList(to.statements) },
  };
}

function findingRecord({ statements, source, callSite, ...rest }: Finding, tables: TableWriter): FindingRecord {
  return {
    ...rest,
    statements: indexList(statements),
    source: indexList(source),
    callSite: tables.callSite(callSite),
  };
}

function dismissalRecord({ statements, callSite, ...rest }: Dismissal, tables: TableWriter): DismissalRecord {
  return { ...rest, statements: indexList(statements), callSite: tables.callSite(callSite) };
}

function suppressedRecord({ finding, ...rest }: Suppressed, tables: TableWriter): SuppressedRecord {
  return { ...rest, finding: findingRecord(finding, tables) };
}

/** Neighbours are told by a distance of 1, so that a loop of 10,000 costs 20 kB and not 60. */
function indexList(indexes: readonly number[]): IndexList {
  return indexes.map((index, i) => index - (i === 0 ? 0 : (indexes[i - 1] as number)));
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
  const made: B[] = [];
  for (const value of values) if (made.push(make(value)) % LOT === 0) yield;
  return made;
}
