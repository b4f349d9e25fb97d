// Statements below each other, whatever is drawn before them: the SQL as wide as there is room, how it ended, and the line of
// code that sent it beside it, or below where the terminal is narrow.

import { cellsOf, cutStart } from '../drawing/cells.js';
import { fitSql } from '../drawing/short-sql.js';
import { INDENT, type Painted } from './layout.js';
import type { Paint } from './paint.js';
import { paintSql } from './paint-sql.js';

/** One statement of a drawing. */
export interface StatementRow {
  /** What stands before the SQL. */
  lead: Painted;
  /** What runs on below the lead, where the site stands on a line of its own. */
  below: Painted;
  sql: string;
  /** How it ended: `✓ 1 row`, `✖ 23514`; empty where that says nothing. */
  ending: Painted;
  site: string;
}

/** Where SQL has to be cut to less than this, the sites move to lines of their own. */
const READABLE_SQL = 60;
/** However long the leads, SQL gets this much. */
const MIN_SQL = 32;

/** The rows, indented, at most `width` cells wide unless their leads are very long. */
export function drawStatementRows(rows: readonly StatementRow[], width: number, paint: Paint): string[] {
  const widest = (cells: (row: StatementRow) => number) => Math.max(0, ...rows.map(cells));
  const leadCells = widest(({ lead }) => cellsOf(lead.text)) + 2;
  const siteCells = widest(({ site }) => cellsOf(site));
  const room = Math.max(width - INDENT.length - leadCells, MIN_SQL);
  const beside = siteCells === 0 ? room : room - siteCells - 2;
  const wanted = widest(({ sql, ending }) => cellsOf(sql) + endingCells(ending));
  const isBeside = wanted <= beside || beside >= READABLE_SQL;
  const fitted = ({ sql, ending }: StatementRow) => fitSql(sql, (isBeside ? beside : room) - endingCells(ending));
  const bodyCells = widest((row) => cellsOf(fitted(row)) + endingCells(row.ending));

  return rows.flatMap((row) => {
    const { lead, below, ending } = row;
    const sql = fitted(row);
    const painted = ending.text === '' ? '' : `  ${ending.painted}`;
    const statement = INDENT + padded(lead, leadCells) + paintSql(sql, paint) + painted;
    if (row.site === '') return [statement];
    const site = paint('place', cutStart(row.site, isBeside ? siteCells : room));
    if (!isBeside) return [statement, INDENT + padded(below, leadCells) + site];
    return [statement + ' '.repeat(bodyCells - cellsOf(sql) - endingCells(ending) + 2) + site];
  });
}

const endingCells = ({ text }: Painted): number => (text === '' ? 0 : 2 + cellsOf(text));

function padded({ text, painted }: Painted, cells: number): string {
  return painted + ' '.repeat(Math.max(0, cells - cellsOf(text)));
}
