// The escaped-statement detector: what was sent beside an open transaction by the code that runs it, and what goes on side by side.

import { escapedStatement } from '../../src/detectors/escaped-statement.js';
import { testDetector } from '../support/test-detector.js';

testDetector(escapedStatement, {
  invalid: {
    'a write on the pool': `
      begin                                        -- conn 1 at pay.ts:1 pay      !source
      insert into tag (name) values ($1)           -- conn 1 values 'a' at pay.ts:2 pay
      insert into tag (name) values ($1)           -- conn 2 via pool values 'b' at pay.ts:3 pay      !escaped
      commit                                       -- conn 1 at pay.ts:4 pay`,
    'a write on another client': `
      begin                                        -- conn 1 at pay.ts:1 pay      !source
      insert into tag (name) values ($1)           -- conn 2 values 'b' at pay.ts:3 pay      !escaped
      commit                                       -- conn 1 at pay.ts:4 pay`,
    'through a repository inside the callback of a helper': `
      begin                                        -- conn 1 at db.ts:4 transaction < app.ts:3 post      !source
      insert into tag (name) values ($1)           -- conn 1 values 'a' at app.ts:4 < async db.ts:6 transaction < async app.ts:3 post
      insert into label (name) values ($1)         -- conn 2 via pool values 'b' at labels.ts:9 save < app.ts:5 < async db.ts:6 transaction < async app.ts:3 post      !escaped
      commit                                       -- conn 1 at db.ts:7 transaction < async app.ts:3 post`,
    'the last of a transaction that was left open': `
      begin                                        -- conn 1 at pay.ts:1 pay      !source
      insert into tag (name) values ($1)           -- conn 2 via pool values 'b' at pay.ts:3 pay      !escaped`,
    'a read of what the transaction has written': `
      begin                                        -- conn 1 at pay.ts:1 pay      !source
      insert into tag (name) values ($1)           -- conn 1 values 'a' at pay.ts:2 pay
      select count(*) from tag                     -- conn 2 via pool at pay.ts:3 pay      !escaped
      commit                                       -- conn 1 at pay.ts:4 pay`,
    'any other read: it may bring the pool to a standstill': `
      begin                                        -- conn 1 at pay.ts:1 pay      !source
      select * from settings                       -- conn 2 via pool at pay.ts:3 pay      !escaped?
      insert into tag (name) values ($1)           -- conn 1 values 'a' at pay.ts:2 pay
      commit                                       -- conn 1 at pay.ts:4 pay`,
    'a note beside the work': `
      begin                                        -- conn 1 at pay.ts:1 pay      !source
      insert into audit_log (what) values ($1)     -- conn 2 via pool values 'b' at pay.ts:3 pay      !escaped??
      commit                                       -- conn 1 at pay.ts:4 pay`,
    'in a loop: one finding': `
      begin                                        -- conn 1 at pay.ts:1 pay      !source
      insert into tag (name) values ($1)           -- conn 2 via pool values 'a' at pay.ts:3 pay      !escaped
      insert into tag (name) values ($1)           -- conn 2 via pool values 'b' at pay.ts:3 pay      !escaped
      commit                                       -- conn 1 at pay.ts:4 pay`,
  },

  valid: {
    'all on one client': `
      begin                                        -- conn 1 at pay.ts:1 pay
      insert into tag (name) values ($1)           -- conn 1 values 'a' at pay.ts:2 pay
      commit                                       -- conn 1 at pay.ts:4 pay`,
    'before and after': `
      select * from settings                       -- conn 2 via pool at pay.ts:1 pay
      begin                                        -- conn 1 at pay.ts:2 pay
      insert into tag (name) values ($1)           -- conn 1 values 'a' at pay.ts:3 pay
      commit                                       -- conn 1 at pay.ts:4 pay
      insert into tag (name) values ($1)           -- conn 2 via pool values 'b' at pay.ts:5 pay`,
    'side by side': `
      begin                                        -- conn 1 at pay.ts:1 pay < app.ts:1 post
      insert into tag (name) values ($1)           -- conn 1 values 'a' pending took 9 at pay.ts:2 pay < app.ts:1 post
      insert into label (name) values ($1)         -- conn 2 via pool values 'b' pending at labels.ts:3 save < app.ts:2 post
      commit                                       -- conn 1 at pay.ts:4 pay < app.ts:1 post`,
    'two transactions': `
      begin                                        -- conn 1 at pay.ts:1 pay
      begin                                        -- conn 2 at pay.ts:2 pay
      insert into tag (name) values ($1)           -- conn 2 values 'a' at pay.ts:3 pay
      commit                                       -- conn 2 at pay.ts:4 pay
      commit                                       -- conn 1 at pay.ts:5 pay`,
    'of other code, that nothing is known to have to do with it': `
      begin                                        -- conn 1 at pay.ts:1 pay
      insert into label (name) values ($1)         -- conn 2 via pool values 'b' at labels.ts:3 save
      commit                                       -- conn 1 at pay.ts:4 pay`,
    'the transaction of a test': `
      insert into tag (name) values ($1)           -- conn 1 within values 'a' at pay.ts:1 pay
      insert into tag (name) values ($1)           -- conn 2 via pool values 'b' at pay.ts:2 pay`,
    housekeeping: `
      begin                                        -- conn 1 at pay.ts:1 pay
      set application_name = 'a'                   -- conn 2 at pay.ts:2 pay
      commit                                       -- conn 1 at pay.ts:4 pay`,
  },
});
