// The missing-transaction detector: what ties writes together, how sure that is, and what has been one unit all along.

import { missingTransaction } from '../../src/detectors/missing-transaction.js';
import { testDetector } from '../support/test-detector.js';

testDetector(missingTransaction, {
  invalid: {
    'two tables, the second binding the id that the first returned': `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7          !write
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'                 !write`,
    'one user, then two articles': `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7          !write
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'                 !write
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'y'                 !write`,
    'an id that the app made': `
      insert into users (id, name) values ($1, $2)                 -- values 0b6a3a52-43a8-4c0e-9a57-1d8f1a0c5b11, 'a'      !write
      insert into article (user_id, title) values ($1, $2)         -- values 0b6a3a52-43a8-4c0e-9a57-1d8f1a0c5b11, 'x'      !write`,
    'an id under the name of a role that any row can have': `
      insert into folder (name) values ($1) returning id           -- values 'a' rows id=7          !write?
      insert into file (parent_id, name) values ($1, $2)           -- values 7, 'x'                 !write?`,
    "a person's id under the name of what that is to the row": `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7          !write
      insert into article (author_id, title) values ($1, $2)       -- values 7, 'x'                 !write`,
    'a transfer in two INSERTs whose amounts cancel out': `
      insert into transfer (account, amount) values ($1, $2)       -- values 7, -50 at transfer.ts:8 transfer      !write?
      insert into transfer (account, amount) values ($1, $2)       -- values 9, 50 at transfer.ts:9 transfer       !write?`,
    'a transfer in two UPDATEs of one table': `
      update account set balance = balance - $1 where id = $2      -- values 50, 7 at bank.ts:8 transfer      !write?
      update account set balance = balance + $1 where id = $2      -- values 50, 9 at bank.ts:9 transfer      !write?`,
    'a transfer through one helper': `
      update account set balance = balance + $1 where id = $2      -- values -50, 7 at bank.ts:8 move      !write?
      update account set balance = balance + $1 where id = $2      -- values 50, 9 at bank.ts:8 move       !write?`,
    'two rows from one line': `
      insert into tag (name) values ($1)                           -- values 'a'      !write??
      insert into tag (name) values ($1)                           -- values 'b'      !write??`,
    'a DELETE, then an INSERT of the same': `
      delete from tag where post_id = $1                           -- values 5 affected 3      !write?
      insert into tag (post_id, name) values ($1, $2)              -- values 5, 'a'            !write?`,
    'two helpers of one request that write what belongs to one row': `
      update product set stock = stock - 1 where id = $1           -- values 5 at stock.ts:3 withdraw < shop.ts:8 order      !write?
      insert into reservation (product_id) values ($1)             -- values 5 at reserve.ts:4 reserve < shop.ts:9 order      !write?`,
    'two transactions where one would do': `
      begin
      insert into orders (total) values ($1) returning id          -- values 20 rows id=9      !write
      commit
      begin
      insert into order_line (order_id, sku) values ($1, $2)       -- values 9, 'a'            !write
      insert into order_line (order_id, sku) values ($1, $2)       -- values 9, 'b'            !write
      commit`,
    'a write after COMMIT': `
      begin
      insert into orders (total) values ($1) returning id          -- values 20 rows id=9      !write
      commit
      insert into order_line (order_id, sku) values ($1, $2)       -- values 9, 'a'            !write`,
    'but for what failed and was rolled back to': `
      begin
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7          !write
      savepoint one
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x' error 23505
      rollback to one
      commit
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'y'                 !write`,
    'an order, then a loop over its lines': `
      insert into orders (total) values ($1) returning id          -- values 20 rows id=9      !write
      insert into order_line (order_id, sku) values ($1, $2)       -- values 9, 'a'            !write
      insert into order_line (order_id, sku) values ($1, $2)       -- values 9, 'b'            !write
      insert into order_line (order_id, sku) values ($1, $2)       -- values 9, 'c'            !write`,
    'a loop of pairs that belong together': `
      insert into post (title) values ($1) returning id            -- values 'a' rows id=301      !write
      insert into post_tag (post_id, tag) values ($1, $2)          -- values 301, 'x'             !write
      insert into post (title) values ($1) returning id            -- values 'b' rows id=305      !write
      insert into post_tag (post_id, tag) values ($1, $2)          -- values 305, 'x'             !write
      insert into post (title) values ($1) returning id            -- values 'c' rows id=309      !write
      insert into post_tag (post_id, tag) values ($1, $2)          -- values 309, 'x'             !write`,
    'a data-modifying CTE is a write like any other': `
      with made as (insert into users (name) values ($1) returning id) select id from made      -- values 'a' rows id=7      !write
      insert into article (user_id, title) values ($1, $2)                                      -- values 7, 'x'             !write`,
    'an audit row that binds the id that was returned': `
      insert into orders (total) values ($1) returning id          -- values 20 rows id=9      !write?
      insert into audit_log (order_id, what) values ($1, $2)       -- values 9, 'created'      !write?`,
    'a session touch: it is not for us to know': `
      update session set seen_at = now() where id = $1             -- values 'x' at session.ts:3 touch      !write??
      insert into message (chat_id, text) values ($1, $2)          -- values 5, 'a' at chats.ts:9 send      !write??`,
    'an audit row of the user who did it': `
      insert into message (user_id, text) values ($1, $2)          -- values 5, 'a'            !write??
      insert into audit_log (user_id, what) values ($1, $2)        -- values 5, 'message'      !write??`,
    'a counter of who looked': `
      update post set views = views + 1 where id = $1              -- values 5                 !write??
      insert into comment (post_id, text) values ($1, $2)          -- values 5, 'a'            !write??`,
    'writes of one tenant that have nothing else in common': `
      insert into product (tenant_id, name) values ($1, $2)        -- values 3, 'a' at shop.ts:3 add        !write??
      update quota set used = used + 1 where tenant_id = $1        -- values 3 at quota.ts:4 count          !write??`,
    'how far a job has come': `
      insert into job (kind) values ($1) returning id              -- values 'mail' rows id=9           !write??
      update job set status = $1, finished_at = now() where id = $2 -- values 'done', 9                 !write??`,
    'a write after the response': `
      insert into orders (total) values ($1) returning id          -- values 20 rows id=9               !write??
      insert into order_event (order_id) values ($1)               -- values 9 late                     !write??`,
    'in the transaction of a test, without a savepoint': `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7 within      !write??
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'                      !write??`,
  },

  valid: {
    'one write': `
      insert into users (name) values ($1)                         -- values 'a'`,
    'an INSERT of several rows': `
      insert into tag (post_id, name) values ($1, $2), ($3, $4)    -- values 5, 'a', 5, 'b'`,
    'a CTE with several writes': `
      with made as (insert into users (name) values ($1) returning id) insert into article (user_id) select id from made      -- values 'a'`,
    'several writes in one text': `
      insert into users (id) values (7); insert into article (user_id) values (7)`,
    'a function': `
      select transfer($1, $2, $3)                                  -- values 7, 9, 50`,
    'all in one transaction': `
      begin
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'
      commit`,
    'with a savepoint that is rolled back to': `
      begin
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      savepoint one
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x' error 23505
      rollback to one
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'y'
      commit`,
    'one unit that rolls back': `
      begin
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x' error 23514
      rollback`,
    'in the transaction of a test, as a savepoint': `
      savepoint one                                                -- within
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'
      release one`,
    'a serialisation failure, tried again': `
      begin
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'
      commit                                                       -- error 40001
      begin
      insert into users (name) values ($1) returning id            -- values 'a' rows id=8
      insert into article (user_id, title) values ($1, $2)         -- values 8, 'x'
      commit`,
    'a loop of single writes': `
      insert into tag (name) values ($1)                           -- values 'a'
      insert into tag (name) values ($1)                           -- values 'b'
      insert into tag (name) values ($1)                           -- values 'c'`,
    'a write that found nothing to change': `
      update users set name = $1 where id = $2                     -- values 'a', 7 affected 0
      insert into users (id, name) values ($1, $2)                 -- values 7, 'a'`,
    'a temporary table': `
      create temporary table import (id int)
      insert into import (id) values ($1)                          -- values 7
      insert into users (id) values ($1)                           -- values 7`,
    reads: `
      select id from users where id = $1                           -- values 7 rows id=7
      select id from article where user_id = $1                    -- values 7`,
  },
});
