// The README's table of libraries, made from what a run measured.

import type { Column } from './libraries.js';

export interface Cell {
  told: string;
  isGreen: boolean;
}

/** One library as it was measured; a column without a cell is something that the library does not have. */
export interface Row {
  title: string;
  version: string;
  cells: Partial<Record<Column, Cell>>;
  /** Statements of its own that the library sent on a cold visit. */
  infrastructure: number;
  /** Why a cell is red. */
  red: Partial<Record<Column, string>>;
}

const HEADS: Record<Column, string> = {
  statements: 'statements',
  loops: 'proven loops',
  line: 'your lines',
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

/** The table, with the reasons of its red cells below. */
export function tableOf(rows: readonly Row[]): string {
  const reasons: string[] = [];
  const lines = rows.map(({ title, version, cells, infrastructure, red }) => {
    const drawn = COLUMNS.map((column) => {
      const cell = cells[column];
      if (cell === undefined) return '–';
      if (cell.isGreen) return cell.told;
      reasons.push(`${title}, ${HEADS[column]}: ${red[column]}.`);
      return `✗ <sup>${reasons.length}</sup>`;
    });
    return `| ${[title, version, ...drawn, infrastructure].join(' | ')} |`;
  });
  const heads = ['library', 'version', ...COLUMNS.map((column) => HEADS[column]), 'infrastructure'];
  const table = [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...lines];
  return `${[...table, ...reasons.flatMap((reason, index) => ['', `<sup>${index + 1}</sup> ${reason}`])].join('\n')}\n`;
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
