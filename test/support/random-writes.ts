// Random requests that write, with known truth: some rows lead to one that was made a moment ago, some only hold the same small number. The rule of
// ties is measured on them (test/profile/tie-figures.test.ts).

import { buildProfile } from '../../src/profile/build-profile.js';
import { Recorder } from '../../src/profile/recorder.js';
import { runAtOnce } from '../../src/profile/slices.js';
import type { Profile } from '../../src/profile/types.js';
import { CLOSING, SITES } from './closing.js';
import { type Keys, randomOf } from './random-requests.js';

type Value = number | string;

/** Two writes of a request, of which the first made a row and told its id, or both booked an amount; with the truth about them. */
export interface Pair {
  first: number;
  second: number;
  /** id: does the second bind the new row's id? amount: are the two sides one transfer? */
  kind: 'id' | 'amount';
  related: boolean;
  /** Related by a column that names the table. */
  named: boolean;
}

export interface RandomWrites {
  profile: Profile;
  pairs: Pair[];
}

const TABLES = 'users chat message orders product invoice tag setting country team region depot album song'.split(' ');
/** Names for a foreign key that say what the row is to this one, not which table it is of: of users, and of any rows. */
const PERSONS = ['sender_id', 'owner_id', 'assignee_id', 'author_id', 'approved_by'];
const PLACES = ['parent_id', 'origin_id', 'source_id'];
const PLAIN = ['quantity', 'position', 'level', 'priority', 'stock'];

/** Draws one request: two to five INSERTs, most of which tell the id of their row, and in one of three a booking twice. */
export function randomWrites(keys: Keys, seed: number): RandomWrites {
  return new Drawing(keys, randomOf(seed)).request();
}

interface Made {
  statement: number;
  table: string;
  id: Value;
}

class Drawing {
  readonly #random: () => number;
  readonly #keys: Keys;
  readonly #ids = new Map<string, Value[]>();
  readonly #recorder: Recorder;
  readonly #pairs: Pair[] = [];
  readonly #made: Made[] = [];
  #actor: Value | null = null;
  #now = 0;
  #statements = 0;

  constructor(keys: Keys, random: () => number) {
    this.#keys = keys;
    this.#random = random;
    this.#recorder = new Recorder({
      clock: () => this.#now++,
      limits: { statements: 10_000, rowsPerStatement: 10_000, valuesPerScope: 1_000_000 },
    });
  }

  request(): RandomWrites {
    if (this.#random() < 0.5) this.#authenticate();
    for (let inserts = 2 + this.#below(4); inserts > 0; inserts--) this.#insert();
    if (this.#random() < 0.33) this.#book();
    return { profile: runAtOnce(buildProfile(this.#recorder, CLOSING, SITES)), pairs: this.#pairs };
  }

  /** Who is asking: the id that rows of the request hold as their owner's, their author's … */
  #authenticate(): void {
    this.#actor = this.#pick(this.#idsOf('users'));
    this.#send('select id from users where token = $1', ['t-17'], [{ id: this.#actor }]);
  }

  /** A row with one to three references and some plain numbers; in one of two it leads to a row that this request made. */
  #insert(): void {
    const table = this.#pick(TABLES.filter((name) => !this.#made.some((made) => made.table === name)));
    const columns: string[] = [];
    const values: Value[] = [];
    const bind = (column: string, value: Value): boolean => {
      if (columns.includes(column)) return false;
      columns.push(column);
      values.push(value);
      return true;
    };
    const parent = this.#made.length > 0 && this.#random() < 0.5 ? this.#pick(this.#made) : null;
    const named = this.#random() < 0.6;
    if (parent !== null) bind(named ? `${singular(parent.table)}_id` : this.#roleOf(parent.table), parent.id);
    for (let references = 1 + this.#below(2); references > 0; references--) {
      const to = this.#pick(TABLES.filter((name) => name !== parent?.table));
      if (this.#actor !== null && this.#random() < 0.5) bind(this.#pick(PERSONS), this.#actor);
      else bind(this.#random() < 0.5 ? `${singular(to)}_id` : this.#roleOf(to), this.#pick(this.#idsOf(to)));
    }
    if (this.#random() < 0.7) bind(this.#pick(PLAIN), 1 + this.#below(20));
    const id = this.#newId(table);
    const tells = this.#random() < 0.8;
    const places = columns.map((_, i) => `$${i + 1}`).join(', ');
    const sql = `insert into ${table} (${columns.join(', ')}) values (${places})${tells ? ' returning id' : ''}`;
    const statement = this.#send(sql, values, tells ? [{ id }] : []);
    for (const made of this.#made) {
      const related = made === parent;
      this.#pairs.push({ first: made.statement, second: statement, kind: 'id', related, named: related && named });
    }
    if (tells) this.#made.push({ statement, table, id });
  }

  /** Two rows of a ledger: the two sides of one transfer, or two bookings that have nothing to do with each other. */
  #book(): void {
    const related = this.#random() < 0.5;
    const amount = () => (1 + this.#below(100)) * (this.#random() < 0.5 ? -1 : 1);
    const first = amount();
    const sql = 'insert into ledger (account_id, amount) values ($1, $2)';
    const accounts = this.#idsOf('account');
    const statement = this.#send(sql, [this.#pick(accounts), first], []);
    this.#send(sql, [this.#pick(accounts), related ? -first : amount()], []);
    this.#pairs.push({ first: statement, second: statement + 1, kind: 'amount', related, named: false });
  }

  #send(sql: string, values: readonly Value[], rows: readonly { id: Value }[]): number {
    const sending = { connection: null, stack: null, waitMs: 0, via: null, late: false, allowed: null };
    const note = this.#recorder.note(sql, values, sending);
    const fields = rows.length > 0 ? [{ name: 'id', tableID: 0, dataTypeID: 23 }] : [];
    if (note !== null)
      this.#recorder.answer(note, { command: sql.slice(0, 6).toUpperCase(), rowCount: 1, fields, rows });
    return this.#statements++;
  }

  /** The ids that a table has before the request. */
  #idsOf(table: string): Value[] {
    let ids = this.#ids.get(table);
    if (ids === undefined) {
      const rows = 1 + this.#below(40);
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

  #roleOf(table: string): string {
    return this.#pick(table === 'users' ? PERSONS : PLACES);
  }

  #newId(table: string): Value {
    const ids = this.#idsOf(table);
    const last = ids[ids.length - 1] as Value;
    return typeof last === 'string' ? this.#uuid() : last + 1;
  }

  #uuid(): string {
    const digits = (count: number) => Array.from({ length: count }, () => this.#below(16).toString(16)).join('');
    return `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`;
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }
}

const singular = (table: string): string => table.replace(/ies$/, 'y').replace(/s$/, '');
