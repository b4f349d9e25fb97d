// The write-loop detector: rows written one at a time, by the same ladder of evidence as reads, and the writes that are
// batches already.

import { writeLoop } from '../../src/detectors/write-loop.js';
import { testDetector } from '../support/test-detector.js';

testDetector(writeLoop, {
  invalid: {
    'an UPDATE per row': `
      select id from message where chat_id = $1         -- values 1 rows id=31,32     !source
      update message set is_read = true where id = $1   -- values 31     !write
      update message set is_read = true where id = $1   -- values 32     !write`,
    'a DELETE per row': `
      select id from message where chat_id = $1         -- values 1 rows id=31,32     !source
      delete from attachment where message_id = $1      -- values 31     !write
      delete from attachment where message_id = $1      -- values 32     !write`,
    'an INSERT per row of a read': `
      select id from users                                          -- rows id=31,32     !source
      insert into notice (user_id, text) values ($1, $2)            -- values 31, 'hello'     !write
      insert into notice (user_id, text) values ($1, $2)            -- values 32, 'hello'     !write`,
    'an INSERT per entry of the request': `
      insert into tag (name) values ($1)                -- values 'a'      !write?
      insert into tag (name) values ($1)                -- values 'b'      !write?
      insert into tag (name) values ($1)                -- values 'c'      !write?`,
    'an upsert per entry': `
      insert into tag (name) values ($1) on conflict (name) do update set name = excluded.name     -- values 'a'      !write?
      insert into tag (name) values ($1) on conflict (name) do update set name = excluded.name     -- values 'b'      !write?
      insert into tag (name) values ($1) on conflict (name) do update set name = excluded.name     -- values 'c'      !write?`,
    'an UPDATE with new values per entry, in a transaction': `
      begin
      update item set position = $1 where id = $2       -- values 1, 31      !write?
      update item set position = $1 where id = $2       -- values 2, 35      !write?
      update item set position = $1 where id = $2       -- values 3, 32      !write?
      commit`,
    'values written into the text': `
      insert into tag (name) values ('a')               --      !write?
      insert into tag (name) values ('b')               --      !write?
      insert into tag (name) values ('c')               --      !write?`,
    'a write in a CTE per row': `
      select id from message                                                                          -- rows id=31,32     !source
      with gone as (delete from attachment where message_id = $1 returning id) select id from gone    -- values 31     !write
      with gone as (delete from attachment where message_id = $1 returning id) select id from gone    -- values 32     !write`,
    'equal rows inserted again and again': `
      insert into hit default values                    --      !write?
      insert into hit default values                    --      !write?
      insert into hit default values                    --      !write?`,
    'documents, whose content is not read': `
      insert into event (body) values ($1)              -- values {}      !write?
      insert into event (body) values ($1)              -- values {}      !write?
      insert into event (body) values ($1)              -- values {}      !write?`,
    'ids that an INSERT per row returned': `
      insert into post (title) values ($1) returning id        -- values 'a' rows id=301     !source2 !write?
      insert into post_tag (post_id, tag) values ($1, $2)      -- values 301, 'x'            !write2
      insert into post (title) values ($1) returning id        -- values 'b' rows id=305     !source2 !write?
      insert into post_tag (post_id, tag) values ($1, $2)      -- values 305, 'x'            !write2
      insert into post (title) values ($1) returning id        -- values 'c' rows id=309     !source2 !write?
      insert into post_tag (post_id, tag) values ($1, $2)      -- values 309, 'x'            !write2`,
    'in parallel over a pool': `
      insert into tag (name) values ($1)                -- values 'a' conn 1 pending      !write?
      insert into tag (name) values ($1)                -- values 'b' conn 2 pending      !write?
      insert into tag (name) values ($1)                -- values 'c' conn 3 pending      !write?`,
  },

  valid: {
    'one write': `
      insert into tag (name) values ($1)                -- values 'a'`,
    'a multi-row INSERT': `
      insert into tag (name) values ($1), ($2), ($3)    -- values 'a', 'b', 'c'`,
    'an INSERT of several rows at a time': `
      insert into tag (name) values ($1), ($2), ($3)    -- values 'a', 'b', 'c'     ~chunked
      insert into tag (name) values ($1), ($2), ($3)    -- values 'd', 'e', 'f'     ~chunked
      insert into tag (name) values ($1), ($2)          -- values 'g', 'h'          ~chunked`,
    'an INSERT from arrays, in chunks': `
      insert into tag (name) select * from unnest($1::text[])     -- values ['a','b']     ~chunked
      insert into tag (name) select * from unnest($1::text[])     -- values ['c','d']     ~chunked
      insert into tag (name) select * from unnest($1::text[])     -- values ['e']         ~chunked`,
    'an INSERT of several rows whose call sites are unknown': `
      insert into tag (name) values ($1), ($2)          -- values 'a', 'b' at ?     ~chunked
      insert into tag (name) values ($1), ($2)          -- values 'c', 'd' at ?     ~chunked
      insert into tag (name) values ($1), ($2)          -- values 'e', 'f' at ?     ~chunked`,
    'a DELETE in chunks': `
      delete from message where id = any($1)            -- values [1..100]       ~chunked
      delete from message where id = any($1)            -- values [101..200]     ~chunked
      delete from message where id = any($1)            -- values [201..230]     ~chunked`,
    'several tables from one line': `
      insert into users (name) values ($1)              -- values 'a' at seed.ts:3 seed
      insert into chat (name) values ($1)               -- values 'b' at seed.ts:3 seed
      insert into tag (name) values ($1)                -- values 'c' at seed.ts:3 seed`,
    'a transfer: two rows from two lines': `
      insert into transfer (account, amount) values ($1, $2)     -- values 7, -50 at transfer.ts:8 transfer
      insert into transfer (account, amount) values ($1, $2)     -- values 9, 50 at transfer.ts:9 transfer`,
    'two from one helper': `
      insert into transfer (account, amount) values ($1, $2)     -- values 7, -50
      insert into transfer (account, amount) values ($1, $2)     -- values 9, 50`,
    'a transaction tried again after a serialisation failure': `
      begin
      insert into tag (name) values ($1)                -- values 'a'     ~retry
      commit                                            -- error 40001
      rollback
      begin
      insert into tag (name) values ($1)                -- values 'a'     ~retry
      commit                                            -- error 40001
      rollback
      begin
      insert into tag (name) values ($1)                -- values 'a'     ~retry
      commit`,
    'many rows in one text': `
      insert into tag (name) values ('a'); insert into tag (name) values ('b'); insert into tag (name) values ('c')     --     ~chunked`,
    'the same UPDATE again': `
      update session set seen_at = now() where id = $1  -- values 'x'
      update session set seen_at = now() where id = $1  -- values 'x'`,
  },
});
