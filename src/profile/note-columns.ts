// The notes of one scope, in columns: a statement is a few numbers and references in lists that all of them share, since an object for each, with those
// that it would hold, is what a collector of garbage has most work with while a request runs.

import type { Answer, ConnectionNote, KeptRows, Note, Sending } from './note.js';
import type { RowLayout } from './row-layout.js';
import type { Kept } from './values.js';

/** Of each note in `#times`. */
const SENT_AT = 0;
const ANSWERED_AT = 1;
const WAIT_MS = 2;
const TIMES = 3;

/** Of each note in `#numbers`. The next note's `VALUES_FROM` is where its own values end. */
const SENT_ORDER = 0;
/** -1: it waits for its answer. */
const ANSWERED_ORDER = 1;
const STATE = 2;
const VALUES_FROM = 3;
/** -1: null. */
const ROWS = 4;
const AFFECTED = 5;
const CELLS_FROM = 6;
const NUMBERS = 7;

/** Of each note in `#references`. */
const TEXT = 0;
/** Null: no answer, or one without rows that are kept. */
const LAYOUT = 1;
const REFERENCES = 2;

/** Bits of `STATE`. */
const LATE = 1;
const HAS_VALUES = 2;
/** Its one answer is in the columns. */
const HAS_ANSWER = 4;
const SAYS_NO = 8;
const VIA_POOL = 16;
const VIA_CLIENT = 32;
/** Where in it numbers begin, and how large they get. */
const BEFORE = 6;
const AFTER = 8;
const STATUS = 3;
const STATUSES_SAID = (STATUS << BEFORE) | (STATUS << AFTER);
const COMMAND = 10;
const CONNECTION = 18;
/** Of commands of the process, and of connections of a scope: what comes after that many is kept as what few notes have. */
const FEW = 255;

const STATUSES = [null, 'I', 'T', 'E'] as const;

function codeOf(status: Note['statusBefore']): number {
  return status === null ? 0 : status === 'I' ? 1 : status === 'T' ? 2 : 3;
}

/** The command tags that were answered so far. The driver makes a text of its own for each answer. */
const commands: (string | null)[] = [null];

/** -1: there are more than can be told by their number. */
function placeIn<T>(list: T[], item: T): number {
  const place = list.indexOf(item);
  if (place !== -1) return place;
  return list.length > FEW ? -1 : list.push(item) - 1;
}

/** What few notes have. */
interface Rare {
  connection: ConnectionNote | null;
  askedOrder: number | null;
  allowed: readonly number[] | null;
  stack: unknown;
  error: Note['error'];
  /** Of a text of several parts, or with rows that are kept in lists of their own. */
  answers: readonly Answer[] | null;
}

export class NoteColumns {
  /** Bound values of all notes, one note's behind the other's. */
  readonly values: Kept[] = [];
  /** Values of the results that leave nothing else behind, column by column. */
  readonly cells: Kept[] = [];
  #length = 0;
  readonly #times: number[] = [];
  readonly #numbers: number[] = [];
  readonly #references: unknown[] = [];
  readonly #connections: (ConnectionNote | null)[] = [null];
  #rare: Map<number, Rare> | null = null;

  get length(): number {
    return this.#length;
  }

