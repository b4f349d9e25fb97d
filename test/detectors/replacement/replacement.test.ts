// Every replacement against the loop it replaces, on a real PostgreSQL: the same rows are read, the same rows are written.
// Where no replacement is certain, none is given.

import { loadModule, parseSync } from 'libpg-query';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replacementFor } from '../../../src/detectors/replacement/replacement.js';
import { viewOf } from '../../../src/profile/views.js';
import { parse } from '../../../src/sql/parse.js';
import { freshDatabase } from '../../postgres.js';
import { statements } from '../../sql/corpus.js';
import { profileOf } from '../../support/timeline.js';

interface Case {
  sql: string;
  /** The values of each execution. */
  runs: (number | string | boolean | number[])[][];
  /** The one statement. */
  instead: string;
  /** What the app binds to it. */
  bind: unknown[];
}

const SCHEMA = `
  create table users (id int primary key, username text);
  create table chat (id int primary key, name text);
  create table message (id int primary key, chat_id int, sender_id int, is_read boolean, text text, tag uuid);
  create table entry (tenant_id int, number int, item text, position int, done boolean default false, primary key (tenant_id, number, item));
  create table "Post" ("authorId" int, title text default 'none', "createdAt" timestamptz default now());
  insert into users select n, 'user ' || n from generate_series(1, 9) n;
  insert into chat select n, 'chat ' || n from generate_series(1, 4) n;
  insert into message select n, 1 + n % 4, 1 + n % 9, n % 2 = 0, 'text ' || n, ('00000000-0000-0000-0000-00000000000' || n % 3)::uuid
    from generate_series(1, 40) n;
  insert into entry select t, n, i from generate_series(1, 3) t, generate_series(10, 12) n, unnest(array['a', 'b']) i;
  insert into "Post" ("authorId", title) select n, 'post ' || n from generate_series(1, 5) n;
`;

