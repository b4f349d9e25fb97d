// The notes of one scope, in columns: a statement is a few numbers and references in lists that all of them share, since an object for each, with those
// that it would hold, is what a collector of garbage has most work with while a request runs. The lists serve one scope after the other.

import { NotedRows } from './kept-rows.js';
import type { Answer, ConnectionNote, Note, Sending } from './note.js';
import type { RowLayout } from './row-layout.js';
import type { Kept } from './values.js';

/** Notes that stand in one chunk: a dozen, since most requests send no more, and each chunk takes 136 bytes for itself. */
const CHUNK = 12;

/** Of each note in `numbers`. */
const SENT_AT = 0;
const ANSWERED_AT = 1;
const WAIT_MS = 2;
const SENT_ORDER = 3;
/** -1: it waits for its answer. */
const ANSWERED_ORDER = 4;
const STATE = 5;
/** Rows and affected rows, each one more than it is, so that 0 is null. */
const COUNTS = 6;
/** Where its values begin, and the cells of its answer. The next note's values begin where its own end. */
const FROM = 7;
const NUMBERS = 8;

/** Two whole numbers in one, each below this. */
const HALF = 2 ** 26;

/** Of each note in `references`. */
const TEXT = 0;
/** Null: no answer, or one without rows that are kept. */
const LAYOUT = 1;
const CONNECTION = 2;
const REFERENCES = 3;

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
/** It has something that few notes have: the others need not be looked for among them. */
const HAS_RARE = 1 << 18;
/** Commands of the process that are told by their number: an answer with another is kept as what few notes have. */
const FEW = 255;

const STATUSES = [null, 'I', 'T', 'E'] as const;

function codeOf(status: Note['statusBefore']): number {
  return status === null ? 0 : status === 'I' ? 1 : status === 'T' ? 2 : 3;
}

/** The command tags that were answered so far. The driver makes a text of its own for each answer. */
const commands: (string | null)[] = [null];

/** -1: there are more than can be told by their number. */
function numberOf(command: string | null): number {
  const known = commands.indexOf(command);
  if (known !== -1) return known;
  return commands.length > FEW ? -1 : commands.push(command) - 1;
}

/** What few notes have. */
interface Rare {
  askedOrder: number | null;
  allowed: readonly number[] | null;
  stack: unknown;
  error: Note['error'];
  /** Of a text of several parts, or with rows that are kept in lists of their own. */
  answers: readonly Answer[] | null;
}

interface Chunk {
  readonly numbers: number[];
  readonly references: unknown[];
}

/** Chunks that are kept for scopes to come: what some hundred requests at once take, 300 KB. */
const KEPT_CHUNKS = 256;

const free: Chunk[] = [];

const NO_CHUNKS: Chunk[] = [];
const FEW_CHUNKS = 8;

function takeChunk(): Chunk {
  return (
    free.pop() ?? {
      numbers: new Array<number>(CHUNK * NUMBERS).fill(Number.NaN),
      references: new Array<unknown>(CHUNK * REFERENCES).fill(null),
    }
  );
}

function giveBack(chunk: Chunk): void {
  if (free.length === KEPT_CHUNKS) return;
  chunk.references.fill(null);
  free.push(chunk);
}

export class NoteColumns {
  /** Bound values of all notes, one note's behind the other's. */
  readonly values: Kept[] = [];
  /** Values of the results that leave nothing else behind, row by row. */
  readonly cells: Kept[] = [];
  #length = 0;
  #chunks: Chunk[] = NO_CHUNKS;
  #rare: Map<number, Rare> | null = null;

  get length(): number {
    return this.#length;
  }

  /** One more note; answers its place. `valuesFrom`: where its values begin; null: it has none, or they are hidden. */
  add(text: string, valuesFrom: number | null, sentAt: number, sentOrder: number, sending: Sending): number {
    const { connection, waitMs, via, late, stack, allowed } = sending;
    const asked = sending.asked ?? null;
    const state =
      (late ? LATE : 0) |
      (valuesFrom === null ? 0 : HAS_VALUES) |
      (via === null ? 0 : via === 'pool' ? VIA_POOL : VIA_CLIENT);
    const place = this.#length++;
    if (place % CHUNK === 0) this.#addChunk();
    const { numbers, references } = this.#chunkOf(place);
    const at = (place % CHUNK) * NUMBERS;
    numbers[at + SENT_AT] = sentAt;
    numbers[at + ANSWERED_AT] = Number.NaN;
    numbers[at + WAIT_MS] = waitMs;
    numbers[at + SENT_ORDER] = sentOrder;
    numbers[at + ANSWERED_ORDER] = -1;
    numbers[at + STATE] = state;
    numbers[at + COUNTS] = 0;
    numbers[at + FROM] = (valuesFrom ?? this.values.length) * HALF;
    const refers = (place % CHUNK) * REFERENCES;
    references[refers + TEXT] = text;
    references[refers + CONNECTION] = connection;
    if (stack !== null || allowed !== null || asked !== null) {
      const rare = this.#rareOf(place);
      rare.stack = stack;
      rare.allowed = allowed;
      rare.askedOrder = asked;
    }
    return place;
  }

  textOf(place: number): string {
    return this.#chunkOf(place).references[(place % CHUNK) * REFERENCES + TEXT] as string;
  }

  isAnswered(place: number): boolean {
    return this.#numberOf(place, ANSWERED_ORDER) !== -1;
  }

