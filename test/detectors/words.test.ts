// What a developer reads: the message, why, the advice and the SQL of each kind of finding, word for word.

import { expect, it } from 'vitest';
import { reportOf } from '../support/timeline.js';

/** The last finding of a timeline as a reader gets it; a large result that feeds a loop is told by itself. */
function wordsOf(timeline: string): string {
  const finding = reportOf(timeline)
    .findings.filter(({ detector }) => detector !== 'large-result')
    .at(-1)!;
  return [finding.message, finding.why, finding.advice, finding.replacement ?? '(no replacement)'].join('\n');
}

it.each([
  [
    'a loop with its source',
    `select id from chat                          -- rows id=1,2
     select * from message where chat_id = $1     -- values 1
     select * from message where chat_id = $1     -- values 2`,
    `3 statements where 2 do
     2 of 2 chat_id are chat.id: the names agree, row by row, sent from one function.
     Ask once for all rows: bind the values as one array and give each row its own from the result.
     select * from message where chat_id = any($1)`,
  ],
  [
    'a loop without a source',
    `select * from users where id = $1     -- values 7
     select * from users where id = $1     -- values 8
     select * from users where id = $1     -- values 12`,
    `3 statements where 1 does
     3 executions with 3 different values from one call site; where the values come from is not known.
     Ask once for all rows: bind the values as one array and give each row its own from the result.
     select * from users where id = any($1)`,
  ],
  [
    'a composite key',
    `select tenant_id, number from invoice                        -- rows tenant_id=1,1,2 number=10,11,10
     select * from line where tenant_id = $1 and number = $2      -- values 1, 10
     select * from line where tenant_id = $1 and number = $2      -- values 1, 11
     select * from line where tenant_id = $1 and number = $2      -- values 2, 10`,
    `4 statements where 2 do
     3 of 3 (tenant_id, line.number) are (invoice.tenant_id, invoice.number): the names agree, row by row, sent from one function.
     Ask once for all rows: bind the values as one array and give each row its own from the result.
     select * from line where tenant_id = any($1) and number = any($2) and (tenant_id, number) in (select * from unnest($1, $2))`,
  ],
  [
    'a count, whose zeros a batch leaves out',
    `select id from chat                                     -- rows id=1,2
     select count(*) from participant where chat_id = $1     -- values 1
     select count(*) from participant where chat_id = $1     -- values 2`,
    `3 statements where 2 do
     2 of 2 chat_id are chat.id: the names agree, row by row, sent from one function.
     Ask once for all rows: bind the values as one array and give each row its own from the result. A key without rows is missing there: its count is 0.
     select count(*), chat_id from participant where chat_id = any($1) group by chat_id`,
  ],
  [
    'a sum, which is NULL of no rows',
    `select id from account                                           -- rows id=1,2
     select sum(amount) as total from transfer where account_id = $1  -- values 1
     select sum(amount) as total from transfer where account_id = $1  -- values 2`,
    `3 statements where 2 do
     2 of 2 account_id are account.id: the names agree, row by row, sent from one function.
     Ask once for all rows: bind the values as one array and give each row its own from the result. A key without rows is missing there: its count is 0, any other aggregate of it NULL.
     select sum(amount) as total, account_id from transfer where account_id = any($1) group by account_id`,
  ],
  [
    'groups, which are missing for a key without rows in the loop too',
    `select id from chat                                                                     -- rows id=1,2
     select sender_id, count(*) from message where chat_id = $1 group by sender_id           -- values 1
     select sender_id, count(*) from message where chat_id = $1 group by sender_id           -- values 2`,
    `3 statements where 2 do
     2 of 2 chat_id are chat.id: the names agree, row by row, sent from one function.
     Ask once for all rows: bind the values as one array and give each row its own from the result.
     select sender_id, count(*), chat_id from message where chat_id = any($1) group by sender_id, chat_id`,
  ],
  [
    'the newest of each',
    `select id from chat                                                              -- rows id=1,2
     select * from message where chat_id = $1 order by id desc limit 1                -- values 1
     select * from message where chat_id = $1 order by id desc limit 1                -- values 2`,
    `3 statements where 2 do
     2 of 2 chat_id are chat.id: the names agree, row by row, sent from one function.
     Ask once for all rows: bind the values as one array and give each row its own from the result. Each key gets its own run of the statement within the one: what it limits or numbers, it does for each.
     select each.* from (select distinct chat_id as key from message where chat_id = any($1)) as keys cross join lateral (select * from message where chat_id = keys.key order by id desc limit $2) as each`,
  ],
  [
    'the newest of each, where no text says whose the key is',
    `select id from chat                                                                                        -- rows id=1,2
     select text from message join users on users.id = sender_id where chat_id = $1 limit 1                -- values 1
     select text from message join users on users.id = sender_id where chat_id = $1 limit 1                -- values 2`,
    `3 statements where 2 do
     2 of 2 chat_id are chat.id: the names agree, row by row, sent from one function.
     Ask once for all rows: bind the values as one array and give each row its own from the result. A LIMIT counts for the whole statement: for one each, join the keys with LATERAL (… limit …).
     (no replacement)`,
  ],
  [
    'a question, answered by keys',
    `select id from chat                                                    -- rows id=1,2
     select exists(select 1 from message where chat_id = $1) as unread      -- values 1
     select exists(select 1 from message where chat_id = $1) as unread      -- values 2`,
    `3 statements where 2 do
     2 of 2 chat_id are chat.id: the names agree, row by row, sent from one function.
     Ask once for all rows: bind the values as one array and give each row its own from the result. The keys that come back are those that have a row.
     select distinct chat_id from message where chat_id = any($1)`,
  ],
  [
    'writes',
    `insert into tag (name) values ($1)     -- values 'a'
     insert into tag (name) values ($1)     -- values 'b'
     insert into tag (name) values ($1)     -- values 'c'`,
    `3 statements where 1 does
     3 executions with 3 different values from one call site; where the values come from is not known.
     Insert all rows at once: VALUES with many rows, or SELECT from unnest(). Two rows are shown: go on with one for each, up to 65,535 parameters in one statement.
     insert into tag (name) values ($1), ($2)`,
  ],
  [
    'writes with arrays',
    `insert into tag (name, at) values ($1::text, now())     -- values 'a'
     insert into tag (name, at) values ($1::text, now())     -- values 'b'
     insert into tag (name, at) values ($1::text, now())     -- values 'c'`,
    `3 statements where 1 does
     3 executions with 3 different values from one call site; where the values come from is not known.
     Insert all rows at once: VALUES with many rows, or SELECT from unnest().
     insert into tag (name, at) select name, now() from unnest($1::text[]) as rows(name)`,
  ],
  [
    'writes with values of their own',
    `update item set position = $1 where id = $2     -- values 1, 31
     update item set position = $1 where id = $2     -- values 2, 35
     update item set position = $1 where id = $2     -- values 3, 32`,
    `3 statements where 1 does
     3 executions with 3 different values from one call site; where the values come from is not known.
     Update all rows at once: UPDATE … FROM unnest(), or = any() where all get the same values. Bind one array for each column. The coalesce() only tells PostgreSQL what type it has: write $1::int[] or the like where you know it.
     update item set position = v.position from unnest(coalesce($1, array(select position from item where false)), coalesce($2, array(select id from item where false))) as v(position, id) where item.id = v.id`,
  ],
  [
    'writes of one key again and again',
    `insert into tag (name, uses) values ($1, $2) on conflict (name) do update set uses = excluded.uses     -- values 'a', 1
     insert into tag (name, uses) values ($1, $2) on conflict (name) do update set uses = excluded.uses     -- values 'b', 2
     insert into tag (name, uses) values ($1, $2) on conflict (name) do update set uses = excluded.uses     -- values 'a', 3`,
    `3 statements where 1 does
     3 executions with 3 different values from one call site; where the values come from is not known.
     Insert all rows at once: VALUES with many rows, or SELECT from unnest(). ON CONFLICT DO UPDATE takes each key once in one statement: where a list may hold one twice, keep its last.
     (no replacement)`,
  ],
  [
    'equal writes',
    `insert into hit default values
     insert into hit default values
     insert into hit default values`,
    `3 statements where 1 does
     3 executions with equal values from one call site.
     Insert all rows at once: VALUES with many rows, or SELECT from unnest().
     (no replacement)`,
  ],
  [
    'duplicates',
    `select * from users where id = $1     -- values 7 at session.ts:4 session
     select * from users where id = $1     -- values 7 at list.ts:9 list`,
    `2 statements where 1 does: the same values each time
     2 executions with equal values from 2 call sites; nothing in between could have changed the answer.
     Keep the first answer for the rest of the scope and hand it on.
     (no replacement)`,
  ],
  [
    'duplicates, of which some call sites are unknown',
    `select * from users where id = $1     -- values 7 at ?
     select * from users where id = $1     -- values 7 at list.ts:9 list
     select * from users where id = $1     -- values 7 at show.ts:2 show`,
    `3 statements where 1 does: the same values each time
     3 executions with equal values, 2 of them from 2 call sites and 1 from an unknown one; nothing in between could have changed the answer.
     Keep the first answer for the rest of the scope and hand it on.
     (no replacement)`,
  ],
  [
    'duplicates from nowhere',
    `select * from users where id = $1     -- values 7 at ?
     select * from users where id = $1     -- values 7 at ?`,
    `2 statements where 1 does: the same values each time
     2 executions with equal values from unknown call sites; nothing in between could have changed the answer.
     Keep the first answer for the rest of the scope and hand it on.
     (no replacement)`,
  ],
  [
    'a walk down a tree, from the roots of another statement',
    `select id from folder where parent_id is null     -- rows id=1
     select * from folder where parent_id = $1         -- values 1 rows id=2,3
     select * from folder where parent_id = $1         -- values 2 rows id=4
     select * from folder where parent_id = $1         -- values 3 rows id=
     select * from folder where parent_id = $1         -- values 4 rows id=`,
    `5 statements where 2 do
     3 of 4 parent_id are folder.id of its own earlier rows, the other one is from another statement: the names agree, in the order of the rows, every row that came back was followed; the number of statements grows with the rows that are reached.
     Let the server walk: WITH RECURSIVE, where \`union\` ends a cycle. It goes on to the end; where the app stops before, add a column that counts the depth, or the condition that stops it.
     with recursive walk as (select parent_id as key from folder where parent_id = $1 union select id from folder, walk where parent_id = walk.key) select * from folder where parent_id in (select key from walk)`,
  ],
  [
    'a walk level by level, from outside, of a statement that cannot be rewritten',
    `select id from folder where parent_id = any($1) limit 9    -- values [1] rows id=2,3
     select id from folder where parent_id = any($1) limit 9    -- values [2,3] rows id=4
     select id from folder where parent_id = any($1) limit 9    -- values [4] rows id=`,
    `3 statements where 1 does
     2 of 3 parent_id are folder.id of its own earlier rows, the other one is from elsewhere: the names agree, in the order of the rows, every row that came back was followed; one statement for each level: the number grows with the depth only.
     Let the server walk: WITH RECURSIVE, where \`union\` ends a cycle. It goes on to the end; where the app stops before, add a column that counts the depth, or the condition that stops it.
     (no replacement)`,
  ],
  [
    'keys of a table that is then asked by them',
    `select id from message                 -- rows id=31,32
     select * from message where id = $1   -- values 31
     select * from message where id = $1   -- values 32`,
    `3 statements where 2 do
     2 of 2 message.id are those of the rows read before: the names agree, row by row, sent from one function.
     Ask once for all rows: bind the values as one array and give each row its own from the result.
     select * from message where id = any($1)`,
  ],
  [
    'thousands',
    `select id from chat                          -- rows id=1..1200
     ${Array.from({ length: 1200 }, (_, i) => `select * from message where chat_id = $1 -- values ${i + 1}`).join('\n')}`,
    `1,201 statements where 2 do
     1,200 of 1,200 chat_id are chat.id: the names agree, row by row, sent from one function.
     Ask once for all rows: bind the values as one array and give each row its own from the result.
     select * from message where chat_id = any($1)`,
  ],
  [
    'thousands of duplicates, once a row',
    `select sender_id from message         -- rows sender_id=${Array(1200).fill(7)}
     ${'select * from users where id = $1     -- values 7\n'.repeat(1200)}`,
    `1,200 statements where 1 does: the same values each time
     1,200 executions with equal values from one call site, once for each of 1,200 rows of message; nothing in between could have changed the answer.
     Ask once before the loop. With more than one value among the rows this becomes one statement per row: ask for all values at once.
     (no replacement)`,
  ],
  [
    'duplicates, once a row',
    `select sender_id from message         -- rows sender_id=7,7,7
     select * from users where id = $1     -- values 7
     select * from users where id = $1     -- values 7
     select * from users where id = $1     -- values 7`,
    `3 statements where 1 does: the same values each time
     3 executions with equal values from one call site, once for each of 3 rows of message; nothing in between could have changed the answer.
     Ask once before the loop. With more than one value among the rows this becomes one statement per row: ask for all values at once.
     (no replacement)`,
  ],
])('%s', (_, timeline, words) => {
  expect(wordsOf(timeline)).toBe(words.replace(/^ +/gm, ''));
});

