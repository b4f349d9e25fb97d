// What to send instead, drawn: one line a statement where that tells enough, with the tables in one column, else the whole
// SQL laid out over lines.

import { alignConditions } from '../drawing/align-conditions.js';
import { cellsOf } from '../drawing/cells.js';
import { formatSql } from '../drawing/format-sql.js';
import { briefSql, fitSql } from '../drawing/short-sql.js';
import type { Paint } from './paint.js';
import { paintSql } from './paint-sql.js';

/** Longer SQL is nothing to read in a terminal, and slow to lay out. */
const MAX_CHARACTERS = 4_000;

/** Lines of at most `width` cells; SQL that is laid out may be wider where one of its words is. */
export function replacementLines(replacements: readonly string[], width: number, paint: Paint): string[] {
  const brief = replacements.map(briefSql);
  const aligned = alignConditions(brief);
  const fitting = aligned.every((sql) => cellsOf(sql) <= width) ? aligned : brief;
  const laidOut = replacements.map((sql, index) => {
    const line = fitting[index] as string;
    if (sql.length > MAX_CHARACTERS) return [fitSql(line, width)];
    return cellsOf(line) <= width ? [line] : formatSql(sql, width);
  });
  const apart = laidOut.some((lines) => lines.length > 1);
  return laidOut.flatMap((lines, index) => {
    const painted = lines.map((line) => paintSql(line, paint));
    return apart && index > 0 ? ['', ...painted] : painted;
  });
}
