// Every replacement against the loop it replaces, on a real PostgreSQL: the same rows are read, the same rows are written.
// Where no replacement is certain, none is given.

import { parseSync } from 'libpg-query';
import { describe, expect, it } from 'vitest';
import { batchFor, replacementFor } from '../../../src/detectors/replacement/replacement.js';
import type { Batch } from '../../../src/detectors/replacement/tokens.js';
import { viewOf } from '../../../src/profile/views.js';
import { parse } from '../../../src/sql/parse.js';
import { statements } from '../../sql/corpus.js';
import { profileOf } from '../../support/timeline.js';
import { openDatabase } from './open-database.js';
import { bindingsOf, type Run } from './run-batch.js';

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
  create function longer(text, text) returns text language sql immutable as
    'select case when length($1) >= length($2) then $1 else $2 end';
  create table line (number int primary key, body jsonb, at timestamp);
  create table "Post" ("authorId" int, title text default 'none', "createdAt" timestamptz default now());
  insert into users select n, 'user ' || n from generate_series(1, 9) n;
  insert into chat select n, 'chat ' || n from generate_series(1, 4) n;
  insert into message select n, 1 + n % 4, 1 + n % 9, n % 2 = 0, 'text ' || n, ('00000000-0000-0000-0000-00000000000' || n % 3)::uuid
    from generate_series(1, 40) n;
  insert into entry select t, n, i from generate_series(1, 3) t, generate_series(10, 12) n, unnest(array['a', 'b']) i;
  create aggregate longest(text) (sfunc = longer, stype = text);
  insert into line select n, null, null from generate_series(101, 103) n;
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
      'select each.*, keys.key as chat_id from (select distinct chat_id as key from message where chat_id = any($1)) as keys cross join lateral (select id, text from message where chat_id = keys.key order by id desc limit $2) as each',
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
  'the newest of each, over a join': {
    sql: 'select m.text, u.* from users u join message as m on u.id = m.sender_id where m.chat_id = $1 order by m.id desc limit 1',
    runs: [[1], [2]],
    instead:
      'select each.*, keys.key as key_chat_id from (select distinct m.chat_id as key from message as m where m.chat_id = any($1)) as keys cross join lateral (select m.text, u.* from users u join message as m on u.id = m.sender_id where m.chat_id = keys.key order by m.id desc limit $2) as each',
    bind: [[1, 2], 1],
  },
  'the first of each composite key': {
    sql: 'select * from entry where tenant_id = $1 and number = $2 order by item limit 1',
    runs: [
      [1, 10],
      [2, 11],
    ],
    instead:
      'select each.* from (select distinct tenant_id as key1, number as key2 from entry where tenant_id = any($1) and number = any($2) and (tenant_id, number) in (select * from unnest($1, $2))) as keys cross join lateral (select * from entry where tenant_id = keys.key1 and number = keys.key2 order by item limit $3) as each',
    bind: [[1, 2], [10, 11], 1],
  },
  'the newest of each, with a cast': {
    sql: 'select id from message where chat_id = $1::int order by id desc limit 1 offset 1',
    runs: [[1], [2]],
    instead:
      'select each.*, keys.key as chat_id from (select distinct * from unnest($1::int[])) as keys(key) cross join lateral (select id from message where chat_id = keys.key order by id desc limit $2 offset $3) as each',
    bind: [[1, 2], 1, 1],
  },
  'window functions': {
    sql: 'select id, row_number() over (order by id) as place from message where chat_id = $1',
    runs: [[1], [2]],
    instead:
      'select each.*, keys.key as chat_id from (select distinct chat_id as key from message where chat_id = any($1)) as keys cross join lateral (select id, row_number() over (order by id) as place from message where chat_id = keys.key) as each',
    bind: [[1, 2]],
  },
  'DISTINCT ON': {
    sql: 'select distinct on (sender_id) * from message where chat_id = $1 order by sender_id, id desc',
    runs: [[1], [2]],
    instead:
      'select each.* from (select distinct chat_id as key from message where chat_id = any($1)) as keys cross join lateral (select distinct on (sender_id) * from message where chat_id = keys.key order by sender_id, id desc) as each',
    bind: [[1, 2]],
  },
  "an aggregate of the app's own": {
    sql: 'select longest(text) as text from message where chat_id = $1',
    runs: [[1], [2]],
    instead:
      'select each.*, keys.key as chat_id from (select distinct chat_id as key from message where chat_id = any($1)) as keys cross join lateral (select longest(text) as text from message where chat_id = keys.key) as each',
    bind: [[1, 2]],
  },
  'a join whose star has the name of the key': {
    sql: 'select * from users u join message m on m.sender_id = u.id where u.id = $1',
    runs: [[1], [2]],
    instead: 'select *, u.id as key_id from users u join message m on m.sender_id = u.id where u.id = any($1)',
    bind: [[1, 2]],
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
  'select 1 without LIMIT, a key for each row': {
    sql: 'select 1 as one from message where sender_id = $1 and id > $2',
    runs: [
      [3, 8],
      [4, 8],
    ],
    instead: 'select sender_id from message where sender_id = any($1) and id > $2',
    bind: [[3, 4], 8],
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
    instead: 'insert into chat (id, name) values ($1, $2), ($3, $4)',
    bind: [11, 'a', 12, 'b'],
  },
  'INSERT with expressions, defaults and RETURNING': {
    sql: 'insert into "Post" ("authorId", "title", "createdAt") values ($1::int, default, current_date) returning "authorId"',
    runs: [[11], [12]],
    instead:
      'insert into "Post" ("authorId", "createdAt") select "authorId", current_date from unnest($1::int[]) as rows("authorId") returning "authorId"',
    bind: [[11, 12]],
  },
  'INSERT with casts, into a schema': {
    sql: 'insert into public.chat (id, name) values ($1::int, $2::text) on conflict do nothing returning *',
    runs: [
      [3, 'a'],
      [12, 'b'],
    ],
    instead:
      'insert into public.chat (id, name) select id, name from unnest($1::int[], $2::text[]) as rows(id, name) on conflict do nothing returning *',
    bind: [
      [3, 12],
      ['a', 'b'],
    ],
  },
  'INSERT of expressions, without its columns': {
    sql: "insert into chat values ($1, coalesce(nullif(lower($2), ''), 'nameless'))",
    runs: [
      [11, 'A'],
      [12, ''],
    ],
    instead:
      'insert into chat values ($1, coalesce(nullif(lower($2), $3), $4)), ($5, coalesce(nullif(lower($6), $7), $8))',
    bind: [11, 'A', '', 'nameless', 12, '', '', 'nameless'],
  },
  'INSERT into a table that is named like a type': {
    sql: 'insert into line (number, body) values ($1, $2)',
    runs: [
      [1, '{"a": 1}'],
      [2, '"b"'],
    ],
    instead: 'insert into line (number, body) values ($1, $2), ($3, $4)',
    bind: [1, '{"a": 1}', 2, '"b"'],
  },
  'INSERT … ON CONFLICT DO NOTHING': {
    sql: 'insert into chat (id, name) values ($1, $2) on conflict (id) do nothing',
    runs: [
      [4, 'a'],
      [12, 'b'],
    ],
    instead: 'insert into chat (id, name) values ($1, $2), ($3, $4) on conflict (id) do nothing',
    bind: [4, 'a', 12, 'b'],
  },
  'an upsert': {
    sql: 'insert into chat (id, name) values ($1, $2) on conflict (id) do update set name = excluded.name returning name',
    runs: [
      [4, 'a'],
      [12, 'b'],
    ],
    instead:
      'insert into chat (id, name) values ($1, $2), ($3, $4) on conflict (id) do update set name = excluded.name returning name',
    bind: [4, 'a', 12, 'b'],
  },
  'an upsert that binds its value again': {
    sql: 'insert into entry (tenant_id, number, item, position) values ($1, $2, $3, $4) on conflict (tenant_id, number, item) do update set position = entry.position + $4, done = true where entry.done = $5',
    runs: [
      [1, 10, 'a', 7, false],
      [1, 10, 'z', 8, false],
    ],
    instead:
      'insert into entry (tenant_id, number, item, position) values ($1, $2, $3, $4), ($5, $6, $7, $8) on conflict (tenant_id, number, item) do update set position = entry.position + excluded.position, done = true where entry.done = $9',
    bind: [1, 10, 'a', 7, 1, 10, 'z', 8, false],
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
      'update entry set position = v.position, done = true from unnest(coalesce($1, array(select position from entry where false)), coalesce($2, array(select number from entry where false))) as v(position, number) where tenant_id = $3 and entry.number = v.number and item = $4',
    bind: [[1, 2], [10, 11], 1, 'a'],
  },
  'UPDATE with casts, an alias, other conditions and RETURNING': {
    sql: 'update chat as c set name = $1::text where c.id = $2::int and (name is not null or 1 = 1) returning *',
    runs: [
      ['a', 1],
      ['b', 2],
    ],
    instead:
      'update chat as c set name = v.new_name from unnest($1::text[], $2::int[]) as v(new_name, id) where c.id = v.id and (name is not null or $3 = $4) returning c.*',
    bind: [['a', 'b'], [1, 2], 1, 1],
  },
  'UPDATE by steps': {
    sql: 'update message set sender_id = message.sender_id - $1 where id = $2 returning id, sender_id',
    runs: [
      [1, 1],
      [2, 2],
    ],
    instead:
      'update message set sender_id = message.sender_id - v.new_sender_id from unnest(coalesce($1, array(select sender_id from message where false)), coalesce($2, array(select id from message where false))) as v(new_sender_id, key_id) where message.id = v.key_id returning id, sender_id',
    bind: [
      [1, 2],
      [1, 2],
    ],
  },
  'UPDATE with a JSON document and a time': {
    sql: 'update line set body = $1, at = $2 where number = $3',
    runs: [
      ['{"a": [1, "x,y"]}', '2024-05-01 10:00', 101],
      ['"\\\\"', '2024-05-02 10:00', 102],
    ],
    instead:
      'update line set body = v.body, at = v.at from unnest(coalesce($1, array(select body from line where false)), coalesce($2, array(select at from line where false)), coalesce($3, array(select number from line where false))) as v(body, at, number) where line.number = v.number',
    bind: [
      ['{"a": [1, "x,y"]}', '"\\\\"'],
      ['2024-05-01 10:00', '2024-05-02 10:00'],
      [101, 102],
    ],
  },
  'UPDATE that joins': {
    sql: 'update message m set text = $1 from chat c where c.id = m.chat_id and m.id = $2 and c.name like $3',
    runs: [
      ['a', 3, 'chat%'],
      ['b', 4, 'chat%'],
    ],
    instead:
      'update message m set text = v.text from chat c, unnest(coalesce($1, array(select text from message where false)), coalesce($2, array(select id from message where false))) as v(text, key_id) where c.id = m.chat_id and m.id = v.key_id and c.name like $3',
    bind: [['a', 'b'], [3, 4], 'chat%'],
  },
  'an UPDATE of a counter by key': {
    sql: 'update message set sender_id = sender_id + 1 where chat_id = $1 returning *',
    runs: [[1], [2]],
    instead: 'update message set sender_id = sender_id + $1 where chat_id = any($2) returning *',
    bind: [1, [1, 2]],
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
const WITHOUT: Record<string, [sql: string, ...runs: Case['runs']]> = {
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
  'window functions with a WINDOW clause': [
    'select row_number() over w from message where chat_id = $1 window w as (order by id)',
    [1],
    [2],
  ],
  'LIMIT over a join that does not say whose the key is': [
    'select m.* from message m join users u on true where chat_id = $1 limit 1',
    [1],
    [2],
  ],
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
  'a select item that is a literal, of which a parameter would make text': [
    'select id, 1 as kind from message where chat_id = $1',
    [1],
    [2],
  ],
  'CASE with literals, which would be text': [
    'select sum(case when is_read then 1 else 0 end) from message where chat_id = $1',
    [1],
    [2],
  ],
  'a fraction that a parameter would round': ['select 100.0 * id / 7 from message where chat_id = $1', [1], [2]],
  'a function that takes any type': [
    "select json_agg(json_build_object('id', id)) from message where chat_id = $1",
    [1],
    [2],
  ],
  'a key of JSON that may be a place': [
    'select to_jsonb(text) -> 0 as first from message where chat_id = $1',
    [1],
    [2],
  ],
  'a whole array as one value': ['select * from entry where item = $1', [[1, 2]], [[3]]],
  'a whole array as one value, by its cast': ['select * from entry where item = $1::int[]', [[1]], [[3]]],
  'an upsert of one key again': [
    'insert into chat (id, name) values ($1, $2) on conflict (id) do update set name = excluded.name',
    [1, 'a'],
    [1, 'b'],
  ],
  'an upsert whose key is not known': [
    'insert into chat (id, name) values ($1, $2) on conflict on constraint chat_pkey do update set name = excluded.name',
    [1, 'a'],
    [2, 'b'],
  ],
  'an upsert of a value that is no column': [
    'insert into chat (id, name) values ($1, lower($2)) on conflict (id) do update set name = $3',
    [1, 'a', 'x'],
    [2, 'b', 'y'],
  ],
  'INSERT that reads what it writes': [
    'insert into chat (id, name) values ((select max(id) + $1 from chat), $2)',
    [1, 'a'],
    [2, 'b'],
  ],
  'UPDATE of the key itself': ['update chat set id = id + 1 where id = $1', [1], [2], [3]],
  'UPDATE that reads what it writes': ['update chat set name = (select max(name) from chat) where id = $1', [1], [2]],
  'UPDATE of all rows by the key of another table, of which two may pick one row': [
    'update message m set text = c.name from chat c where c.id = m.chat_id and c.name = $1',
    ['chat 1'],
    ['chat 2'],
  ],
  'UPDATE by the key of another table': [
    'update message m set text = $1 from chat c where c.id = m.chat_id and c.name = $2',
    ['a', 'chat 1'],
    ['b', 'chat 2'],
  ],
  'UPDATE of one row again and again': ['update chat set name = $1 where id = $2', ['a', 1], ['b', 1]],
  'UPDATE that counts one row twice': ['update entry set position = position + 1 where number = $1', [1], [2], [1]],
  'UPDATE by an expression of columns': ['update entry set position = number * $1 where item = $2', [1, 'a'], [2, 'b']],
  'no value that changes': ['select * from chat', [], []],
};

const client = openDatabase(SCHEMA);

describe('a read', () => {
  it.each(Object.entries(READS))('%s', async (_, each) => {
    const { sql, bind } = batchOf(each);
    const loop = await rowsOfLoop(each);
    const batch = (await client.query(sql, bind)).rows;
    expect(loop.length).toBeGreaterThan(1);
    expect(sorted(batch.map((row) => pick(row, Object.keys(loop[0] as object))))).toEqual(sorted(loop));
  });
});

describe('a question', () => {
  it.each(Object.entries(QUESTIONS))('%s', async (_, each) => {
    const { sql, bind } = batchOf(each);
    const found: unknown[] = [];
    for (const values of each.runs) {
      const { rows } = await client.query(each.sql, values);
      if (rows[0]?.found === true) found.push(values[0]);
      if (rows[0]?.found === undefined) found.push(...rows.map(() => values[0]));
    }
    const batch = (await client.query(sql, bind)).rows;
    expect(batch.map((row) => row.sender_id).sort()).toEqual(found.sort());
  });
});

describe('a write', () => {
  it.each(Object.entries(WRITES))('%s', async (_, each) => {
    const { sql, bind } = batchOf(each);
    const before = await tables();
    const loop = await undone(async () => {
      const returned: unknown[] = [];
      for (const values of each.runs) returned.push(...(await client.query(each.sql, values)).rows);
      return returned;
    });
    const batch = await undone(async () => (await client.query(sql, bind)).rows);
    expect(loop.tables).not.toEqual(before);
    expect(batch.tables).toEqual(loop.tables);
    expect(sorted(batch.returned as object[])).toEqual(sorted(loop.returned as object[]));
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
      const turn = (value: number) => ({
        sql,
        slotKeys: shape.slots.map((slot) => (slot === varying ? value : -1)),
        rows: 2,
      });
      const instead = replacementFor({ shape, statements: [turn(0), turn(1)] });
      if (instead === null) continue;
      made++;
      expect(() => parseSync(instead), instead).not.toThrow();
    }
  }
  expect(made).toBeGreaterThan(30);
});

it('is none for a statement that nobody would read', () => {
  const loop = (columns: number) => {
    const set = Array.from({ length: columns }, (_, i) => `column_${i} = $${i + 2}`).join(', ');
    const turns = [1, 2].map((id) => [id, ...Array.from({ length: columns }, (_, i) => i)]);
    return replacementFor(repeatOf(`update chat set ${set} where id = $1`, turns));
  };
  expect(loop(100)).toContain('update chat set column_0 = $1');
  expect(loop(400)).toBe(null);
});

it('holds no value where values are sampled', () => {
  const timeline = `
    select * from message where chat_id = 77123 and text = 'secret'
    select * from message where chat_id = 77124 and text = 'secret'`;
  const repeat = viewOf(profileOf(timeline, { sample: true })).repeats[0]!;
  expect(repeat.statements[0]?.sql).toContain('secret');
  expect(replacementFor(repeat)).toBe('select * from message where chat_id = any($1) and text = $2');
});

/** The replacement, which is the one that the case expects and takes the values that it expects. */
function batchOf(each: Case): { sql: string; bind: unknown[] } {
  const batch = batchFor(repeatOf(each.sql, each.runs));
  expect(batch?.sql).toBe(each.instead);
  expect(() => parseSync(each.instead)).not.toThrow();
  const runs = runsOf(each.sql, each.runs);
  const bind = bindingsOf(batch as Batch, runs);
  expect(bind).toEqual(each.bind);
  return { sql: each.instead, bind };
}

/** Without runs of its own the first number of the text is counted up. */
function runsOf(sql: string, runs: Case['runs']): Run[] {
  if (runs.length > 0) return runs.map((values) => ({ sql, values }));
  return [sql, sql.replace(/\d+/, (n) => `${+n + 1}`)].map((text) => ({ sql: text, values: [] }));
}

function repeatOf(sql: string, runs: Case['runs']) {
  const lines = runsOf(sql, runs).map((run) => `${run.sql} -- ${notesOf(run.values as Case['runs'][number])}`);
  return viewOf(profileOf(lines.join('\n'))).repeats[0]!;
}

function notesOf(values: Case['runs'][number]): string {
  const written = values.map((value) =>
    Array.isArray(value) ? `[${value}]` : typeof value === 'string' ? `'${value}'` : value,
  );
  return values.length > 0 ? `values ${written.join(', ')}` : '';
}

async function rowsOfLoop({ sql, runs }: Case): Promise<object[]> {
  const rows: object[] = [];
  for (const run of runsOf(sql, runs)) rows.push(...(await client.query(run.sql, run.values as unknown[])).rows);
  return rows;
}

/** What a transaction returns, and makes of all tables, before it is rolled back. */
async function undone(work: () => Promise<unknown[]>): Promise<{ returned: unknown[]; tables: string[] }> {
  await client.query('begin');
  try {
    const returned = await work();
    return { returned, tables: await tables() };
  } finally {
    await client.query('rollback');
  }
}

async function tables(): Promise<string[]> {
  const rows: string[] = [];
  for (const table of ['chat', 'message', 'entry', 'line', '"Post"']) {
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
