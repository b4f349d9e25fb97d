// What a statement's text says of it: verb, tables, slots, control, limit, outputs, as tables of text against text.

import { describe, expect, it } from 'vitest';
import { parseText } from '../../src/sql/parse.js';
import type { Anatomy, ParsedStatement, Slot } from '../../src/sql/text.js';

function statementOf(text: string): ParsedStatement {
  const { statements } = parseText(text);
  expect(statements).toHaveLength(1);
  return statements[0] as ParsedStatement;
}

function anatomyOf(text: string): Anatomy {
  return statementOf(text).anatomy;
}

describe('verb and tables', () => {
  it.each([
    ['select * from users', 'select  reads users'],
    ['(select * from a) union select * from b', 'select  reads a b'],
    ['with x as (select * from a) select * from x, b', 'select  reads a b'],
    ['with x as (select * from x) select * from x', 'select  reads x'],
    ['with recursive x as (select * from a union select * from x) select * from x', 'select  reads a'],
    [
      'with recursive x as (select * from y union select * from a), y as (table b) select * from x',
      'select  reads a b',
    ],
    ['with y as (table y) select * from (with recursive x as (table y), y as (select 1) table x) z', 'select  reads y'],
    ['select * from (with x as (select 1) select * from x) y, x', 'select  reads x'],
    ['with x as (select 1) select * from s.x', 'select  reads s.x'],
    ['with x as (insert into a values (1)) update b set c = 1', 'update  writes a b'],
    ['with x as (delete from a using b returning *) select * from x join c using (id)', 'select  reads b c  writes a'],
    ['select a into b from c', 'select  reads c  writes b'],
    ['create table a as select * from b', 'ddl  reads b  writes a'],
    ['create temporary table if not exists s.a as table b', 'ddl  reads b  writes s.a'],
    ['create table a as execute b', 'ddl  writes a'],
    ['create materialized view if not exists a as select * from b', 'ddl  reads b  writes a'],
    ['create table a (b int)', 'ddl'],
    ['create view a as select * from b', 'ddl'],
    ['insert into a (b) select c from d', 'insert  reads d  writes a'],
    ['insert into a (select c from d)', 'insert  reads d  writes a'],
    ['insert into a with x as (select * from d) select * from x', 'insert  reads d  writes a'],
    ['update only a as x set b = (select max(c) from d)', 'update  reads d  writes a'],
    ['update a set b = 1 from c join d on true', 'update  reads c d  writes a'],
    ['delete from a using b, c where true', 'delete  reads b c  writes a'],
    ['merge into a using b on a.id = b.id when matched then delete', 'merge  reads b  writes a'],
    [
      'merge into a using (select * from b) x on true when not matched then insert values (1)',
      'merge  reads b  writes a',
    ],
    ['table a', 'table  reads a'],
    ['values (1)', 'values'],
    ['truncate a, only b.c', 'truncate  writes a b.c'],
    ['copy a from stdin', 'copy  writes a'],
    ['copy a (b, c) to stdout', 'copy  reads a'],
    ['copy (select * from a) to stdout', 'copy  reads a'],
    ['explain select * from a', 'explain  reads a'],
    ['explain delete from a', 'explain'],
    ['explain (analyze) delete from a', 'explain  writes a'],
    ['declare c cursor for select * from a', 'declare  reads a'],
    ['select * from "Users", s."T", "a.b"', 'select  reads Users s.T a.b'],
    ['SELECT * FROM Users, S.T', 'select  reads users s.t'],
    ['select * from f(1), lateral g(x), generate_series(1, 2) as s', 'select'],
    [
      'select extract(year from at), substring(a from 2), trim(both from c) from t where a is distinct from b',
      'select  reads t',
    ],
    ['select * from a left join lateral (select * from b) c on true', 'select  reads a b'],
    ['select * from a join (b cross join c) on true', 'select  reads a b c'],
    ['select * from a where exists (select from b where x in (select y from c))', 'select  reads a b c'],
    ['select * from a for update of a', 'select  reads a  locks'],
    ['select * from (select * from a for no key update) x', 'select  reads a  locks'],
    ['select pg_advisory_xact_lock(1)', 'select  locks'],
    ['select pg_try_advisory_lock_shared(1)', 'select  locks'],
    ['select pg_advisory_unlock(1)', 'select'],
    ['lock table a in share mode', 'lock  locks'],
    ['call f(1)', 'call'],
    ['do $$ begin end $$', 'do'],
    ['set x = 1', 'set'],
    ['reset x', 'set'],
    ['show x', 'show'],
    ['discard all', 'discard'],
    ['notify x', 'notify'],
    ['listen x', 'notify'],
    ['fetch 10 from c', 'fetch'],
    ['move 10 from c', 'fetch'],
    ['close c', 'close'],
    ['vacuum a', 'other'],
    ['execute p (1)', 'other'],
    ['from a select', 'other'],
    ['', 'empty'],
    ['-- only a comment', 'empty'],
    ["select 'a", 'other'],
    ['select from from where )', 'select'],
  ])('%s', (text, expected) => {
    const { verb, reads, writes, locks } = statementOf(text).shape;
    const shown: string[] = [verb];
    if (reads.length > 0) shown.push(`reads ${reads.join(' ')}`);
    if (writes.length > 0) shown.push(`writes ${writes.join(' ')}`);
    if (locks) shown.push('locks');
    expect(shown.join('  ')).toBe(expected);
  });
});

