// Which texts are one statement and which are not: tables of `same` and `different`, and what a shape looks like.

import { describe, expect, it } from 'vitest';
import { parseText, SHAPE_VERSION } from '../../src/sql/parse.js';
import type { SlotInput } from '../../src/sql/text.js';

function shapeOf(text: string): string {
  return parseText(text)
    .statements.map(({ shape }) => shape.text)
    .join('; ');
}

function same(name: string, ...texts: string[]): void {
  it(`same: ${name}`, () => {
    expect(texts.map(shapeOf)).toEqual(texts.map(() => shapeOf(texts[0] as string)));
    expect(new Set(texts.map((text) => parseText(text).statements[0]?.shape.id)).size).toBe(1);
  });
}

function different(name: string, ...texts: string[]): void {
  it(`different: ${name}`, () => {
    expect(new Set(texts.map(shapeOf)).size).toBe(texts.length);
    expect(new Set(texts.map((text) => parseText(text).statements[0]?.shape.id)).size).toBe(texts.length);
  });
}

describe('values', () => {
  same(
    'bound or literal',
    'select * from t where id = $1',
    'select * from t where id = 5',
    "select * from t where id = 'x'",
    'select * from t where id = -1.5e3',
  );
  same(
    'every string form',
    "select 'a'",
    "select E'a\\n'",
    'select $$a$$',
    'select $x$a$x$',
    "select b'01'",
    "select U&'a'",
    "select 'a'\n'b'",
  );
  same(
    'null, true and false',
    'update t set a = null',
    'update t set a = true',
    'update t set a = 1',
    'update t set a = $1',
  );
  same(
    'signs',
    'select * from t where a = -1',
    'select * from t where a = +1',
    'select * from t where a = $1',
    'select * from t where a=-1',
    'select * from t where a = - 1',
  );
  same('signs behind words', 'select -1', 'select 1');
  same('signs in brackets', 'select f(-1, -2)', 'select f(1, 2)');
  same('limits', 'select * from t limit 10', 'select * from t limit $1');
  same('an operator that only looks else', 'select * from t where a != 1', 'select * from t where a <> 2');
  different('subtraction is no sign', 'select a - 1', 'select a, -1', 'select a + 1');
  different(
    'subtraction behind a bracket, a constant, a keyword',
    'select (a) - 1',
    'select (a), 1',
    'select now() - 1',
    'select current_date - 1',
    'select case when a then b end - 1',
  );
  different(
    'is null is no value',
    'select * from t where a is null',
    'select * from t where a is not null',
    'select * from t where a is true',
    'select * from t where a is not true',
    'select * from t where a = null',
  );
  different('a cast', 'select $1', 'select $1::int', 'select $1::text', 'select date $1');
  different('names that read like constants', 'select t.null from t', 'select $1 from t', 'select 1 as null from t');
});

describe('lists', () => {
  same(
    'IN of any length',
    'select * from t where id in (1)',
    'select * from t where id in (1,2,3)',
    'select * from t where id in ($1, $2)',
    "select * from t where id in ('a', null)",
  );
  same('IN with casts', 'select * from t where id in ($1::uuid)', 'select * from t where id in ($1::uuid, $2::uuid)');
  same('IN of rows', 'select * from t where (a, b) in ((1, 2))', 'select * from t where (a, b) in ((1, 2), ($1, $2))');
  same('rows of VALUES', 'insert into t (a, b) values (1, 2)', 'insert into t (a, b) values ($1, $2), (3, 4), (5, 6)');
  same(
    'rows with DEFAULT and expressions',
    'insert into t values (default, $1, now())',
    'insert into t values (default, $1, now()), (default, $2, now())',
  );
  same(
    'VALUES as a table',
    'select * from (values (1, 2)) as v(a, b)',
    'select * from (values (1, 2), (3, 4)) as v(a, b)',
  );
  same('arrays', 'select * from t where id = any(array[1])', 'select * from t where id = any(array[1, 2, 3])');
  same('nested arrays', 'select array[[1, 2], [3, 4]]', 'select array[[1], [2], [3]]');
  different(
    'the loop and its fixes',
    'select * from t where id = $1',
    'select * from t where id = any($1)',
    'select * from t where id in ($1)',
    'select * from t where id not in ($1)',
    'select * from t where id <> all($1)',
  );
  different('a row keeps its width', 'insert into t values (1)', 'insert into t values (1, 2)');
  different('arguments are no list', 'select f(1)', 'select f(1, 2)');
  different('queries and lists', 'select * from t where id in (select id from u)', 'select * from t where id in (1)');
  different(
    'rows that differ',
    'insert into t values (default), (1)',
    'insert into t values (1), (default)',
    'insert into t values (1)',
  );
});