const READS: Record<string, Case> = {
  'all columns': {
    sql: 'select * from message where chat_id = $1',
    runs: [[1], [2]],
    instead: 'select * from message where chat_id = any($1)',
    bind: [[1, 2]],
  },
  'columns without the key, which is added': {
    sql: 'select id, text from message where chat_id = $1 order by id desc',
    runs: [[1], [2]],
    instead: 'select id, text, chat_id from message where chat_id = any($1) order by id desc',
    bind: [[1, 2]],
  },
  'a literal in the text': {
    sql: 'SELECT id FROM message WHERE chat_id = 1',
    runs: [],
    instead: 'SELECT id, chat_id FROM message WHERE chat_id = any($1)',
    bind: [[1, 2]],
  },
  'literals without blanks around them': {
    sql: 'select id from message where (chat_id=1 and 1=1) and sender_id>=3',
    runs: [],
    instead: 'select id, chat_id from message where (chat_id = any($1) and $2=$3) and sender_id>=$4',
    bind: [[1, 2], 1, 1, 3],
  },
  'another condition that stays': {
    sql: 'select id from message where chat_id = $1 and is_read = $2 and sender_id > 3',
    runs: [
      [1, true],
      [2, true],
    ],
    instead: 'select id, chat_id from message where chat_id = any($1) and is_read = $2 and sender_id > $3',
    bind: [[1, 2], true, 3],
  },
  'the key in the second place': {
    sql: 'select id from message where is_read = $1 and chat_id = $2',
    runs: [
      [false, 1],
      [false, 2],
    ],
    instead: 'select id, chat_id from message where is_read = $1 and chat_id = any($2)',
    bind: [false, [1, 2]],
  },
  'a cast': {
    sql: 'select id from message where tag = $1::uuid',
    runs: [['00000000-0000-0000-0000-000000000001'], ['00000000-0000-0000-0000-000000000002']],
    instead: 'select id, tag from message where tag = any($1::uuid[])',
    bind: [['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002']],
  },
  'quoted names, an alias and brackets, as ORMs write': {
    sql: 'SELECT "p"."title" AS "p_title" FROM "Post" "p" WHERE ( ("p"."authorId" = $1) ) ORDER BY "p"."createdAt"',
    runs: [[1], [3]],
    instead:
      'SELECT "p"."title" AS "p_title", "p"."authorId" FROM "Post" "p" WHERE ( ("p"."authorId" = any($1)) ) ORDER BY "p"."createdAt"',
    bind: [[1, 3]],
  },
  'a join': {
    sql: 'select m.*, u.username from message m join users u on u.id = m.sender_id where m.chat_id = $1',
    runs: [[1], [2]],
    instead: 'select m.*, u.username from message m join users u on u.id = m.sender_id where m.chat_id = any($1)',
    bind: [[1, 2]],
  },
  'a list in each turn': {
    sql: 'select * from users where id in ($1, $2)',
    runs: [
      [1, 2],
      [3, 4],
    ],
    instead: 'select * from users where id = any($1)',
    bind: [[1, 2, 3, 4]],
  },
  'an array in each turn': {
    sql: 'select username from users where id = any($1::int[])',
    runs: [[[1, 2]], [[3]]],
    instead: 'select username, id from users where id = any($1::int[])',
    bind: [[1, 2, 3]],
  },
  'a composite key': {
    sql: 'select item from entry where tenant_id = $1 and number = $2',
    runs: [
      [1, 10],
      [2, 11],
    ],
    instead:
      'select item, tenant_id, number from entry where tenant_id = any($1) and number = any($2) and (tenant_id, number) in (select * from unnest($1, $2))',
    bind: [
      [1, 2],
      [10, 11],
    ],
  },
  'a composite key and a condition after it': {
    sql: 'select item from entry where tenant_id = $1 and number = $2 and item = $3 order by item',
    runs: [
      [1, 10, 'a'],
      [2, 11, 'a'],
    ],
    instead:
      'select item, tenant_id, number from entry where tenant_id = any($1) and number = any($2) and (tenant_id, number) in (select * from unnest($1, $2)) and item = $3 order by item',
    bind: [[1, 2], [10, 11], 'a'],
  },
  'one row by id': {
    sql: 'select * from users where id = $1 limit 1',
    runs: [[1], [2]],
    instead: 'select * from users where id = any($1)',
    bind: [[1, 2]],
  },
  'the newest of each': {
    sql: 'select id, text from message where chat_id = $1 order by id desc limit 2',
    runs: [[1], [2]],
    instead:
      'select each.*, keys.key from (select distinct chat_id as key from message where chat_id = any($1)) as keys cross join lateral (select id, text from message where chat_id = keys.key order by id desc limit $2) as each',
    bind: [[1, 2], 2],
  },
  'a page of each': {
    sql: 'select m.* from message as m where m.is_read = $1 and m.chat_id = $2 order by m.id limit $3 offset $4',
    runs: [
      [true, 1, 2, 1],
      [true, 3, 2, 1],
    ],
    instead:
      'select each.* from (select distinct m.chat_id as key from message as m where m.chat_id = any($1)) as keys cross join lateral (select m.* from message as m where m.is_read = $2 and m.chat_id = keys.key order by m.id limit $3 offset $4) as each',
    bind: [[1, 3], true, 2, 1],
  },
  'a count': {
    sql: 'select count(*) from message where chat_id = $1 and not is_read',
    runs: [[2], [4]],
    instead: 'select count(*), chat_id from message where chat_id = any($1) and not is_read group by chat_id',
    bind: [[2, 4]],
  },
  'an aggregate within an expression': {
    sql: 'select coalesce(sum(sender_id), 0)::int as sum from message where chat_id = $1',
    runs: [[1], [2]],
    instead:
      'select coalesce(sum(sender_id), $1)::int as sum, chat_id from message where chat_id = any($2) group by chat_id',
    bind: [0, [1, 2]],
  },
  groups: {
    sql: 'select sender_id, count(*) from message where chat_id = $1 group by sender_id',
    runs: [[1], [2]],
    instead: 'select sender_id, count(*), chat_id from message where chat_id = any($1) group by sender_id, chat_id',
    bind: [[1, 2]],
  },
  distinct: {
    sql: 'select distinct sender_id from message where chat_id = $1',
    runs: [[1], [2]],
    instead: 'select distinct sender_id, chat_id from message where chat_id = any($1)',
    bind: [[1, 2]],
  },
  'a subquery that stays as it is': {
    sql: 'select (select count(*) from message m where m.chat_id = chat.id) as messages from chat where id = $1',
    runs: [[1], [2]],
    instead:
      'select (select count(*) from message m where m.chat_id = chat.id) as messages, id from chat where id = any($1)',
    bind: [[1, 2]],
  },
  'a lock': {
    sql: 'select * from users where id = $1 for update',
    runs: [[1], [2]],
    instead: 'select * from users where id = any($1) for update',
    bind: [[1, 2]],
  },
};

