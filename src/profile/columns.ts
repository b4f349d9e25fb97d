// The columns that could have fed something: per shape and output column, which bound values stood in its
// rows and when they had arrived; and the way back, from a value to the columns that held it.

import { type Execution, type Ordinals, scalarOf } from './execution.js';
import { type ColumnName, type KnownNames, type Relation, relationOf, saysTable } from './names.js';
import type { DocumentRows, KeptRows } from './note.js';
import { FINE_LOT, LOT } from './slices.js';
import type { Shape } from './types.js';
import { canonical, type Kept } from './values.js';

/** Each takes some look-ups and comparisons. */
const HELD_AT_ONCE = FINE_LOT / 4;

/** A row's NULL. */
const NULL = -1;
/** A value that no statement of the scope bound. */
const UNBOUND = -2;

/** The part of a column that one execution returned. */
export interface ColumnPart {
  execution: Execution;
  /** The rows that it stands in: those of the result, or of documents in it. */
  kept: KeptRows;
  /** Ordinals in row order; `UNBOUND` for values nobody bound; NULLs left out; of an array each item. */
  ordinals: readonly number[];
  /** Which row each of them stands in; null where it is the row of the same place. */
  rows: readonly number[] | null;
  /** When each row had arrived, as a place in the order of events; null: all with the answer. */
  arrivals: readonly number[] | null;
  /** When the first of its rows had arrived. */
  since: number;
  /** The last row's ordinal: where the next page begins. Null where it is NULL or there is no row. */
  last: number | null;
}

/** How a column is called. */
export interface NamedColumn {
  /** In the result. */
  readonly output: string;
  /** Where the documents are that its rows stand in; null: they are the result's own. */
  readonly document: string | null;
  /** What it is in the database, as far as the texts say. */
  readonly name: ColumnName;
}

/** One output column of all executions of one shape, whatever lines they were sent from. */
export class SourceColumn implements NamedColumn {
  /** As in {@link Execution}. */
  readonly shape: number;
  readonly output: string;
  readonly document: string | null;
  readonly name: ColumnName;
  /** The slot (1-based) by which the shape asks for this column by `=`; null where there is none. */
  readonly asked: number | null;
  /** What `arrivalsIn` answers; null until it is asked. */
  arrived: ReadonlyMap<number, number> | null = null;
  readonly #ordinals: Ordinals;
  #parts: ColumnPart[] = [];
  /** Executions that returned the value that they had asked for, and nothing else: most look-ups, and few ask for their parts. */
  #echoes: Execution[] = [];

  constructor(first: Execution, output: string, document: string | null, name: ColumnName, ordinals: Ordinals) {
    this.shape = first.shape;
    this.output = output;
    this.document = document;
    this.name = name;
    this.asked = slotOf(first, name);
    this.#ordinals = ordinals;
  }

