// The same findings, sent through a library: the advice names the library's own calls, and only where they do what is advised.

import { describe, expect, it, test } from 'vitest';
import { reportOf, type ScopeFacts } from '../support/timeline.js';

/** The advice of the last finding but a large result that feeds it, where these packages stood between the app and the driver. */
function adviceThrough(packages: string, timeline: string, facts: ScopeFacts = {}): string {
  const sent = timeline
    .trim()
    .split('\n')
    .map((line) => (line.includes('--') ? line : `${line} --`).replace('--', `-- through ${packages} `));
  const findings = reportOf(sent.join('\n'), facts).findings;
  return (findings.findLast(({ detector }) => detector !== 'large-result') ?? findings[0])!.advice;
}

const LOOP = `
  select id from chat                          -- rows id=1,2
  select * from message where chat_id = $1     -- values 1
  select * from message where chat_id = $1     -- values 2`;

test.each([
  ['knex', "Ask once for all keys: `.whereIn('chat_id', keys)`, and give each row its own from the result."],
  [
    'objection,knex',
    "Let the query before the loop load them too, `.withGraphFetched('relation')`, or ask once for all keys, `.whereIn('key', keys)`.",
  ],
  [
    '@mikro-orm/core,@mikro-orm/sql,kysely',
    "Let the query before the loop load them too, `em.find(…, { populate: ['relation'] })`, or ask once for all keys, `em.find(…, { key: { $in: keys } })`.",
  ],
  [
    '@acme/db,@prisma/client,@prisma/adapter-pg',
    'Let the query before the loop load them too, `findMany({ include: { relation: true } })`, or ask once for all keys, `findMany({ where: { key: { in: keys } } })`.',
  ],
  ['pg-promise', 'Ask once for all keys: `in ($1:csv)`, and give each row its own from the result.'],
  ['@acme/db', 'Ask once for all rows: bind the values as one array and give each row its own from the result.'],
])('a loop through %s', (packages, advice) => {
  expect(adviceThrough(packages, LOOP)).toBe(advice);
});

describe('relations are advised only where rows of a relation are read', () => {
  test.each([
    [
      'a figure',
      `select id from chat                                     -- rows id=1,2
       select count(*) from participant where chat_id = $1     -- values 1
       select count(*) from participant where chat_id = $1     -- values 2`,
      "Ask once for all keys: `.whereIn('chat_id', keys)`, and give each row its own from the result. A key without rows is missing there: its count is 0.",
    ],
    [
      'the newest of each',
      `select id from chat                                                              -- rows id=1,2
       select * from message where chat_id = $1 order by id desc limit 1                -- values 1
       select * from message where chat_id = $1 order by id desc limit 1                -- values 2`,
      'Ask once for all rows: bind the values as one array and give each row its own from the result. Each key gets its own run of the statement within the one: what it limits or numbers, it does for each.',
    ],
    [
      'keys from nowhere',
      `select * from "User" where "userId" = $1     -- values 7
       select * from "User" where "userId" = $1     -- values 8
       select * from "User" where "userId" = $1     -- values 12`,
      "Ask once for all keys: `.whereIn('userId', keys)`, and give each row its own from the result.",
    ],
    [
      'a composite key',
      `select tenant_id, number from invoice                        -- rows tenant_id=1,1,2 number=10,11,10
       select * from line where tenant_id = $1 and number = $2      -- values 1, 10
       select * from line where tenant_id = $1 and number = $2      -- values 1, 11
       select * from line where tenant_id = $1 and number = $2      -- values 2, 10`,
      "Let the query before the loop load them too, `.withGraphFetched('relation')`.",
    ],
  ])('%s', (_, timeline, advice) => {
    expect(adviceThrough('objection,knex', timeline)).toBe(advice);
  });
});

it('names the composite key of a builder without relations in SQL', () => {
  const timeline = `
    select tenant_id, number from invoice                        -- rows tenant_id=1,1,2 number=10,11,10
    select * from line where tenant_id = $1 and number = $2      -- values 1, 10
    select * from line where tenant_id = $1 and number = $2      -- values 1, 11
    select * from line where tenant_id = $1 and number = $2      -- values 2, 10`;
  expect(adviceThrough('knex', timeline)).toBe(
    'Ask once for all rows: bind the values as one array and give each row its own from the result.',
  );
});

