// No stretch of the work after the response grows with the scope: counted in blocks of code entered, since a clock would tell of the
// machine. What four times as many statements do not change, no number of them does.

import { afterAll, describe, expect, it } from 'vitest';
import { detectors } from '../../src/detectors/index.js';
import { buildProfile } from '../../src/profile/build-profile.js';
import type { ConnectionNote } from '../../src/profile/note.js';
import { Recorder } from '../../src/profile/recorder.js';
import { runAtOnce } from '../../src/profile/slices.js';
import type { Frame } from '../../src/profile/types.js';
import { buildReport } from '../../src/report/build-report.js';
import { CLOSING, SITES } from '../support/closing.js';
import { Coverage } from '../support/coverage.js';

type Row = Record<string, number | number[] | null | { id: number }[]>;

/** Of one text, as capture does. */
const CAPTURED = 3;

class Scope {
  #now = 0;
  /** In a transaction a connection is needed. */
  connection: ConnectionNote | null = null;
  /** When a connection was asked for, for a statement that is the first on it. */
  asked: number | null = null;
  readonly #sent = new Map<string, number>();
  readonly recorder = new Recorder({
    clock: () => this.#now++,
    limits: { statements: 100_000, rowsPerStatement: 100_000, valuesPerScope: 10_000_000 },
  });

  send(sql: string, values: unknown[], rows: Row[] = [], line: number | null = 16, code?: string): void {
    const before = this.#sent.get(sql) ?? 0;
    this.#sent.set(sql, before + 1);
    const isCaptured = line !== null && before < CAPTURED;
    const stack: Frame[] | null = isCaptured ? [{ file: 'src/chats.ts', line, column: 1, function: 'chats' }] : null;
    const { connection, asked } = this;
    const sending = { connection, stack, waitMs: 0, via: null, late: false, allowed: null, asked };
    const note = this.recorder.note(sql, values, sending);
    const fields = Object.keys(rows[0] ?? {}).map((name) => ({
      name,
      tableID: 0,
      dataTypeID: name === 'json' ? 114 : 20,
    }));
    if (note === null) return;
    if (code !== undefined) this.recorder.fail(note, Object.assign(new Error(), { code }));
    else this.recorder.answer(note, { command: 'SELECT', rowCount: rows.length, fields, rows });
  }

  /** The app calls another server and waits for it. */
  call(ms: number): void {
    const call = this.recorder.began('http request', 'GET api.example.com');
    this.#now += ms;
    if (call !== null) this.recorder.ended(call);
  }
}

const CONNECTION: ConnectionNote = {
  host: '127.0.0.1',
  port: 5432,
  database: 'app',
  pool: 0,
  native: false,
  statusSource: 'text',
};

const rowsOf = (length: number, row: (i: number) => Row): Row[] => Array.from({ length }, (_, i) => row(i));
/** The numbers from 0 in an order that neither rises nor falls; 10,007 is a prime. */
const mixed = (i: number, length: number): number => (i * 10_007) % length;

let texts = 0;
/** A comment that makes a text one that no parser remembers. */
const neverSeen = (): string => `-- ${++texts}`;

