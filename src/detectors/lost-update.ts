// Finds rows that were read by their key and then written by it, with nothing that holds off another request that does the same. How
// likely it is that the value written was made of the one read is for ties and for the catalogue to say.

import { FINE_LOT } from '../profile/slices.js';
import type { CatalogueTable, Profile, Shape, Statement, Tie } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import { type Confidence, type Detection, type Detector, type Evidence, sliced, type Words } from './detector.js';
import {
  areAmong,
  askedBy,
  bareName,
  type Equality,
  isAnsweredBefore,
  isComparedOtherwise,
  onlyTable,
  writtenBy,
} from './equalities.js';
import { counted } from './figures.js';
import { areIsolated, HeldLocks, type Hold } from './held-locks.js';
import { tablesIn } from './known-tables.js';
import { code, inBrackets, libraryOf } from './library-words.js';

export const lostUpdate: Detector = sliced({
  meta: {
    id: 'lost-update',
    severity: 'error',
    summary:
      'rows read by their key and then written by it, without a lock or a version that keeps what others wrote meanwhile',
    page: 'dist/detectors/lost-update.md',
    clock: false,
  },

  needs: 'writes',

  *detect(view: ProfileView): Generator<void, Detection> {
    const found = new Map<string, Evidence>();
    for (const update of yield* updatesOf(view)) {
      const { read, statement } = update;
      const repeat = view.repeatOf(statement.index);
      const key = `${view.repeatOf(read.statement.index).index} ${repeat.index} ${update.origin} ${confidenceOf(update)}`;
      let evidence = found.get(key);
      if (evidence === undefined) {
        evidence = evidenceOf(update);
        evidence.callSite = statement.callSite ?? repeat.callSite;
        found.set(key, evidence);
      }
      evidence.statements.push(statement.index);
      if (evidence.source.at(-1) !== read.statement.index) evidence.source.push(read.statement.index);
      evidence.data.count = evidence.statements.length;
      yield;
    }
    for (const evidence of found.values()) evidence.source = [...new Set(evidence.source)].sort((a, b) => a - b);
    return { evidence: [...found.values()], dismissals: [] };
  },

  word(evidence: Evidence, view: ProfileView): Words {
    const { data } = evidence;
    const library = libraryOf(evidence, view);
    const add = library?.add === undefined ? 'set n = n + $1' : code(library.add);
    const times = Number(data.count) > 1 ? `, ${counted(Number(data.count), 'time')}` : '';
    return {
      message: `update of ${data.table} (${data.columns}) after a read of the row, without a lock or a version${times}`,
      why: `Two requests that read the row at the same time both write what they made of it, and the second undoes the first. ${WHY[data.origin as Origin](data)}`,
      advice: `Compute in the UPDATE itself (${add}); or read the row FOR UPDATE${inBrackets(library?.lock)} in the same transaction; or compare what was read (and version = $2), and try again where no row was updated.`,
      replacement: null,
    };
  },
});

/**
 * What speaks for a value that was made of the row read. computed: it is the number read, changed by what other writes tell · row: columns are written
 * back as they were read, beside one that is not · version: the table has a version, and the UPDATE does not compare it · unknown: nothing of that is seen.
 */
type Origin = 'computed' | 'row' | 'version' | 'unknown';

const WHY: Record<Origin, (data: Evidence['data']) => string> = {
  computed: () =>
    'The number written is the one read, changed by an amount that another write of this scope binds too, or so that the sum over the rows it changes stays.',
  row: ({ kept }) =>
    `${counted(Number(kept), 'column')} of it ${kept === 1 ? 'is' : 'are'} written back as read, so the values come from the row, and what another request changed there is undone too.`,
  version: ({ table, version }) =>
    `${table} has the column ${version} to tell that by, and this UPDATE does not compare it.`,
  unknown: () =>
    'Where the value written comes from is not seen: if from outside, and not from the row, then the last one is meant to win.',
};

/** A row that a SELECT brought by its key. */
interface Read {
  statement: Statement;
  asked: Equality[];
  hold: Hold | null;
  /** Its transaction has changed a row before, for which others may have to wait. */
  mayBeHeld: boolean;
}

interface Update {
  read: Read;
  statement: Statement;
  table: string;
  columns: string[];
  origin: Origin;
  /** Columns that are written back as they were read. */
  kept: number;
  version: string | null;
}

