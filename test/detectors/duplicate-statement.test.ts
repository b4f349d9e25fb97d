// The duplicate detector: equal reads are found wherever they were sent from, unless something may have changed the answer.

import { duplicateStatement } from '../../src/detectors/duplicate-statement.js';
import { testDetector } from '../support/test-detector.js';

testDetector(duplicateStatement, {
  invalid: {
    'the same values from one call site': `
      select * from users where id = $1                 -- values 7      !duplicate
      select * from users where id = $1                 -- values 7      !duplicate
      select * from users where id = $1                 -- values 7      !duplicate`,
    'the same values from several call sites': `
      select * from users where id = $1                 -- values 7 at session.ts:4 session   !duplicate
      select * from chat                                -- at list.ts:3 list
      select * from users where id = $1                 -- values 7 at list.ts:4 list         !duplicate
      select * from users where id = $1                 -- values 7 at footer.ts:2 footer     !duplicate`,
    'no values at all': `
      select * from settings                            --      !duplicate
      select * from settings                            --      !duplicate`,
    'values written into the text': `
      select * from users where id = 7                  --      !duplicate
      select * from users where id = 7                  --      !duplicate`,
    'once a row, all rows having one sender': `
      select sender_id from message where chat_id = $1  -- values 1 rows sender_id=7,7,7   !source
      select * from users where id = $1                 -- values 7      !duplicate
      select * from users where id = $1                 -- values 7      !duplicate
      select * from users where id = $1                 -- values 7      !duplicate`,
    'once a row of several results': `
      select sender_id from message where chat_id = $1  -- values 1 rows sender_id=7,7     !source
      select * from users where id = $1                 -- values 7      !duplicate
      select * from users where id = $1                 -- values 7      !duplicate
      select sender_id from message where chat_id = $1  -- values 2 rows sender_id=7,7     !source
      select * from users where id = $1                 -- values 7      !duplicate
      select * from users where id = $1                 -- values 7      !duplicate`,
    'as many rows as executions, but of another function': `
      select id from chat                               -- rows id=1..3 at list.ts:3 list
      select * from users where id = $1                 -- values 7 at session.ts:4 session     !duplicate
      select * from users where id = $1                 -- values 7 at session.ts:4 session     !duplicate
      select * from users where id = $1                 -- values 7 at session.ts:4 session     !duplicate`,
    'a write to another table between': `
      select * from users where id = $1                 -- values 7      !duplicate
      update session set seen_at = now() where id = $1  -- values 'x'
      select * from users where id = $1                 -- values 7      !duplicate`,
    'one run of equal reads before a write, one after it': `
      select * from users where id = $1                 -- values 7      !duplicate
      select * from users where id = $1                 -- values 7      !duplicate
      update users set name = $1 where id = $2          -- values 'x', 7
      select * from users where id = $1                 -- values 7`,
    'two pairs: two findings': `
      select * from users where id = $1                 -- values 7 at a.ts:1 a      !duplicate
      select * from users where id = $1                 -- values 7 at a.ts:2 a      !duplicate
      select * from users where id = $1                 -- values 8 at a.ts:3 a      !duplicate2
      select * from users where id = $1                 -- values 8 at a.ts:4 a      !duplicate2`,
    'in parallel': `
      select * from users where id = $1                 -- values 7 conn 1 pending     !duplicate
      select * from users where id = $1                 -- values 7 conn 2 pending     !duplicate`,
    'a pause before one repetition only': `
      select * from users where id = $1                 -- values 7               !duplicate
      select * from users where id = $1                 -- values 7 pause 500     !duplicate
      select * from users where id = $1                 -- values 7               !duplicate`,
    'both failed and answered ones': `
      select * from users where id = $1                 -- values 7 error 57P01
      select * from users where id = $1                 -- values 7      !duplicate
      select * from users where id = $1                 -- values 7      !duplicate`,
  },

  valid: {
    once: `
      select * from users where id = $1                 -- values 7`,
    'other values': `
      select * from users where id = $1                 -- values 7
      select * from users where id = $1                 -- values 8`,
    'other values of an OFFSET': `
      select * from users limit 10 offset $1            -- values 0
      select * from users limit 10 offset $1            -- values 10`,
    'a loop in which some values repeat': `
      select id, sender_id from message                 -- rows id=1..4 sender_id=7,9,7,9
      select * from users where id = $1                 -- values 7
      select * from users where id = $1                 -- values 9
      select * from users where id = $1                 -- values 7
      select * from users where id = $1                 -- values 9`,
    'one helper with two values, one of them twice': `
      select * from users where id = $1                 -- values 7
      select * from users where id = $1                 -- values 8
      select * from users where id = $1                 -- values 7`,
    'a write to the table between': `
      select * from users where id = $1                 -- values 7      ~reread-after-write
      update users set name = $1 where id = $2          -- values 'x', 7
      select * from users where id = $1                 -- values 7      ~reread-after-write`,
    'a write to it under its schema, on another connection': `
      select * from users where id = $1                 -- values 7      ~reread-after-write
      delete from public.users where id = $1            -- values 9 conn 2
      select * from users where id = $1                 -- values 7      ~reread-after-write`,
    'a function between that may have written anything': `
      select * from account where id = $1               -- values 7      ~reread-after-write
      select make_transfer($1, $2)                      -- values 7, 8
      select * from account where id = $1               -- values 7      ~reread-after-write`,
    'a rollback between': `
      begin
      select * from account where id = $1               -- values 7      ~reread-after-write
      rollback
      select * from account where id = $1               -- values 7      ~reread-after-write`,
    'sent again after an error': `
      select * from users where id = $1                 -- values 7 error 57P01     ~retry
      select * from users where id = $1                 -- values 7                 ~retry`,
    'a poll': `
      select state from job where id = $1               -- values 7                 ~poll
      select state from job where id = $1               -- values 7 pause 500       ~poll
      select state from job where id = $1               -- values 7 pause 500       ~poll`,
    'functions that answer anew each time': `
      select now()
      select now()
      select nextval('ticket')
      select nextval('ticket')`,
    'a locking read in two transactions': `
      begin
      select * from account where id = $1 for update    -- values 7
      commit
      begin
      select * from account where id = $1 for update    -- values 7
      commit`,
    'transaction control, settings and catalogues': `
      begin
      set local role app
      select oid from pg_class where relname = $1       -- values 'chat'
      commit
      begin
      set local role app
      select oid from pg_class where relname = $1       -- values 'chat'
      commit`,
    'equal writes': `
      insert into log (text) values ($1)                -- values 'x'
      insert into log (text) values ($1)                -- values 'x'`,
  },
});
