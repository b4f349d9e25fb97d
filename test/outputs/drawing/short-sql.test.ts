// What stays of a statement on one line, and how its replacement is laid out.

import { describe, expect, test } from 'vitest';
import { plain } from '../../../src/outputs/console/paint.js';
import { replacementLines } from '../../../src/outputs/console/replacement.js';
import { cellsOf } from '../../../src/outputs/drawing/cells.js';
import { formatSql } from '../../../src/outputs/drawing/format-sql.js';
import { briefSql, fitSql, shortSql, sqlRuns } from '../../../src/outputs/drawing/short-sql.js';

test.each([
  ['select id from chat', 'select id from chat'],
  ['select count(*) from chat', 'select count(*) from chat'],
  ['SELECT id, text\n  FROM message\n WHERE chat_id = $1;', 'SELECT … FROM message WHERE chat_id=$1'],
  ['select a_rather_long_name_of_a_column from t', 'select … from t'],
  ['select "from", x from "select" where a >= $1', 'select … from "select" where a >= $1'],
  ['select extract(year from at), x from t', 'select … from t'],
  ['select (select max(id) from b), c from a', 'select … from a'],
  ['select id from t where x in (select id, y from b)', 'select id from t where x in (select id, y from b)'],
  ['insert into t (a, b, c) values ($1, $2, $3) returning id', 'insert into t (…) values (…) returning id'],
  ['insert into t (a) values ($1)', 'insert into t (a) values ($1)'],
  ['update t set a = $1 where id = $2', 'update t set a=$1 where id=$2'],
  ['select 1 -- why\n from /* not */ t', 'select 1 from t'],
  ['select 1', 'select 1'],
  ["select 'it never ends", "select 'it never ends"],
  ['', ''],
])('%j in a tree is %j', (sql, expected) => {
  expect(shortSql(sql)).toBe(expected);
});

test('a text of 10 MB is one line like any other', () => {
  const sql = `select id from t where id in (${'$1, '.repeat(2_500_000)}$1)`;
  expect(shortSql(sql).length).toBeLessThan(3_000);
  expect(fitSql(shortSql(sql), 49)).toBe('select … from t where id in ($1, $1, $1, $1, …)');
});

const JOINED = 'select … from message m join users u on u.id=m.sender_id where m.chat_id=$1 order by m.id';
const UNREAD = 'select exists(select ? from message where chat_id=$1 and not is_read) as unread';
const FILTERED =
  'select … from message where chat_id=$1 and kind=$2 and sent_at between $3 and $4 and not is_read order by id limit 10 for update';
const RECURSIVE =
  'with recursive thread as (select id from message where id=$1) select … from thread join users u on u.id=thread.id where u.id=$2';

test.each([
  [JOINED, 100, JOINED],
  [JOINED, 80, 'select … from message m join users u on u.id=m.sender_id where m.chat_id=$1 …'],
  [JOINED, 60, 'select … from message m join users u … where m.chat_id=$1 …'],
  [JOINED, 50, 'select … from message m … where m.chat_id=$1 …'],
  [JOINED, 30, 'select … from message …'],
  [UNREAD, 70, 'select exists(… from message where chat_id=$1 and not is_read) …'],
  [UNREAD, 60, 'select exists(… from message where chat_id=$1 …) …'],
  [UNREAD, 49, 'select exists(… from message …) …'],
  [UNREAD, 32, 'select exists(…) …'],
  [FILTERED, 90, 'select … from message where chat_id=$1 and kind=$2 … and not is_read …'],
  [FILTERED, 69, 'select … from message where chat_id=$1 … and not is_read …'],
  [FILTERED, 49, 'select … from message where chat_id=$1 …'],
  ['select id from message where id in ($1, $2, $3, $4, $5)', 49, 'select … from message where id in ($1, $2, $3, …)'],
  ['update t set is_read=true, at=now(), reader=$2 where id=$1', 48, 'update t set is_read=true, … where id=$1'],
  ['insert into t (…) values (…) on conflict (id) do update set a=excluded.a', 48, 'insert into t (…) values (…) …'],
  [
    'delete from a where b in (select id from message where chat_id=$1)',
    49,
    'delete from a where b in (… from message …)',
  ],
  ['select id from a where x=$1 union all select id from b where y=$1', 60, 'select id from a where x=$1 …'],
  ['select a from (select id, text from b where c=$1) x where d=$1', 32, 'select … from (…) x where d=$1'],
  [RECURSIVE, 70, 'with … select … from thread join users u … where u.id=$2'],
  ['select_without_any_blank_in_it', 11, 'select_wit…'],
])('%j fits %i cells', (line, cells, expected) => {
  expect(fitSql(line, cells)).toBe(expected);
});

