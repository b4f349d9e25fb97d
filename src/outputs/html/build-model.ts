// The run as the page shows it. Everything that can be worked out once is worked out here, so that the page only draws.

import type { Report } from '../../report/report.js';
import type { Run } from '../../report/run.js';
import { asidesOf } from './asides.js';
import { cardsOf } from './cards.js';
import { pageGapsOf } from './gaps.js';
import { labelRows } from './label-rows.js';
import type { DetectorPage, PageModel, StatementsModel } from './model.js';
import { PageTables } from './page-tables.js';
import { scopeEntries } from './scope-entries.js';
import { figuresOf, scopeRows } from './scope-rows.js';
import { shapeRows } from './shape-rows.js';
import { statementsModel } from './statements-model.js';
import { summaryOfRun } from './summary.js';

/** Cards that are in the page in full before any script runs; more would be a page too large to open at once. */
const MOST_OPENED = 150;

export interface PageData {
  page: Omit<PageModel, 'title'>;
  statements: StatementsModel;
}

/** `pageOfDetector` answers a detector's page, null for one that is not known. */
export function pageData(run: Run, pageOfDetector: (detector: string) => DetectorPage | null): PageData {
  const { entries, left: scopesLeft } = scopeEntries(run);
  const indexOf = new Map<Report, number>(entries.map(({ report, index }) => [report, index]));
  const figures = entries.map(figuresOf);
  const tables = new PageTables();
  const { cards, cardOf, left: cardsLeft } = cardsOf(run, indexOf);
  const labels = labelRows(entries, figures, cardOf);
  const labelAt = new Map(labels.map(({ label }, index) => [label, index]));
  const shapes = shapeRows(entries, labelAt, cardOf, tables);
  const statements = statementsModel(entries, cardOf, tables);
  const names = [...new Set(cards.flatMap(({ detectors }) => detectors))].sort();
  const page: PageData['page'] = {
    summary: summaryOfRun(run, entries, figures, cards),
    processes: run.processes,
    cards,
    opened: Math.min(cards.length, MOST_OPENED),
    detectors: Object.fromEntries(
      names.flatMap((name) => {
        const found = pageOfDetector(name);
        return found === null ? [] : [[name, found]];
      }),
    ),
    labels,
    shapes,
    shapeTexts: tables.shapes.items,
    sites: tables.sites.items,
    scopes: scopeRows(entries, figures, labelAt, cardOf, tables),
    words: tables.words.items,
    cardSets: tables.cardSets.items,
    losses: run.losses,
    asides: asidesOf(entries),
    gaps: pageGapsOf(run, entries, { scopes: scopesLeft, cards: cardsLeft }, tables),
  };
  return { page, statements };
}
