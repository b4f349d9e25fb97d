// Finds rows that were inserted because a look-up had found none: what another request may do in between. Whether that ends as a double
// row or as an error is the catalogue's to say.

import { FINE_LOT } from '../profile/slices.js';
import type { CatalogueTable, Shape, Statement } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import { type Confidence, type Detection, type Detector, type Evidence, sliced, type Words } from './detector.js';
import { areAmong, askedBy, type Equality, isAnsweredBefore, onlyTable, writtenBy } from './equalities.js';
import { counted } from './figures.js';
import { areIsolated, HeldLocks, type Hold } from './held-locks.js';
import { tablesIn } from './known-tables.js';
import { inBrackets, libraryOf } from './library-words.js';

export const checkThenInsert: Detector = sliced({
  meta: {
    id: 'check-then-insert',
    severity: 'error',
    summary: 'rows inserted because a look-up found none, with nothing that keeps another request from doing the same',
    page: 'dist/detectors/check-then-insert.md',
    clock: false,
  },

  needs: 'writes',

  *detect(view: ProfileView): Generator<void, Detection> {
    const found = new Map<string, Evidence>();
    for (const { check, insert, guard } of yield* pairsOf(view)) {
      const repeat = view.repeatOf(insert.index);
      const key = `${view.repeatOf(check.statement.index).index} ${repeat.index} ${guard} ${confidenceOf(check, guard)}`;
      let evidence = found.get(key);
      if (evidence === undefined) {
        evidence = evidenceOf(check, insert, guard);
        evidence.callSite = insert.callSite ?? repeat.callSite;
        found.set(key, evidence);
      }
      evidence.statements.push(insert.index);
      if (evidence.source.at(-1) !== check.statement.index) evidence.source.push(check.statement.index);
      evidence.data.count = evidence.statements.length;
      yield;
    }
    return { evidence: [...found.values()], dismissals: [] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { data } = evidence;
    const table = String(data.table);
    const columns = String(data.columns);
    const times = Number(data.count) > 1 ? `, ${counted(Number(data.count), 'time')}` : '';
    return {
      message: `insert into ${table} after a look-up by ${columns} found no row${times}`,
      why: `Two requests that look at the same time both find none, and both insert: no lock, no ON CONFLICT and no serializable transaction holds one of them off. ${WHY[data.guard as Guard](table, columns)}`,
      advice: `${data.guard === 'unique' ? '' : `Have a unique constraint over (${columns}). `}Let the INSERT itself find out: ON CONFLICT DO NOTHING${inBrackets(libraryOf(evidence, view)?.insertOrSkip)} returns no row where there was one, ON CONFLICT DO UPDATE returns it.`,
      replacement: null,
    };
  },
});

/**
 * What is known of unique constraints. unique: one over columns that were looked up, or the INSERT was refused by one · partly: one that these columns are
 * a part of, or of some rows only · none: the catalogue has none with any of them · unknown: it was not asked, or does not know the table.
 */
type Guard = 'unique' | 'partly' | 'none' | 'unknown';

const WHY: Record<Guard, (table: string, columns: string) => string> = {
  unique: (table) => `A unique constraint of ${table} refuses the second (23505), so the race ends as an error.`,
  partly: (table, columns) =>
    `A unique constraint of ${table} has ${columns} among other columns, or is of some rows only; whether it refuses the second is for its other half to say.`,
  none: (table, columns) => `${table} has no unique constraint with ${columns}: both rows stay.`,
  unknown: (table, columns) =>
    `Whether ${table} has a unique constraint over ${columns} is not known: without one both rows stay, with one the second is refused (23505).`,
};

/** A statement that found no row, and what it asked by. */
interface Check {
  statement: Statement;
  table: string;
  asked: Equality[];
  hold: Hold | null;
  /** Its transaction has changed a row, for which others may have to wait. */
  mayBeHeld: boolean;
}

interface Pair {
  check: Check;
  insert: Statement;
  guard: Guard;
}

/** INSERTs of what a look-up had not found, in order. */
function* pairsOf({ profile }: ProfileView): Generator<void, Pair[]> {
  const tableOf = tablesIn(profile);
  const locks = new HeldLocks();
  const checks = new Checks();
  const pairs: Pair[] = [];
  for (const statement of profile.statements) {
    if (statement.index % FINE_LOT === FINE_LOT - 1) yield;
    const { shape } = statement;
    const table = onlyTable(shape);
    if (table !== null && shape.verb === 'insert') {
      const inserted = writtenBy(statement, 'insert');
      const check = yield* checks.take(table, inserted, statement);
      if (check !== null && isOpenToRaces(check, statement, profile)) {
        const guard = guardOf(check, statement, tableOf(table, statement));
        if (guard !== null) pairs.push({ check, insert: statement, guard });
      }
    } else if (table !== null && foundNone(statement) && !isList(shape)) {
      const asked = askedBy(statement);
      if (asked !== null && asked.length > 0)
        checks.add({ statement, table, asked, hold: locks.around(statement), mayBeHeld: locks.mayHold(statement) });
    }
    locks.pass(statement);
  }
  return pairs;
}

/** The look-ups that found no row and have led to none yet, by table and by each value that was asked for first. */
class Checks {
  readonly #byValue = new Map<string, Map<string, Check>>();

  /** Of one shape the last one counts. */
  add(check: Check): void {
    const key = keyOf(check.table, check.asked[0] as Equality);
    const known = this.#byValue.get(key);
    if (known === undefined) this.#byValue.set(key, new Map([[check.statement.shape.id, check]]));
    else known.set(check.statement.shape.id, check);
  }

  /** The look-up by most columns that asked for nothing but what is inserted here. It is not asked again: from now on there is such a row. */
  *take(table: string, inserted: readonly Equality[], insert: Statement): Generator<void, Check | null> {
    let best: Check | null = null;
    let steps = 0;
    for (const value of inserted) {
      const key = keyOf(table, value);
      for (const check of this.#byValue.get(key)?.values() ?? []) {
        if (++steps % FINE_LOT === 0) yield;
        if (!areAmong(check.asked, inserted) || !isAnsweredBefore(check.statement, insert)) continue;
        if (best === null || check.asked.length >= best.asked.length) best = check;
      }
    }
    if (best !== null && insert.error === null) this.#byValue.delete(keyOf(table, best.asked[0] as Equality));
    return best;
  }
}

function keyOf(table: string, { column, value }: Equality): string {
  return `${value} ${column} ${table}`;
}

/** A SELECT without a row, a count of 0, EXISTS that is false, or an UPDATE of nothing. */
function foundNone({ shape, rows, affected, absent, error }: Statement): boolean {
  if (error !== null) return false;
  if (shape.verb === 'update') return affected === 0;
  return shape.verb === 'select' && shape.writes.length === 0 && (rows === 0 || absent === true);
}

/** What belongs to something else, in an order or by pages: that there was none says nothing of whether there may be one. */
function isList({ text, slots }: Shape): boolean {
  if (slots.some(({ role }) => role === 'offset')) return true;
  return /\border by\b/.test(text) && !slots.some(({ role }) => role === 'limit');
}

function isOpenToRaces(check: Check, insert: Statement, profile: ProfileView['profile']): boolean {
  if (/\bon conflict\b/.test(insert.shape.text)) return false;
  if (check.hold === 'session') return false;
  if (check.hold === 'transaction' && check.statement.transaction === insert.transaction) return false;
  return !areIsolated(profile, check.statement, insert, ['serializable']);
}

/** Null where nothing was inserted. */
function guardOf({ asked }: Check, { error }: Statement, facts: CatalogueTable | null): Guard | null {
  if (error !== null && error.code !== '23505') return null;
  if (facts === null) return error === null ? 'unknown' : 'unique';
  const isAsked = (column: string): boolean => asked.some((each) => each.column === column);
  if (facts.unique.some(({ columns, plain }) => plain && columns.every(isAsked))) return 'unique';
  if (error !== null) return null;
  return facts.unique.some(({ columns }) => columns.some(isAsked)) ? 'partly' : 'none';
}

function confidenceOf({ asked, mayBeHeld }: Check, guard: Guard): Confidence {
  return guard === 'none' && !mayBeHeld && meansOne(columnsOf(asked)) ? 'likely' : 'possible';
}

function columnsOf(asked: readonly Equality[]): string[] {
  return [...new Set(asked.map(({ column }) => column))];
}

function evidenceOf(check: Check, { shape }: Statement, guard: Guard): Evidence {
  const { table, asked } = check;
  return {
    ...(guard === 'unique' && { severity: 'info' as const }),
    confidence: confidenceOf(check, guard),
    statements: [],
    source: [],
    callSite: null,
    data: { count: 0, table: shape.writes[0] ?? table, columns: columnsOf(asked).join(', '), guard },
  };
}

/** A column that refers to another table: there may be many rows of one value. */
const REFERENCE = /.(?:_id|_uuid|Id)$/;

/**
 * May there be only one row of these values? One name or address, or one pair of references. That the messages of a chat were none, or none of them was unread,
 * says nothing of how many there may be.
 */
function meansOne(columns: readonly string[]): boolean {
  const references = columns.filter((column) => REFERENCE.test(column)).length;
  return columns.length === 1 ? references === 0 : references === columns.length;
}
