// The list of scopes as columns: what the page has to know of each before anybody opens it.

import { busyMs } from '../../report/busy-time.js';
import { type Cell, type PackedColumns, packColumns } from './columns.js';
import { cardsIn } from './label-rows.js';
import { SCOPE_COLUMNS, SCOPE_KINDS, type ScopeColumn, ticks } from './page-columns.js';
import type { PageTables } from './page-tables.js';
import type { ScopeEntry } from './scope-entries.js';

/** What each scope sent and how long it was in the database. */
export interface ScopeFigures {
  statements: number;
  databaseMs: number;
}

export function figuresOf({ report }: ScopeEntry): ScopeFigures {
  const { profile, infrastructure } = report;
  return {
    statements: profile.statements.length - infrastructure.length + profile.dropped,
    databaseMs: Math.min(busyMs(profile.statements), profile.durationMs || Number.POSITIVE_INFINITY),
  };
}

export function scopeRows(
  entries: readonly ScopeEntry[],
  figures: readonly ScopeFigures[],
  labels: ReadonlyMap<string, number>,
  cardOf: ReadonlyMap<string, number>,
  tables: PageTables,
): PackedColumns {
  const rows = entries.map(({ report, parent, kept }, index): Record<ScopeColumn, Cell> => {
    const { profile, infrastructure, dismissals, suppressed } = report;
    const { outcome } = profile;
    const { statements, databaseMs } = figures[index] as ScopeFigures;
    return {
      label: labels.get(profile.label) ?? null,
      kind: SCOPE_KINDS.indexOf(profile.kind),
      parent,
      startedAt: Date.parse(profile.startedAt),
      duration: ticks(profile.durationMs),
      database: ticks(databaseMs),
      statements,
      infrastructure: infrastructure.length,
      kept: kept ? profile.statements.length : 0,
      status: outcome.status,
      error: tables.wordAt(outcome.error),
      aborted: Number(outcome.aborted),
      unattributed: profile.unattributed,
      dismissals: dismissals.length,
      suppressed: suppressed.length,
      cards: tables.cardsAt(cardsIn(report, cardOf)),
    };
  });
  return packColumns(rows, SCOPE_COLUMNS);
}