describe('slots', () => {
  const show = ({ role, operator, table, column, list }: Slot): string => {
    const target = column === null ? (table === null ? '·' : `${table}.·`) : `${table ?? '·'}.${column}`;
    const what = role === 'other' ? 'other' : role === 'compare' ? `${target} ${operator}` : `${role} ${target}`;
    return list ? `${what} list` : what;
  };

  it.each([
    ['select * from t where id = $1', 't.id ='],
    ['select * from t where $1 = id', 't.id ='],
    ['select * from t where $1 < id and 5 >= x', 't.id >, t.x <='],
    ['select * from s.t as u where u.id = $1 and u."Name" <> $2', 's.t.id =, s.t.Name <>'],
    ['select * from a, b where a.x = $1 and y = $2 and c.z = $3', 'a.x =, ·.y =, ·.z ='],
    ['select * from t where id = any($1)', 't.id any list'],
    [
      'select * from t where id = any($1::int[]) or id = any (array[1, 2]) or id <> all(($2))',
      't.id any list, t.id any list, t.id <> all list',
    ],
    ['select * from t where $1 = any(tags)', '· ='],
    ['select * from t where id in ($1, $2) and x not in (1)', 't.id in list, t.x not in list'],
    ['select * from t where id in (select y from u where z = $1)', 'u.z ='],
    ['select * from t where (a, t.b) in (($1, $2), ($3, $4))', 't.a in list, t.b in list'],
    ['select * from t where (a, b) = ($1, $2) and (a, b) > row($3, $4)', 't.a =, t.b =, t.a >, t.b >'],
    ['select * from t where (a, lower(b)) = ($1, $2)', 't.a =, · ='],
    ['select * from t where lower(x) = $1 and x = lower($2)', '· =, other'],
    [
      'select * from t where x between $1 and $2 and y not between symmetric 1 and 2 and z = 3',
      't.x between, t.x between, t.y not between, t.y not between, t.z =',
    ],
    ['select * from t where x between (select 1 where y = 2 and z = 3) and 4', 'other, ·.y =, ·.z =, t.x between'],
    [
      'select * from t where id::text = $1 and id::numeric(10, 2)[] = $2 and x::timestamp with time zone < $3',
      't.id =, other, other, t.id =, t.x <',
    ],
    [
      'select * from t where id = $1::uuid and x = cast($2 as int) and y = ($3) and d >= date $4',
      't.id =, t.x =, t.y =, t.d >=',
    ],
    ["select * from t where at < timestamp with time zone '2024-01-01'", 't.at <'],
    [
      'select * from t where a like $1 and b not ilike $2 and c similar to $3 and d ~* $4',
      't.a like, t.b not ilike, t.c similar to, t.d ~*',
    ],
    [
      'select * from t where a is distinct from $1 and b is not distinct from $2',
      't.a is distinct from, t.b is not distinct from',
    ],
    ["select * from t where data ->> 'k' = $1 and data @> $2 and data ? $3", 'other, · =, t.data @>, t.data ?'],
    [
      'select * from t where a = b + $1 and b + a = $2 and a = $3 + 1 and a + $4 > 1',
      'other, · =, · =, other, other, · >',
    ],
    ['select * from t where at > now() - $1::interval limit $2 offset $3', 'other, limit ·, offset ·'],
    ['select * from t offset 1 rows fetch next $1 rows only', 'offset ·, limit ·'],
    ['select $1, f($2), case when a = $3 then $4 end from t', 'other, other, t.a =, other'],
    [
      'select * from a where exists (select 1 from b where b.a_id = a.id and a.x = $1 and y = $2)',
      'other, a.x =, b.y =',
    ],
    ['select * from a left join b on b.a_id = a.id and b.kind = $1', 'b.kind ='],
    ['select count(*) from t group by x having x > $1', 't.x >'],
    ['select f(a => $1)', 'other'],
    ['select * from unnest($1::int[], $2) as u(id)', 'other list, other list'],
    ['insert into t (a, "B", c) values ($1, $2, lower($3))', 'insert t.a, insert t.B, insert t.·'],
    ['insert into t (a, b) values ($1, default), ($2::int, default)', 'insert t.a, insert t.a'],
    ['insert into t values ($1)', 'insert t.·'],
    ['insert into t (a, b) select $1, x from u where y = $2', 'insert t.a, u.y ='],
    ['insert into t (a) values ($1) on conflict (a) do update set b = $2 where t.c = $3', 'insert t.a, set t.b, t.c ='],
    [
      'update t set a = $1, b = $2::int, c = c + $3, (d, e) = ($4, $5) where id = $6',
      'set t.a, set t.b, set t.·, set t.d, set t.e, t.id =',
    ],
    ['update t as x set a = $1 from u where u.id = x.u_id and u.b = $2', 'set t.a, u.b ='],
    ['update t set a = case when b = $1 then $2 end', 't.b =, set t.·'],
    ['delete from t where id = $1 returning $2', 't.id =, other'],
    [
      'merge into t using u on t.id = u.id when not matched then insert (a) values ($1) when matched then update set b = $2',
      'insert t.a, set t.b',
    ],
    [
      'with x as (update t set a = $1 where id = $2 returning *) select * from x where id = $3',
      'set t.a, t.id =, ·.id =',
    ],
    ['values ($1), ($2)', 'other list'],
    ['create table t (a int default 5)', 'other'],
  ])('%s', (text, expected) => {
    const { shape, inputs } = statementOf(text);
    expect(shape.slots.map(show).join(', ')).toBe(expected);
    expect(shape.slots.map(({ index }) => index)).toEqual(inputs.map((_, i) => i + 1));
  });
});

