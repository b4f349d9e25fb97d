// The single values that join writes to what came before them. A flow needs several values to be believed; a new row's id is one, and what
// makes it believable is that the row was made a moment ago.

import { believeTie } from './belief.js';
import { arrivalAt, type ColumnPart, type Columns, calledIn, type NamedColumn, relationTo } from './columns.js';
import { boundOf, type Execution, type Ordinals } from './execution.js';
import { addTo } from './grouped.js';
import { isKey, type KnownNames } from './names.js';
import type { Reading } from './reading.js';
import { roleFor } from './roles.js';
import { FINE_LOT } from './slices.js';
import type { Shape, Slot, Tie } from './types.js';
import { bitsOf } from './values.js';

/** Values of one slot that are looked at: of the rows that one statement inserts, the first few tell whose they are. */
const VALUES_LOOKED_AT = 8;

/** Earlier holders of one value that are looked at, latest first. */
const HOLDERS_LOOKED_AT = 16;

/** A value in the rows of a statement. */
interface Held {
  execution: Execution;
  column: NamedColumn;
  /** When its row had arrived. */
  since: number;
}

/** A value in a slot of a write. */
interface Bound {
  execution: Execution;
  slot: Slot;
}

/** Finds the ties of all writes of a scope. */
export function* traceTies(
  { executions, writes, columns, known }: Reading,
  ordinals: Ordinals,
): Generator<void, Tie[]> {
  if (writes.length === 0) return [];
  const tracer = new TieTracer(ordinals, columns, known);
  const written = new Set<string>();
  const read = new Set<number>();
  let values = 0;
  for (const { statement } of writes) {
    for (const table of statement.shape.writes) written.add(table);
    if (++values % FINE_LOT === 0) yield;
  }
  for (const execution of executions) {
    for (const ordinal of execution.statement.slotKeys ?? []) {
      if (++values % FINE_LOT === 0) yield;
      tracer.bind(ordinal, execution.sentOrder);
    }
  }
  for (const { statement, shape: place } of executions) {
    if (++values % FINE_LOT === 0) yield;
    const { shape } = statement;
    if (read.has(place)) continue;
    read.add(place);
    if (shape.writes.length === 0 && !shape.reads.some((table) => written.has(table))) continue;
    for (const column of columns.of(place)) {
      for (const part of column.parts) {
        for (let at = 0; at < part.ordinals.length; at++) {
          if (++values % FINE_LOT === 0) yield;
          tracer.hold(column, part, at);
        }
      }
    }
  }
  for (const write of writes) {
    tracer.trace(write);
    yield;
  }
  return tracer.ties;
}

class TieTracer {
  readonly ties: Tie[] = [];
  readonly #held = new Map<number, Held[]>();
  readonly #bound = new Map<number, Bound[]>();
  /** When each value was bound for the first time. */
  readonly #firstBound = new Map<number, number>();
  readonly #ordinals: Ordinals;
  readonly #columns: Columns;
  readonly #known: KnownNames;

  constructor(ordinals: Ordinals, columns: Columns, known: KnownNames) {
    this.#ordinals = ordinals;
    this.#columns = columns;
    this.#known = known;
  }