  /** In the order in which they were read. */
  get parts(): readonly ColumnPart[] {
    if (this.#echoes.length > 0) this.#spellOut();
    return this.#parts;
  }

  /** Did it return what was asked for by it each time? That says nothing new: whoever bound it had it before. */
  *isEcho(): Generator<void, boolean> {
    if (this.asked === null) return false;
    return this.#parts.length === 0 || (yield* areEchoes(this.parts, this.asked));
  }

  add(part: ColumnPart): void {
    if (this.#echoes.length > 0) this.#spellOut();
    this.#parts.push(part);
  }

  /** One whose rows all hold the value that it asked for. */
  addEcho(execution: Execution, ordinal: number): void {
    if (this.#parts.length === 0) this.#echoes.push(execution);
    else this.#parts.push(this.#partOf(execution, ordinal));
  }

  #spellOut(): void {
    const echoes = this.#echoes;
    this.#echoes = [];
    for (const execution of echoes)
      this.#parts.push(this.#partOf(execution, scalarOf(execution, this.asked as number) as number));
  }

  #partOf(execution: Execution, ordinal: number): ColumnPart {
    return partOfEqual(ordinal, this.#ordinals, execution, execution.kept as KeptRows);
  }
}

/** The columns that hold a value, the last one first. Values that the same columns hold share them. */
export interface Holders {
  column: SourceColumn;
  before: Holders | null;
  /** Of all these columns. */
  count: number;
  /** The same and one more column: the last that was added to any value of these. */
  next: Holders | null;
}

export class Columns {
  /** By the ordinals of the values. */
  #byValue: (Holders | undefined)[] = [];
  /** When the first row that holds it had arrived, by the same. */
  #since: (number | undefined)[] = [];
  readonly #byShape: (SourceColumn[] | undefined)[] = [];
  /** The same in the order in which they were read. */
  readonly #shapes: SourceColumn[][] = [];

  /** The columns that held this value at any time. */
  holding(ordinal: number): Holders | null {
    return this.#byValue[ordinal] ?? null;
  }

  /** When the first row that holds this value had arrived, as a place in the order of events; null where none does. */
  heldSince(ordinal: number): number | null {
    return this.#since[ordinal] ?? null;
  }

  /** The columns of one shape's rows, echoes included. */
  of(shape: number): readonly SourceColumn[] {
    return this.#byShape[shape] ?? NO_COLUMNS;
  }

  /** Reads the rows of all executions. `tables` names pg's table OIDs as far as the scope's own texts tell. */
  *read(
    executions: readonly Execution[],
    ordinals: Ordinals,
    tables: ReadonlyMap<number, string>,
  ): Generator<void, void> {
    let values = 0;
    for (let e = 0; e < executions.length; e++) {
      const execution = executions[e] as Execution;
      const { kept } = execution;
      if (kept === null) {
        if (++values % LOT === 0) yield;
        continue;
      }
      const arrivals = kept.portions === null ? null : yield* arrivalsOfRows(kept.portions);
      const documents = kept.documents ?? NO_DOCUMENTS;
      for (let d = -1; d < documents.length; d++) {
        const rows = d < 0 ? kept : (documents[d] as DocumentRows);
        for (let c = 0; c < rows.names.length; c++) {
          const only = arrivals === null ? onlyValue(rows, c) : undefined;
          if (only !== undefined) {
            const ordinal = ordinalOf(only, ordinals);
            if (ordinal >= 0) this.#addEqual(ordinal, execution, rows, c, tables, ordinals);
            values += rows.count;
            if (values < LOT) continue;
            values = 0;
            yield;
            continue;
          }
          const reader = new PartReader(rows, c, ordinals);
          while (!reader.done) {
            values += reader.read(LOT);
            if (values < LOT) continue;
            values = 0;
            yield;
          }
          const part = reader.part(execution, arrivals);
          if (part !== null) this.#columnOf(execution, rows, c, tables, ordinals).add(part);
        }
      }
    }
    this.#byValue = new Array(ordinals.size);
    this.#since = new Array(ordinals.size);
    for (const columns of this.#shapes) {
      for (let c = 0; c < columns.length; c++) {
        const column = columns[c] as SourceColumn;
        if (++values % LOT === 0) yield;
        if (yield* column.isEcho()) continue;
        const alone: Holders = { column, before: null, count: 1, next: null };
        const { parts } = column;
        for (let p = 0; p < parts.length; p++) {
          const part = parts[p] as ColumnPart;
          for (let i = 0; i < part.ordinals.length; i++) {
            if (++values % HELD_AT_ONCE === 0) yield;
            const ordinal = part.ordinals[i] as number;
            if (ordinal === UNBOUND) continue;
            this.#byValue[ordinal] = added(this.#byValue[ordinal], alone);
            const since = arrivalAt(part, i);
            if (since < (this.#since[ordinal] ?? Number.POSITIVE_INFINITY)) this.#since[ordinal] = since;
          }
        }
      }
    }
  }

  /** Rows that all hold one value in the column of that place. */
  #addEqual(
    ordinal: number,
    execution: Execution,
    rows: KeptRows,
    place: number,
    tables: ReadonlyMap<number, string>,
    ordinals: Ordinals,
  ): void {
    const column = this.#columnOf(execution, rows, place, tables, ordinals);
    const isEcho = rows === execution.kept && column.asked !== null && scalarOf(execution, column.asked) === ordinal;
    if (isEcho) column.addEcho(execution, ordinal);
    else column.add(partOfEqual(ordinal, ordinals, execution, rows));
  }

  /** The column of that place in these rows. */
  #columnOf(
    execution: Execution,
    rows: KeptRows,
    place: number,
    tables: ReadonlyMap<number, string>,
    ordinals: Ordinals,
  ): SourceColumn {
    const output = rows.names[place] as string;
    const document = 'path' in rows ? (rows as DocumentRows) : null;
    const path = document?.path ?? null;
    const columns = this.#byShape[execution.shape];
    const known = columns && columnIn(columns, output, path);
    if (known !== undefined) return known;
    const name =
      document === null
        ? nameOf(execution, output, rows.tables[place] as number, tables)
        : nameInDocument(execution, place, document);
    const column = new SourceColumn(execution, output, path, name, ordinals);
    if (columns !== undefined) columns.push(column);
    else {
      const first = [column];
      this.#byShape[execution.shape] = first;
      this.#shapes.push(first);
    }
    return column;
  }
}

/** The holders of a value with the column that stands alone in `alone`, which is the last of all that were added. */
function added(holders: Holders | undefined, alone: Holders): Holders {
  if (holders === undefined || holders.column === alone.column) return holders ?? alone;
  if (holders.next?.column !== alone.column) {
    holders.next = { column: alone.column, before: holders, count: holders.count + 1, next: null };
  }
  return holders.next;
}

/** Those columns in the order in which they were read. */
export function columnsOf(last: Holders | null): SourceColumn[] {
  const columns: SourceColumn[] = [];
  for (let holders = last; holders !== null; holders = holders.before) columns.push(holders.column);
  return columns.reverse();
}

function columnIn(columns: readonly SourceColumn[], output: string, document: string | null): SourceColumn | undefined {
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i] as SourceColumn;
    if (column.output === output && column.document === document) return column;
  }
  return undefined;
}