/** UPDATEs of rows that were read before, in order. */
function* updatesOf({ profile }: ProfileView): Generator<void, Update[]> {
  const tableOf = tablesIn(profile);
  const values = yield* valuesOfRows(profile);
  const locks = new HeldLocks();
  const reads = new Reads();
  const updates: Update[] = [];
  for (const statement of profile.statements) {
    if (statement.index % FINE_LOT === FINE_LOT - 1) yield;
    const { shape } = statement;
    const mayBeHeld = locks.mayHold(statement);
    locks.pass(statement);
    if (isReadOfRow(statement)) reads.add(statement, locks.around(statement), mayBeHeld);
    const table = shape.verb === 'update' ? onlyTable(shape) : null;
    if (table === null) continue;
    const read = reads.of(table, statement);
    if (read !== null && isOpenToRaces(read, statement, profile)) {
      const columns = columnsWritten(statement, read.statement.shape);
      if (columns.length > 0) {
        const judged = originOf(
          read,
          statement,
          columns,
          values.get(statement.index)?.get(read.statement.index),
          tableOf(table, statement),
        );
        updates.push({ read, statement, table: shape.writes[0] as string, columns, ...judged });
      }
    }
    reads.changed(table, statement);
  }
  return updates;
}

/** Columns of an UPDATE whose value comes from the row: as it stood there, or computed from what stood there. */
interface FromRow {
  kept: Set<string>;
  computed: Set<string>;
}

/** By UPDATE, and by the statement that read the row. */
function* valuesOfRows({ ties }: Profile): Generator<void, Map<number, Map<number, FromRow>>> {
  const byUpdate = new Map<number, Map<number, FromRow>>();
  for (let i = 0; i < ties.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const { kind, from, to } = ties[i] as Tie;
    if ((kind !== 'read' && kind !== 'computed') || to.column === null) continue;
    const byRead = byUpdate.get(to.statement) ?? new Map<number, FromRow>();
    byUpdate.set(to.statement, byRead);
    const values = byRead.get(from.statement) ?? { kept: new Set(), computed: new Set() };
    byRead.set(from.statement, values);
    values[kind === 'read' ? 'kept' : 'computed'].add(to.column);
  }
  return byUpdate;
}

/** The rows read so far, by table and by each value that they were asked for; of one the last counts. */
class Reads {
  readonly #byValue = new Map<string, Read>();
  /** Rows that an open transaction has changed: they are locked until its end. */
  readonly #changed = new Set<string>();