  hold(column: NamedColumn, part: ColumnPart, at: number): void {
    const ordinal = part.ordinals[at] as number;
    if (ordinal < 0) return;
    addTo(this.#held, ordinal, { execution: part.execution, column, since: arrivalAt(part, at) });
  }

  /** Statements come in the order of the app's calls. */
  bind(ordinal: number, sent: number): void {
    if (!this.#firstBound.has(ordinal)) this.#firstBound.set(ordinal, sent);
  }

  /** Writes come in the order of the app's calls. */
  trace(write: Execution): void {
    for (const slot of write.statement.shape.slots) {
      if (slot.role === 'limit' || slot.role === 'offset' || slot.role === 'other') continue;
      const bound = boundOf(write, slot.index).slice(0, VALUES_LOOKED_AT);
      for (const ordinal of bound) {
        const tie =
          this.#returned(write, slot, ordinal) ??
          this.#opposite(write, slot, ordinal) ??
          this.#read(write, slot, ordinal);
        if (tie === null) continue;
        this.ties.push(tie);
        break;
      }
      if (slot.role === 'compare') continue;
      for (const ordinal of bound) addTo(this.#bound, ordinal, { execution: write, slot });
    }
  }

  /** What an earlier write gave back without having been given it: a generated id. */
  #returned(write: Execution, slot: Slot, ordinal: number): Tie | null {
    for (const { execution, column } of this.#before(write, ordinal)) {
      if (execution.statement.shape.writes.length === 0) continue;
      const made = namedByWrite(column, execution);
      const names = relationTo(made, slot, this.#known);
      // A name that says whose id it is says so of a small number that other things have too.
      if (names === 'agree' ? wasGiven(execution, made, ordinal) : this.#isOlder(execution, ordinal)) continue;
      const strength = believeTie({
        names,
        role: isKey(made.name.column) && slot.column !== null ? roleFor(slot.column, made.name.table) : null,
        bits: bitsOf(this.#ordinals.textOf(ordinal)),
      });
      if (strength !== null) return tieOf('returned', strength, fromRows(execution, made), write, slot);
    }
    return null;
  }

  /** Did the app have the value before it could have this row's: as a row's of another statement, or because it bound it? */
  #isOlder({ sentOrder }: Execution, ordinal: number): boolean {
    if ((this.#firstBound.get(ordinal) ?? Number.POSITIVE_INFINITY) <= sentOrder) return true;
    return (this.#columns.heldSince(ordinal) ?? Number.POSITIVE_INFINITY) < sentOrder;
  }

  /** A value that is written to the very column that it was read from. */
  #read(write: Execution, slot: Slot, ordinal: number): Tie | null {
    if (slot.role !== 'set' || slot.column === null) return null;
    for (const { execution, column } of this.#before(write, ordinal)) {
      if (execution.statement.shape.writes.length > 0) continue;
      if (column.name.column !== slot.column || column.name.table !== slot.table) continue;
      return tieOf('read', 'certain', fromRows(execution, column), write, slot);
    }
    return null;
  }

  /** A number that is added in one write and taken away in another: by its sign, or by the operator before it. */
  #opposite(write: Execution, slot: Slot, ordinal: number): Tie | null {
    if (slot.role === 'compare') return null;
    const negated = negationOf(this.#ordinals.textOf(ordinal));
    if (negated === null) return null;
    const bySign = this.#ordinals.find(negated);
    const found =
      this.#boundBefore(
        write,
        bySign,
        (other, { id }) => isSameColumn(other, slot) && (slot.column !== null || id === write.statement.shape.id),
      ) ??
      this.#boundBefore(
        write,
        ordinal,
        (other, shape) => isSameColumn(other, slot) && isMirrored(shape, write.statement.shape),
      );
    if (found === null) return null;
    const { execution, slot: other } = found;
    const from = { statement: execution.statement.index, column: null, parameter: other.index, table: other.table };
    return tieOf('opposite', 'strong', from, write, slot);
  }

  #boundBefore(
    write: Execution,
    ordinal: number | undefined,
    fits: (slot: Slot, shape: Shape) => boolean,
  ): Bound | null {
    const bound = ordinal === undefined ? undefined : this.#bound.get(ordinal);
    for (const each of (bound ?? []).slice(-HOLDERS_LOOKED_AT).reverse()) {
      if (each.execution !== write && fits(each.slot, each.execution.statement.shape)) return each;
    }
    return null;
  }

  /** Rows of other statements that held the value when this one was called for, latest first. */
  #before(write: Execution, ordinal: number): Held[] {
    const held = this.#held.get(ordinal) ?? [];
    const before: Held[] = [];
    for (let at = held.length - 1; at >= 0 && at >= held.length - HOLDERS_LOOKED_AT; at--) {
      const each = held[at] as Held;
      if (each.execution !== write && each.since < write.sentOrder) before.push(each);
    }
    return before;
  }
}

function tieOf(
  kind: Tie['kind'],
  strength: Tie['strength'],
  from: Tie['from'],
  { statement }: Execution,
  { index, column }: Slot,
): Tie {
  return { from, to: { statement: statement.index, parameter: index, column }, kind, strength };
}

const fromRows = ({ statement }: Execution, column: NamedColumn): Tie['from'] => ({
  statement: statement.index,
  column: calledIn(column),
  parameter: null,
  table: column.name.table,
});

/** Of rows that a write inside WITH made, the server does not say the table. */
function namedByWrite(column: NamedColumn, { statement }: Execution): NamedColumn {
  const [table, ...others] = statement.shape.writes;
  if (column.name.table !== null || table === undefined || others.length > 0) return column;
  const { output, document, name } = column;
  return { output, document, name: { ...name, table } };
}

/** Did the write bind this value for this very column? */
function wasGiven({ statement }: Execution, { name }: NamedColumn, ordinal: number): boolean {
  return statement.shape.slots.some(
    (slot) => slot.column === name.column && statement.slotKeys?.[slot.index - 1] === ordinal,
  );
}

function isSameColumn(a: Slot, b: Slot): boolean {
  return a.role === b.role && a.table !== null && a.table === b.table && a.column === b.column;
}

const NUMBER = /^(-?)(\d+(?:\.\d+)?)$/;

/** The text of the number with the other sign; null for zero and for what is no number. */
function negationOf(text: string): string | null {
  const [, sign, digits] = NUMBER.exec(text) ?? [];
  if (digits === undefined || Number(digits) === 0) return null;
  return sign === '-' ? digits : `-${digits}`;
}

/** Do two shapes differ only in that one adds what the other takes away? */
function isMirrored(a: Shape, b: Shape): boolean {
  return a.id !== b.id && signless(a.text) === signless(b.text);
}

const signless = (text: string): string => text.replace(/[+-] \?/g, '± ?');
