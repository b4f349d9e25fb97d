// Takes notes while the request runs: the only mutable thing, and the only place where values live. Nothing is understood
// here; whatever can wait until the response is sent waits.

import { DocumentReader } from './documents.js';
import { ListedRows } from './kept-rows.js';
import type {
  ActivityNote,
  Answer,
  CheckoutNote,
  ConnectionNote,
  DocumentRows,
  KeptRows,
  Note,
  Noted,
  Sending,
} from './note.js';
import { NoteColumns } from './note-columns.js';
import { layoutOf, type RowLayout } from './row-layout.js';
import { RowWindow, type Shelf } from './row-window.js';
import type { Notice } from './types.js';
import { KEY_LENGTH, type Kept, keep, LIST_ITEMS, UNREADABLE } from './values.js';

/** How much one scope may keep; what is over it is counted and said in the report. */
export interface RecorderLimits {
  /** Statements noted; later ones are counted as dropped. */
  statements: number;
  /** Rows of one result whose values are followed. */
  rowsPerStatement: number;
  /** Values followed in all results of the scope together, and as many again in all bound lists. */
  valuesPerScope: number;
}

export interface RecorderOptions {
  /** Monotonic, in ms. */
  clock(): number;
  limits: RecorderLimits;
}

/** The slice of pg's Result that is read. */
interface DriverResult {
  command?: unknown;
  rowCount?: unknown;
  rows?: unknown;
  fields?: unknown;
}

/** Longer bound texts are documents: they are counted by `LONG_TEXTS`. */
const LONG_TEXT = 1_000;

/** Characters of long bound texts that one scope keeps: a few large documents, each of which the app holds itself while it is sent. */
const LONG_TEXTS = 16_000_000;

/** Bound values that one scope keeps, lists as one: 60 inserts of the 65,535 parameters that the protocol allows. */
const MOST_VALUES = 4_000_000;

/** Activities that one scope keeps: as many as a request could wait for one after the other. */
const ACTIVITIES = 1_000;

/** Values of a result that go into the columns of the notes; larger ones have lists of their own, made as long as they have to be. */
const FEW_CELLS = 64;

/** Of nearly all scopes. */
const NO_NOTICES: Recorder['notices'] = new Map();

const NO_CHECKOUTS: CheckoutNote[] = [];
const NO_ACTIVITIES: ActivityNote[] = [];

const UNREAD_OBJECTS = 'bound objects are not read, so they are never called equal and lead to no flow';

export class Recorder implements Noted, Shelf {
  readonly notes = new NoteColumns();
  #checkouts = NO_CHECKOUTS;
  #activities = NO_ACTIVITIES;
  notices: ReadonlyMap<Notice['code'], { message: string; count: number }> = NO_NOTICES;
  readonly startedAt: number;
  /** Notes that wait for their answer. */
  inFlight = 0;
  /** Statements over the cap. */
  dropped = 0;
  #order = 0;
  /** Place of the last row that came by itself. */
  #arrival = -1;
  #values = 0;
  /** Values of bound lists. */
  #bound = 0;
  #characters = 0;
  readonly #clock: () => number;
  readonly #limits: RecorderLimits;

  constructor(options: RecorderOptions) {
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.startedAt = options.clock();
  }

  get checkouts(): readonly CheckoutNote[] {
    return this.#checkouts;
  }

  get activities(): readonly ActivityNote[] {
    return this.#activities;
  }