  /** One more note; answers its place. `valuesFrom`: where its values begin; null: it has none, or they are hidden. */
  add(text: string, valuesFrom: number | null, sentAt: number, sentOrder: number, sending: Sending): number {
    const { connection, waitMs, via, late, stack, allowed } = sending;
    const asked = sending.asked ?? null;
    const on = placeIn(this.#connections, connection);
    const state =
      (on === -1 ? 0 : on << CONNECTION) |
      (late ? LATE : 0) |
      (valuesFrom === null ? 0 : HAS_VALUES) |
      (via === null ? 0 : via === 'pool' ? VIA_POOL : VIA_CLIENT);
    this.#times.push(sentAt, Number.NaN, waitMs);
    this.#numbers.push(sentOrder, -1, state, valuesFrom ?? this.values.length, -1, -1, 0);
    this.#references.push(text, null);
    const place = this.#length++;
    if (stack !== null || allowed !== null || asked !== null) {
      const rare = this.#rareOf(place);
      rare.stack = stack;
      rare.allowed = allowed;
      rare.askedOrder = asked;
    }
    if (on === -1) this.#rareOf(place).connection = connection;
    return place;
  }

  textOf(place: number): string {
    return this.#references[place * REFERENCES + TEXT] as string;
  }

  isAnswered(place: number): boolean {
    return this.#numbers[place * NUMBERS + ANSWERED_ORDER] !== -1;
  }

  ended(place: number, answeredAt: number, answeredOrder: number): void {
    this.#times[place * TIMES + ANSWERED_AT] = answeredAt;
    this.#numbers[place * NUMBERS + ANSWERED_ORDER] = answeredOrder;
  }

  /**
   * The one answer of a text; false where it has to be given as {@link NoteColumns.answeredAs}. Numbers as in {@link Answer}, -1 for null. `layout`: the columns that its rows have, where the cells of these were added from `cellsFrom`
   * on; null: none is kept. `no`: as {@link Answer.no}.
   */
  answered(
    place: number,
    command: string | null,
    rows: number,
    affected: number,
    layout: RowLayout | null,
    cellsFrom: number,
    no: boolean,
  ): boolean {
    const tag = placeIn(commands, command);
    if (tag === -1) return false;
    this.#references[place * REFERENCES + LAYOUT] = layout;
    const numbers = place * NUMBERS;
    this.#numbers[numbers + ROWS] = rows;
    this.#numbers[numbers + AFFECTED] = affected;
    this.#numbers[numbers + CELLS_FROM] = cellsFrom;
    this.#mark(place, (tag << COMMAND) | (no ? HAS_ANSWER | SAYS_NO : HAS_ANSWER));
    return true;
  }

  /** Answers in lists of their own, which may still grow. */
  answeredAs(place: number, answers: readonly Answer[]): void {
    this.#rareOf(place).answers = answers;
  }

  failed(place: number, error: Note['error']): void {
    this.#rareOf(place).error = error;
  }

  /** The last one holds: a log may say later what a transaction was. */
  status(place: number, before: Note['statusBefore'], after: Note['statusAfter']): void {
    const at = place * NUMBERS + STATE;
    const others = (this.#numbers[at] as number) & ~STATUSES_SAID;
    this.#numbers[at] = others | (codeOf(before) << BEFORE) | (codeOf(after) << AFTER);
  }

  /** Takes over the note of another scope. */
  push(note: Note): void {
    const from = this.values.length;
    for (const value of note.values ?? []) this.values.push(value as Kept);
    const { text, sentAt, sentOrder, askedOrder } = note;
    const place = this.add(text, note.values && from, sentAt, sentOrder, { ...note, asked: askedOrder });
    if (note.answeredAt !== null) this.ended(place, note.answeredAt, note.answeredOrder);
    if (note.answers !== null) this.answeredAs(place, note.answers);
    if (note.error !== null) this.failed(place, note.error);
    this.status(place, note.statusBefore, note.statusAfter);
  }

  /** The note at a place, as it is now. */
  at(place: number): Note {
    const rare = this.#rare?.get(place);
    const times = place * TIMES;
    const numbers = place * NUMBERS;
    const state = this.#numbers[numbers + STATE] as number;
    const isAnswered = this.isAnswered(place);
    return {
      text: this.textOf(place),
      values: (state & HAS_VALUES) === 0 ? null : this.#valuesOf(place),
      connection: rare?.connection ?? (this.#connections[(state >> CONNECTION) & FEW] as ConnectionNote | null),
      sentAt: this.#times[times + SENT_AT] as number,
      sentOrder: this.#numbers[numbers + SENT_ORDER] as number,
      askedOrder: rare?.askedOrder ?? null,
      waitMs: this.#times[times + WAIT_MS] as number,
      via: (state & VIA_POOL) !== 0 ? 'pool' : (state & VIA_CLIENT) !== 0 ? 'client' : null,
      late: (state & LATE) !== 0,
      allowed: rare?.allowed ?? null,
      stack: rare?.stack ?? null,
      answeredAt: isAnswered ? (this.#times[times + ANSWERED_AT] as number) : null,
      answeredOrder: isAnswered ? (this.#numbers[numbers + ANSWERED_ORDER] as number) : Number.POSITIVE_INFINITY,
      answers: rare?.answers ?? ((state & HAS_ANSWER) === 0 ? null : [this.#answerOf(place, state)]),
      error: rare?.error ?? null,
      statusBefore: STATUSES[(state >> BEFORE) & STATUS] ?? null,
      statusAfter: STATUSES[(state >> AFTER) & STATUS] ?? null,
    };
  }

  *[Symbol.iterator](): Iterator<Note> {
    for (let place = 0; place < this.#length; place++) yield this.at(place);
  }

  clear(): void {
    this.#length = 0;
    for (const column of [this.#times, this.#numbers, this.#references, this.values, this.cells]) column.length = 0;
    this.#connections.length = 1;
    this.#rare = null;
  }

  #mark(place: number, bits: number): void {
    const at = place * NUMBERS + STATE;
    this.#numbers[at] = (this.#numbers[at] as number) | bits;
  }

  #rareOf(place: number): Rare {
    this.#rare ??= new Map();
    let rare = this.#rare.get(place);
    if (rare === undefined) {
      rare = { connection: null, askedOrder: null, allowed: null, stack: null, error: null, answers: null };
      this.#rare.set(place, rare);
    }
    return rare;
  }

  #valuesOf(place: number): readonly Kept[] {
    const numbers = this.#numbers;
    const from = numbers[place * NUMBERS + VALUES_FROM] as number;
    return this.values.slice(from, numbers[(place + 1) * NUMBERS + VALUES_FROM]);
  }

  #answerOf(place: number, state: number): Answer {
    const numbers = place * NUMBERS;
    const rows = this.#numbers[numbers + ROWS] as number;
    const affected = this.#numbers[numbers + AFFECTED] as number;
    const layout = this.#references[place * REFERENCES + LAYOUT] as RowLayout | null;
    const from = this.#numbers[numbers + CELLS_FROM] as number;
    return {
      rows: rows === -1 ? null : rows,
      affected: affected === -1 ? null : affected,
      command: commands[(state >> COMMAND) & FEW] as string | null,
      kept: layout === null ? null : this.#rowsOf(layout, rows, from),
      ...((state & SAYS_NO) !== 0 && { no: true }),
    };
  }

  #rowsOf({ names, tables }: RowLayout, count: number, from: number): KeptRows {
    const columns = names.map((_, i) => this.cells.slice(from + i * count, from + (i + 1) * count));
    return { names, tables, columns, count, cut: false };
  }
}
