// The statements of an atomicity finding in the order in which they were sent, put together as PostgreSQL keeps or undoes
// them together: what was one unit, what was none, and how each ended.

import type { Profile, Statement, Transaction, Verb } from '../../profile/types.js';
import type { Finding } from '../../report/report.js';
import { oneLine } from './harmless.js';
import { counted } from './numbers.js';
import { shortSql } from './short-sql.js';
import { siteOf } from './site-name.js';

/** Equal statements in a row of one unit: one line with their number. */
export interface BandRun {
  statements: Statement[];
  sql: string;
  site: string;
  ending: Ending;
}

/** What the server answered. */
export interface Ending {
  text: string;
  failed: boolean;
}

/** The runs of one unit that no other unit of the finding comes between. */
export interface Band {
  transaction: Transaction | null;
  runs: BandRun[];
}

const BOUNDS: ReadonlySet<Verb> = new Set<Verb>(['begin', 'commit', 'rollback', 'prepare transaction']);

/** What the finding names, with what opened and ended its transactions. */
export function bandsOf({ statements, source }: Finding, profile: Profile): Band[] {
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
  if (error !== null) return { text: `✖ ${oneLine(error.code ?? 'failed')}`, failed: true };
  if (shape.verb === 'commit' && command === 'ROLLBACK') return { text: '✖ answered ROLLBACK', failed: true };
  const isWrite = shape.writes.length > 0;
  if (!isWrite && shape.reads.length === 0) return { text: '', failed: false };
  if ((isWrite ? affected : rows) === null) return { text: '', failed: false };
  const sum = statements.reduce((total, each) => total + ((isWrite ? each.affected : each.rows) ?? 0), 0);
  return { text: `✓ ${counted(sum, 'row')}`, failed: false };
}