  ended(place: number, answeredAt: number, answeredOrder: number): void {
    const { numbers } = this.#chunkOf(place);
    const at = (place % CHUNK) * NUMBERS;
    numbers[at + ANSWERED_AT] = answeredAt;
    numbers[at + ANSWERED_ORDER] = answeredOrder;
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
    const tag = numberOf(command);
    if (tag === -1 || rows + 1 >= HALF || affected + 1 >= HALF || cellsFrom >= HALF) return false;
    const { numbers, references } = this.#chunkOf(place);
    references[(place % CHUNK) * REFERENCES + LAYOUT] = layout;
    const at = (place % CHUNK) * NUMBERS;
    numbers[at + COUNTS] = (rows + 1) * HALF + affected + 1;
    numbers[at + FROM] = (numbers[at + FROM] as number) + cellsFrom;
    numbers[at + STATE] = (numbers[at + STATE] as number) | (tag << COMMAND) | (no ? HAS_ANSWER | SAYS_NO : HAS_ANSWER);
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
    const { numbers } = this.#chunkOf(place);
    const at = (place % CHUNK) * NUMBERS + STATE;
    const others = (numbers[at] as number) & ~STATUSES_SAID;
    numbers[at] = others | (codeOf(before) << BEFORE) | (codeOf(after) << AFTER);
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
    const chunk = this.#chunkOf(place);
    const { numbers, references } = chunk;
    const at = (place % CHUNK) * NUMBERS;
    const refers = (place % CHUNK) * REFERENCES;
    const state = numbers[at + STATE] as number;
    const rare = (state & HAS_RARE) === 0 ? undefined : this.#rare?.get(place);
    const answeredOrder = numbers[at + ANSWERED_ORDER] as number;
    const isAnswered = answeredOrder !== -1;
    return {
      text: references[refers + TEXT] as string,
      values: (state & HAS_VALUES) === 0 ? null : this.#valuesOf(place),
      connection: references[refers + CONNECTION] as ConnectionNote | null,
      sentAt: numbers[at + SENT_AT] as number,
      sentOrder: numbers[at + SENT_ORDER] as number,
      askedOrder: rare?.askedOrder ?? null,
      waitMs: numbers[at + WAIT_MS] as number,
      via: (state & VIA_POOL) !== 0 ? 'pool' : (state & VIA_CLIENT) !== 0 ? 'client' : null,
      late: (state & LATE) !== 0,
      allowed: rare?.allowed ?? null,
      stack: rare?.stack ?? null,
      answeredAt: isAnswered ? (numbers[at + ANSWERED_AT] as number) : null,
      answeredOrder: isAnswered ? answeredOrder : Number.POSITIVE_INFINITY,
      answers: rare?.answers ?? ((state & HAS_ANSWER) === 0 ? null : [this.#answerOf(chunk, place)]),
      error: rare?.error ?? null,
      statusBefore: STATUSES[(state >> BEFORE) & STATUS] ?? null,
      statusAfter: STATUSES[(state >> AFTER) & STATUS] ?? null,
    };
  }

  *[Symbol.iterator](): Iterator<Note> {
    for (let place = 0; place < this.#length; place++) yield this.at(place);
  }

  /** For good: what it stood in is another scope's from here on. */
  clear(): void {
    this.#length = 0;
    for (const chunk of this.#chunks) giveBack(chunk);
    this.#chunks = NO_CHUNKS;
    this.values.length = 0;
    this.cells.length = 0;
    this.#rare = null;
  }

  /** A list that is pushed to takes room for 17 with the first item: more than most scopes need. */
  #addChunk(): void {
    const chunk = takeChunk();
    if (this.#chunks.length < FEW_CHUNKS) this.#chunks = [...this.#chunks, chunk];
    else this.#chunks.push(chunk);
  }

  #chunkOf(place: number): Chunk {
    return this.#chunks[Math.floor(place / CHUNK)] as Chunk;
  }

  #numberOf(place: number, which: number): number {
    return this.#chunkOf(place).numbers[(place % CHUNK) * NUMBERS + which] as number;
  }

  #rareOf(place: number): Rare {
    this.#rare ??= new Map();
    let rare = this.#rare.get(place);
    if (rare === undefined) {
      rare = { askedOrder: null, allowed: null, stack: null, error: null, answers: null };
      this.#rare.set(place, rare);
      const { numbers } = this.#chunkOf(place);
      const at = (place % CHUNK) * NUMBERS + STATE;
      numbers[at] = (numbers[at] as number) | HAS_RARE;
    }
    return rare;
  }

  /** Most statements bind one value, for which a list of its own is made faster than a slice. */
  #valuesOf(place: number): readonly Kept[] {
    const from = this.#valuesFrom(place);
    const until = place + 1 === this.#length ? this.values.length : this.#valuesFrom(place + 1);
    return until - from === 1 ? [this.values[from] as Kept] : this.values.slice(from, until);
  }

  #valuesFrom(place: number): number {
    return Math.floor(this.#numberOf(place, FROM) / HALF);
  }

  /** Handed the lists that the note stands in. */
  #answerOf({ numbers, references }: Chunk, place: number): Answer {
    const at = (place % CHUNK) * NUMBERS;
    const state = numbers[at + STATE] as number;
    const counts = numbers[at + COUNTS] as number;
    const rows = Math.floor(counts / HALF) - 1;
    const affected = (counts % HALF) - 1;
    const layout = references[(place % CHUNK) * REFERENCES + LAYOUT] as RowLayout | null;
    const answer: Answer = {
      rows: rows === -1 ? null : rows,
      affected: affected === -1 ? null : affected,
      command: commands[(state >> COMMAND) & FEW] as string | null,
      kept: layout === null ? null : new NotedRows(layout, this.cells, (numbers[at + FROM] as number) % HALF, rows),
    };
    if ((state & SAYS_NO) !== 0) answer.no = true;
    return answer;
  }
}
