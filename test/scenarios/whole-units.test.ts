// Every way in which code keeps together what belongs together, or has no need to, as a timeline: what all detectors together say of it. That real
// code looks like this to the profiler is shown in whole-units-http.test.ts.

import { describe, test } from 'vitest';
import { checkReport } from '../support/test-report.js';
import type { ScopeFacts } from '../support/timeline.js';
import { testsAllOf } from './catalogue.js';

const FAILED: ScopeFacts = { outcome: { status: 500, error: 'Error', aborted: false } };
const REFUSED: ScopeFacts = { outcome: { status: 422, error: null, aborted: false } };

const USER = 'insert into users (username) values ($1) returning id';
const ARTICLE = 'insert into article (author_id, title) values ($1, $2)';
const BOOK = 'insert into transfer (account_id, amount) values ($1, $2)';
const TAKE = 'update account set balance = balance - $1 where id = $2';

const SCENARIOS: Record<string, string | { timeline: string; facts: ScopeFacts }> = {
  'one write': `
    ${BOOK}            -- values 1, 50`,
  'a multi-row INSERT': `
    ${BOOK}, ($3, $4)  -- values 1, -50, 2, 50`,
  'a CTE with several writes': `
    with author as (${USER}) insert into article (author_id, title) select id, $2 from author    -- values 'bob', 'one'`,
  'a multi-statement simple query': `
    update account set balance = balance - 30 where id = 1; update account set balance = balance + 30 where id = 2`,
  'a function call': `
    select pay($1, $2, $3)     -- values 1, 2, 30`,
  'everything inside one transaction': `
    begin
    ${USER}                                                     -- values 'bob' rows id=1
    ${ARTICLE}                                                  -- values 1, 'one'
    ${BOOK}                                                     -- values 1, -50 at transfer.ts:8 makeTransfer
    ${BOOK}                                                     -- values 2, 50 at transfer.ts:9 makeTransfer
    delete from member where team_id = $1                       -- values 7
    insert into member (team_id, user_id) values ($1, $2)       -- values 7, 1
    commit`,
  'the story: a transfer in a transaction': {
    timeline: `
      begin
      ${BOOK}          -- values 1, -50 at transfer.ts:8 makeTransfer
      ${BOOK}          -- values 999, 50 error 23503 at transfer.ts:9 makeTransfer
      rollback`,
    facts: FAILED,
  },
  'the story: a user and two articles in a transaction that rolls back': {
    timeline: `
      begin
      ${USER}          -- values 'bob' rows id=1
      ${ARTICLE}       -- values 1, 'one'
      ${ARTICLE}       -- values 1, 'two'
      rollback`,
    facts: FAILED,
  },
  'a transaction by a callback API': `
                       -- conn 1 take
    begin              -- at db.ts:4 transaction < app.ts:3 post
    ${USER}            -- values 'bob' rows id=1 at app.ts:4
    ${ARTICLE}         -- values 1, 'one' at app.ts:5
    ${ARTICLE}         -- values 1, 'two' at app.ts:5
    commit             -- at db.ts:7 transaction < app.ts:3 post
                       -- conn 1 release`,
  'a callback API that rolls back': `
                       -- conn 1 take
    begin              -- at db.ts:4 transaction < app.ts:3 post
    ${BOOK}            -- values 1, -50 at transfer.ts:8 makeTransfer
    ${BOOK}            -- values 999, 50 error 23503 at transfer.ts:9 makeTransfer
    rollback           -- at db.ts:9 transaction < app.ts:3 post
                       -- conn 1 release`,
  'savepoints and ROLLBACK TO': `
    begin
    ${BOOK}            -- values 1, -50 at app.ts:2
    savepoint attempt
    ${BOOK}            -- values 2, 49 at app.ts:4
    rollback to savepoint attempt
    ${BOOK}            -- values 2, 50 at app.ts:6
    commit`,
  'an error in a savepoint that is rolled back to': `
    begin
    ${BOOK}            -- values 1, -50 at app.ts:2
    savepoint trx_1
    ${BOOK}            -- values 999, 50 error 23503 at app.ts:4
    rollback to savepoint trx_1
    ${BOOK}            -- values 2, 50 at app.ts:6
    commit`,
  'a transaction inside a transaction, by a savepoint': `
    begin
    savepoint trx_1
    ${USER}            -- values 'bob' rows id=1
    ${ARTICLE}         -- values 1, 'one' at app.ts:4
    release savepoint trx_1
    savepoint trx_2
    ${ARTICLE}         -- values 1, 'two' at app.ts:7
    release savepoint trx_2
    commit`,
  'a retried serialisation failure that then commits': `
    begin                    -- at app.ts:3
    ${BOOK}                  -- values 1, -50 at transfer.ts:8 makeTransfer      ~retry
    ${BOOK}                  -- values 2, 50 at transfer.ts:9 makeTransfer      ~retry
    commit                   -- error 40001 at app.ts:6
    begin                    -- at app.ts:3
    ${BOOK}                  -- values 1, -50 at transfer.ts:8 makeTransfer      ~retry
    ${BOOK}                  -- values 2, 50 at transfer.ts:9 makeTransfer      ~retry
    commit                   -- at app.ts:6`,
  'writes that share no value': `
    ${BOOK}                                                     -- values 1, 50      !missing-transaction??
    insert into preference (user_id, theme) values ($1, $2)     -- values 7, 'dark'      !missing-transaction??`,
  'a session touch and an audit row': `
    update session set seen_at = now() where token = $1         -- values 't-1'      !missing-transaction??
    ${BOOK}                                                     -- values 1, 50      !missing-transaction??
    insert into audit (text) values ($1)                        -- values 'paid'      !missing-transaction??`,
  'a background write after the response': `
    ${USER}                                                     -- values 'bob' rows id=1      !missing-transaction??
    ${ARTICLE}                                                  -- values 1, 'one' late      !missing-transaction??`,
  'a relative update': `
    select balance from account where id = $1                   -- values 1 rows balance=100
    ${TAKE}                                                     -- values 30, 1`,
  'a PATCH that loads a row and saves values from outside': `
    select * from users where id = $1                           -- values 1 rows id=1 username='ann'      !source
    update users set username = $1 where id = $2                -- values 'Anna', 1      !lost-update??`,
  'INSERT ON CONFLICT': `
    select theme from preference where user_id = $1                                              -- values 1 rows theme=
    insert into preference (user_id, theme) values ($1, $2) on conflict (user_id) do nothing     -- values 1, 'dark'`,
  'SELECT FOR UPDATE in a transaction, then UPDATE': `
    begin
    select balance from account where id = $1 for update        -- values 1 rows balance=100
    update account set balance = $1 where id = $2               -- values 70, 1
    commit`,
  'an optimistic lock by a version': `
    select balance, version from account where id = $1                                           -- values 1 rows balance=100 version=3
    update account set balance = $1, version = version + 1 where id = $2 and version = $3        -- values 70, 1, 3`,
  'a compare-and-set': `
    select balance from account where id = $1                                                    -- values 1 rows balance=100
    update account set balance = $1 where id = $2 and balance = $3                               -- values 70, 1, 100`,
  'a job claimed with FOR UPDATE SKIP LOCKED in one statement': `
    update job set state = 'running' where id in (select id from job where state = 'queued' limit 1 for update skip locked) returning id    -- rows id=1`,
  'a lock for the statements of one text': `
    select id from account where id = 1 for update; update account set balance = balance - 30 where id = 1`,
  'an advisory lock of the session': `
    select pg_advisory_lock($1)      -- values 7
    ${TAKE}                          -- values 30, 1
    select pg_advisory_unlock($1)    -- values 7`,
  'reads by a client, outside a transaction': `
                                                -- conn 1 take
    select balance from account where id = $1   -- values 1
    select id, username from users              -- rows id=1
                                                -- conn 1 release`,
  'transactions side by side on two clients': `
    begin                                  -- conn 1 pending at db.ts:4 transaction < app.ts:3 post
    begin                                  -- conn 2 pending at db.ts:4 transaction < app.ts:4 post
    ${BOOK}                                -- conn 1 values 1, 50 pending at app.ts:3      !missing-transaction??
    insert into signup (email) values ($1) -- conn 2 values 'a@b.c' pending at app.ts:4      !missing-transaction??
    commit                                 -- conn 1 pending at db.ts:7 transaction < app.ts:3 post
    commit                                 -- conn 2 pending at db.ts:7 transaction < app.ts:4 post`,
  'a failed transaction, then a client destroyed': `
                       -- conn 1 take
    begin
    ${BOOK}            -- values 1, -50 at transfer.ts:8 makeTransfer
    ${BOOK}            -- values 999, 50 error 23503 at transfer.ts:9 makeTransfer
                       -- conn 1 destroy`,
  'a failed write that is sent again': `
    insert into audit (text) values ($1)   -- values 'paid' error 40001      ~retry
    insert into audit (text) values ($1)   -- values 'paid'      ~retry`,
  'a write that fails alone': {
    timeline: `
      ${BOOK}          -- values 999, 50 error 23503`,
    facts: FAILED,
  },
  'a request that is refused before it writes': {
    timeline: `
      select balance from account where id = $1                 -- values 1 rows balance=100`,
    facts: REFUSED,
  },
};

describe('silent', () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const { timeline, facts } = typeof scenario === 'string' ? { timeline: scenario, facts: {} } : scenario;
    test(name, () => checkReport(timeline, facts));
  }
});

testsAllOf('Must stay silent: atomicity', SCENARIOS, {
  'a test wrapped in an outer transaction': 'opened before the scope',
  'writes that share no value, allowed with a reason': 'allowances are the app’s code',
  'a session touch and an audit row, each allowed with its reason': 'the same',
});