describe('control', () => {
  it.each([
    ['begin', 'begin isolation=null readOnly=null'],
    ['BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY', 'begin isolation=serializable readOnly=true'],
    ['start transaction isolation level repeatable read read write', 'begin isolation=repeatable read readOnly=false'],
    ['commit', 'commit chain=false'],
    ['commit work and chain', 'commit chain=true'],
    ['commit and no chain', 'commit chain=false'],
    ['end', 'commit chain=false'],
    ['abort', 'rollback chain=false'],
    ['rollback transaction and chain', 'rollback chain=true'],
    ['savepoint sp_12', 'savepoint name=sp_12'],
    ['SAVEPOINT Sp', 'savepoint name=sp'],
    ['savepoint "Sp ""1"', 'savepoint name=Sp "1'],
    ['rollback to sp', 'rollback to name=sp'],
    ['rollback work to savepoint sp_3', 'rollback to name=sp_3'],
    ['release sp', 'release name=sp'],
    ['release savepoint sp', 'release name=sp'],
    ["prepare transaction 'x'", 'prepare transaction'],
    ["commit prepared 'x'", 'end prepared commits=true'],
    ["rollback prepared 'x'", 'end prepared commits=false'],
    [
      'set transaction isolation level read committed',
      'set transaction isolation=read committed readOnly=null session=false',
    ],
    ['set transaction read only', 'set transaction isolation=null readOnly=true session=false'],
    [
      'set session characteristics as transaction isolation level serializable read write',
      'set transaction isolation=serializable readOnly=false session=true',
    ],
    ['set default_transaction_isolation = serializable', 'set parameter of=isolation value=serializable session=true'],
    [
      "set session default_transaction_isolation to 'repeatable read'",
      'set parameter of=isolation value=null session=true',
    ],
    ['SET LOCAL transaction_read_only TO on', 'set parameter of=read only value=on session=false'],
    ['set local default_transaction_read_only = on', 'none'],
    ['set x = 1', 'none'],
    ['select 1', 'none'],
    ['savepoint', 'none'],
  ])('%s', (text, expected) => {
    const { control } = anatomyOf(text);
    const { kind, ...rest } = control ?? { kind: 'none' };
    const facts = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
    expect([kind, ...facts].join(' ')).toBe(expected);
  });

  it('tells savepoints of one shape apart by name', () => {
    const [first, second] = ['savepoint sp_1', 'savepoint sp_2'].map((text) => statementOf(text));
    expect(first?.shape.id).toBe(second?.shape.id);
    expect([first?.anatomy.control, second?.anatomy.control]).toEqual([
      { kind: 'savepoint', name: 'sp_1' },
      { kind: 'savepoint', name: 'sp_2' },
    ]);
  });
});

