// The open-transaction detector: clients that did not come back as they should, and transactions that nobody ended.

import { openTransaction } from '../../src/detectors/open-transaction.js';
import { testDetector } from '../support/test-detector.js';

testDetector(openTransaction, {
  invalid: {
    'released in a transaction': `
                                                   -- conn 1 take
      begin                                        -- !open
      insert into tag (name) values ($1)           -- values 'a'      !open
                                                   -- conn 1 release`,
    'released in one that has failed': `
                                                   -- conn 1 take
      begin                                        -- !open
      insert into tag (name) values ($1)           -- values 'a' error 23505      !open
                                                   -- conn 1 release`,
    'ended by the next holder of the client': `
                                                   -- conn 1 take
      begin                                        -- !open
                                                   -- conn 1 release
                                                   -- conn 1 take
      rollback
                                                   -- conn 1 release`,
    'the scope ended in it, the client not given back': `
                                                   -- conn 1 take
      begin                                        -- !open
      insert into tag (name) values ($1)           -- values 'a'      !open`,
    'the scope ended in it, on a client that no pool gave': `
      begin                                        -- !open
      insert into tag (name) values ($1)           -- values 'a'      !open`,
    'a client not given back': `
                                                   -- conn 1 take
      select 1                                     -- !open?`,
    'a client given back twice': `
                                                   -- conn 1 take
      select 1                                     -- !open
                                                   -- conn 1 release
                                                   -- conn 1 release`,
    'three from one line: one finding': `
                                                   -- conn 1 take
      begin                                        -- conn 1 at a.ts:1 save      !open
                                                   -- conn 1 release
                                                   -- conn 2 take
      begin                                        -- conn 2 at a.ts:1 save      !open
                                                   -- conn 2 release`,
  },

  valid: {
    'committed and released': `
                                                   -- conn 1 take
      begin
      insert into tag (name) values ($1)           -- values 'a'
      commit
                                                   -- conn 1 release`,
    'destroyed in a transaction, which rolls it back': `
                                                   -- conn 1 take
      begin
      insert into tag (name) values ($1)           -- values 'a' error 23505
                                                   -- conn 1 destroy`,
    'a client that listens': `
                                                   -- conn 1 take
      listen changes`,
    'through the pool, which is another finding': `
      begin                                        -- via pool
      insert into tag (name) values ($1)           -- via pool values 'a'`,
    'the transaction of a test': `
      insert into tag (name) values ($1)           -- values 'a' within`,
    'prepared, to be committed by somebody else': `
                                                   -- conn 1 take
      begin
      insert into tag (name) values ($1)           -- values 'a'
      prepare transaction 'one'
                                                   -- conn 1 release`,
    'taken several times, and given back each time': `
                                                   -- conn 1 take
      select 1
                                                   -- conn 1 release
                                                   -- conn 1 take
      select 1
                                                   -- conn 1 release`,
  },
});
