// What stays of a statement on one line, and how its replacement is laid out.

import { describe, expect, test } from 'vitest';
import { formatSql } from '../../../src/outputs/console/format-sql.js';
import { plain } from '../../../src/outputs/console/paint.js';
import { replacementLines } from '../../../src/outputs/console/replacement.js';
import { briefSql, fitSql, paintSql, shortSql } from '../../../src/outputs/console/short-sql.js';

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
});

const JOINED = 'select … from message m join users u on u.id=m.sender_id where m.chat_id=$1 order by m.id';

test.each([
  [JOINED, 100, JOINED],
  [JOINED, 80, 'select … from message m join users u on u.id=m.sender_id where m.chat_id=$1 …'],
  [JOINED, 60, 'select … from message m join users u … where m.chat_id=$1 …'],
  [JOINED, 50, 'select … from message m … where m.chat_id=$1 …'],
  [JOINED, 30, 'select … where m.chat_id=$1 …'],
  ['select_without_any_blank_in_it', 11, 'selec…in_it'],
])('%j fits %i cells', (line, cells, expected) => {
  expect(fitSql(line, cells)).toBe(expected);
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
  expect(paintSql('select "from", a from t where x = any($1)', (_style, text) => `<${text}>`)).toBe(
    '<select> "from", a <from> t <where> x = <any>($1)',
  );
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
