// The statements of an atomicity finding in the order in which they were sent, with a band beside those that PostgreSQL keeps or
// undoes together: what was one unit, what was none, and how each ended.

import type { Profile, Transaction } from '../../profile/types.js';
import type { Finding } from '../../report/report.js';
import { type Band, type BandRun, bandsOf } from '../drawing/bands.js';
import { cellsOf } from '../drawing/cells.js';
import { count, counted } from '../drawing/numbers.js';
import type { Painted } from './layout.js';
import type { Paint, Style } from './paint.js';
import { drawStatementRows, type StatementRow } from './statement-rows.js';

/** A line more tells nothing that these do not. */
const MOST_RUNS = 16;

/** The bands, indented, at most `width` cells wide. */
export function drawUnitBands(finding: Finding, profile: Profile, width: number, paint: Paint): string[] {
  const bands = bandsOf(finding, profile);
  const several = new Set(bands.flatMap(({ transaction }) => transaction?.index ?? [])).size > 1;
  const rows = bands.flatMap((band) => rowsOf(band, several, paint));
  const labelCells = Math.max(...rows.map(({ label }) => cellsOf(label.text)));
  const shown = rows.length > MOST_RUNS ? rows.slice(0, MOST_RUNS - 1) : rows;
  const lines = drawStatementRows(
    shown.map((row) => rowOf(row, labelCells, paint)),
    width,
    paint,
  );
  const left = rows.slice(shown.length).reduce((sum, { run }) => sum + run.statements.length, 0);
  return left === 0
    ? lines
    : [...lines, paint('faint', `   ${' '.repeat(labelCells)}   … and ${counted(left, 'statement')} more`)];
}

interface BandRow {
  label: Painted;
  bar: Painted;
  below: Painted;
  run: BandRun;
}

function rowsOf({ transaction, runs }: Band, several: boolean, paint: Paint): BandRow[] {
  const labels = labelsOf(transaction, several, paint);
  const bar = (sign: string): Painted => ({ text: sign, painted: paint(barStyle(transaction), sign) });
  return runs.map((run, index) => {
    const isFirst = index === 0 && runs.length > 1;
    const isLast = index === runs.length - 1 && runs.length > 1 && transaction?.outcome !== 'left open';
    // One line has room for one label: how it ended says more than that it was one.
    const label = runs.length === 1 ? labels.at(-1) : labels[index];
    return {
      label: label ?? NOTHING,
      bar: bar(isFirst ? '┏' : isLast ? '┗' : '┃'),
      below: isLast ? NOTHING : bar('┃'),
      run,
    };
  });
}

const NOTHING: Painted = { text: '', painted: '' };

function labelsOf(transaction: Transaction | null, several: boolean, paint: Paint): Painted[] {
  const text = (label: string, style: Style): Painted => ({ text: label, painted: paint(style, label) });
  if (transaction === null) return [text('autocommit', 'faint')];
  const name = several ? `transaction ${transaction.index + 1}` : 'transaction';
  const style = transaction.outcome === 'left open' ? 'error' : 'faint';
  return [text(name, 'faint'), text(transaction.outcome, style)];
}

function barStyle(transaction: Transaction | null): Style {
  if (transaction === null) return 'strong';
  return transaction.outcome === 'left open' ? 'error' : transaction.outcome === 'committed' ? 'strong' : 'faint';
}

function rowOf({ label, bar, below, run }: BandRow, cells: number, paint: Paint): StatementRow {
  const { statements, sql, site, ending } = run;
  const times = statements.length > 1 ? ` ${count(statements.length)}×` : '';
  const gap = ' '.repeat(cells - cellsOf(label.text));
  return {
    lead: {
      text: `${label.text}${gap} ${bar.text}${times}`,
      painted: `${label.painted}${gap} ${bar.painted}${paint('strong', times)}`,
    },
    below: { text: `${' '.repeat(cells)} ${below.text}`, painted: `${' '.repeat(cells)} ${below.painted}` },
    sql,
    ending: { text: ending.text, painted: paint(ending.failed ? 'error' : 'faint', ending.text) },
    site,
  };
}
