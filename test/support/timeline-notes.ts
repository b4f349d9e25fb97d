// The notation of a timeline, read: one statement per line, its SQL first, what happened to it in the trailing comment.
// It stands alone so that the grammar is in one place and a typing error is told with its line.

import type { Frame } from '../../src/profile/types.js';

/** A bound or returned value as a timeline can write it. */
export type Scalar = string | number | boolean | Date | object | null;

/** One line of a timeline. */
export interface Line {
  /** 1-based, blank lines not counted. */
  number: number;
  sql: string;
  /** The notes as written, without the marks. */
  notes: string;
  /** `!loop`, `!source`, `~pagination` …: what a test expects a detector to say of this line. */
  marks: string[];
  /** The values bound; null where none are. */
  values: (Scalar | Scalar[])[] | null;
  /** Columns returned by name, or only how many rows. */
  rows: Map<string, Scalar[]> | number | null;
  /** Innermost first; null: the stack was not captured; undefined: one line of its own per shape. */
  frames: Frame[] | null | undefined;
  /** Packages between the app and the driver, from the app inwards. */
  through: string[] | undefined;
  /** GraphQL had just called it. */
  resolver: boolean;
  /** An SQLSTATE or a driver's code. */
  error: string | null;
  affected: number | null;
  connection: number;
  via: 'pool' | 'client';
  /** Its connection was in a transaction that was begun before the scope. */
  within: boolean;
  /** No statement, but what the app did with the connection. */
  event: 'take' | 'release' | 'destroy' | null;
  /** The answer arrives together with those of the neighbouring pending lines: sent in parallel. */
  pending: boolean;
  late: boolean;
  allowed: number[];
  /** How long it ran, in ms. */
  took: number;
  /** How long the app did something else before it was sent, in ms. */
  pause: number;
  /** What the app called meanwhile, for all of the pause; null: nothing. */
  calls: string | null;
}

/**
 * Reads a timeline. A line is `<sql> -- <notes> <marks>`; the notes, in any order, all optional:
 *
 *     values 1, 'a', [1,2], null, @2024-05-01T10:00:00Z   bound values; a list is an array; @ is a Date; {} an object; true and false
 *     rows id=1,2 sender_id=7,7        the columns returned; `id=1..20` counts; `id=` is no row
 *     rows 3                           only how many
 *     at chats.ts:14 list < async app.ts:5     the stack, innermost first: file:line and function
 *     at ?                             the stack was not captured
 *     through objection,knex           packages between the app and the driver
 *     resolver                         GraphQL had just called it
 *     via pool                         sent through the pool, not on a client that the app holds
 *     within                           in a transaction that was begun before the scope
 *     error 23505 · affected 2 · conn 2 · pending · late · allow 0 · took 5 · pause 100      (times in ms)
 *     pause 100 calls 'POST api.example.com'     the pause was an outgoing HTTP request
 *
 * A line without SQL says what the app did with the client: `-- conn 1 take`, `-- conn 1 release` (or `destroy`), with `at` where it was given back.
 */
export function readTimeline(text: string): Line[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.map((line, index) => readLine(line, index + 1));
}

/** A line's marks, and the same line's text without them, for pictures. */
export const MARK = /(?:^|\s)([!~][\w-]+\??\??)(?=\s|$)/g;

function readLine(text: string, number: number): Line {
  const comment = text.lastIndexOf('--');
  const sql = comment < 0 ? text : text.slice(0, comment).trimEnd();
  const trailer = comment < 0 ? '' : text.slice(comment + 2);
  const marks = [...trailer.matchAll(MARK)].map((match) => match[1] as string);
  const notes = trailer.replace(MARK, ' ').replace(/\s+/g, ' ').trim();
  const line: Line = {
    number,
    sql,
    notes,
    marks,
    values: null,
    rows: null,
    frames: undefined,
    through: undefined,
    resolver: false,
    error: null,
    affected: null,
    connection: 1,
    via: 'client',
    within: false,
    event: null,
    pending: false,
    late: false,
    allowed: [],
    took: 1,
    pause: 0,
    calls: null,
  };
  new NoteReader(notes, number).readInto(line);
  if ((sql === '') !== (line.event !== null))
    throw new Error(`timeline line ${number}: either SQL, or take, release or destroy`);
  return line;
}

class NoteReader {
  readonly #text: string;
  readonly #line: number;
  #at = 0;

  constructor(text: string, line: number) {
    this.#text = text;
    this.#line = line;
  }

