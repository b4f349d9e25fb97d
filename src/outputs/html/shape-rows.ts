// Every shape of the run with what it costs and who sends it.

import type { Report } from '../../report/report.js';
import type { ShapeRow } from './model.js';
import type { PageTables } from './page-tables.js';
import type { ScopeEntry } from './scope-entries.js';

/** Callers that are listed of one shape. */
const MOST_CALLERS = 8;

interface Tally {
  shape: number;
  count: number;
  totalMs: number;
  slowestMs: number;
  rows: number;
  failed: number;
  infrastructure: number;
  scopes: Set<number>;
  labels: Set<number>;
  cards: Set<number>;
  callers: Map<number, number>;
}

/** The shapes, the one that took the most time in all first. */
export function shapeRows(
  entries: readonly ScopeEntry[],
  labels: ReadonlyMap<string, number>,
  cardOf: ReadonlyMap<string, number>,
  tables: PageTables,
): ShapeRow[] {
  const tallies = new Map<number, Tally>();
  for (const { report, index } of entries) {
    tally(report, index, labels.get(report.profile.label) as number, tallies, tables);
    tallyCards(report, cardOf, tallies, tables);
  }
  return [...tallies.values()].sort((a, b) => b.totalMs - a.totalMs || a.shape - b.shape).map(rowOf);
}

function tally(report: Report, scope: number, label: number, tallies: Map<number, Tally>, tables: PageTables): void {
  const added = new Set(report.infrastructure);
  for (const statement of report.profile.statements) {
    const shape = tables.shapeAt(statement.shape);
    const known = tallies.get(shape) ?? emptyTally(shape);
    tallies.set(shape, known);
    known.count += 1;
    known.totalMs += statement.durationMs;
    known.slowestMs = Math.max(known.slowestMs, statement.durationMs);
    known.rows += statement.rows ?? 0;
    known.failed += Number(statement.error !== null);
    known.infrastructure += Number(added.has(statement.index));
    known.scopes.add(scope);
    known.labels.add(label);
    const site = tables.siteAt(statement.callSite);
    if (site !== null) known.callers.set(site, (known.callers.get(site) ?? 0) + 1);
  }
}

function tallyCards(
  { findings, profile }: Report,
  cardOf: ReadonlyMap<string, number>,
  tallies: ReadonlyMap<number, Tally>,
  tables: PageTables,
): void {
  for (const { key, statements } of findings) {
    const card = cardOf.get(key);
    const first = profile.statements[statements[0] ?? -1];
    if (card !== undefined && first !== undefined) tallies.get(tables.shapeAt(first.shape))?.cards.add(card);
  }
}

function emptyTally(shape: number): Tally {
  return {
    shape,
    count: 0,
    totalMs: 0,
    slowestMs: 0,
    rows: 0,
    failed: 0,
    infrastructure: 0,
    scopes: new Set(),
    labels: new Set(),
    cards: new Set(),
    callers: new Map(),
  };
}

function rowOf({ scopes, labels, cards, callers, infrastructure, ...figures }: Tally): ShapeRow {
  return {
    ...figures,
    infrastructure: infrastructure === figures.count,
    scopes: scopes.size,
    labels: [...labels],
    cards: [...cards].sort((a, b) => a - b),
    callers: [...callers]
      .map(([site, count]) => ({ site, count }))
      .sort((a, b) => b.count - a.count || a.site - b.site)
      .slice(0, MOST_CALLERS),
    callersLeft: Math.max(0, callers.size - MOST_CALLERS),
  };
}