/** As it is called in words: by its own name where the result has only a place for it. */
export function calledIn({ document, output, name }: NamedColumn): string {
  return document === null ? output : (name.column ?? output);
}

/** What a column's names say of a slot: the name in the database and the output's own (`select id as chat_id`), either may agree. */
export function relationTo({ name, output, document }: NamedColumn, slot: ColumnName, known: KnownNames): Relation {
  const named = relationOf(name, slot, known);
  if (named === 'agree' || document !== null || output === name.column) return named;
  return relationOf({ table: null, column: output }, slot, known) === 'agree' ? 'agree' : named;
}

/** For each value of a column: when the first row that holds it had arrived. */
export function* arrivalsIn(column: SourceColumn): Generator<void, ReadonlyMap<number, number>> {
  column.arrived ??= yield* arrivalsOf(column.parts);
  return column.arrived;
}

/** For each value that stands in these parts: when the first row that holds it had arrived. */
export function* arrivalsOf(parts: readonly ColumnPart[]): Generator<void, Map<number, number>> {
  const arrived = new Map<number, number>();
  let values = 0;
  for (let p = 0; p < parts.length; p++) {
    const part = parts[p] as ColumnPart;
    for (let at = 0; at < part.ordinals.length; at += HELD_AT_ONCE) {
      addArrivals(part, at, at + HELD_AT_ONCE, arrived);
      values += Math.min(HELD_AT_ONCE, part.ordinals.length - at);
      if (values < HELD_AT_ONCE) continue;
      values = 0;
      yield;
    }
  }
  return arrived;
}

