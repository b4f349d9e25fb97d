// Statements below each other, with their conditions in one column: what differs between them then stands out.

import { cellsOf, padTo } from './cells.js';

const CONDITION = ' where ';

/** Pads what stands before `where`, so that statements below each other read as a table. */
export function alignConditions(statements: readonly string[]): string[] {
  const heads = statements.map((sql) => sql.split(CONDITION, 1)[0] as string);
  if (heads.some((head, index) => head === statements[index])) return [...statements];
  const widest = Math.max(...heads.map(cellsOf));
  return statements.map((sql, index) => {
    const head = heads[index] as string;
    return padTo(head, widest) + sql.slice(head.length);
  });
}