describe('limit and aggregate', () => {
  it.each([
    ['select * from t', null, null],
    ['select * from t limit 1', '1', null],
    ['select * from t limit $1', 'n', null],
    ['select * from t limit 10', 'n', null],
    ['select * from t limit all', null, null],
    ['select * from t fetch first row only', '1', null],
    ['select * from t fetch first 1 rows only', '1', null],
    ['select * from t fetch next 5 rows only', 'n', null],
    ['select * from (select * from t limit 1) x', null, null],
    ['select * from t where id = 1 limit 1', '1', null],
    ['select count(*) from t', null, 'count'],
    ['select count(distinct x)::int as n from t', null, 'count'],
    ['select max(id) from t', null, 'max'],
    ['select exists(select 1 from t)', null, 'exists'],
    ['select exists (select 1 from t) as "e"', null, 'exists'],
    ['select 1 from t where id = 1 limit 1', '1', 'exists'],
    ['select 1 as one from t limit $1', 'n', null],
    ['select 1 from t', null, null],
    ['select count(*), x from t', null, null],
    ['select count(*) + 1 from t', null, null],
    ['select count from t', null, null],
    ['select count(*) over () from t', null, null],
  ] as const)('%s', (text, limit, aggregate) => {
    expect([anatomyOf(text).limit, anatomyOf(text).aggregate]).toEqual([limit, aggregate]);
  });
});

describe('outputs', () => {
  it.each([
    ['select id, t.name as n, x::text from t', 't', 'id=t.id n=t.name x=t.x'],
    [
      'select u.id, m.id as "m.id", f(u.x), u.y + 1 as z, 5 as five from users u join message m on true',
      null,
      'id=users.id m.id=message.id',
    ],
    ['select *, u.* from u', 'u', ''],
    ['select a b, "C" "D" from t', 't', 'b=t.a D=t.C'],
    ['select id from a, b', null, 'id=?.id'],
    ['select distinct on (a) b from t', 't', 'b=t.b'],
    ['select distinct a from t', 't', 'a=t.a'],
    ['select id from a union select id from b', null, ''],
    ['(select id from a) union (select id from b)', null, ''],
    ['select x.id from (select id from t) x', null, 'id=?.id'],
    ['with x as (select id from t) select id from x', null, 'id=?.id'],
    ['select (select id from u) from t', 't', ''],
    ['insert into t (a) values (1) returning id, a as b', 't', 'id=t.id b=t.a'],
    ['update t set a = 1 from u where true returning t.id, u.b', null, 'id=t.id b=u.b'],
    ['delete from t returning id', 't', 'id=t.id'],
    ['insert into t select 1 from u returning id', 't', 'id=t.id'],
    ['select a as __proto__ from t', 't', '__proto__=t.a'],
    ['table t', 't', ''],
    ['select * from f(1)', null, ''],
    ['select 1', null, ''],
  ])('%s', (text, onlyTable, expected) => {
    const anatomy = anatomyOf(text);
    const outputs = Object.entries(anatomy.outputs).map(
      ([name, { table, column }]) => `${name}=${table ?? '?'}.${column}`,
    );
    expect([anatomy.onlyTable, outputs.join(' ')]).toEqual([onlyTable, expected]);
  });
});