/** Scopes of about so many statements, or values. */
const SCOPES: Record<string, (size: number, scope: Scope) => void> = {
  'a loop in a loop': (size, scope) => {
    const chats = Math.round(size / 11);
    scope.send(
      'select id from chat',
      [],
      rowsOf(chats, (i) => ({ id: i + 1 })),
      12,
    );
    for (let chat = 1; chat <= chats; chat++) {
      const messages = rowsOf(10, (i) => ({ id: chat * 10 + i, sender_id: ((chat * 7 + i * 3) % 97) + 1 }));
      scope.send('select id, sender_id from message where chat_id = $1', [chat], messages, 14);
      for (const { sender_id } of messages) {
        scope.send('select id, name from users where id = $1', [sender_id], [{ id: sender_id as number, name: 1 }]);
      }
    }
  },
  'one loop over one large result': (size, scope) => {
    const row = (i: number): Row => ({ id: mixed(i, size), a: i, b: size - i, kind: i % 2 });
    scope.send('select id, a, b, kind from message', [], rowsOf(size, row), 12);
    for (let i = 0; i < size; i++) scope.send('select name from users where id = $1', [mixed(i, size)]);
  },
  'one loop over rows inside JSON': (size, scope) => {
    const json = Array.from({ length: size }, (_, i) => ({ id: mixed(i, size), a: i, kind: i % 2, tags: [{ id: i }] }));
    scope.send('select json_agg(message) as json from message', [], [{ json }], 12);
    for (let i = 0; i < size; i++) scope.send('select name from users where id = $1', [mixed(i, size)]);
  },
  'a loop whose turns get their connections in another order': (size, scope) => {
    const row = (i: number): Row => ({ id: mixed(i, size) });
    scope.send('select id from message', [], rowsOf(size, row), 12);
    for (let i = size - 1; i >= 0; i--) {
      scope.asked = 10 + i;
      scope.send('select name from users where id = $1', [mixed(i, size)]);
    }
  },
  'some of its rows, in another order': (size, scope) => {
    scope.send(
      'select id from users',
      [],
      rowsOf(2 * size, (i) => ({ id: i })),
      12,
    );
    for (let i = 0; i < size; i++) scope.send('update users set seen = true where id = $1', [mixed(i, size)]);
  },
  'a composite key': (size, scope) => {
    scope.send(
      'select a_id, b_id from pair',
      [],
      rowsOf(size, (i) => ({ a_id: i, b_id: size - i })),
      12,
    );
    for (let i = 0; i < size; i++) scope.send('select x from y where a_id = $1 and b_id = $2', [i, size - i]);
  },
  'the same few reads again and again': (size, scope) => {
    for (let i = 0; i < size; i++) scope.send('select id, name from users where id = $1', [i % 50], [{ id: i % 50 }]);
  },
  'one read again and again': (size, scope) => {
    for (let i = 0; i < size; i++) scope.send('select id, name from users where id = $1', [7], [{ id: 7 }]);
  },
  'many shapes': (size, scope) => {
    for (let i = 0; i < size; i++)
      scope.send(`select id from users${i % (size / 5)} where id = $1`, [i % 50], [{ id: 1 }]);
  },
  'a list walked link by link': (size, scope) => {
    for (let i = 0; i < size; i++)
      scope.send('select id, next_id from node where id = $1', [i], [{ id: i, next_id: i + 1 }]);
  },
  pages: (size, scope) => {
    for (let i = 0; i < size; i++) {
      const page = rowsOf(3, (row) => ({ id: 3 * i + row + 1 }));
      scope.send('select id from log where id > $1 order by id limit 3', [3 * i], page);
    }
  },
  'lines that are not known': (size, scope) => {
    scope.send(
      'select id from chat',
      [],
      rowsOf(size, (i) => ({ id: mixed(i, size) })),
      null,
    );
    for (let i = 0; i < size; i++) scope.send('delete from message where chat_id = $1', [mixed(i, size)], [], null);
  },
  'rows inserted': (size, scope) => {
    for (let i = 0; i < size; i++) scope.send('insert into log (a, b) values ($1, $2)', [i, 1]);
  },
  'rows looked for, then inserted': (size, scope) => {
    for (let i = 0; i < size / 2; i++) scope.send('select id from tag where name = $1', [i]);
    for (let i = 0; i < size / 2; i++) scope.send('insert into tag (name) values ($1)', [i]);
  },
  'rows read, then written': (size, scope) => {
    for (let i = 0; i < size / 2; i++) scope.send('select id, n from counter where id = $1', [i], [{ id: i, n: 1 }]);
    for (let i = 0; i < size / 2; i++) scope.send('update counter set n = $1 where id = $2', [i % 7, i]);
  },
  'a transaction that waits between its statements': (size, scope) => {
    scope.connection = CONNECTION;
    scope.send('begin', []);
    for (let i = 0; i < size; i++) {
      scope.call(20);
      scope.send('insert into log (a, b) values ($1, $2)', [i, 1]);
    }
    scope.send('commit', []);
  },
  'a transaction that fails, is left and sent again': (size, scope) => {
    scope.connection = CONNECTION;
    const third = Math.round(size / 3);
    scope.send('begin', []);
    for (let i = 0; i < third; i++) scope.send('insert into log (a, b) values ($1, $2)', [i, 1]);
    scope.send('insert into log (a, b) values ($1, $2)', [0, 0], [], 18, '23505');
    for (let i = 0; i < third; i++) scope.send('insert into tag (a, b) values ($1, $2)', [i, 1], [], 19, '25P02');
    scope.send('rollback', []);
    scope.send('begin', []);
    for (let i = 0; i < third; i++) scope.send('insert into tag (a, b) values ($1, $2)', [i, 2]);
    scope.send('commit', []);
  },
  'transactions that are begun twice, and writes in none': (size, scope) => {
    scope.connection = CONNECTION;
    for (let i = 0; i < size / 8; i++) {
      for (const control of ['begin', 'begin', 'commit']) scope.send(control, []);
      for (let write = 0; write < 3; write++) scope.send('insert into log (a, b) values ($1, $2)', [i, write]);
      for (const control of ['commit', 'rollback']) scope.send(control, []);
    }
  },
  'writes to many tables, some of which fail': (size, scope) => {
    for (let i = 0; i < size / 2; i++) {
      const row = [{ order_id: i % 50 }];
      scope.send(`insert into ok_${i} (order_id) values ($1) returning order_id`, [i % 50], row);
      const code = i % 3 === 0 ? '23514' : undefined;
      scope.send(`insert into maybe_${i} (order_id) values ($1) returning order_id`, [i % 50], row, 17, code);
    }
  },
  'pairs of writes, of which the last fails': (size, scope) => {
    for (let i = 0; i < size / 2; i++) {
      const last = i + 1 >= size / 2 ? '23514' : undefined;
      scope.send('insert into post (title) values ($1) returning id', [i], [{ id: 1_000 + 7 * i }]);
      scope.send(
        'insert into post_tag (post_id) values ($1) returning post_id',
        [1_000 + 7 * i],
        [{ post_id: 1 }],
        17,
        last,
      );
    }
  },
  'writes that nothing ties': (size, scope) => {
    for (let i = 0; i < size; i++)
      scope.send(`insert into table_${i} (a) values ($1) returning a`, [i], [{ a: i }], 100 + i);
  },
  'locks that hold nothing': (size, scope) => {
    scope.connection = CONNECTION;
    for (const control of ['begin', 'commit']) scope.send(control, []);
    for (let i = 0; i < size; i++) scope.send('select id from account where id = $1 for update', [i], [{ id: i }]);
  },
  'one text with a long list': (size, scope) => {
    const ids = Array.from({ length: 10 * size }, (_, i) => mixed(i, 10 * size));
    scope.send(`select name from users where id in (${ids.join(', ')}) ${neverSeen()}`, [], [{ name: 1 }]);
  },
  'one text with many rows': (size, scope) => {
    const rows = Array.from({ length: 4 * size }, (_, i) => `(${i}, 'a', $${i + 1})`);
    scope.send(
      `insert into log (a, b, c) values ${rows.join(', ')} ${neverSeen()}`,
      rows.map((_, i) => i),
    );
  },
  'one text with many statements': (size, scope) => {
    const parts = Array.from({ length: size }, (_, i) => `update log set a = ${i} where id = ${mixed(i, size)}`);
    scope.send(`${parts.join('; ')} ${neverSeen()}`, []);
  },
  'long lists': (size, scope) => {
    const tags = (i: number): number[] => Array.from({ length: size / 10 }, (_, tag) => 1_000 * i + tag);
    scope.send(
      'select id, tag_ids from post',
      [],
      rowsOf(10, (i) => ({ id: i, tag_ids: tags(i) })),
      12,
    );
    for (let i = 0; i < 10; i++) scope.send('select id, name from tag where id = any($1)', [tags(i)], [{ id: 1 }]);
  },
};

