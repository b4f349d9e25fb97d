// What the first screen says of the run as a whole.

import { type Run, scopesOf } from '../../report/run.js';
import type { Card, Severity, Summary } from './model.js';
import { SCOPE_KINDS } from './page-columns.js';
import type { ScopeEntry } from './scope-entries.js';
import type { ScopeFigures } from './scope-rows.js';

export function summaryOfRun(
  run: Run,
  entries: readonly ScopeEntry[],
  figures: readonly ScopeFigures[],
  cards: readonly Card[],
): Summary {
  const sum = (of: (entry: ScopeEntry) => number) => entries.reduce((total, entry) => total + of(entry), 0);
  const told = cards.filter(({ confidence }) => confidence !== 'possible');
  const bySeverity = (severity: Severity) => told.filter((card) => card.severity === severity).length;
  return {
    scopes: SCOPE_KINDS.map((kind) => ({
      kind,
      count: scopesOf(entries.map(({ report }) => report).filter(({ profile }) => profile.kind === kind)),
    })).filter(({ count }) => count > 0),
    statements: sum(({ index, report }) => (figures[index]?.statements ?? 0) + (report.alike?.statements ?? 0)),
    databaseMs: sum(({ index }) => figures[index]?.databaseMs ?? 0),
    counts: { error: bySeverity('error'), warning: bySeverity('warning'), info: bySeverity('info') },
    possible: cards.length - told.length,
    suppressed: sum(({ report }) => report.suppressed.length),
    dismissals: sum(({ report }) => report.dismissals.length),
    unattributed: unattributedIn(run, entries),
  };
}

/** Each process counts its own; where none said anything, the scopes know at least how many they saw meanwhile. */
function unattributedIn({ processes }: Run, entries: readonly ScopeEntry[]): number {
  const counted = processes.reduce((total, process) => total + process.unattributed, 0);
  return Math.max(counted, ...entries.slice(0, 10_000).map(({ report }) => report.profile.unattributed));
}
