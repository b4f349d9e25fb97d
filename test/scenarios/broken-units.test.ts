// Every way in which code leaves a unit open to being torn, as a timeline: what all detectors together say of which statements, and how surely. That
// real code looks like this to the profiler is shown in broken-units-http.test.ts.

import { describe, test } from 'vitest';
import { checkReport } from '../support/test-report.js';
import type { ScopeFacts } from '../support/timeline.js';
import { testsAllOf } from './catalogue.js';

const FAILED: ScopeFacts = { outcome: { status: 500, error: 'Error', aborted: false } };
const UNAVAILABLE: ScopeFacts = { outcome: { status: 503, error: null, aborted: false } };

const USER = 'insert into users (username) values ($1) returning id';
const ARTICLE = 'insert into article (author_id, title) values ($1, $2)';
const BOOK = 'insert into transfer (account_id, amount) values ($1, $2)';

const SCENARIOS: Record<string, string | { timeline: string; facts: ScopeFacts }> = {
  'two writes to two tables in autocommit, the second binding the id that the first returned': `
    ${USER}       -- values 'bob' rows id=1      !missing-transaction
    ${ARTICLE}    -- values 1, 'one'      !missing-transaction`,
  "the story: a user, then two articles that bind the new user's id": `
    ${USER}       -- values 'bob' rows id=1      !missing-transaction
    ${ARTICLE}    -- values 1, 'one'      !missing-transaction
    ${ARTICLE}    -- values 1, 'two'      !missing-transaction`,
  'the story: a transfer of two INSERTs whose amounts cancel out': `
    ${BOOK}       -- values 1, -50 at transfer.ts:8 makeTransfer      !missing-transaction?
    ${BOOK}       -- values 2, 50 at transfer.ts:9 makeTransfer      !missing-transaction?`,
  'the story: a transfer whose second INSERT fails': {
    timeline: `
      ${BOOK}     -- values 1, -50 at transfer.ts:8 makeTransfer      !torn-write
      ${BOOK}     -- values 999, 50 error 23503 at transfer.ts:9 makeTransfer      !torn-write`,
    facts: FAILED,
  },
  'two UPDATEs of one table: a money transfer': `
    update account set balance = balance - $1 where id = $2    -- values 30, 1 at transfer.ts:8 pay      !missing-transaction?
    update account set balance = balance + $1 where id = $2    -- values 30, 2 at transfer.ts:9 pay      !missing-transaction?`,
  'DELETE then INSERT: a replacement': `
    delete from member where team_id = $1                                   -- values 7      !missing-transaction?
    insert into member (team_id, user_id) values ($1, $2), ($1, $3)         -- values 7, 1, 2      !missing-transaction?`,
  'writes in two helpers of one request': `
    ${USER}       -- values 'bob' rows id=1 at user.ts:3 createUser < app.ts:5 signUp      !missing-transaction
    ${ARTICLE}    -- values 1, 'one' at article.ts:3 createArticle < app.ts:6 signUp      !missing-transaction`,
  'two transactions where one would do': `
    begin
    ${USER}       -- values 'bob' rows id=1      !missing-transaction
    commit
    begin
    ${ARTICLE}    -- values 1, 'one'      !missing-transaction
    commit`,
  'a write after COMMIT': `
    begin
    ${USER}       -- values 'bob' rows id=1      !missing-transaction
    commit
    ${ARTICLE}    -- values 1, 'one'      !missing-transaction`,
  'write 1 committed, write 2 failed': {
    timeline: `
      ${USER}     -- values 'bob' rows id=1      !torn-write
      ${ARTICLE}  -- values 1, null error 23502      !torn-write`,
    facts: FAILED,
  },
  'write 1 committed, write 2 failed, and write 1 undone by hand': `
    ${USER}                          -- values 'bob' rows id=1      !missing-transaction
    ${ARTICLE}                       -- values 1, null error 23502
    delete from users where id = $1  -- values 1      !missing-transaction`,
  'write 1 committed, the request ended in an error': {
    timeline: `
      update account set balance = balance - $1 where id = $2    -- values 30, 1      !torn-write?
      select id from account where id = $1                       -- values 999 rows id=`,
    facts: FAILED,
  },
  'write 1 committed, the request ended in a 5xx': {
    timeline: `
      update account set balance = balance - $1 where id = $2    -- values 30, 1      !torn-write?
      select id from account where id = $1                       -- values 999 rows id=`,
    facts: UNAVAILABLE,
  },
  'BEGIN through pool.query': `
    begin         -- via pool      !transaction-on-pool
    ${BOOK}       -- values 1, -50 via pool
    ${BOOK}       -- values 2, 50 via pool
    commit        -- via pool      !transaction-on-pool`,
  'BEGIN through pool.query, the SQL in a variable and the pool by another name': `
    START TRANSACTION ISOLATION LEVEL SERIALIZABLE    -- via pool at db.ts:3 send      !transaction-on-pool
    ${BOOK}                                           -- values 1, -50 via pool at db.ts:3 send
    ${BOOK}                                           -- values 2, 50 via pool at db.ts:3 send
    COMMIT                                            -- via pool at db.ts:3 send      !transaction-on-pool`,
  'a transaction on client 1, a statement of the same request on the pool meanwhile': `
    begin         -- conn 1 at app.ts:1 pay      !source
    ${BOOK}       -- values 1, -50 conn 1 at app.ts:2 pay
    ${BOOK}       -- values 2, 50 conn 2 via pool at app.ts:3 pay      !escaped-statement
    commit        -- conn 1 at app.ts:4 pay`,
  'a transaction on client 1, a statement of the same request on client 2 meanwhile': `
    begin         -- conn 1 at app.ts:1 pay      !source
    ${BOOK}       -- values 1, -50 conn 1 at app.ts:2 pay
    ${BOOK}       -- values 2, 50 conn 2 at app.ts:3 pay      !escaped-statement
    commit        -- conn 1 at app.ts:4 pay`,
  'a client released in state T': `
                  -- conn 1 take
    begin         -- conn 1      !open-transaction
    ${BOOK}       -- values 1, 50 conn 1      !open-transaction
                  -- conn 1 release at app.ts:4 pay`,
  'a client released in state E': {
    timeline: `
                  -- conn 1 take
      begin       -- conn 1      !open-transaction
      ${BOOK}     -- values 999, 50 conn 1 error 23503      !open-transaction
                  -- conn 1 release at app.ts:4 pay`,
    facts: FAILED,
  },
  'the response ended with the transaction open': `
                  -- conn 1 take
    begin         -- conn 1      !open-transaction
    ${BOOK}       -- values 1, 50 conn 1      !open-transaction`,
  'a client never released': `
                                                -- conn 1 take
    select balance from account where id = $1   -- values 1 conn 1      !open-transaction?`,
  'a client released twice': `
                                                -- conn 1 take
    select balance from account where id = $1   -- values 1 conn 1      !open-transaction
                                                -- conn 1 release at app.ts:3 pay
                                                -- conn 1 release at app.ts:4 pay`,
  'COMMIT answered ROLLBACK': `
    begin
    ${BOOK}       -- values 1, -50 at app.ts:2      !silent-rollback
    ${BOOK}       -- values 999, 50 error 23503 at app.ts:3      !silent-rollback
    commit        --      !silent-rollback`,
  'statements after an error in a transaction that the code swallowed': `
    begin
    ${BOOK}       -- values 999, 50 error 23503 at app.ts:2      !silent-rollback
    ${BOOK}       -- values 1, 50 error 25P02 at app.ts:3      !silent-rollback
    ${BOOK}       -- values 2, 50 error 25P02 at app.ts:4      !silent-rollback
    rollback`,
  'SELECT FOR UPDATE outside a transaction': `
    select id from account where id = $1 for update    -- values 1      !ineffective-lock`,
  'SET LOCAL outside a transaction': `
    set local statement_timeout = '2s'                 --      !ineffective-lock`,
  'LOCK TABLE outside a transaction': `
    lock table account in exclusive mode               -- error 25P01      !ineffective-lock`,
  'pg_advisory_xact_lock outside a transaction': `
    select pg_advisory_xact_lock($1)                   -- values 7      !ineffective-lock`,
  'SAVEPOINT outside a transaction': `
    savepoint before                                   -- error 25P01      !ineffective-lock`,
  'SELECT by key, then UPDATE of that row with a value computed from it': `
    select balance from account where id = $1          -- values 1 rows balance=100      !source
    update account set balance = $1 where id = $2      -- values 70, 1      !lost-update??`,
  'SELECT found no row for a value, INSERT of that value': `
    select id from signup where email = $1             -- values 'a@b.c' rows id=      !source
    insert into signup (email) values ($1)             -- values 'a@b.c'      !check-then-insert??`,
  'BEGIN inside a transaction': `
    begin                                              --      !nested-transaction
    ${BOOK}                                            -- values 1, -50
    begin                                              --      !nested-transaction
    ${BOOK}                                            -- values 2, 50
    commit                                             --      !nested-transaction
    rollback                                           --      !nested-transaction`,
  'COMMIT outside a transaction': `
    ${BOOK}                                            -- values 1, 50      !nested-transaction
    commit                                             --      !nested-transaction`,
};

describe('found', () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const { timeline, facts } = typeof scenario === 'string' ? { timeline: scenario, facts: {} } : scenario;
    test(name, () => checkReport(timeline, facts));
  }
});

testsAllOf('Must be found: atomicity', SCENARIOS, {
  'time inside a transaction in which no statement ran': 'goes by the clock: idle-in-transaction.test.ts',
});