/** When each row had arrived. */
function* arrivalsOfRows(portions: NonNullable<KeptRows['portions']>): Generator<void, number[]> {
  const arrivals: number[] = [];
  for (const { rows, order } of portions) {
    for (let row = 0; row < rows; row++) {
      if (arrivals.push(order) % FINE_LOT === 0) yield;
    }
  }
  return arrivals;
}

/** Of the part's values those from `from` up to, but not, `to`. */
function addArrivals(part: ColumnPart, from: number, to: number, arrived: Map<number, number>): void {
  const { ordinals } = part;
  for (let i = from; i < to && i < ordinals.length; i++) {
    const ordinal = ordinals[i] as number;
    if (ordinal === UNBOUND) continue;
    const known = arrived.get(ordinal);
    const here = arrivalAt(part, i);
    if (known === undefined || known > here) arrived.set(ordinal, here);
  }
}

/** When the row had arrived that holds the part's value at this place. */
export function arrivalAt({ execution, rows, arrivals }: ColumnPart, at: number): number {
  return arrivals === null ? execution.answeredOrder : (arrivals[rows?.[at] ?? at] as number);
}

/** One column of one result while it is being read, some rows at a time. */
class PartReader {
  readonly #found: number[] = [];
  #rows: number[] | null = null;
  #last = NULL;
  #any = false;
  #next = 0;
  readonly #kept: KeptRows;
  readonly #column: number;
  readonly #ordinals: Ordinals;

  constructor(kept: KeptRows, column: number, ordinals: Ordinals) {
    this.#kept = kept;
    this.#column = column;
    this.#ordinals = ordinals;
  }

  get done(): boolean {
    return this.#next >= this.#kept.count;
  }

  /** The next rows, until they held about so many values. How many it were. */
  read(values: number): number {
    let read = 0;
    for (; read < values && this.#next < this.#kept.count; this.#next++) {
      const value = this.#kept.cell(this.#column, this.#next);
      if (typeof value === 'object' && value !== null) {
        this.#rows ??= Array.from(this.#found, (_, place) => place);
        for (const item of value) this.#take(ordinalOf(item, this.#ordinals));
        this.#last = UNBOUND;
        read += 1 + value.length;
      } else {
        this.#last = this.#take(ordinalOf(value, this.#ordinals));
        if (this.#last === NULL) this.#rows ??= Array.from(this.#found, (_, place) => place);
        read++;
      }
    }
    return read;
  }

  #take(ordinal: number): number {
    if (ordinal === NULL) return NULL;
    this.#found.push(ordinal);
    this.#rows?.push(this.#next);
    if (ordinal !== UNBOUND) this.#any = true;
    return ordinal;
  }

