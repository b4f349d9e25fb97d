// A table in Markdown, its columns padded so that it reads in a mail or a terminal too.

import { cellsOf, padTo } from '../drawing/cells.js';

/** A column: its heading, and whether it holds figures, which stand on the right. */
export interface Column {
  heading: string;
  figures?: true;
}

/** Longer cells are not waited for: their column would be blank in all other rows. */
const WIDEST_PADDED = 60;

/** The lines of the table. Cells are Markdown already. */
export function tableOf(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ heading }, index) =>
    Math.min(Math.max(3, cellsOf(heading), ...rows.map((row) => cellsOf(row[index] as string))), WIDEST_PADDED),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => placed(cell, widths[index] as number, columns[index]?.figures)).join(' | ')} |`;
  const rule = columns.map(
    ({ figures }, index) => '-'.repeat((widths[index] as number) - (figures ? 1 : 0)) + (figures ? ':' : ''),
  );
  return [line(columns.map(({ heading }) => heading)), `| ${rule.join(' | ')} |`, ...rows.map(line)];
}

function placed(cell: string, width: number, figures?: true): string {
  return figures ? ' '.repeat(Math.max(0, width - cellsOf(cell))) + cell : padTo(cell, width);
}