describe('writing', () => {
  same(
    'blanks, comments, case',
    'select a from t where b=1',
    'SELECT  A\nFROM T -- x\nWHERE/* y */b = 1',
    'Select\ta From t Where b /**/ = /* 2 */ 1',
  );
  same('a semicolon at the end', 'select 1', 'select 1;', ' select 1 ; ;');
  same('sqlcommenter', 'select 1', "select 1 /*traceparent='00-abc-01'*/", '/* 5 */ select 1');
  different('quoted names keep their case', 'select * from "T"', 'select * from t');
  same('quotes that say nothing', 'select "t"."a" from "t"', 'select t.a from t', 'SELECT T."a" FROM "t"');
  different(
    'table, column and verb',
    'select a from t',
    'select b from t',
    'select a from u',
    'select a from s.t',
    'delete from t',
    'table t',
    'select a as b from t',
    'select t1 from t',
    'select t2 from t',
  );
  different(
    'columns and tables with numbers',
    'select a1 from t',
    'select a2 from t',
    'select a from t1',
    'select a from t2',
    'select t1.a from t1',
    'select t2.a from t2',
  );
});

describe('generated names', () => {
  same('savepoints', 'savepoint sp_1', 'SAVEPOINT sp_27');
  same('quoted savepoints', 'savepoint "S1"', 'savepoint "S2"');
  same(
    'savepoints named by uuid',
    'release savepoint "8a8c9f2e-7e2d-4c0b-9f5d-1a2b3c4d5e6f-sp-1"',
    'release savepoint "ffffffff-aaaa-bbbb-cccc-dddddddddddd-sp-12"',
  );
  same('rolled back to', 'rollback to savepoint x1', 'rollback to savepoint x2');
  same(
    'numbered aliases',
    'select u1.id from users as u1 where u1.id = 1',
    'select u27.id from users as u27 where u27.id = 2',
  );
  same(
    'numbered aliases without AS',
    'select "u1"."id" from "users" "u1" join "t" "t2" on "t2"."x" = "u1"."id"',
    'select "u3"."id" from "users" "u3" join "t" "t4" on "t4"."x" = "u3"."id"',
  );
  same('numbered aliases of subqueries', 'select t1.x from (select 1 as x) t1', 'select t9.x from (select 2 as x) t9');
  different('savepoints by hand', 'savepoint before_insert', 'savepoint after_insert');
  different('an alias that is a column too', 'select a1 from t as a1', 'select a2 from t as a2');
  different('which alias is asked', 'select t1.x from a as t1, b as t2', 'select t2.x from a as t1, b as t2');
  different('an alias beside a table of that name', 'select t1.x from t1, u as t5', 'select t5.x from t1, u as t5');
  different('tables written', 'update t1 set a = 1', 'update t2 set a = 1');
  different('tables written, qualified', 'update t1 set a = t1.b where t1.c', 'update t2 set a = t2.b where t2.c');
  different('tables made', 'select a into temp t1 from u', 'select a into temp t2 from u');
  different('indexes', 'alter table a add primary key using index i1', 'alter table a add primary key using index i2');
  same('aliases of a table written', 'update t x1 set a = x1.b', 'update t x2 set a = x2.b');
  different('names given to columns', 'select f(x) as c1', 'select f(x) as c2');
  it('puts every digit of a savepoint to 0, and numbers aliases from 1', () => {
    expect(shapeOf('savepoint sp_12')).toBe('savepoint sp_0');
    expect(shapeOf('select x7.a, y9.b from t as x7, u y9')).toBe('select x1.a, y2.b from t as x1, u y2');
  });
});