/** Reads that ask whether there is a row: the batch answers with the keys that have one. */
const QUESTIONS: Record<string, Case> = {
  EXISTS: {
    sql: 'select exists(select 1 from message where sender_id = $1 and id > 38) as found',
    runs: [[1], [3], [4]],
    instead: 'select distinct sender_id from message where sender_id = any($1) and id > $2',
    bind: [[1, 3, 4], 38],
  },
  'select 1': {
    sql: 'select 1 from message where sender_id = $1 and id > $2 limit 1',
    runs: [
      [3, 38],
      [4, 38],
    ],
    instead: 'select distinct sender_id from message where sender_id = any($1) and id > $2',
    bind: [[3, 4], 38],
  },
};

const WRITES: Record<string, Case> = {
  INSERT: {
    sql: 'insert into chat (id, name) values ($1, $2)',
    runs: [
      [11, 'a'],
      [12, 'b'],
    ],
    instead: 'insert into chat (id, name) select id, name from jsonb_populate_recordset(null::chat, $1)',
    bind: [
      JSON.stringify([
        { id: 11, name: 'a' },
        { id: 12, name: 'b' },
      ]),
    ],
  },
  'INSERT with expressions, defaults and RETURNING': {
    sql: 'insert into "Post" ("authorId", "title", "createdAt") values ($1::int, default, current_date) returning "authorId"',
    runs: [[11], [12]],
    instead:
      'insert into "Post" ("authorId", "createdAt") select "authorId", current_date from jsonb_populate_recordset(null::"Post", $1) returning "authorId"',
    bind: [JSON.stringify([{ authorId: 11 }, { authorId: 12 }])],
  },
  'INSERT … ON CONFLICT DO NOTHING': {
    sql: 'insert into chat (id, name) values ($1, $2) on conflict (id) do nothing',
    runs: [
      [4, 'a'],
      [12, 'b'],
    ],
    instead:
      'insert into chat (id, name) select id, name from jsonb_populate_recordset(null::chat, $1) on conflict (id) do nothing',
    bind: [
      JSON.stringify([
        { id: 4, name: 'a' },
        { id: 12, name: 'b' },
      ]),
    ],
  },
  'the same UPDATE for many keys': {
    sql: 'update message set is_read = true where id = $1',
    runs: [[1], [3]],
    instead: 'update message set is_read = true where id = any($1)',
    bind: [[1, 3]],
  },
  'UPDATE with values of its own': {
    sql: 'update entry set position = $1, done = true where tenant_id = $2 and number = $3 and item = $4',
    runs: [
      [1, 1, 10, 'a'],
      [2, 1, 11, 'a'],
    ],
    instead:
      'update entry set position = rows.position, done = true from jsonb_populate_recordset(null::entry, $1) as rows where entry.tenant_id = $2 and entry.number = rows.number and entry.item = $3',
    bind: [
      JSON.stringify([
        { position: 1, number: 10 },
        { position: 2, number: 11 },
      ]),
      1,
      'a',
    ],
  },
  DELETE: {
    sql: 'delete from message where chat_id = $1 and is_read = $2',
    runs: [
      [1, false],
      [2, false],
    ],
    instead: 'delete from message where chat_id = any($1) and is_read = $2',
    bind: [[1, 2], false],
  },
  'DELETE by a composite key': {
    sql: 'delete from entry where tenant_id = $1 and number = $2',
    runs: [
      [1, 10],
      [2, 11],
    ],
    instead:
      'delete from entry where tenant_id = any($1) and number = any($2) and (tenant_id, number) in (select * from unnest($1, $2))',
    bind: [
      [1, 2],
      [10, 11],
    ],
  },
};