it.each([
  [
    'from unknown call sites',
    `select * from users where id = $1     -- values 7 at ?
     select * from users where id = $1     -- values 8 at ?
     select * from users where id = $1     -- values 12 at ?`,
    'separate-call-sites: 3 executions without a common source, and no call site was captured that could tie them together',
  ],
  [
    'from two call sites and an unknown one',
    `select * from users where id = $1     -- values 7 at ?
     select * from users where id = $1     -- values 8 at a.ts:1 a
     select * from users where id = $1     -- values 12 at b.ts:1 b`,
    'separate-call-sites: 3 executions, 2 of them from 2 call sites and 1 from an unknown one, without a common source',
  ],
  [
    'many chunks',
    Array.from({ length: 1001 }, (_, i) => `select * from users where id = any($1) -- values [${i},${i + 1}]`).join(
      '\n',
    ),
    'chunked: each of the 1,001 executions handles a whole list of values',
  ],
])('a dismissal of executions %s', (_, timeline, words) => {
  expect(reportOf(timeline).dismissals.map(({ kind, why }) => `${kind}: ${why}`)).toEqual([words]);
});

it('names the first repetition whose call site is known', () => {
  const siteOf = (...places: string[]) =>
    reportOf(places.map((at) => `select * from settings -- at ${at}`).join('\n')).findings[0]?.callSite?.file;
  expect(siteOf('a.ts:1 a', 'b.ts:1 b', 'c.ts:1 c')).toBe('b.ts');
  expect(siteOf('a.ts:1 a', '?', 'c.ts:1 c')).toBe('c.ts');
  expect(siteOf('a.ts:1 a', 'a.ts:1 a')).toBe('a.ts');
});