describe('joins', () => {
  it.each([
    ['select * from users u join message m on m.sender_id = u.id', 'message.sender_id=users.id'],
    ['select * from a, b where a.x = b.y and b.y = 5 and a.z > b.z', 'a.x=b.y'],
    ['select * from s.a join b using (x, y)', 's.a.x=b.x s.a.y=b.y'],
    ['select * from a join b using (x) join c using (y)', ''],
    ['select * from a where exists (select 1 from b where a_id = a.id)', 'b.a_id=a.id'],
    ['select * from t x join t y on y.parent = x.id', 't.parent=t.id'],
    ['select * from a join b on a.x = b.y + 1 and lower(a.z) = b.z and b.w::text = a.w', 'b.w=a.w'],
    ['update a set x = b.x from b where b.id = a.b_id', 'b.id=a.b_id'],
    ['with x as (select * from b) select * from a join x on x.id = a.id', ''],
  ])('%s', (text, expected) => {
    expect(
      anatomyOf(text)
        .joins.map((pair) => pair.join('='))
        .join(' '),
    ).toBe(expected);
  });
});

describe('arrays built as JSON', () => {
  it.each([
    ['select json_build_array(id, t.name) from t', 't.id t.name'],
    ['select jsonb_build_array(a::text, b + 1, f(c, d), null, 5) from t', 't.a - - - -'],
    [
      'select d.data from u left join lateral (select json_agg(json_build_array(m.id, "m"."sender_id")) as data from message m) d on true',
      'message.id message.sender_id',
    ],
    ['select json_build_array(x.id) from (select * from t) x', '?.id'],
    ['select json_build_array(id, json_build_array(a, b)) from t', 't.id - | t.a t.b'],
    ['select json_build_array() from t', ''],
    ['select json_agg(id) from t', ''],
    ['select json_build_array from t', ''],
  ])('%s', (text, expected) => {
    const items = anatomyOf(text).arrays.map((array) =>
      array.map((item) => (item === null ? '-' : `${item.table ?? '?'}.${item.column}`)).join(' '),
    );
    expect(items.join(' | ')).toBe(expected);
  });
});

describe('flags', () => {
  it.each([
    ['insert into t values (1)', ''],
    ['insert into t values (1) returning *', 'returning'],
    ['insert into t values (1) on conflict do nothing returning id', 'onConflict returning'],
    ['insert into t select 1 on conflict (a) do update set b = 1', 'onConflict'],
    ['insert into t select a from u on conflict (a) do nothing', 'onConflict'],
    ['insert into t select a from u join v on conflict = a', ''],
    ['with x as (delete from t returning *) select * from x', ''],
    ['set search_path to x', 'infrastructure'],
    ['show server_version', 'infrastructure'],
    ['discard all', 'infrastructure'],
    ['reset all', 'infrastructure'],
    ['select version()', 'infrastructure'],
    ['select * from current_schema()', 'infrastructure'],
    ["select set_config('a', 'b', true)", 'infrastructure'],
    ['select current_schema', 'infrastructure'],
    ['select current_user, now()', ''],
    ['deallocate all', 'infrastructure'],
    ['unlisten *', 'infrastructure'],
    ['listen news', ''],
    ['select * from pg_type t join pg_catalog.pg_namespace n on true', 'infrastructure'],
    ['select * from information_schema.tables', 'infrastructure'],
    ['select * from pg_type, users', ''],
    ['select 1', ''],
    ['select now()', ''],
    ['begin', ''],
    ['select pg_advisory_lock(1)', ''],
  ])('%s', (text, expected) => {
    const { returning, onConflict, infrastructure } = anatomyOf(text);
    const flags = Object.entries({ infrastructure, onConflict, returning });
    expect(
      flags
        .filter(([, set]) => set)
        .map(([name]) => name)
        .join(' '),
    ).toBe(expected);
  });
});