/** Statements that a batch would change the meaning of, or that are not plain enough to be sure. */
const WITHOUT: Record<string, [sql: string, ...runs: (number | string)[][]]> = {
  OR: ['select * from message where chat_id = $1 or sender_id = $2', [1, 5], [2, 6]],
  'a condition inside an expression': ['select * from message where chat_id = $1 + 1', [1], [2]],
  'a condition under NOT': ['select * from message where not (chat_id = $1)', [1], [2]],
  'a comparison other than equality': ['select * from message where chat_id > $1', [1], [2]],
  'a slot in the select list': ['select id, $1::int from message where chat_id = $2', [1, 1], [2, 2]],
  'a slot in a subquery': [
    'select * from users where id in (select sender_id from message where chat_id = $1)',
    [1],
    [2],
  ],
  'a condition of an outer join': [
    'select * from chat c left join message m on m.chat_id = c.id and m.sender_id = $1',
    [1],
    [2],
  ],
  UNION: ['select id from users where id = $1 union select id from chat where id = 1', [1], [2]],
  WITH: ['with m as (select * from message) select * from m where chat_id = $1', [1], [2]],
  'window functions': ['select row_number() over (order by id) from message where chat_id = $1', [1], [2]],
  'DISTINCT ON': ['select distinct on (sender_id) * from message where chat_id = $1', [1], [2]],
  'LIMIT over a join': ['select m.* from message m join users u on true where m.chat_id = $1 limit 1', [1], [2]],
  CASE: ['select * from message where case when is_read and chat_id = $1 then true else false end', [1], [2]],
  'a parameter bound twice': ['select * from message where chat_id = $1 and sender_id <> $1', [1], [2]],
  'two conditions on one column': ['select * from entry where number = $1 and number = $2', [1, 1], [2, 2]],
  'columns named by their places': ['select sender_id from message where chat_id = $1 order by id, 1 desc', [1], [2]],
  'a literal of a named type': ["select * from message where chat_id = $1 and text > date '2024-01-01'", [1], [2]],
  'the operator ? of jsonb': ["select * from message where chat_id = $1 and to_jsonb(text) ? 'a'", [1], [2]],
  'operators that a literal cannot be told from': [
    "select * from message where chat_id = $1 and text||'a' = 'b'",
    [1],
    [2],
  ],
  'a list per count': ['select count(*) from message where chat_id in ($1, $2)', [1, 2], [3, 4]],
  'a table that is named like a type': ['insert into line (number) values ($1)', [1], [2]],
  'INSERT without its columns': ['insert into chat values ($1, $2)', [1, 'a'], [2, 'b']],
  'INSERT of an expression': ['insert into chat (id, name) values ($1, lower($2))', [1, 'a'], [2, 'b']],
  'INSERT … ON CONFLICT DO UPDATE': [
    'insert into chat (id, name) values ($1, $2) on conflict (id) do update set name = excluded.name',
    [1, 'a'],
    [2, 'b'],
  ],
  'UPDATE of one row again and again': ['update chat set name = $1 where id = $2', ['a', 1], ['b', 1]],
  'UPDATE that counts one row twice': ['update entry set position = position + 1 where number = $1', [1], [2], [1]],
  'UPDATE by an expression of columns': [
    'update entry set position = $1, number = number + 1 where item = $2',
    [1, 'a'],
    [2, 'b'],
  ],
  'UPDATE … RETURNING': ['update chat set name = $1 where id = $2 returning id', ['a', 1], ['b', 2]],
  'no value that changes': ['select * from chat', [], []],
};

let client: Client;

beforeAll(async () => {
  await loadModule();
  client = new Client({ connectionString: await freshDatabase() });
  await client.connect();
  await client.query(SCHEMA);
});

afterAll(() => client.end());

describe('a read', () => {
  it.each(Object.entries(READS))('%s', async (_, each) => {
    const instead = replacementOf(each);
    expect(instead).toBe(each.instead);
    const loop = await rowsOfLoop(each);
    const batch = (await client.query(instead, each.bind)).rows;
    expect(loop.length).toBeGreaterThan(1);
    expect(sorted(batch.map((row) => pick(row, Object.keys(loop[0] as object))))).toEqual(sorted(loop));
  });
});