  readInto(line: Line): void {
    while (!this.#ended()) {
      const word = this.#take(/[a-z]+/y) ?? this.#fail('a note');
      switch (word) {
        case 'values':
          line.values = this.#list(() => this.#value());
          break;
        case 'rows':
          line.rows = this.#rows();
          break;
        case 'at':
          line.frames = this.#take(/\?/y) ? null : this.#frames();
          break;
        case 'through':
          line.through = this.#list(() => this.#take(/[@\w/-]+/y) ?? this.#fail('a package'));
          break;
        case 'error':
          line.error = this.#take(/\w+/y) ?? this.#fail('an error code');
          break;
        case 'affected':
          line.affected = this.#number();
          break;
        case 'conn':
          line.connection = this.#number();
          break;
        case 'allow':
          line.allowed.push(this.#number());
          break;
        case 'took':
          line.took = this.#number();
          break;
        case 'pause':
          line.pause = this.#number();
          break;
        case 'via':
          line.via = (this.#take(/pool|client/y) as Line['via'] | null) ?? this.#fail('pool or client');
          break;
        case 'take':
        case 'release':
        case 'destroy':
          line.event = word;
          break;
        case 'calls':
          line.calls = String(this.#scalar());
          break;
        case 'within':
        case 'pending':
        case 'resolver':
        case 'late':
          line[word] = true;
          break;
        default:
          this.#fail('a note that is known');
      }
    }
  }

  #rows(): Map<string, Scalar[]> | number {
    const count = this.#take(/\d+(?=\s|$)/y);
    if (count !== null) return Number(count);
    const columns = new Map<string, Scalar[]>();
    for (let name = this.#take(/\w+=/y); name !== null; name = this.#take(/\w+=/y)) {
      const empty = this.#ended() || /\s/.test(this.#text[this.#at] as string);
      columns.set(name.slice(0, -1), empty ? [] : this.#list(() => this.#cells()).flat());
    }
    if (columns.size === 0) this.#fail('columns');
    return columns;
  }

  #frames(): Frame[] {
    const frames: Frame[] = [];
    do {
      const suspended = this.#take(/async\s+/y) !== null;
      const place = this.#take(/[^\s:]+:\d+/y) ?? this.#fail('file:line');
      const [file, line] = place.split(':') as [string, string];
      const name = this.#take(
        /(?!(?:values|rows|at|through|resolver|error|affected|conn|via|within|take|release|destroy|allow|took|pause|calls|pending|late)\b)[\w.]+/y,
      );
      frames.push({ file, line: Number(line), column: 1, function: name, ...(suspended && { async: true as const }) });
    } while (this.#take(/</y));
    return frames;
  }

  #list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.#take(/,/y)) items.push(item());
    return items;
  }

  #cells(): (Scalar | Scalar[])[] {
    if (this.#text[this.#at] === '[') return [this.#value()];
    const range = this.#take(/-?\d+\.\.\d+/y);
    if (range === null) return [this.#scalar()];
    const [from, to] = range.split('..').map(Number) as [number, number];
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  }

  #value(): Scalar | Scalar[] {
    if (!this.#take(/\[/y)) return this.#scalar();
    const items = this.#take(/(?=\])/y) === null ? this.#list(() => this.#cells()).flat() : [];
    if (this.#take(/\]/y) === null) this.#fail(']');
    return items;
  }

  #scalar(): Scalar {
    const quoted = this.#take(/'(?:[^']|'')*'/y);
    if (quoted !== null) return quoted.slice(1, -1).replaceAll("''", "'");
    const word = this.#take(/[^\s,[\]<]+/y) ?? this.#fail('a value');
    if (word === 'null') return null;
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === '{}') return {};
    if (word.startsWith('@')) return new Date(word.slice(1));
    return /^-?\d+(?:\.\d+)?$/.test(word) ? Number(word) : word;
  }

  #number(): number {
    return Number(this.#take(/\d+/y) ?? this.#fail('a number'));
  }

  /** Takes what matches here and the blanks after it. A column's name must touch its values, so no blank is skipped after `=`. */
  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return null;
    this.#at += found.length;
    if (!found.endsWith('=')) while (this.#text[this.#at] === ' ') this.#at++;
    return found;
  }

  #ended(): boolean {
    return this.#at >= this.#text.length;
  }

  #fail(expected: string): never {
    throw new Error(`timeline line ${this.#line}: expected ${expected} at "${this.#text.slice(this.#at)}"`);
  }
}
