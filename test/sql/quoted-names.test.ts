// A quoted name and the same without quotes are one name where PostgreSQL folds one to the other, and only there.

import { Client } from 'pg';
import { expect, it } from 'vitest';
import { needsQuotes } from '../../src/sql/keywords.js';
import { parseText } from '../../src/sql/parse.js';
import { freshDatabase } from '../postgres.js';

/** Where a name may stand. */
const PLACES = [
  'select # from t',
  'select #.a from #',
  'select t.# from t where t.# = 1',
  'select a from t # where #.a = 1',
  'select a as # from t',
  'select a # from t',
  'select a #, b # from t where # = 1',
  'insert into # (#, b) values (1, 2) returning #',
  'insert into t (a, #) values (1, 2)',
  'insert into t as # (a) values (1) on conflict (#) do update set # = excluded.#',
  'update # set # = 1 where # = 2',
  'update t # set a = #.b',
  'delete from # where # in (1, 2)',
  'delete from a using # where #.x = 1',
  'select #(1), #(a), f(#) from t',
  'with # as (select 1) select * from #',
  'with a as (select 1), # as (select # from a) select * from # limit 1',
  'select * from a join # on #.id = a.#',
  'select * from a join # using (#) where # > 1',
  'select 1 from t where a = 1 order by #',
  'select count(*) from t group by # having # > 1',
  'select x::#, 1::# from t where y::# = 1',
  "select # '1' from t where x = # '1'",
  'savepoint #',
  'rollback to #',
  'release #',
  'release savepoint #',
  'create table # (# int)',
  'truncate #',
  'truncate table #, b',
  'lock table #',
  'copy # from stdin',
  'copy # (a) to stdout',
  'select * from #(1) as #',
  'select 1 from t where #',
  'select # - 1, - #, 2 - # from t',
  "select # ? 'a', a ? # from t",
  'select * from only #',
  'select * from #, # x',
  'select 1 from # for update of #',
  'select 1 from t # for update',
  'select f(# => 1, # := 2)',
  'select # is null, not #, # is not true from t',
  'select case # when # then # else # end from t',
  'select 1 from t where a between # and # and b = 1',
  'select 1 from t limit #',
  'select 1 from t offset #',
  'merge into # using b on #.a = b.a when matched then update set # = 1 when not matched then insert (#) values (1)',
  'fetch 1 from #',
  'close #',
  'declare # cursor for select 1',
  'set # = 1',
  'show #',
  'call #(1)',
  'prepare # as select 1',
  'execute #(1)',
  'listen #',
  'notify #',
  'explain select # from #',
  '(select # from #) union (select # from t)',
  'select # from t union select # from t',
  'table #',
  'select * from (select 1) #',
  'select * from (select 1) as # where #.a = 1',
  'select * from t # join u on u.a = #.a',
  'select a into # from t',
  'select a into temp # from t',
  'select array[#, 1], a[#] from t',
  'select * from unnest($1::int[]) #',
  'select * from unnest($1::int[]) with ordinality # (a, #)',
  'select rank() over # from t window # as (order by a)',
  'select sum(a) filter (where # = 1) from t',
  'select a.#.b from a',
  'select (#).a from t',
  'select (a).# from t',
  'select # collate "C" from t',
  'select 1 from t where # like $1 and # = any($1) and $1 = #',
  'select 1 from t where (#, b) = (1, 2)',
  'select # from t where # >= $1 and b < #',
  'select max(#) from t',
  'select exists(select # from #)',
  'create table # as select 1',
  'create table if not exists # as select 1',
  'create materialized view # as select 1',
  'alter table # rename # to b',
  'select 1 from t where a in (#, 1)',
  'values (#, 1)',
  'select * from t natural join #',
  'select * from t cross join # left join # x on true',
  'begin; select # from t',
  'select # , # from t',
  'select 1 as # , 2 as # from t where x = 1',
  'select # from # #',
];

/** Not syntax, but set apart on purpose: `version()` is asked of the session, and a blank stands before the bracket of `key (`. */
const APART = new Set(['version', 'key']);

function factsOf(text: string): string {
  return JSON.stringify(
    parseText(text).statements.map(({ shape: { id: _, ...shape }, anatomy, inputs }) => [shape, anatomy, inputs]),
  );
}

it.each([
  ['"users"', 'users'],
  ['"Users"', '"Users"'],
  ['"order"', '"order"'],
  ['"user"', '"user"'],
  ['"char"', '"char"'],
  ['"a b"', '"a b"'],
  ['"1a"', '"1a"'],
  ['"a1$_"', 'a1$_'],
  ['"été"', '"été"'],
  ['""', '""'],
  ['"a""b"', '"a""b"'],
  ['U&"users"', 'U&"users"'],
])('%s is %s', (name, folded) => {
  expect(parseText(`select x.${name} from t as x`).statements[0]?.shape.text).toBe(`select x.${folded} from t as x`);
});

it('is one statement whether a tool quotes its names or not', () => {
  const quoted = 'SELECT "u"."id", "u"."name" FROM "public"."users" AS "u" WHERE "u"."id" = $1 ORDER BY "u"."key"';
  expect(factsOf(quoted)).toBe(factsOf(quoted.replaceAll('"', '')));
});

it('never reads a quoted name as a keyword, whichever keyword of PostgreSQL it is spelt like', async () => {
  const client = new Client({ connectionString: await freshDatabase() });
  await client.connect();
  const { rows } = await client.query<{ word: string; catcode: string }>('select word, catcode from pg_get_keywords()');
  await client.end();
  expect(rows.length).toBeGreaterThan(400);
  const wrong = rows.flatMap(({ word, catcode }) => {
    const keeps = needsQuotes(`"${word}"`);
    // a name of its own kind: one that needs its quotes, or one that does not
    const plain = keeps ? '"Zqz"' : 'zqz';
    const misread = PLACES.filter((place) => {
      const asNamed = factsOf(place.replaceAll('#', `"${word}"`)).replaceAll('\\"', '');
      const expected = factsOf(place.replaceAll('#', plain)).replaceAll('\\"', '').replaceAll(/zqz/gi, word);
      return asNamed !== expected && !APART.has(word);
    });
    const isReserved = catcode !== 'U' && !keeps;
    return misread.length > 0 || isReserved ? [{ word, misread, isReserved }] : [];
  });
  expect(wrong).toEqual([]);
});
