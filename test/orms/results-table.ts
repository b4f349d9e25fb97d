// The README's table of libraries, made from what a run measured.

import type { Column } from './libraries.js';

/** One library as it was measured; a column without a cell is something that the library does not have. */
export interface Row {
  title: string;
  version: string;
  cells: Partial<Record<Column, string>>;
  /** Statements of its own that the library sent on a cold visit. */
  infrastructure: number;
  notes: Partial<Record<Column, string>>;
}

const HEADS: Record<Column, string> = {
  statements: 'statements',
  loops: 'proven loops',
  line: 'your lines',
  parallel: 'in `Promise.all`',
  apart: 'pool of 1, of 2',
  eager: 'eager: silent',
  transactions: 'transactions',
  bulk: 'bulk: silent',
  stream: 'stream',
  words: 'advice: its own calls',
  wrap: '`wrap(handle)`',
};
const COLUMNS = Object.keys(HEADS) as Column[];
const BEGIN = '<!-- libraries: written by `npm run orms -- --update` -->\n';
const END = '<!-- /libraries -->';

/** The table, with its notes below. */
export function tableOf(rows: readonly Row[]): string {
  const notes: string[] = [];
  const lines = rows.map(({ title, version, cells, infrastructure, notes: own }) => {
    const drawn = COLUMNS.map((column) => {
      const cell = cells[column] ?? 'has none';
      const note = own[column];
      if (note === undefined && cells[column] === undefined) throw new Error(`${title} has no ${column}: say why.`);
      if (note === undefined) return cell;
      notes.push(`${title}: ${note}.`);
      return `${cell} <sup>${notes.length}</sup>`;
    });
    return `| ${[title, version, ...drawn, infrastructure].join(' | ')} |`;
  });
  const heads = ['library', 'version', ...COLUMNS.map((column) => HEADS[column]), 'infrastructure'];
  const table = [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...lines];
  const below = notes.map((note, index) => `<sup>${index + 1}</sup> ${note}`);
  return `${[...table, '', below.join('<br>\n')].join('\n')}\n`;
}

/** The README with this table in place of the one between its marks. */
export function withTable(readme: string, table: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The README has no place for the table: ${BEGIN.trim()} and ${END}.`);
  return readme.slice(0, begin + BEGIN.length) + table + readme.slice(end);
}

/** The titles and versions that a README's table has. */
export function versionsIn(readme: string): Map<string, string> {
  const table = readme.slice(readme.indexOf(BEGIN), readme.indexOf(END));
  return new Map(
    [...table.matchAll(/^\| (?!library|---)([^|]+) \| ([^|]+) \|/gm)].map(([, title, version]) => [title!, version!]),
  );
}