test('however narrow, it begins with its verb and closes its parentheses', () => {
  for (const line of [JOINED, UNREAD, FILTERED, RECURSIVE]) {
    for (let cells = 32; cells <= line.length; cells += 1) {
      const fitted = fitSql(line, cells);
      expect(cellsOf(fitted)).toBeLessThanOrEqual(cells);
      expect(fitted).toMatch(/^(?:select|with) /);
      expect(fitted.split('(').length).toBe(fitted.split(')').length);
    }
  }
});

test('a text with parentheses that never close is shortened too', () => {
  expect(fitSql('select id from t where x=$1)) and y in (select 1 from', 40)).toBe('select … from t where x=$1)) …');
});

test.each([
  ['select id, text from message where chat_id = any($1)', '… from message where chat_id = any($1)'],
  [
    'select chat_id, count(*) from message where chat_id = any($1)',
    'select chat_id, count(*) from message where chat_id = any($1)',
  ],
  [
    'insert into t (aaaaaaaa, bbbbbbbbbb) select * from unnest($1::int[])',
    'insert into t (aaaaaaaa, bbbbbbbbbb) select * from unnest($1::int[])',
  ],
])('%j instead is %j', (sql, expected) => {
  expect(briefSql(sql)).toBe(expected);
});

test('keywords are told from names', () => {
  expect(
    sqlRuns('select "from", a from t where x = any($1)')
      .map(({ text, keyword }) => (keyword ? `<${text}>` : text))
      .join(''),
  ).toBe('<select> "from", a <from> t <where> x = <any>($1)');
});

describe('replacements', () => {
  const lines = (width: number, ...sql: string[]) => replacementLines(sql, width, plain);
  const message = 'select id, text from message where chat_id = any($1)';
  const user = 'select id, username from users where id = any($1)';

  test('read as a table', () => {
    expect(lines(60, message, user)).toEqual([
      '… from message where chat_id = any($1)',
      '… from users   where id = any($1)',
    ]);
  });

  test('that are too long are laid out, one apart from the other', () => {
    const long =
      'select m.id from unnest($1::int[]) k(id) join lateral (select * from message where chat_id = k.id limit 1) m on true';
    expect(lines(60, user, long)).toEqual(['… from users where id = any($1)', '', ...formatSql(long, 60)]);
  });
});

describe('laid out', () => {
  test('a clause that fits a line takes one', () => {
    expect(formatSql('select id, text from message where chat_id = any($1) order by id', 60)).toEqual([
      'select id, text',
      'from message',
      'where chat_id = any($1)',
      'order by id',
    ]);
  });

  test('parentheses close where they opened', () => {
    const sql =
      'select m.* from unnest($1::int[]) as k (id) cross join lateral (select * from message where chat_id = k.id order by id desc limit 1) m';
    expect(formatSql(sql, 50)).toEqual([
      'select m.*',
      'from',
      '  unnest($1::int[]) as k (id)',
      '  cross join lateral (',
      '    select *',
      '    from message',
      '    where chat_id = k.id',
      '    order by id desc',
      '    limit 1',
      '  ) m',
    ]);
  });

  test('what the formatter cannot read stays as it is', () => {
    expect(formatSql('select (', 50)).toEqual(['select (']);
  });
});