test.each([
  [
    'an insert for each row',
    'zapatos',
    `insert into tag (name) values ($1)     -- values 'a'
     insert into tag (name) values ($1)     -- values 'b'
     insert into tag (name) values ($1)     -- values 'c'`,
    "Insert all rows at once: `db.insert('tag', rows)`.",
  ],
  [
    'an update for each row',
    'typeorm',
    `update item set position = $1 where id = $2     -- values 1, 31
     update item set position = $1 where id = $2     -- values 2, 35
     update item set position = $1 where id = $2     -- values 3, 32`,
    'Update all rows at once: `update(Entity, { key: In(keys) }, values)` where all get the same values, else UPDATE … FROM unnest() through `dataSource.query()`. Bind one array for each column. The coalesce() only tells PostgreSQL what type it has: write $1::int[] or the like where you know it.',
  ],
  [
    'a delete for each row, in SQL',
    'slonik',
    `delete from item where id = $1     -- values 31
     delete from item where id = $1     -- values 35
     delete from item where id = $1     -- values 32`,
    'Delete all rows at once: bind the keys as one array.',
  ],
  [
    'a delete for each row',
    'sequelize',
    `delete from item where id = $1     -- values 31
     delete from item where id = $1     -- values 35
     delete from item where id = $1     -- values 32`,
    'Delete all rows at once: `destroy({ where: { key: keys } })`.',
  ],
  [
    'a walk down a tree',
    'kysely',
    `select id from folder where parent_id is null     -- rows id=1
     select * from folder where parent_id = $1         -- values 1 rows id=2,3
     select * from folder where parent_id = $1         -- values 2 rows id=4
     select * from folder where parent_id = $1         -- values 3 rows id=
     select * from folder where parent_id = $1         -- values 4 rows id=`,
    'Let the server walk: WITH RECURSIVE, by `.withRecursive()`, where `union` ends a cycle. It goes on to the end; where the app stops before, add a column that counts the depth, or the condition that stops it.',
  ],
  [
    'writes that belong together',
    'drizzle-orm',
    `insert into users (name) values ($1) returning id            -- values 'a' rows id=7
     insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'`,
    'Send them in one `db.transaction(async (tx) => …)`, each through `tx`, so that all of them stay or none. Where one may well stay without the others, say so with allow().',
  ],
  [
    'writes that belong together, through a library without transactions',
    '@pgtyped/runtime',
    `insert into users (name) values ($1) returning id            -- values 'a' rows id=7
     insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'`,
    'Send them on one client between begin and commit, so that all of them stay or none. Where one may well stay without the others, say so with allow().',
  ],
  [
    'a write that stayed',
    'massive,pg-promise',
    `insert into users (name) values ($1) returning id            -- values 'a' rows id=7
     insert into article (user_id, title) values ($1, $2)         -- values 7, 'x' error 23502`,
    'Send them in one `db.withTransaction(async (tx) => …)`, each through `tx`: an error that leaves it rolls back, and nothing stays. Where it may stay, say so with allow().',
  ],
  [
    'BEGIN through the pool',
    'knex',
    `begin                                       -- via pool
     insert into tag (name) values ($1)          -- via pool values 'a'
     commit                                      -- via pool`,
    'Take one client with pool.connect(), send everything on it from BEGIN to COMMIT or ROLLBACK, and release it in a finally block. Or use `knex.transaction(async (trx) => …)`.',
  ],
  [
    'a transaction left open',
    'sequelize',
    `begin
     insert into tag (name) values ($1)          -- values 'a'`,
    'COMMIT or ROLLBACK on every way out, then release the client in a finally block; or use `sequelize.transaction(async (transaction) => …)`.',
  ],
  [
    'a lock that holds nothing',
    'typeorm',
    `select * from account where id = $1 for update         -- values 7 rows id=7
     update account set seen = now() where id = $1          -- values 7`,
    'Send it and what it protects in one `dataSource.transaction(async (manager) => …)`, each through `manager`. Where one statement can do both (a condition in the UPDATE, balance = balance - $1), none is needed.',
  ],
  [
    'an error that was swallowed',
    '@prisma/adapter-pg',
    `begin
     insert into tag (name) values ($1)          -- values 'a'
     insert into tag (name) values ($1)          -- values 'a' error 23505
     commit`,
    'Let the error leave `prisma.$transaction(async (tx) => …)`, which rolls back then. Where it is expected: SAVEPOINT before the statement and ROLLBACK TO after its error, or a statement that does not fail (ON CONFLICT DO NOTHING).',
  ],
  [
    'an update that may be lost',
    'kysely',
    `select id, balance from account where id = $1          -- values 7 rows id=7 balance=50
     update account set balance = $1 where id = $2          -- values 20, 7`,
    "Compute in the UPDATE itself (`.set((eb) => ({ n: eb('n', '+', by) }))`); or read the row FOR UPDATE (`.forUpdate()`) in the same transaction; or compare what was read (and version = $2), and try again where no row was updated.",
  ],
  [
    'a look-up before an insert',
    'objection,knex',
    `select id from users where email = $1                  -- values 'a' rows id=
     insert into users (email) values ($1)                  -- values 'a'`,
    'Have a unique constraint over (email). Let the INSERT itself find out: ON CONFLICT DO NOTHING (`.onConflict().ignore()`) returns no row where there was one, ON CONFLICT DO UPDATE returns it.',
  ],
  [
    'a large result',
    '@databases/pg',
    'select * from message     -- rows 100000',
    'Read a page (LIMIT, and the last key of the page before), let the server count and sum, or take the rows as a stream (`db.queryStream()`).',
  ],
])('%s, through %s', (_, packages, timeline, advice) => {
  expect(adviceThrough(packages, timeline)).toBe(advice);
});

