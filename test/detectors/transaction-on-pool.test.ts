// The transaction-on-pool detector: control sent through a pool, wherever it ran, and what is one unit all the same.

import { transactionOnPool } from '../../src/detectors/transaction-on-pool.js';
import { testDetector } from '../support/test-detector.js';

testDetector(transactionOnPool, {
  invalid: {
    'spread over the connections of a pool': `
      begin                                        -- via pool conn 1      !control
      insert into tag (name) values ($1)           -- via pool conn 2 values 'a'
      commit                                       -- via pool conn 2      !control`,
    'met on one connection': `
      start transaction isolation level serializable -- via pool      !control
      insert into tag (name) values ($1)             -- via pool values 'a'
      end                                            -- via pool      !control`,
    'with a savepoint, and rolled back': `
      begin                                        -- via pool      !control
      savepoint one                                -- via pool      !control
      rollback to one                              -- via pool      !control
      release one                                  -- via pool      !control
      rollback                                     -- via pool      !control`,
    'a COMMIT alone': `
      begin
      insert into tag (name) values ($1)           -- values 'a'
      commit                                       -- via pool conn 2      !control`,
    'in a loop from one line: one finding': `
      begin                                        -- via pool at a.ts:1 save      !control
      insert into tag (name) values ($1)           -- via pool values 'a' at a.ts:2 save
      commit                                       -- via pool at a.ts:3 save      !control
      begin                                        -- via pool at a.ts:1 save      !control
      insert into tag (name) values ($1)           -- via pool values 'b' at a.ts:2 save
      commit                                       -- via pool at a.ts:3 save      !control`,
    'begun in one text and ended in another': `
      begin; insert into tag (name) values ('a')   -- via pool      !control
      commit                                       -- via pool      !control`,
  },

  valid: {
    'on a client': `
      begin
      insert into tag (name) values ($1)           -- values 'a'
      commit`,
    'whole in one text': `
      begin; insert into tag (name) values ('a'); commit      -- via pool`,
    'several writes in one text': `
      insert into tag (name) values ('a'); insert into tag (name) values ('b')      -- via pool`,
    'the end of a prepared transaction, which any connection may send': `
      commit prepared 'one'                        -- via pool`,
    'no control': `
      insert into tag (name) values ($1)           -- via pool values 'a'`,
  },
});