describe('a question', () => {
  it.each(Object.entries(QUESTIONS))('%s', async (_, each) => {
    const instead = replacementOf(each);
    expect(instead).toBe(each.instead);
    const found: unknown[] = [];
    for (const values of each.runs) {
      const { rows } = await client.query(each.sql, values);
      if (rows.length > 0 && rows[0].found !== false) found.push(values[0]);
    }
    const batch = (await client.query(instead, each.bind)).rows;
    expect(batch.map((row) => row.sender_id).sort()).toEqual(found.sort());
  });
});

describe('a write', () => {
  it.each(Object.entries(WRITES))('%s', async (_, each) => {
    const instead = replacementOf(each);
    expect(instead).toBe(each.instead);
    const before = await tables();
    const loop = await undone(async () => {
      for (const values of each.runs) await client.query(each.sql, values);
    });
    const batch = await undone(() => client.query(instead, each.bind));
    expect(loop).not.toEqual(before);
    expect(batch).toEqual(loop);
  });
});

describe('there is none for', () => {
  it.each(Object.entries(WITHOUT))('%s', (_, [sql, ...runs]) => {
    expect(replacementFor(repeatOf(sql, runs))).toBeNull();
  });
});

it('is SQL that PostgreSQL can parse, whatever statement and slot it is made for', () => {
  let made = 0;
  for (const { sql, shape } of statements.flatMap((text) => parse(text).statements)) {
    for (const varying of shape.slots) {
      const turn = (value: number) => ({ sql, slotKeys: shape.slots.map((slot) => (slot === varying ? value : -1)) });
      const instead = replacementFor({ shape, statements: [turn(0), turn(1)] });
      if (instead === null) continue;
      made++;
      expect(() => parseSync(instead), instead).not.toThrow();
    }
  }
  expect(made).toBeGreaterThan(30);
});

it('holds no value where values are sampled', () => {
  const timeline = `
    select * from message where chat_id = 77123 and text = 'secret'
    select * from message where chat_id = 77124 and text = 'secret'`;
  const repeat = viewOf(profileOf(timeline, { sample: true })).repeats[0]!;
  expect(repeat.statements[0]?.sql).toContain('secret');
  expect(replacementFor(repeat)).toBe('select * from message where chat_id = any($1) and text = $2');
});

function replacementOf({ sql, runs }: Case): string {
  const instead = replacementFor(repeatOf(sql, runs)) ?? '';
  expect(() => parseSync(instead)).not.toThrow();
  return instead;
}

/** The statement as a repeat; without runs its first number is counted up. */
function repeatOf(sql: string, runs: Case['runs']) {
  const lines =
    runs.length > 0
      ? runs.map((values) => `${sql} -- ${notesOf(values)}`)
      : [sql, sql.replace(/\d+/, (n) => `${+n + 1}`)];
  return viewOf(profileOf(lines.join('\n'))).repeats[0]!;
}

function notesOf(values: Case['runs'][number]): string {
  const written = values.map((value) =>
    Array.isArray(value) ? `[${value}]` : typeof value === 'string' ? `'${value}'` : value,
  );
  return values.length > 0 ? `values ${written.join(', ')}` : '';
}

async function rowsOfLoop({ sql, runs }: Case): Promise<object[]> {
  if (runs.length === 0) {
    return [...(await client.query(sql)).rows, ...(await client.query(sql.replace('1', '2'))).rows];
  }
  const rows: object[] = [];
  for (const values of runs) rows.push(...(await client.query(sql, values)).rows);
  return rows;
}

/** What a transaction makes of all tables, before it is rolled back. */
async function undone(work: () => Promise<unknown>): Promise<string[]> {
  await client.query('begin');
  try {
    await work();
    return await tables();
  } finally {
    await client.query('rollback');
  }
}

async function tables(): Promise<string[]> {
  const rows: string[] = [];
  for (const table of ['chat', 'message', 'entry', '"Post"']) {
    const result = await client.query(`select to_jsonb(t) as row from ${table} t`);
    rows.push(...result.rows.map(({ row }) => `${table} ${JSON.stringify(row)}`));
  }
  return rows.sort();
}

function pick(row: Record<string, unknown>, columns: readonly string[]): object {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

function sorted(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
