// Random requests with known truth: some loops are fed by a column of an earlier result, some only look as if they were.
// The flow rule is measured on them (test/profile/belief.test.ts, bench/belief.ts).

import { buildProfile } from '../../src/profile/build-profile.js';
import type { Noted } from '../../src/profile/note.js';
import { Recorder } from '../../src/profile/recorder.js';
import { runAtOnce } from '../../src/profile/slices.js';
import type { Frame, Profile } from '../../src/profile/types.js';
import { CLOSING, SITES } from './closing.js';

/** Kinds of keys: a fresh database counts from 1, an old one has gaps, others draw uuids. */
export const KEYS = ['fresh serial ids', 'ids with gaps', 'uuids'] as const;
export type Keys = (typeof KEYS)[number];

/** How the results come: in columns, or all rows of one as a JSON document, as query builders fetch trees. */
export type Form = 'rows' | 'documents';

type Value = number | string | boolean;

/** One loop of a random request, with the truth about it. */
export interface Loop {
  /** Indexes of its statements in the profile. */
  statements: number[];
  fed: boolean;
  /** A true loop whose column names tie source and slot. */
  named: boolean;
  distinct: number;
  /** What kind of loop, for the table of misses. */
  kind: string;
}

export interface RandomRequest {
  /** What the profile was made of. */
  noted: Noted;
  profile: Profile;
  loops: Loop[];
}

/** mulberry32: small, seeded, good enough to draw test cases from. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TABLES = 'users chat message orders product invoice tag setting country team region depot album song'.split(' ');
/** Names for a foreign key that say what the row is to this one, not which table it is of. */
const ROLES = ['sender_id', 'owner_id', 'assignee_id', 'author_id', 'approved_by', 'parent_id', 'origin_id'];
const WORDS = ['open', 'closed', 'draft', 'paid', 'void', 'new'];

interface Column {
  name: string;
  oid: number;
  /** The table whose ids it holds, where it does. */
  refers: string | null;
  values: Value[];
}

interface Source {
  table: string;
  sql: string;
  /** What all its results hold, one after the other. */
  columns: Column[];
  /** Where each result begins, and where the last one ends. */
  bounds: number[];
  frames: Frame[];
}

/** Draws one request: one to four sources, a loop over one of them in two of three, an unrelated loop in two of three. */
export function randomRequest(keys: Keys, seed: number, form: Form = 'rows'): RandomRequest {
  return new Drawing(keys, randomOf(seed), form).request();
}

/** As `select json_agg(…) as result` answers. */
function asDocument(rows: readonly object[]): object {
  const fields = [{ name: 'result', tableID: 0, dataTypeID: 114 }];
  return { command: 'SELECT', rowCount: 1, fields, rows: [{ result: JSON.parse(JSON.stringify(rows)) }] };
}

class Drawing {
  readonly #random: () => number;
  readonly #keys: Keys;
  readonly #form: Form;
  readonly #ids = new Map<string, Value[]>();
  readonly #sources: Source[] = [];
  readonly #recorder: Recorder;
  readonly #loops: Loop[] = [];
  #now = 0;
  #line = 10;
  #statements = 0;

