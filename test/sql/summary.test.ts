// Texts and their summaries: those that the convention gives as examples, what PostgreSQL adds, and what must never stand in one.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { summaryOf } from '../../src/sql/summary.js';

/** Examples of the database span conventions 1.44, section "Generating a summary of the query". */
const OF_THE_CONVENTION: [text: string, summary: string][] = [
  ['SELECT *\nFROM   wuser_table\nWHERE  username = ?', 'SELECT wuser_table'],
  [
    'INSERT INTO shipping_details (order_id, address) SELECT order_id, address FROM orders WHERE order_id = ?',
    'INSERT shipping_details SELECT orders',
  ],
  ['SELECT * FROM songs, artists WHERE songs.artist_id = artists.id', 'SELECT songs artists'],
  [
    'SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id)',
    'SELECT SELECT orders customers',
  ],
  ['SELECT * FROM "song list"', 'SELECT "song list"'],
  ['call some_stored_procedure($1)', 'call some_stored_procedure'],
];

const OWN: [text: string, summary: string | null][] = [
  ['select 1', 'select'],
  ['select id from public.users u where u.id = $1', 'select public.users'],
  ['select * from only parent, child', 'select parent child'],
  ['select * from (a join b on a.id = b.id) left join c using (id), d', 'select a b c d'],
  ['select * from unnest($1::int[]) u join t on t.id = u', 'select t'],
  ['select extract(epoch from at), trim(both from name) from event', 'select event'],
  ['select * from t where a is distinct from b', 'select t'],
  ['select * from t where exists (select 1 from u) and x in (select id from v)', 'select t select u select v'],
  ['select a from t union all select b from u order by 1, 2', 'select t select u'],
  ['select * from t for update of t skip locked', 'select t'],
  ['select * from a cross join lateral (select * from b where b.a = a.id limit 1) x', 'select a select b'],
  ['update account set balance = balance - $1, at = now() from bank where true', 'update account bank'],
  ['delete from message using chat where chat.id = chat_id returning id', 'delete message chat'],
  ['insert into t (a, b) values ($1, $2), ($3, $4) on conflict (a) do update set b = excluded.b', 'insert t'],
  [
    'merge into t using s on t.id = s.id when matched then update set a = 1 when not matched then insert values (1)',
    'merge t s',
  ],
  [
    'with x as (select * from a), y (n) as (select 1) select * from x join y on true join b on true',
    'select a select select b',
  ],
  [
    'with recursive up as (select * from node union all select n.* from node n join up on true) select * from up',
    'select node select node select',
  ],
  ['with gone as (delete from a returning *) insert into b select * from gone', 'delete a insert b select'],
  ['values (1, 2)', 'values'],
  ['table users', 'table users'],
  ['explain (analyze, buffers) select * from t', 'explain select t'],
  ['EXPLAIN ANALYZE DELETE FROM t', 'EXPLAIN DELETE t'],
  ['BEGIN', 'BEGIN'],
  ['start transaction isolation level serializable', 'start transaction'],
  ['savepoint trx7', 'savepoint'],
  ['rollback to savepoint trx7', 'rollback to'],
  ['RELEASE trx7', 'RELEASE'],
  ['COMMIT; BEGIN', 'COMMIT BEGIN'],
  ["set local statement_timeout to '5s'", 'set'],
  ['truncate table only a, b', 'truncate a'],
  ['lock table account in exclusive mode', 'lock account'],
  ['copy t (a, b) from stdin', 'copy t'],
  ['copy (select * from t) to stdout', 'copy select t'],
  ['create unlogged table if not exists t as select * from u', 'create table t select u'],
  ['CREATE UNIQUE INDEX CONCURRENTLY one ON t (a)', 'CREATE INDEX one'],
  ['drop table if exists "Old"', 'drop table "Old"'],
  ['refresh materialized view concurrently sums', 'refresh view sums'],
  ['select a from t; delete from u', 'select t delete u'],
  ['', null],
  ['-- nothing', null],
  [';;', null],
];

describe('a summary', () => {
  test.each(OF_THE_CONVENTION)('of the convention: %s', (text, summary) => {
    expect(summaryOf(text)).toBe(summary);
  });

  test.each(OWN)('of %s', (text, summary) => {
    expect(summaryOf(text)).toBe(summary);
  });

  test('has at most 255 characters, and no name in part', () => {
    const tables = Array.from({ length: 60 }, (_, index) => `table_${index}`);
    const summary = summaryOf(`select * from ${tables.join(', ')}`) as string;
    expect(summary.length).toBeLessThanOrEqual(255);
    const [, ...named] = summary.split(' ');
    expect(named).toEqual(tables.slice(0, named.length));
    expect(named.length).toBeGreaterThan(20);
  });

  test('never throws, and never has a literal in it', () => {
    const word = fc.constantFrom(
      'select',
      'from',
      'with',
      'as',
      '(',
      ')',
      ',',
      ';',
      '.',
      'a',
      '"b"',
      'create',
      'update',
      "'secret'",
      '$$secret$$',
      '4711',
      'into',
      'join',
      'explain',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (parts) => {
        const text = parts.join(' ');
        for (const end of ['', " 'secret", ' /* secret', ' $q$ secret'])
          expect(summaryOf(text + end) ?? '').not.toMatch(/secret|4711/);
      }),
      { numRuns: 3_000 },
    );
  });
});