it('hands a statement that escaped what the transaction gives', () => {
  const { findings } = reportOf(`
    begin                                     -- at transfer.ts:7 transfer through sequelize
    insert into transfer (id) values ($1)     -- values 1 at transfer.ts:8 transfer through sequelize
    insert into entry (id) values ($1)        -- values 2 conn 2 via pool at transfer.ts:9 transfer through sequelize
    commit                                    -- at transfer.ts:10 transfer through sequelize`);
  expect(findings.map(({ detector, advice }) => `${detector}: ${advice}`)).toEqual([
    'escaped-statement: Send it with `{ transaction }` among its options: what `sequelize.transaction(async (transaction) => …)` gives has to be handed on to the function that sends it. Where it is meant to stay whatever happens, say so with allow().',
  ]);
});

describe('a loop that GraphQL turns', () => {
  const resolvers = (rest: string) => `
    select id from chat                          -- rows id=1,2 at resolvers.ts:3 chats < app.ts:9 resolver ${rest}
    select * from message where chat_id = $1     -- values 1 at resolvers.ts:6 messages < app.ts:9 resolver ${rest}
    select * from message where chat_id = $1     -- values 2 at resolvers.ts:6 messages < app.ts:9 resolver ${rest}`;
  const adviceOf = (timeline: string) => reportOf(timeline).findings.at(-1)?.advice;

  it('is batched between the calls', () => {
    expect(adviceOf(resolvers(''))).toBe(
      'GraphQL calls the resolver once for each row. Let it hand its key to a DataLoader, `loader.load(key)`, made anew for each request, whose function asks once for all keys, and answers in the order of the keys.',
    );
    expect(adviceOf(resolvers('through knex'))).toBe(
      "GraphQL calls the resolver once for each row. Let it hand its key to a DataLoader, `loader.load(key)`, made anew for each request, whose function asks once for all keys, `.whereIn('chat_id', keys)`, and answers in the order of the keys.",
    );
  });

  it('is not one that the app turns inside a resolver', () => {
    expect(
      adviceOf(`
        select ids from chat                         -- rows ids=[1,2],[3,4] at resolvers.ts:3 chats < app.ts:9 resolver
        select * from message where id = $1          -- values 1 at resolvers.ts:5 messages < app.ts:9 resolver
        select * from message where id = $1          -- values 2 at resolvers.ts:5 messages < app.ts:9
        select * from message where id = $1          -- values 3 at resolvers.ts:5 messages < app.ts:9 resolver
        select * from message where id = $1          -- values 4 at resolvers.ts:5 messages < app.ts:9`),
    ).toMatch(/^Ask once for all rows/);
  });

  it('may have asked for one and the same', () => {
    expect(
      adviceOf(`
        select sender_id from message         -- rows sender_id=7,7 at resolvers.ts:3 messages resolver
        select * from users where id = $1     -- values 7 at resolvers.ts:9 sender resolver
        select * from users where id = $1     -- values 7 at resolvers.ts:9 sender resolver`),
    ).toMatch(/DataLoader, `loader\.load\(key\)`/);
  });
});