  add(statement: Statement, hold: Hold | null, mayBeHeld: boolean): void {
    for (const table of new Set(statement.shape.reads.map(bareName))) {
      const asked = askedOf(statement, table);
      const changed = asked.some((each) => this.#changed.has(`${statement.transaction} ${keyOf(table, each)}`));
      const read: Read = { statement, asked, hold: changed ? 'transaction' : hold, mayBeHeld };
      for (const each of asked) this.#byValue.set(keyOf(table, each), read);
    }
  }

  /** The read of the row that an UPDATE changes: it asked for nothing that the read did not ask for, such as a version. */
  of(table: string, update: Statement): Read | null {
    const asked = askedBy(update);
    const [first] = asked ?? [];
    if (asked === null || first === undefined || update.shape.slots.some(isComparedOtherwise)) return null;
    const read = this.#byValue.get(keyOf(table, first));
    if (read === undefined || !areAmong(asked, read.asked) || !isAnsweredBefore(read.statement, update)) return null;
    return read;
  }

  changed(table: string, update: Statement): void {
    const [first] = askedBy(update) ?? [];
    if (update.transaction !== null && update.error === null && first !== undefined)
      this.#changed.add(`${update.transaction} ${keyOf(table, first)}`);
  }
}

function keyOf(table: string, { column, value }: Equality): string {
  return `${value} ${column} ${table}`;
}

/** The columns of one of its tables that it asks for by a value. */
function askedOf({ shape, slotKeys }: Statement, table: string): Equality[] {
  const only = onlyTable(shape);
  const asked: Equality[] = [];
  for (const slot of shape.slots) {
    const value = slotKeys?.[slot.index - 1] ?? -1;
    if (slot.role !== 'compare' || isComparedOtherwise(slot) || slot.column === null || value < 0) continue;
    if ((slot.table === null ? only : bareName(slot.table)) === table) asked.push({ column: slot.column, value });
  }
  return asked;
}

/** One row with values in it, and not only whether there is one. */
function isReadOfRow({ shape, rows, error }: Statement): boolean {
  if (shape.verb !== 'select' || shape.writes.length > 0 || rows !== 1 || error !== null) return false;
  return !/^select (?:exists|count)\s?\(/.test(shape.text);
}

function isOpenToRaces(read: Read, update: Statement, profile: Profile): boolean {
  if (update.error !== null || update.affected === 0) return false;
  if (read.hold === 'session') return false;
  if (read.hold === 'transaction' && read.statement.transaction === update.transaction) return false;
  return !areIsolated(profile, read.statement, update, ['repeatable read', 'serializable']);
}

/** The columns that get a value which may have been made of the row: bound as it is, to a column that was read. */
function columnsWritten(update: Statement, read: Shape): string[] {
  if (!bindsWhatItSets(update.sql)) return [];
  const selected = columnsSelected(read.text);
  const written = new Set(writtenBy(update, 'set').map(({ column }) => column));
  return [...written].filter((column) => selected === null || selected.has(column));
}

/** A literal beside bound values was written by a programmer, and not made of a row. Where all are literals, a tool has put them in. */
function bindsWhatItSets(sql: string): boolean {
  if (!/\$\d/.test(sql)) return true;
  const assignments = /\bset\b([\s\S]*?)(?:\bwhere\b|$)/i.exec(sql)?.[1] ?? '';
  return /=\s*\(?\s*\$\d/.test(assignments);
}

/** The columns of a select list by name; null where it has a star or an expression, so that any may be among them. */
function columnsSelected(text: string): Set<string> | null {
  const list = /^select (?:distinct )?(.*?) from /.exec(text)?.[1];
  if (list === undefined || /[*(]/.test(list)) return null;
  const columns = new Set<string>();
  for (const item of list.split(', ')) {
    const name = /^(?:(?:"[^"]*"|\w+)\.)*(?:"([^"]*)"|(\w+))(?: as .*)?$/.exec(item);
    if (name !== null) columns.add((name[1] ?? name[2]) as string);
    else if (item !== '?') return null;
  }
  return columns;
}

/** Names under which versions are kept: by JPA, Rails, TypeORM, Prisma's guides and Sequelize. */
const VERSION = /^(?:version|(?:row|lock|opt_?lock|record)_?version|opt_?lock|revision|lock_?token|etag)$/i;

/** From how many columns on that are written back as read they are not by chance unchanged in what came from outside. */
const KEPT_COLUMNS = 2;

function originOf(
  read: Read,
  update: Statement,
  columns: readonly string[],
  values: FromRow | undefined,
  facts: CatalogueTable | null,
): Pick<Update, 'origin' | 'kept' | 'version'> {
  const kept = columns.filter((column) => values?.kept.has(column)).length;
  const version = facts?.columns.find((column) => VERSION.test(column)) ?? null;
  const isWholeRow = (): boolean => {
    const all = columnsSelected(read.statement.shape.text) ?? facts?.columns;
    const key = (askedBy(update) ?? []).map(({ column }) => column);
    return all !== undefined && [...all].every((column) => columns.includes(column) || key.includes(column));
  };
  let origin: Origin = version === null ? 'unknown' : 'version';
  if (kept > 0 && kept < columns.length && (kept >= KEPT_COLUMNS || isWholeRow())) origin = 'row';
  if (columns.some((column) => values?.computed.has(column))) origin = 'computed';
  return { origin, kept, version };
}

function confidenceOf({ read, origin }: Update): Confidence {
  return origin === 'unknown' || read.mayBeHeld ? 'possible' : 'likely';
}

function evidenceOf(update: Update): Evidence {
  const { table, columns, origin, kept, version, statement } = update;
  const data: Evidence['data'] = {
    count: 0,
    table,
    columns: columns.join(', '),
    key: (askedBy(statement) ?? []).map(({ column }) => column).join(', '),
    origin,
    kept,
  };
  if (version !== null) data.version = version;
  return {
    confidence: confidenceOf(update),
    statements: [],
    source: [],
    callSite: null,
    data,
  };
}
