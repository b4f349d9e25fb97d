// Every way in which statements repeat for good reasons, as a timeline: what all detectors together say of it. That real code looks like
// this to the profiler is shown in not-loops-http.test.ts.

import { describe, test } from 'vitest';
import { checkReport } from '../support/test-report.js';
import { testsAllOf } from './catalogue.js';

const USER = 'select * from users where id = $1';

const SCENARIOS: Record<string, string> = {
  preloaded: `
    select id from chat                                -- rows id=1..20
    select * from message where chat_id = any($1)      -- values [1..20] rows id=1..40 sender_id=1..40
    select * from users where id = any($1)             -- values [1..40]`,
  joined: `
    select c.id, m.text, u.username from chat c join message m on m.chat_id = c.id join users u on u.id = m.sender_id    -- rows id=1,1,2`,
  '= ANY($1)': `
    select owner_id from chat                          -- rows owner_id=7,3,9
    select * from users where id = any($1::int[])      -- values [7,3,9]`,
  IN: `
    select owner_id from chat                          -- rows owner_id=7,3,9
    select * from users where id in ($1, $2, $3)       -- values 7, 3, 9
    select * from profile where user_id in (7, 3, 9)`,
  '1 + 1': `
    select id from chat where name = $1                -- values 'team' rows id=1
    select * from message where chat_id = $1           -- values 1`,
  'an empty result': `
    select id from chat where name = $1                -- values 'none' rows id=`,
  'a null foreign key': `
    select id, sender_id from message                  -- rows id=1..3 sender_id=7,null,null
    ${USER}                                            -- values 7
    ${USER}                                            -- values null`,
  'a row just created and read back': `
    insert into tag (name) values ($1) returning id    -- values 'a' rows id=301
    select * from tag where id = $1                    -- values 301`,
  'the same shape from different lines': `
    ${USER}      -- values 8 at a.ts:1 a      ~separate-call-sites
    ${USER}      -- values 3 at a.ts:2 a      ~separate-call-sites
    ${USER}      -- values 5 at b.ts:1 b      ~separate-call-sites`,
  'one helper called by different callers, without a common source': `
    ${USER}                -- values 8 at user.ts:3 user < a.ts:1 session      ~separate-call-sites
    select id from chat    -- rows id=1..3 at a.ts:2 list
    ${USER}                -- values 3 at user.ts:3 user < a.ts:5 owner      ~separate-call-sites
    ${USER}                -- values 5 at user.ts:3 user < b.ts:1 support      ~separate-call-sites`,
  'the same values again': `
    ${USER}                -- values 7 at a.ts:1 session      !duplicate-statement
    select id from chat    -- rows id=1..3 at a.ts:2 list
    ${USER}                -- values 7 at b.ts:1 footer      !duplicate-statement`,
  'the same values after a write to that table': `
    ${USER}                                                -- values 7      !source ~reread-after-write
    update users set username = $1 where id = $2           -- values 'x', 7      !lost-update??
    ${USER}                                                -- values 7      ~reread-after-write`,
  'two preloads of one table': `
    select sender_id from message                      -- rows sender_id=7,8,9 at a.ts:1 a
    select * from users where id = any($1)             -- values [7,8,9] at a.ts:2 a
    select owner_id from chat                          -- rows owner_id=11,12 at a.ts:3 a
    select * from users where id = any($1)             -- values [11,12] at a.ts:4 a`,
  "a batch loader's chunks of ANY($1)": `
    select id from chat                                -- rows id=1..8
    select * from message where chat_id = any($1)      -- values [1..3]      ~chunked
    select * from message where chat_id = any($1)      -- values [4..6]      ~chunked
    select * from message where chat_id = any($1)      -- values [7..8]      ~chunked`,
  'keyset pages': `
    select id from chat where id > $1 order by id limit 3      -- values 0 rows id=1,2,3      ~pagination
    select id from chat where id > $1 order by id limit 3      -- values 3 rows id=4,5,9      ~pagination
    select id from chat where id > $1 order by id limit 3      -- values 9 rows id=12      ~pagination`,
  'offset pages': `
    select id from chat order by id limit $1 offset $2      -- values 3, 0 rows id=1,2,3      ~pagination
    select id from chat order by id limit $1 offset $2      -- values 3, 3 rows id=4,5,6      ~pagination
    select id from chat order by id limit $1 offset $2      -- values 3, 6 rows id=7      ~pagination`,
  'a retry after an error': `
    ${USER}      -- values 7 error 57P01      ~retry
    ${USER}      -- values 7      ~retry`,
  'a poll': `
    select state from job where id = $1      -- values 2      ~poll
    select state from job where id = $1      -- values 2 pause 500      ~poll
    select state from job where id = $1      -- values 2 pause 500      ~poll`,
  'BEGIN, COMMIT, SAVEPOINT, SET': `
    begin
    set local statement_timeout = 1000
    savepoint sp_1
    release savepoint sp_1
    commit
    begin
    set local statement_timeout = 2000
    savepoint sp_2
    release savepoint sp_2
    commit
    begin
    set local statement_timeout = 3000
    savepoint sp_3
    release savepoint sp_3
    commit`,
  'catalogue queries of an ORM': `
    select oid from pg_class where relname = $1                                  -- values 'chat'
    select column_name from information_schema.columns where table_name = $1     -- values 'chat'
    select oid from pg_class where relname = $1                                  -- values 'message'
    select column_name from information_schema.columns where table_name = $1     -- values 'message'
    select oid from pg_class where relname = $1                                  -- values 'users'
    select column_name from information_schema.columns where table_name = $1     -- values 'users'`,
  'connection set-up': `
    set application_name = 'app-1'                 -- conn 1
    select set_config('app.user', $1, false)       -- values '1' conn 1
    show server_version                            -- conn 1
    set application_name = 'app-2'                 -- conn 2
    select set_config('app.user', $1, false)       -- values '2' conn 2
    show server_version                            -- conn 2
    set application_name = 'app-3'                 -- conn 3
    select set_config('app.user', $1, false)       -- values '3' conn 3
    show server_version                            -- conn 3`,
  'a multi-row INSERT': `
    select id from chat                                                               -- rows id=1,2,3
    insert into event (chat_id, text) values ($1, $2), ($3, $4), ($5, $6)             -- values 1, 'x', 2, 'x', 3, 'x'`,
  'several tables written from one line': `
    insert into users (name) values ($1)               -- values 'a' at seed.ts:3 seed      !missing-transaction??
    insert into chat (name) values ($1)                -- values 'b' at seed.ts:3 seed      !missing-transaction??
    insert into tag (name) values ($1)                 -- values 'c' at seed.ts:3 seed      !missing-transaction??`,
  'accidental matches of small integers': `
    select id from users                               -- rows id=1..3 at a.ts:1 a
    select name from settings where id = $1            -- values 1 at theme.ts:1 theme      ~separate-call-sites
    select name from settings where id = $1            -- values 2 at language.ts:1 language      ~separate-call-sites
    select name from settings where id = $1            -- values 3 at zone.ts:1 zone      ~separate-call-sites`,
};

describe('not found', () => {
  test.each(Object.entries(SCENARIOS))('%s', (_, timeline) => checkReport(timeline));
});

testsAllOf('Must not be found', SCENARIOS);
