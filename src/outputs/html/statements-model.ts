// The statements of all scopes that are kept, as columns, with what else a scope's own view shows.

import type { Profile, Statement, Transaction } from '../../profile/types.js';
import type { Report } from '../../report/report.js';
import { type Cell, packColumns } from './columns.js';
import { indexRuns } from './index-runs.js';
import type { ScopeDetail, ScopeFinding, ScopeTransaction, StatementsModel } from './model.js';
import { FLAGS, STATEMENT_COLUMNS, type StatementColumn, ticks } from './page-columns.js';
import type { PageTables } from './page-tables.js';
import type { ScopeEntry } from './scope-entries.js';

/** Of one scope: nobody scrolls on, and their number is in its row. */
const MOST_FINDINGS_OF_SCOPE = 200;
const MOST_ASIDES_OF_SCOPE = 200;

export function statementsModel(
  entries: readonly ScopeEntry[],
  cardOf: ReadonlyMap<string, number>,
  tables: PageTables,
): StatementsModel {
  const rows: Record<StatementColumn, Cell>[] = [];
  const values: Record<number, readonly string[]> = {};
  const details: Record<number, ScopeDetail> = {};
  for (const { report, index, kept } of entries) {
    const detail = detailOf(report, cardOf);
    if (detail !== null) details[index] = detail;
    if (!kept) continue;
    for (const row of statementRows(report, tables)) rows.push(row);
    for (const statement of report.profile.statements) {
      if (statement.values !== undefined)
        values[rows.length - report.profile.statements.length + statement.index] = statement.values;
    }
  }
  return {
    columns: packColumns(rows, STATEMENT_COLUMNS),
    texts: tables.texts.items,
    errors: tables.errors.items,
    values,
    details,
  };
}

function statementRows({ profile, infrastructure }: Report, tables: PageTables): Record<StatementColumn, Cell>[] {
  const added = new Set(infrastructure);
  let before = 0;
  return profile.statements.map((statement) => {
    const start = statement.startMs === null ? null : ticks(statement.startMs);
    const row = {
      text: tables.textAt(statement),
      site: tables.siteAt(statement.callSite),
      connection: statement.connection,
      transaction: statement.transaction,
      start: start === null ? null : start - before,
      duration: ticks(statement.durationMs),
      wait: ticks(statement.waitMs),
      rows: statement.rows,
      affected: statement.affected,
      error: tables.errorAt(statement.error),
      flags: flagsOf(statement, added),
    };
    if (start !== null) before = start;
    return row;
  });
}

function flagsOf({ index, late, allowed, callSite }: Statement, infrastructure: ReadonlySet<number>): number {
  return (
    (late ? FLAGS.late : 0) |
    (infrastructure.has(index) ? FLAGS.infrastructure : 0) |
    (allowed.length > 0 ? FLAGS.allowed : 0) |
    (callSite?.doubtful ? FLAGS.doubtful : 0)
  );
}

/** Null where a scope has nothing but statements on one connection. */
function detailOf(
  { profile, findings, dismissals, suppressed }: Report,
  cardOf: ReadonlyMap<string, number>,
): ScopeDetail | null {
  const detail: ScopeDetail = {
    connections: connectionNames(profile),
    transactions: profile.transactions.map(transactionOf),
    activities: profile.activities,
    found: findings.slice(0, MOST_FINDINGS_OF_SCOPE).flatMap((finding): ScopeFinding[] => {
      const card = cardOf.get(finding.key);
      if (card === undefined) return [];
      return [
        {
          card,
          message: finding.message,
          statements: indexRuns(finding.statements),
          source: indexRuns(finding.source),
        },
      ];
    }),
    dismissals: dismissals.slice(0, MOST_ASIDES_OF_SCOPE).map(({ detector, kind, why, statements }) => ({
      detector,
      kind,
      why,
      statements: indexRuns(statements),
    })),
    suppressed: suppressed.slice(0, MOST_ASIDES_OF_SCOPE).map(({ finding, reason, until }) => ({
      detector: finding.detector,
      message: finding.message,
      reason,
      until,
      statements: indexRuns(finding.statements),
    })),
    notices: profile.notices.map(({ message, count }) => ({ what: message, count })),
    left:
      leftOf(findings.length, MOST_FINDINGS_OF_SCOPE) +
      leftOf(dismissals.length, MOST_ASIDES_OF_SCOPE) +
      leftOf(suppressed.length, MOST_ASIDES_OF_SCOPE),
  };
  const { connections, left, ...lists } = detail;
  const isPlain = connections.length <= 1 && left === 0 && Object.values(lists).every((list) => list.length === 0);
  return isPlain ? null : detail;
}

const leftOf = (all: number, most: number): number => Math.max(0, all - most);

/** Those of one pool differ in nothing but their number. */
function connectionNames({ connections }: Profile): string[] {
  return connections.map(({ database, pool, native }, index) => {
    const owner = pool === null ? 'own client' : `pool ${pool + 1}`;
    return [`${index + 1}`, owner, database, ...(native ? ['native'] : [])].join(' · ');
  });
}

function transactionOf({
  connection,
  outcome,
  isolation,
  readOnly,
  startMs,
  endMs,
  ambient,
}: Transaction): ScopeTransaction {
  const access = readOnly === null ? null : readOnly ? 'read only' : 'read write';
  const mode = [isolation, access].filter((part) => part !== null).join(', ');
  return { connection, outcome, startMs, endMs, mode, ambient };
}
