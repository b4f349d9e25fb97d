// The rows of a statement that hands them out as they come (a cursor, a stream): kept in portions, because the app sends its next
// statements between them, and up to a limit, because such a statement may never end.

import { ListedRows } from './kept-rows.js';
import type { Answer } from './note.js';
import type { DriverField, RowLayout } from './row-layout.js';
import { layoutOf } from './row-layout.js';
import { UNREADABLE } from './values.js';

/** What a window shares with the other statements of its scope. */
export interface Shelf {
  /** Place in the one order of events of what has just arrived; the same for all that arrives with nothing in between. */
  arrival(): number;
  /** Is there room for so many values of one more row? Says so in the report where there is none. `rows`: those that its statement has. */
  take(values: number, rows: number): boolean;
  /** The same as a value of another statement would be kept. */
  keepText(text: string): string | typeof UNREADABLE;
}

/** A command's tag as the server says it: `SELECT 5`, `INSERT 0 5`, `CREATE TABLE`. */
const TAG = /^([A-Z][A-Z ]*?)(?: \d+)*?(?: (\d+))?$/;

/** Rows that come in portions. */
type GrowingRows = ListedRows & { portions: { rows: number; order: number }[] };

export class RowWindow {
  readonly #text: string;
  readonly #answers: Answer[];
  readonly #shelf: Shelf;
  #open: Answer | null = null;
  #rows = 0;
  #takesRows = false;
  #layout: RowLayout | null = null;
  #kept: GrowingRows | null = null;

  /** `answers`: the statement's, which grow as parts of its text are answered. */
  constructor(text: string, answers: Answer[], shelf: Shelf) {
    this.#text = text;
    this.#answers = answers;
    this.#shelf = shelf;
  }

  /** The server says which columns the rows to come have. */
  describe(fields: readonly DriverField[]): void {
    const answer = this.#begin();
    const part = this.#answers.length - 1;
    const layout = layoutOf(part === 0 ? this.#text : `${part} ${this.#text}`, fields);
    if (layout.names.length === 0) return;
    this.#layout = layout;
    this.#kept = Object.assign(new ListedRows(layout), { portions: [] });
    answer.kept = this.#kept;
  }

  /** A row, as the server wrote it: text, or null for NULL. */
  add(row: readonly unknown[]): void {
    const answer = this.#open ?? this.#begin();
    this.#rows++;
    answer.rows = this.#rows;
    const kept = this.#kept;
    if (kept === null || kept.cut) return;
    const places = this.#layout?.places ?? [];
    if (!this.#shelf.take(places.length, kept.count)) {
      kept.cut = true;
      return;
    }
    for (let i = 0; i < places.length; i++) {
      const value = row[places[i] as number];
      kept.cells.push(typeof value === 'string' ? this.#shelf.keepText(value) : value === null ? null : UNREADABLE);
    }
    const order = this.#shelf.arrival();
    const last = kept.portions[kept.portions.length - 1];
    kept.count++;
    if (last?.order === order) last.rows++;
    else kept.portions.push({ rows: 1, order });
  }

  /** The server asks for rows (COPY … FROM). */
  takesRows(): void {
    this.#begin();
    this.#takesRows = true;
  }

  /** The server has finished one part of the text. */
  complete(tag: unknown): void {
    const answer = this.#open ?? this.#begin();
    this.#open = null;
    this.#kept = null;
    const [, command, count] = (typeof tag === 'string' && TAG.exec(tag)) || [];
    if (command === undefined) return;
    answer.command = command;
    if (count === undefined) return;
    answer.affected = Number(count);
    // The rows that COPY hands out are no rows of the protocol.
    if (command === 'COPY' && !this.#takesRows) answer.rows = Number(count);
  }

  #begin(): Answer {
    this.#open = { rows: 0, affected: null, command: null, kept: null };
    this.#layout = null;
    this.#kept = null;
    this.#rows = 0;
    this.#takesRows = false;
    this.#answers.push(this.#open);
    return this.#open;
  }
}
