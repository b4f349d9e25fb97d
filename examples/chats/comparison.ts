// The demo's closing table: what a counter sees of each route as the chats become more, beside what queryscope said of it
// when there were 2.

import type { Finding } from 'queryscope';

export interface Row {
  label: string;
  /** Statements, one figure a column. */
  counts: readonly number[];
  /** Of the first column's request. */
  findings: readonly Finding[];
}

/** How a piece of the table looks; the identity where there is no terminal. */
export type Style = (format: 'bold' | 'dim' | 'yellow', text: string) => string;

const number = new Intl.NumberFormat('en-US');

/** Lines with a heading, at most 80 characters wide for figures of 5 digits. */
export function table(chats: readonly number[], rows: readonly Row[], style: Style): string {
  const labels = Math.max(...rows.map(({ label }) => label.length));
  const cellsOf = (figures: readonly string[]) => figures.map((figure) => figure.padStart(9)).join('');
  const [few, ...more] = chats.map((count) => number.format(count));
  const heading = ` ${' '.repeat(labels)}${cellsOf([`${few} chats`, ...more])}   queryscope at ${few} chats`;

  const lines = rows.map(({ label, counts, findings }) => {
    const grows = counts.at(-1) !== counts[0];
    const cells = cellsOf(counts.map((count) => number.format(count)));
    return ` ${label.padEnd(labels)}${grows ? style('bold', cells) : cells}   ${verdictOn(findings, style)}`;
  });
  return [style('dim', heading), ...lines, ''].join('\n');
}

function verdictOn([first]: readonly Finding[], style: Style): string {
  return first === undefined ? 'nothing' : `${style('yellow', '▲')} ${first.data.grows ?? first.message}`;
}