  /** What was read; null where no value of it was bound anywhere. */
  part(execution: Execution, arrivals: readonly number[] | null): ColumnPart | null {
    if (!this.#any) return null;
    const since = arrivals?.[0] ?? execution.answeredOrder;
    const last = this.#last >= 0 ? this.#last : null;
    return { execution, kept: this.#kept, ordinals: this.#found, rows: this.#rows, arrivals, since, last };
  }
}

const NO_DOCUMENTS: readonly DocumentRows[] = [];

const NO_COLUMNS: readonly SourceColumn[] = [];

/** The value of a column that has one, in one row or in a few, and no array: so most are, and read without a reader. */
function onlyValue(rows: KeptRows, column: number): Kept | undefined {
  const { count } = rows;
  if (count === 0 || count > FINE_LOT) return undefined;
  const value = rows.cell(column, 0);
  if (typeof value === 'object' && value !== null) return undefined;
  for (let row = 1; row < count; row++) if (rows.cell(column, row) !== value) return undefined;
  return value;
}

/** What a reader makes of that. */
function partOfEqual(ordinal: number, ordinals: Ordinals, execution: Execution, kept: KeptRows): ColumnPart {
  const { count } = kept;
  return {
    execution,
    kept,
    ordinals: count === 1 ? ordinals.alone(ordinal) : new Array<number>(count).fill(ordinal),
    rows: null,
    arrivals: null,
    since: execution.answeredOrder,
    last: ordinal,
  };
}

function ordinalOf(value: Kept, ordinals: Ordinals): number {
  const text = canonical(value);
  if (text === undefined) return UNBOUND;
  return text === null ? NULL : (ordinals.find(text) ?? UNBOUND);
}

function nameOf(
  { anatomy, statement }: Execution,
  output: string,
  tableId: number,
  tables: ReadonlyMap<number, string>,
): ColumnName {
  const plain = anatomy.outputs[output];
  if (plain?.table !== null && plain !== undefined) return plain;
  const column = plain?.column ?? output;
  if (tableId === 0) return { table: null, column };
  const written = statement.shape.verb === 'select' ? undefined : statement.shape.writes[0];
  return { table: tables.get(tableId) ?? anatomy.onlyTable ?? written ?? null, column };
}

/** More than one tree is made of. */
const TABLES = 50;

/** The server says nothing of what it wrote into a document; what stands at a place of an array is what the text put there. */
function nameInDocument({ statement, anatomy }: Execution, column: number, rows: DocumentRows): ColumnName {
  const { path, names, array } = rows;
  if (array === null) return { table: tableOfDocument(statement.shape, path), column: names[column] as string };
  const built = builtAt(anatomy.arrays, array.length, array.places[column] as number);
  return built === null
    ? { table: null, column: null }
    : { table: built.table ?? tableOfDocument(statement.shape, path), column: built.column };
}

/** The one that its rows are called after, or the only one that the statement speaks of. */
function tableOfDocument({ reads, writes }: Shape, path: string): string | null {
  const tables = [...new Set([...reads.slice(0, TABLES), ...writes.slice(0, TABLES)])];
  const called = path.slice(path.lastIndexOf('.') + 1);
  const isOuter = called.length === path.length;
  return (
    tables.find((each) => saysTable(called, each)) ?? (isOuter && tables.length === 1 ? (tables[0] ?? null) : null)
  );
}

type Built = Execution['anatomy']['arrays'][number][number];

/** What all arrays of this length have at this place; null where they differ. */
function builtAt(arrays: Execution['anatomy']['arrays'], length: number, place: number): Built {
  const [first = null, ...others] = arrays
    .filter((items) => items.length === length)
    .map((items) => items[place] ?? null);
  return others.every((other) => other?.table === first?.table && other?.column === first?.column) ? first : null;
}

function slotOf({ statement }: Execution, { column }: ColumnName): number | null {
  const place = statement.shape.slots.findIndex(
    (slot) => slot.operator === '=' && !slot.list && slot.column !== null && slot.column === column,
  );
  return place < 0 ? null : place + 1;
}

/** Does each hold what its statement bound to this slot, and nothing else? */
function* areEchoes(parts: readonly ColumnPart[], slot: number): Generator<void, boolean> {
  let values = 0;
  for (let p = 0; p < parts.length; p++) {
    const part = parts[p] as ColumnPart;
    const own = scalarOf(part.execution, slot);
    for (let i = 0; i < part.ordinals.length; i++) {
      if (part.ordinals[i] !== own) return false;
      if (++values % FINE_LOT === 0) yield;
    }
  }
  return true;
}

/** pg's table OIDs by name, learnt from texts that read one table only: the server is never asked. */
export function* tableNamesOf(executions: readonly Execution[]): Generator<void, Map<number, string>> {
  const names = new Map<number, string>();
  for (let i = 0; i < executions.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const { anatomy, kept } = executions[i] as Execution;
    if (anatomy.onlyTable === null || kept === null) continue;
    for (const id of kept.tables) if (id !== 0) names.set(id, anatomy.onlyTable);
  }
  return names;
}
