// The columns that could have fed something: per shape and output column, which bound values stood in its
// rows and when they had arrived; and the way back, from a value to the columns that held it.

import { type Execution, type Ordinals, scalarOf } from './execution.js';
import type { ColumnName } from './names.js';
import type { KeptRows } from './note.js';
import { LOT } from './slices.js';
import { canonical, type Kept } from './values.js';

/** A row's NULL. */
const NULL = -1;
/** A value that no statement of the scope bound. */
const UNBOUND = -2;

/** The part of a column that one execution returned. */
export interface ColumnPart {
  execution: Execution;
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

/** One output column of all executions of one shape, whatever lines they were sent from. */
export interface SourceColumn {
  /** The shape's id. */
  shape: string;
  /** As it is called in the result. */
  output: string;
  /** What it is in the database, as far as the texts say. */
  name: ColumnName;
  parts: ColumnPart[];
  /** For each value: when the first row that holds it had arrived. */
  arrived: Map<number, number>;
}

export class Columns {
  readonly #byValue = new Map<number, SourceColumn[]>();
  readonly #byShape = new Map<string, SourceColumn[]>();

  /** The columns that held this value at any time. */
  holding(ordinal: number): readonly SourceColumn[] {
    return this.#byValue.get(ordinal) ?? [];
  }

  /** The columns of one shape's rows, echoes included. */
  of(shape: string): readonly SourceColumn[] {
    return this.#byShape.get(shape) ?? [];
  }

  /** Reads the rows of all executions. `tables` names pg's table OIDs as far as the scope's own texts tell. */
  *read(
    executions: readonly Execution[],
    ordinals: Ordinals,
    tables: ReadonlyMap<number, string>,
  ): Generator<void, void> {
    let values = 0;
    for (const execution of executions) {
      const { kept } = execution;
      if (kept === null) continue;
      for (let c = 0; c < kept.names.length; c++) {
        this.#readPart(execution, kept, c, ordinals, tables);
        values += kept.count;
        if (values < LOT) continue;
        values = 0;
        yield;
      }
    }
    for (const columns of this.#byShape.values()) {
      for (const column of columns) this.#list(column);
    }
  }

  #readPart(
    execution: Execution,
    kept: KeptRows,
    c: number,
    ordinals: Ordinals,
    tables: ReadonlyMap<number, string>,
  ): void {
    const part = partOf(execution, kept, kept.columns[c] as readonly Kept[], ordinals);
    if (part === null) return;
    const column = this.#column(execution, kept.names[c] as string, kept.tables[c] as number, tables);
    column.parts.push(part);
    addArrivals(part, column.arrived);
  }

  #column(execution: Execution, output: string, tableId: number, tables: ReadonlyMap<number, string>): SourceColumn {
    const shape = execution.statement.shape.id;
    let columns = this.#byShape.get(shape);
    if (columns === undefined) {
      columns = [];
      this.#byShape.set(shape, columns);
    }
    let column = columns.find((known) => known.output === output);
    if (column === undefined) {
      column = {
        shape,
        output,
        name: nameOf(execution, output, tableId, tables),
        parts: [],
        arrived: new Map(),
      };
      columns.push(column);
    }
    return column;
  }

  #list(column: SourceColumn): void {
    if (isEcho(column)) return;
    for (const ordinal of column.arrived.keys()) {
      const holders = this.#byValue.get(ordinal);
      if (holders === undefined) this.#byValue.set(ordinal, [column]);
      else holders.push(column);
    }
  }
}

/** When each value had arrived, without the rows of these executions: nothing feeds itself. */
export function arrivedOutside(column: SourceColumn, executions: ReadonlySet<Execution>): Map<number, number> {
  return arrivalsOf(column.parts.filter((part) => !executions.has(part.execution)));
}

/** For each value that stands in these parts: when the first row that holds it had arrived. */
export function arrivalsOf(parts: readonly ColumnPart[]): Map<number, number> {
  const arrived = new Map<number, number>();
  for (const part of parts) addArrivals(part, arrived);
  return arrived;
}

function addArrivals({ execution, ordinals, rows, arrivals }: ColumnPart, arrived: Map<number, number>): void {
  for (let i = 0; i < ordinals.length; i++) {
    const ordinal = ordinals[i] as number;
    if (ordinal === UNBOUND) continue;
    const known = arrived.get(ordinal);
    const here = arrivals === null ? execution.answeredOrder : (arrivals[rows?.[i] ?? i] as number);
    if (known === undefined || known > here) arrived.set(ordinal, here);
  }
}

function partOf(execution: Execution, kept: KeptRows, values: readonly Kept[], ordinals: Ordinals): ColumnPart | null {
  const found: number[] = [];
  let rows: number[] | null = null;
  let last = NULL;
  let any = false;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as Kept;
    if (typeof value === 'object' && value !== null) {
      rows ??= Array.from(found, (_, place) => place);
      for (const item of value) {
        const ordinal = ordinalOf(item, ordinals);
        if (ordinal === NULL) continue;
        found.push(ordinal);
        rows.push(row);
        if (ordinal !== UNBOUND) any = true;
      }
      last = UNBOUND;
      continue;
    }
    last = ordinalOf(value, ordinals);
    if (last === NULL) {
      rows ??= Array.from(found, (_, place) => place);
      continue;
    }
    found.push(last);
    rows?.push(row);
    if (last !== UNBOUND) any = true;
  }
  if (!any) return null;
  const arrivals = kept.portions?.flatMap((portion) => new Array<number>(portion.rows).fill(portion.order)) ?? null;
  const since = arrivals?.[0] ?? execution.answeredOrder;
  return { execution, ordinals: found, rows, arrivals, since, last: last >= 0 ? last : null };
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

/** `where id = $1` returning that id says nothing new: whoever bound it had it before. */
function isEcho(column: SourceColumn): boolean {
  const first = (column.parts[0] as ColumnPart | undefined)?.execution;
  if (first === undefined) return true;
  const place = first.statement.shape.slots.findIndex(
    (slot) => slot.operator === '=' && !slot.list && slot.column !== null && slot.column === column.name.column,
  );
  if (place < 0) return false;
  return column.parts.every((part) => {
    const own = scalarOf(part.execution, place + 1);
    return part.ordinals.every((ordinal) => ordinal === own);
  });
}

/** pg's table OIDs by name, learnt from texts that read one table only: the server is never asked. */
export function tableNamesOf(executions: readonly Execution[]): Map<number, string> {
  const names = new Map<number, string>();
  for (const { anatomy, kept } of executions) {
    if (anatomy.onlyTable === null || kept === null) continue;
    for (const id of kept.tables) if (id !== 0) names.set(id, anatomy.onlyTable);
  }
  return names;
}
