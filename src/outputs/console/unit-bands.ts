// The statements of an atomicity finding in the order in which they were sent, with a band beside those that PostgreSQL keeps or
// undoes together: what was one unit, what was none, and how each ended.

import type { Profile, Statement, Transaction, Verb } from '../../profile/types.js';
import type { Finding } from '../../report/report.js';
import { cellsOf } from './cells.js';
import { oneLine } from './harmless.js';
import type { Painted } from './layout.js';
import { count, counted } from './numbers.js';
import type { Paint, Style } from './paint.js';
import { shortSql } from './short-sql.js';
import { drawStatementRows, type StatementRow, siteOf } from './statement-rows.js';

/** Equal statements in a row of one unit: one line with their number. */
interface Run {
  statements: Statement[];
  sql: string;
  site: string;
  ending: Ending;
}

interface Ending {
  text: string;
  style: Style;
}

/** The runs of one unit that no other unit of the finding comes between. */
interface Band {
  transaction: Transaction | null;
  runs: Run[];
}

const BOUNDS: ReadonlySet<Verb> = new Set<Verb>(['begin', 'commit', 'rollback', 'prepare transaction']);

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

/** What the finding names, with what opened and ended its transactions. */
function bandsOf({ statements, source }: Finding, profile: Profile): Band[] {
  const named = new Set([...source, ...statements]);
  const units = new Set([...named].flatMap((index) => profile.statements[index]?.transaction ?? []));
  const isBound = ({ shape, transaction }: Statement) =>
    BOUNDS.has(shape.verb) && transaction !== null && units.has(transaction);
  const bands: Band[] = [];
  for (const statement of profile.statements) {
    if (!named.has(statement.index) && !isBound(statement)) continue;
    const transaction = transactionOf(statement, profile);
    let band = bands.at(-1);
    if (band === undefined || band.transaction !== transaction || (transaction === null && !isSame(band, statement))) {
      band = { transaction, runs: [] };
      bands.push(band);
    }
    add(band, statement);
  }
  return bands;
}

function transactionOf({ transaction }: Statement, { transactions }: Profile): Transaction | null {
  return transaction === null ? null : (transactions[transaction] ?? null);
}

/** Is it the statement that this band ends with, sent again? */
function isSame({ runs }: Band, statement: Statement): boolean {
  const last = runs.at(-1)?.statements.at(-1);
  return (
    last !== undefined &&
    last.shape.id === statement.shape.id &&
    last.error?.code === statement.error?.code &&
    siteOf(last.callSite) === siteOf(statement.callSite)
  );
}

function add(band: Band, statement: Statement): void {
  const run = band.runs.at(-1);
  if (run !== undefined && isSame(band, statement)) {
    run.statements.push(statement);
    run.ending = endingOf(run.statements);
  } else {
    const statements = [statement];
    const { sql, callSite } = statement;
    band.runs.push({ statements, sql: shortSql(sql), site: siteOf(callSite), ending: endingOf(statements) });
  }
}

/** What the server answered: the rows that a write changed or a read brought, or its refusal. */
function endingOf(statements: readonly Statement[]): Ending {
  const [{ error, shape, affected, rows, command }] = statements as [Statement];
  if (error !== null) return { text: `✖ ${oneLine(error.code ?? 'failed')}`, style: 'error' };
  if (shape.verb === 'commit' && command === 'ROLLBACK') return { text: '✖ answered ROLLBACK', style: 'error' };
  const isWrite = shape.writes.length > 0;
  if (!isWrite && shape.reads.length === 0) return { text: '', style: 'faint' };
  if ((isWrite ? affected : rows) === null) return { text: '', style: 'faint' };
  const sum = statements.reduce((total, each) => total + ((isWrite ? each.affected : each.rows) ?? 0), 0);
  return { text: `✓ ${counted(sum, 'row')}`, style: 'faint' };
}

interface BandRow {
  label: Painted;
  bar: Painted;
  below: Painted;
  run: Run;
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
    ending: { text: ending.text, painted: paint(ending.style, ending.text) },
    site,
  };
}