  constructor(keys: Keys, random: () => number, form: Form) {
    this.#keys = keys;
    this.#form = form;
    this.#random = random;
    this.#recorder = new Recorder({
      clock: () => this.#now++,
      limits: { statements: 10_000, rowsPerStatement: 10_000, valuesPerScope: 1_000_000 },
    });
  }

  request(): RandomRequest {
    const sources = 1 + this.#below(4);
    for (let i = 0; i < sources; i++) this.#load();
    const order = this.#random() < 0.5;
    if (order && this.#random() < 0.67) this.#fedLoop();
    if (this.#random() < 0.67) this.#unrelatedLoop();
    if (!order && this.#random() < 0.67) this.#fedLoop();
    const noted = this.#recorder;
    return { noted, profile: runAtOnce(buildProfile(noted, CLOSING, SITES)), loops: this.#loops };
  }

  /**
   * Two to twenty rows of a table, or up to sixty in two to six results of one shape, as groups are read: its id, one or two references,
   * and the plain columns that tables have.
   */
  #load(): void {
    const table = this.#pick(TABLES.filter((name) => !this.#sources.some((source) => source.table === name)));
    const wanted = this.#random() < 0.3 ? 2 + this.#below(5) : 1;
    const rows = wanted === 1 ? 2 + this.#below(19) : wanted * (2 + this.#below(9));
    const ids = this.#some(this.#idsOf(table), rows);
    const columns: Column[] = [
      { name: 'id', oid: 23, refers: table, values: this.#random() < 0.6 ? this.#sorted(ids) : ids },
    ];
    const count = ids.length;
    for (let i = 1 + this.#below(2); i > 0; i--) {
      const to = this.#pick(TABLES.filter((name) => name !== table));
      const name = this.#random() < 0.5 ? `${singular(to)}_id` : this.#pick(ROLES);
      if (columns.some((column) => column.name === name)) continue;
      const targets = this.#some(this.#idsOf(to), 1 + this.#below(count));
      columns.push({ name, oid: 23, refers: to, values: Array.from({ length: count }, () => this.#pick(targets)) });
    }
    const plain: [string, number, () => Value][] = [
      ['position', 23, this.#counter()],
      ['level', 23, () => 1 + this.#below(5)],
      ['is_read', 16, () => this.#random() < 0.5],
      ['status', 25, () => this.#pick(WORDS)],
      ['day', 1082, () => this.#day()],
    ];
    for (const [name, oid, draw] of plain) {
      if (this.#random() < 0.4) columns.push({ name, oid, refers: null, values: Array.from({ length: count }, draw) });
    }
    const frames = this.#frames(this.#random() < 0.5 ? 'handler' : `load${table}`);
    const results = Math.min(wanted, count);
    const names = columns.map((column) => column.name).join(', ');
    const bounds = [0, ...this.#sorted(this.#shuffled(range(1, count - 1)).slice(0, results - 1)), count] as number[];
    const sql = `select ${names} from ${table}${results > 1 ? ' where kind = $1' : ''}`;
    const source: Source = { table, sql, columns, bounds, frames };
    this.#sources.push(source);
    const groups = this.#shuffled(WORDS);
    for (let i = 0; i < results; i++) {
      const part = partOf(source, i);
      this.#send(sql, results > 1 ? [groups[i] as string] : [], frames, { table, columns: part });
    }
  }

  /** What an N+1 is: one statement for each row, or each of some rows, of a result, or of all results of one shape. */
  #fedLoop(): void {
    const source = this.#pick(this.#sources);
    const results = source.bounds.length - 1;
    const rows = results > 1 && this.#random() < 0.5 ? partOf(source, this.#below(results)) : source.columns;
    const column = this.#pick(rows.filter((candidate) => candidate.refers !== null));
    const refers = column.refers as string;
    let { table, name } = { table: refers, name: 'id' };
    if (column.name === 'id') {
      table = this.#pick(TABLES.filter((other) => other !== refers));
      name = this.#random() < 0.75 ? `${singular(refers)}_id` : this.#pick(ROLES);
    }
    let values = [...column.values];
    const way = this.#random();
    let kind = 'every row';
    if (way < 0.15) {
      values = values.filter(() => this.#random() < 0.7);
      kind = 'some rows';
    } else if (way < 0.35) {
      values = [...new Set(values)];
      kind = 'distinct values';
    } else if (way < 0.4) {
      values = this.#sorted([...new Set(values)]);
      kind = 'sorted distinct values';
    }
    if (results > 1) kind += `, of ${rows === source.columns ? 'all' : 'one'} of several results`;
    const named = name === 'id' ? column.name === `${singular(refers)}_id` : name === `${singular(refers)}_id`;
    const frames = this.#frames(this.#random() < 0.7 ? (source.frames[0]?.function ?? 'handler') : 'decorate');
    this.#loop(`select * from ${table} where ${name} = $1`, values, frames, { fed: true, named, kind });
  }

  /** What is no N+1 of these rows: the values come from elsewhere, though they may look alike. */
  #unrelatedLoop(): void {
    const frames = this.#frames(this.#random() < 0.5 ? 'handler' : 'elsewhere');
    const count = 2 + this.#below(19);
    // Tables whose ids stand in no result: what they share with one is chance. (With a shared domain nobody could say what is unrelated.)
    const strangers = TABLES.filter(
      (name) =>
        !this.#sources.some(({ table, columns }) => table === name || columns.some(({ refers }) => refers === name)),
    );
    const kinds: [string, number, () => [string, Value[]]][] = [
      [
        'ids of another table',
        4,
        () => {
          const table = this.#pick(strangers);
          return [`select * from ${table} where id = $1`, this.#orderly(this.#some(this.#idsOf(table), count))];
        },
      ],
      [
        'a foreign key to another table',
        3,
        () => {
          const to = this.#pick(strangers);
          const table = this.#pick(TABLES.filter((name) => name !== to));
          return [
            `select * from ${table} where ${singular(to)}_id = $1`,
            this.#orderly(this.#some(this.#idsOf(to), count)),
          ];
        },
      ],
      [
        'a role of another table',
        2,
        () => {
          const to = this.#pick(strangers);
          const table = this.#pick(TABLES.filter((name) => name !== to));
          return [
            `select * from ${table} where ${this.#pick(ROLES)} = $1`,
            this.#orderly(this.#some(this.#idsOf(to), count)),
          ];
        },
      ],
      [
        'a run of small numbers',
        2,
        () => [
          `select * from price_list where level = $1`,
          Array.from({ length: Math.min(count, 8) }, (_, i) => i + 1),
        ],
      ],
      [
        'pages',
        1,
        () => [`select * from chat order by id limit 10 offset $1`, Array.from({ length: count }, (_, i) => i + 1)],
      ],
      ['words', 1, () => [`select count(*) from ticket where status = $1`, this.#some(WORDS, count)]],
      ['truth values', 1, () => [`select count(*) from ticket where is_read = $1`, [true, false]]],
      [
        'days',
        1,
        () => [
          `select count(*) from visit where day = $1`,
          Array.from({ length: Math.min(count, 10) }, (_, i) => dayText(i)),
        ],
      ],
    ];
    let at = this.#random() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
    const [kind, , draw] = kinds.find(([, weight]) => {
      at -= weight;
      return at < 0;
    }) as (typeof kinds)[number];
    const [sql, values] = draw();
    this.#loop(sql, values, frames, { fed: false, named: false, kind });
  }

  #loop(
    sql: string,
    values: readonly Value[],
    frames: Frame[],
    truth: { fed: boolean; named: boolean; kind: string },
  ): void {
    const distinct = new Set(values).size;
    if (distinct < 2) return;
    const first = this.#statements;
    const parallel = this.#random() < 0.3;
    const echo = sql.includes(' where id = ') || sql.includes('_id = ');
    const column = /where (\w+) = /.exec(sql)?.[1] ?? 'id';
    const waiting: (() => void)[] = [];
    for (const value of values) {
      const columns: Column[] = [{ name: 'name', oid: 25, refers: null, values: [this.#pick(WORDS)] }];
      if (echo) columns.push({ name: column, oid: 23, refers: null, values: [value] });
      const answer = this.#send(sql, [value], frames, { table: '', columns }, parallel);
      waiting.push(answer);
    }
    for (const answer of waiting) answer();
    this.#loops.push({ statements: Array.from({ length: values.length }, (_, i) => first + i), distinct, ...truth });
  }

  /** Sends and, unless it is to wait, answers. Returns what answers it later. */
  #send(
    sql: string,
    values: readonly Value[],
    frames: Frame[],
    rows: Pick<Source, 'table' | 'columns'>,
    later = false,
  ): () => void {
    const note = this.#recorder.note(sql, values, {
      connection: null,
      stack: frames,
      waitMs: 0,
      via: null,
      late: false,
      allowed: null,
    });
    this.#statements++;
    const count = rows.columns[0]?.values.length ?? 0;
    const result = {
      command: 'SELECT',
      rowCount: count,
      fields: rows.columns.map((column) => ({
        name: column.name,
        tableID: rows.table === '' ? 0 : 1 + TABLES.indexOf(rows.table),
        dataTypeID: column.oid,
      })),
      rows: Array.from({ length: count }, (_, r) =>
        Object.fromEntries(rows.columns.map((column) => [column.name, column.values[r]])),
      ),
    };
    const answer = (): void => {
      if (note !== null) this.#recorder.answer(note, this.#form === 'rows' ? result : asDocument(result.rows));
    };
    if (later) return answer;
    answer();
    return () => {};
  }

  #idsOf(table: string): Value[] {
    let ids = this.#ids.get(table);
    if (ids === undefined) {
      const rows = 20 + this.#below(60);
      let last = this.#keys === 'ids with gaps' ? this.#below(5_000) : 0;
      ids = Array.from({ length: rows }, () => {
        if (this.#keys === 'uuids') return this.#uuid();
        last += this.#keys === 'ids with gaps' ? 1 + this.#below(40) : 1;
        return last;
      });
      this.#ids.set(table, ids);
    }
    return ids;
  }

  /** A page of a table: its first rows, a run of them, or any. */
  #some<T>(all: readonly T[], count: number): T[] {
    const length = Math.min(count, all.length);
    const way = this.#random();
    if (way < 0.35) return all.slice(0, length);
    const start = this.#below(all.length - length + 1);
    if (way < 0.55) return all.slice(start, start + length);
    return this.#shuffled(all).slice(0, length);
  }

  #orderly(values: Value[]): Value[] {
    return this.#random() < 0.6 ? this.#sorted(values) : values;
  }

  #sorted(values: readonly Value[]): Value[] {
    return [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  #shuffled<T>(values: readonly T[]): T[] {
    const copy = [...values];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.#below(i + 1);
      [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
    }
    return copy;
  }

  #counter(): () => number {
    let n = 0;
    return () => ++n;
  }

  #day(): string {
    return dayText(this.#below(30));
  }

  #uuid(): string {
    const hex = (digits: number): string =>
      this.#below(16 ** digits)
        .toString(16)
        .padStart(digits, '0');
    return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  }

  #frames(name: string): Frame[] {
    this.#line += 3;
    const frame = { file: 'src/app.ts', line: this.#line, column: 1, function: name };
    return name === 'handler'
      ? [frame]
      : [frame, { file: 'src/app.ts', line: 500 + this.#line, column: 1, function: `call${name}` }];
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }
}

/** The rows of one of its results. */
function partOf({ columns, bounds }: Source, result: number): Column[] {
  return columns.map((column) => ({ ...column, values: column.values.slice(bounds[result], bounds[result + 1]) }));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

function dayText(day: number): string {
  return `2024-03-${String(day + 1).padStart(2, '0')}`;
}

function singular(table: string): string {
  return table.replace(/s$/, '');
}