const SMALL = 700;
const LARGE = 2_800;
/** Tables of V8 and the lots of the work do not meet alike in both. */
const NOISE = 1.25;

describe('no stretch of the work grows with the scope', { timeout: 240_000 }, () => {
  const coverage = new Coverage(/\/src\/(?:sql|profile|report|detectors(?!\/replacement))\//);
  afterAll(() => coverage.close());

  /** The most blocks entered between two pauses. */
  const longest = (scope: (size: number, scope: Scope) => void, size: number): [profile: number, report: number] => {
    const filled = new Scope();
    scope(size, filled);
    const again = new Scope();
    scope(size, again);
    const profile = runAtOnce(buildProfile(again.recorder, CLOSING, SITES));
    return [
      Math.max(...coverage.stretchesOf(buildProfile(filled.recorder, CLOSING, SITES))),
      Math.max(...coverage.stretchesOf(buildReport(profile, detectors))),
    ];
  };

  it.each(Object.entries(SCOPES))('%s', (_, scope) => {
    const small = longest(scope, SMALL);
    const large = longest(scope, LARGE);
    expect(large[0] / small[0], `profile: ${small[0]} blocks, then ${large[0]}`).toBeLessThanOrEqual(NOISE);
    expect(large[1] / small[1], `report: ${small[1]} blocks, then ${large[1]}`).toBeLessThanOrEqual(NOISE);
  });
});
