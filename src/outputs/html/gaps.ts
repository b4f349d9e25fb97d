// What is missing from the page and why: what profiles could not note, and what the page had no room for.

import { addTo } from '../../profile/grouped.js';
import type { Notice } from '../../profile/types.js';
import type { Run } from '../../report/run.js';
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

export function gapsOf({ processes }: Run, entries: readonly ScopeEntry[], left: LeftOut, tables: PageTables): Gap[] {
  const unjudged = processes.reduce((sum, process) => sum + process.unjudged.scopes, 0);
  const statements = entries
    .filter(({ kept }) => !kept)
    .reduce((sum, { report }) => sum + report.profile.statements.length, 0);
  return [
    ...noticesIn(entries),
    { what: 'Scopes were still open when their process ended: nobody judged them.', count: unjudged },
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

/** What profiles say themselves, each kind once. */
function noticesIn(entries: readonly ScopeEntry[]): Gap[] {
  const byCode = new Map<Notice['code'], Notice[]>();
  for (const { report } of entries) for (const notice of report.profile.notices) addTo(byCode, notice.code, notice);
  return [...byCode.values()].map((notices) => ({
    what: notices[0]?.message ?? '',
    count: notices.reduce((sum, notice) => sum + notice.count, 0),
  }));
}