  /** Notes one text being handed to the driver; answers the note's place, or null over the cap. The values are copied: apps use their array again. */
  note(text: string, values: readonly unknown[] | null | undefined, sending: Sending): number | null {
    if (this.notes.length >= this.#limits.statements) {
      this.dropped++;
      return null;
    }
    const valuesFrom = values === null || values === undefined ? null : this.#copy(values);
    this.inFlight++;
    return this.notes.add(text, valuesFrom, sending.at ?? this.#clock(), sending.order ?? this.#order++, sending);
  }

  /**
   * The next place in the one order of events. A pool that has to wait for connections sends in another order than it was called in, and it is the app's
   * order that follows its rows.
   */
  order(): number {
    return this.#order++;
  }

  /** The app got a client from a pool; null over the cap. */
  checkOut(connection: ConnectionNote): CheckoutNote | null {
    if (this.checkouts.length >= this.#limits.statements) {
      this.notice('checkouts-dropped', 'clients that were taken from a pool over limits.statements were not followed');
      return null;
    }
    const checkout: CheckoutNote = {
      connection,
      takenAt: this.#clock(),
      releasedAt: null,
      releasedAfter: 0,
      status: null,
      destroyed: false,
      releasedAgain: 0,
      stack: null,
    };
    if (this.#checkouts === NO_CHECKOUTS) this.#checkouts = [checkout];
    else this.#checkouts.push(checkout);
    return checkout;
  }

  /** The app gave it back, or did so again. `stack`: where that may be worth a finding. */
  checkIn(checkout: CheckoutNote, status: CheckoutNote['status'], destroyed: boolean, stack: unknown): void {
    if (checkout.releasedAt === null) {
      checkout.releasedAt = this.#clock();
      checkout.releasedAfter = this.notes.length;
      checkout.status = status;
      checkout.destroyed = destroyed;
    } else checkout.releasedAgain++;
    if (stack !== null) checkout.stack = stack;
  }

  /** The app began something that is no statement; null over the cap. */
  began(kind: ActivityNote['kind'], what: string): ActivityNote | null {
    if (this.activities.length >= ACTIVITIES) {
      this.notice('activities-dropped', `of outgoing requests the first ${ACTIVITIES.toLocaleString('en')} are noted`);
      return null;
    }
    const note: ActivityNote = { kind, what, startedAt: this.#clock(), endedAt: null, watched: null };
    if (this.#activities === NO_ACTIVITIES) this.#activities = [note];
    else this.#activities.push(note);
    return note;
  }

  /** It is over; the first time counts. */
  ended(note: ActivityNote): void {
    note.endedAt ??= this.#clock();
  }

  /** The driver's answer: a Result, or an array of them for a multi-statement text. Its rows are copied: apps sort, edit and cut them. */
  answer(note: number, result: unknown): void {
    if (!this.end(note)) return;
    const { cells } = this.notes;
    const from = cells.length;
    try {
      const text = this.notes.textOf(note);
      if (Array.isArray(result))
        this.notes.answeredAs(
          note,
          result.map((part, i) => this.#answerOf(`${i} ${text}`, part)),
        );
      else this.#noteAnswer(note, text, result);
    } catch {
      cells.length = from;
      this.notice('unreadable-value', 'a result could not be read');
    }
  }

  /** The server refused a part of a text; `results` are those of the parts before it. Their rows never reach the app. */
  partly(note: number, results: readonly unknown[]): void {
    if (this.notes.isAnswered(note)) return;
    this.notes.answeredAs(
      note,
      results.map((part) => answerWithoutRows(part)),
    );
  }

  /** The driver's refusal or the server's error. Only its own data properties are read. */
  fail(note: number, error: unknown): void {
    if (this.end(note))
      this.notes.failed(note, { code: ownText(error, 'code'), message: ownText(error, 'message') ?? '' });
  }

  /** Nothing more will be heard of it. True the first time. */
  end(note: number): boolean {
    if (this.notes.isAnswered(note)) return false;
    this.notes.ended(note, this.#clock(), this.#order++);
    this.inFlight--;
    return true;
  }

  /** For a statement whose rows come one by one, with other statements in between; it still has to end. */
  follow(note: number): RowWindow {
    const answers: Answer[] = [];
    this.notes.answeredAs(note, answers);
    return new RowWindow(this.notes.textOf(note), answers, this);
  }

  /** A {@link Shelf}'s. */
  arrival(): number {
    if (this.#arrival !== this.#order - 1) this.#arrival = this.#order++;
    return this.#arrival;
  }

  /** A {@link Shelf}'s. */
  take(values: number, rows: number): boolean {
    const room = this.#values + values <= this.#limits.valuesPerScope;
    if (room && rows < this.#limits.rowsPerStatement) {
      this.#values += values;
      return true;
    }
    this.#cut(!room);
    return false;
  }

  /** A {@link Shelf}'s. */
  keepText(text: string): string | typeof UNREADABLE {
    return text.length <= KEY_LENGTH ? text : UNREADABLE;
  }

  /** The status byte of ReadyForQuery before and after it; may come before the answer or, for an error, after it. */
  status(note: number, before: Note['statusBefore'], after: Note['statusAfter']): void {
    this.notes.status(note, before, after);
  }

  /** Forgets what was noted, for good; a client that is still out may hold its own note for as long as it likes. */
  clear(keepNotes: boolean): void {
    if (!keepNotes) this.notes.clear();
    for (const checkout of this.#checkouts) checkout.stack = null;
    this.#checkouts = NO_CHECKOUTS;
    this.#activities = NO_ACTIVITIES;
  }

  /** Says in the report what could not be noted; equal codes are counted. */
  notice(code: Notice['code'], message: string, count = 1): void {
    const known = this.notices.get(code);
    if (known === undefined) this.notices = new Map([...this.notices, [code, { message, count }]]);
    else known.count += count;
  }

  /** Answers where the copies begin; null where they cannot be read. */
  #copy(values: readonly unknown[]): number | null {
    const copies = this.notes.values;
    const from = copies.length;
    try {
      const { length } = values;
      if (from + length > MOST_VALUES) {
        this.notice('values-cut', 'more values were bound than a scope keeps, so they are never called equal');
        return null;
      }
      for (let i = 0; i < length; i++) copies.push(this.#valueOf(values[i]));
      return from;
    } catch {
      copies.length = from;
      this.notice('unreadable-value', 'a list of bound values could not be read');
      return null;
    }
  }

  #valueOf(value: unknown): Kept {
    if (typeof value === 'number') return value;
    if (typeof value === 'string' ? value.length > LONG_TEXT : Array.isArray(value))
      return this.#keepLarge(value as string | readonly unknown[]);
    const kept = keep(value);
    if (kept === UNREADABLE) this.notice('unreadable-value', UNREAD_OBJECTS);
    return kept;
  }

  /** Lists and long texts, as far as there is room: a scope must not keep alive whatever an app sends in it. */
  #keepLarge(value: string | readonly unknown[]): Kept {
    if (typeof value === 'string') {
      this.#characters += value.length;
      if (this.#characters <= LONG_TEXTS) return value;
      this.notice('values-cut', 'more long texts were bound than a scope keeps, so they are never called equal');
      return UNREADABLE;
    }
    const kept = keep(value);
    if (kept === UNREADABLE) {
      this.notice('unreadable-value', 'a bound list is behind a proxy, so it is not read');
      return kept;
    }
    const { length } = kept as readonly Kept[];
    this.#bound += length;
    if (this.#bound > this.#limits.valuesPerScope) {
      this.notice('values-cut', 'more values were bound in lists than a scope may follow (limits.valuesPerScope)');
      return UNREADABLE;
    }
    if (length > LIST_ITEMS)
      this.notice('values-cut', `bound lists are followed to their ${LIST_ITEMS.toLocaleString('en')}th value`);
    else if (holdsUnreadable(kept as readonly Kept[])) this.notice('unreadable-value', UNREAD_OBJECTS);
    return kept;
  }

  /** Nearly all answers are one result with a few rows: these leave no object behind. */
  #noteAnswer(note: number, text: string, result: unknown): void {
    if (typeof result !== 'object' || result === null) {
      this.notes.answeredAs(note, [answerWithoutRows(result)]);
      return;
    }
    const { command, rowCount, rows, fields } = result as DriverResult;
    const count = Array.isArray(rows) ? rows.length : -1;
    const hasRows = count > 0 && Array.isArray(fields);
    const layout = hasRows ? layoutOf(text, fields) : null;
    if (layout !== null && !this.#isSmall(layout, count)) {
      this.notes.answeredAs(note, [this.#answerOf(text, result)]);
      return;
    }
    const from = this.notes.cells.length;
    const width = layout === null ? 0 : layout.names.length;
    if (width > 0) this.#addCells(layout as RowLayout, rows as readonly unknown[]);
    const isNoted = this.notes.answered(
      note,
      typeof command === 'string' ? command : null,
      count,
      typeof rowCount === 'number' && Number.isFinite(rowCount) ? rowCount : -1,
      width > 0 ? layout : null,
      from,
      count === 1 && layout !== null && isNo((rows as unknown[])[0], layout),
    );
    if (!isNoted) this.notes.answeredAs(note, [this.#answerOf(text, result)]);
  }

  #isSmall({ names, documents }: RowLayout, rows: number): boolean {
    const cells = rows * names.length;
    return (
      documents.length === 0 &&
      cells <= FEW_CELLS &&
      rows <= this.#limits.rowsPerStatement &&
      this.#values + cells <= this.#limits.valuesPerScope
    );
  }

  #addCells({ names, places }: RowLayout, rows: readonly unknown[]): void {
    const { cells } = this.notes;
    const width = names.length;
    this.#values += width * rows.length;
    this.#writeRows(cells, cells.length, rows, rows.length, Array.isArray(rows[0]) ? places : names);
  }

  /** From a place among the cells on. */
  #writeRows(
    cells: Kept[],
    from: number,
    rows: readonly unknown[],
    count: number,
    places: readonly (string | number)[],
  ): void {
    let at = from;
    for (let r = 0; r < count; r++) {
      const row = rows[r] as Record<string | number, unknown>;
      for (let i = 0; i < places.length; i++) {
        const value = row[places[i] as string | number];
        cells[at++] = Array.isArray(value) ? this.#itemsOf(value) : cellOf(value);
      }
    }
  }

  #answerOf(text: string, result: unknown): Answer {
    const answer = answerWithoutRows(result);
    if (answer.rows === null || answer.rows === 0) return answer;
    const { rows, fields } = result as DriverResult;
    if (!Array.isArray(fields)) return answer;
    const layout = layoutOf(text, fields);
    answer.kept = this.#keep(layout, rows as unknown[]);
    if (answer.rows === 1 && isNo((rows as unknown[])[0], layout)) answer.no = true;
    return answer;
  }

  #keep(layout: RowLayout, rows: readonly unknown[]): KeptRows | null {
    const kept = this.#keepRows(layout, rows);
    const documents = layout.documents.length === 0 ? [] : this.#documentsIn(layout, rows);
    if (documents.length > 0) kept.documents = documents;
    return documents.length === 0 && layout.names.length === 0 ? null : kept;
  }

  #keepRows(layout: RowLayout, rows: readonly unknown[]): ListedRows {
    const width = layout.names.length;
    if (width === 0) return new ListedRows(layout);
    const room = Math.floor((this.#limits.valuesPerScope - this.#values) / width);
    const count = Math.max(0, Math.min(rows.length, this.#limits.rowsPerStatement, room));
    const kept = new ListedRows(layout, new Array(count * width));
    kept.count = count;
    kept.cut = count < rows.length;
    if (kept.cut) this.#cut(room < rows.length);
    this.#values += count * width;
    this.#writeRows(kept.cells, 0, rows, count, Array.isArray(rows[0]) ? layout.places : layout.names);
    return kept;
  }

  #documentsIn({ documents, positional }: RowLayout, rows: readonly unknown[]): DocumentRows[] {
    const reader = new DocumentReader(positional, (values, known) => this.take(values, known));
    const asArrays = Array.isArray(rows[0]);
    const count = Math.min(rows.length, this.#limits.rowsPerStatement);
    for (const { name, place } of documents) {
      for (let r = 0; r < count; r++)
        reader.read(name, (rows[r] as Record<string | number, unknown>)[asArrays ? place : name]);
    }
    if (reader.isCut)
      this.notice('values-cut', 'a document has more tables, columns or levels of rows than are followed');
    return reader.tables;
  }

  /** An array's items count as values of their own, and what is over the limit is not followed at all: a part of them would look like all. */
  #itemsOf(items: readonly unknown[]): Kept {
    if (items.length > this.#limits.valuesPerScope - this.#values) {
      this.#cut(true);
      return UNREADABLE;
    }
    this.#values += items.length;
    const kept = new Array<Kept>(items.length);
    for (let i = 0; i < items.length; i++) kept[i] = cellOf(items[i]);
    return kept;
  }

  #cut(byScope: boolean): void {
    if (byScope) this.notice('values-cut', 'more values arrived than a scope may follow (limits.valuesPerScope)');
    else this.notice('rows-cut', 'a result has more rows than are followed (limits.rowsPerStatement)');
  }
}

function answerWithoutRows(result: unknown): Answer {
  if (typeof result !== 'object' || result === null) return { rows: null, affected: null, command: null, kept: null };
  const { command, rowCount, rows } = result as DriverResult;
  return {
    rows: Array.isArray(rows) ? rows.length : null,
    affected: typeof rowCount === 'number' && Number.isFinite(rowCount) ? rowCount : null,
    command: typeof command === 'string' ? command : null,
    kept: null,
  };
}

function holdsUnreadable(list: readonly Kept[]): boolean {
  for (const item of list) {
    if (item === UNREADABLE) return true;
    if (typeof item === 'object' && item !== null && holdsUnreadable(item as readonly Kept[])) return true;
  }
  return false;
}

/** Is the row one value that says no? Large counts come as text, or as bigint where the app has them so. */
function isNo(row: unknown, { counter }: RowLayout): boolean {
  if (counter === null) return false;
  const value = (row as Record<string | number, unknown>)[Array.isArray(row) ? 0 : counter];
  return value === false || value === '0' || value === 0 || value === 0n;
}

function cellOf(value: unknown): Kept {
  if (typeof value === 'string') return value.length <= KEY_LENGTH ? value : UNREADABLE;
  return typeof value === 'number' ? value : keep(value, 2);
}

/** Reads an own data property, never a getter: errors are the app's objects too. */
function ownText(holder: unknown, name: string): string | null {
  if (typeof holder !== 'object' || holder === null) return null;
  try {
    const value = Object.getOwnPropertyDescriptor(holder, name)?.value;
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
