// What is missing from the page and why: what profiles could not note, and what the page had no room for.

import type { Run } from '../../report/run.js';
import { gapsOf } from '../../report/run-gaps.js';
import { count, counted } from '../drawing/numbers.js';
import { MOST_CARDS } from './cards.js';
import type { Gap } from './model.js';
import { MOST_CHARACTERS, MOST_TEXTS, type PageTables } from './page-tables.js';
import { MOST_SCOPES, MOST_STATEMENTS, type ScopeEntry } from './scope-entries.js';

/** What was left out before the page was made. */
export interface LeftOut {
  scopes: number;
  cards: number;
}

export function pageGapsOf(run: Run, entries: readonly ScopeEntry[], left: LeftOut, tables: PageTables): Gap[] {
  const { notices, unjudged } = gapsOf(run);
  const statements = entries
    .filter(({ kept }) => !kept)
    .reduce((sum, { report }) => sum + report.profile.statements.length, 0);
  return [
    ...notices.map(({ message, count }) => ({ what: message, count })),
    {
      what: 'Requests were left out by sampleRate.',
      count: run.processes.reduce((sum, { unsampled }) => sum + unsampled.requests, 0),
    },
    {
      what: 'Scopes had the label and the findings of others: they are in the counts, and in no list.',
      count: run.reports.reduce((sum, { alike }) => sum + (alike?.scopes ?? 0), 0),
    },
    { what: 'Scopes were still open when their process ended: nobody judged them.', count: unjudged.scopes },
    { what: `Scopes over ${count(MOST_SCOPES)} are in no list and no figure.`, count: left.scopes },
    {
      what: `Of scopes over ${counted(MOST_STATEMENTS, 'statement')} the page has the figures, not the statements.`,
      count: statements,
    },
    { what: `Findings with keys of their own over ${count(MOST_CARDS)} are not shown.`, count: left.cards },
    {
      what: `Statements over ${count(MOST_TEXTS)} different texts show their shape instead.`,
      count: tables.shapedTexts,
    },
    { what: `Texts over ${count(MOST_CHARACTERS)} characters lost their end.`, count: tables.cutTexts },
  ].filter((gap) => gap.count > 0);
}
