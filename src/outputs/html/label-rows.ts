// What each label's scopes usually send, and at worst: a route that is fine at the median may be the one to look at.

import { addTo } from '../../profile/grouped.js';
import type { Report } from '../../report/report.js';
import { scopesOf } from '../../report/run.js';
import type { LabelRow } from './model.js';
import type { ScopeEntry } from './scope-entries.js';
import type { ScopeFigures } from './scope-rows.js';
import { spreadOf } from './spread.js';

/** The labels by name. */
export function labelRows(
  entries: readonly ScopeEntry[],
  figures: readonly ScopeFigures[],
  cardOf: ReadonlyMap<string, number>,
): LabelRow[] {
  const byLabel = new Map<string, ScopeEntry[]>();
  for (const entry of entries) addTo(byLabel, entry.report.profile.label, entry);
  return [...byLabel]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, scopes]) => ({
      label,
      scopes: scopesOf(scopes.map(({ report }) => report)),
      statements: spreadOf(scopes.map(({ index }) => figures[index]?.statements ?? 0)),
      durationMs: spreadOf(scopes.map(({ report }) => report.profile.durationMs)),
      databaseMs: spreadOf(scopes.map(({ index }) => figures[index]?.databaseMs ?? 0)),
      cards: [...new Set(scopes.flatMap(({ report }) => cardsIn(report, cardOf)))].sort((a, b) => a - b),
    }));
}

/** The cards that a scope's findings are told by. */
export function cardsIn({ findings }: Report, cardOf: ReadonlyMap<string, number>): number[] {
  return findings.flatMap(({ key }) => cardOf.get(key) ?? []);
}