describe('text', () => {
  it.each([
    ['SELECT Id,"Name" FROM Users WHERE id=$1 AND tags?$2', 'select id, "Name" from users where id = ? and tags ? ?'],
    ['insert into T(a,B) values(1,$2::jsonb) returning *', 'insert into t (a, b) values (?, ?::jsonb) returning *'],
    [
      'select count( * ),f ( x ) from t where (a,b)=(1,2) and x in(1)',
      'select count(*), f(x) from t where (a, b) = (?, ?) and x in (?)',
    ],
    [
      "select '{}'::jsonb->'a'->>'b', arr[1], arr[1:2], -x, a - -1",
      'select ?::jsonb -> ? ->> ?, arr[?], arr[? : ?], - x, a - ?',
    ],
    ["select date '2024-01-01' + interval '1 day'", 'select date ? + interval ?'],
    [
      'select * from t where id=? and name=? and ?=? and x=-?',
      'select * from t where id = ? and name = ? and ? = ? and x = - ?',
    ],
    [
      'with x as (select 1) select * from x, lateral f(x.a) as g(n)',
      'with x as (select ?) select * from x, lateral f(x.a) as g(n)',
    ],
    ['', ''],
    [';;', ''],
    ["select 'a", '?'],
    ['select 1 /* x', '?'],
    ['select "x', '?'],
    ['do $$ begin', '?'],
  ])('%s', (text, shape) => {
    expect(shapeOf(text)).toBe(shape);
    expect(shapeOf(shape)).toBe(shape);
  });

  it('has a version and stable ids', () => {
    expect(SHAPE_VERSION).toBe(1);
    expect(parseText('SELECT id FROM users WHERE id = $1').statements[0]?.shape.id).toBe('d2dad0dadd3975d1');
  });
});

describe('inputs', () => {
  const show = (input: SlotInput): string => {
    if (input.kind === 'parameter') return `$${input.number}`;
    if (input.kind === 'list') return `[${input.items.map(show).join(' ')}]`;
    return input.kind === 'hidden' ? '?' : JSON.stringify(input.value);
  };

  it.each([
    ['select $2, 1, -1, +1.5, null, true, false', '$2 1 -1 1.5 null true false'],
    [
      "select 'it''s', E'a\\tb\\x41\\u00e9\\101\\'', $$x$$, $t$y$t$, B'01', X'1F', N'n'",
      '"it\'s" "a\\tbAéA\'" "x" "y" "01" "1F" "n"',
    ],
    ["select U&'d\\0061t\\+000061 \\\\', 'a'\n  -- it's\n'b', E'\\q'", '"data \\\\" "ab" "q"'],
    [
      'select 9007199254740993, 1.10, 1_000, 0xFF, -9007199254740993, 1e3',
      '"9007199254740993" "1.10" 1000 255 "-9007199254740993" "1e3"',
    ],
    ['select 0o19, -0b12 -- no numbers to PostgreSQL', '"0o19" "-0b12"'],
    ['select * from t where a in (1, $1) and b in (2)', '[1 $1] [2]'],
    ['insert into t values (1, $1), ($2, 2)', '[1 $2] [$1 2]'],
    ['insert into t values (1, $1)', '1 $1'],
    ['insert into t values (array[1, 2]), (array[3])', '[[1 2] [3]]'],
    ['select * from t where (a, b) in ((1, 2), (3, 4), (5, 6))', '[1 3 5] [2 4 6]'],
    ['select * from (values (1), (2)) v', '[1 2]'],
    ['select * from (values (1)) v', '[1]'],
    ['select array[[1, 2], [3, 4]]', '[[1 2] [3 4]]'],
    ['select * from t where id = ?', '?'],
    ["select a ? 'x', date ?", '"x" ?'],
  ])('%s', (text, inputs) => {
    expect(parseText(text).statements[0]?.inputs.map(show).join(' ')).toBe(inputs);
  });
});
