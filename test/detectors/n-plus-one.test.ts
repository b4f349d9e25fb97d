// The N+1 detector against every way in which reads repeat: what has to be found, down to which statements and how surely,
// and what has to stay silent, with the reason given.

import { nPlusOne } from '../../src/detectors/n-plus-one.js';
import { testDetector } from '../support/test-detector.js';

/** One line for each value. */
const each = (values: readonly (number | string)[], line: (value: number | string, index: number) => string): string =>
  values.map(line).join('\n');

const upTo = (count: number, from = 1): number[] => Array.from({ length: count }, (_, i) => from + i);

testDetector(nPlusOne, {
  invalid: {
    'to-many: a statement per row': `
      select id from chat                               -- rows id=1,2   !source
      select * from message where chat_id = $1          -- values 1      !loop
      select * from message where chat_id = $1          -- values 2      !loop`,
    'to-one: the sender of each message, some of them the same': `
      select id, sender_id from message                 -- rows id=1..4 sender_id=7,9,7,8   !source
      select * from users where id = $1                 -- values 7      !loop
      select * from users where id = $1                 -- values 9      !loop
      select * from users where id = $1                 -- values 7      !loop
      select * from users where id = $1                 -- values 8      !loop`,
    'one-to-one': `
      select id, name from users                        -- rows id=11,12,13   !source
      select * from profile where user_id = $1          -- values 11     !loop
      select * from profile where user_id = $1          -- values 12     !loop
      select * from profile where user_id = $1          -- values 13     !loop`,
    'many-to-many through a joined table': `
      select id from post                                                                      -- rows id=3,4   !source
      select t.* from tag t join post_tag pt on pt.tag_id = t.id where pt.post_id = $1         -- values 3      !loop
      select t.* from tag t join post_tag pt on pt.tag_id = t.id where pt.post_id = $1         -- values 4      !loop`,
    'the first, the last': `
      select id from chat                                                              -- rows id=1,2   !source
      select * from message where chat_id = $1 order by id desc limit 1                -- values 1      !loop
      select * from message where chat_id = $1 order by id desc limit 1                -- values 2      !loop`,
    'a count': `
      select id from chat                                                 -- rows id=1,2   !source
      select count(*) from participant where chat_id = $1                 -- values 1 rows count=2      !loop
      select count(*) from participant where chat_id = $1                 -- values 2 rows count=2      !loop`,
    'a sum': `
      select id from account                                              -- rows id=1,2   !source
      select sum(amount) from transfer where account_id = $1              -- values 1      !loop
      select sum(amount) from transfer where account_id = $1              -- values 2      !loop`,
    'an EXISTS': `
      select id from chat                                                                        -- rows id=1,2   !source
      select exists(select 1 from message where chat_id = $1 and not is_read) as unread          -- values 1      !loop
      select exists(select 1 from message where chat_id = $1 and not is_read) as unread          -- values 2      !loop`,
    'a filter besides': `
      select id from chat                                                     -- rows id=1,2         !source
      select * from message where chat_id = $1 and is_read = $2               -- values 1, false     !loop
      select * from message where chat_id = $1 and is_read = $2               -- values 2, false     !loop`,
    'a composite key': `
      select tenant_id, number from invoice                              -- rows tenant_id=1,1,2 number=10,11,10   !source
      select * from line where tenant_id = $1 and number = $2            -- values 1, 10     !loop
      select * from line where tenant_id = $1 and number = $2            -- values 1, 11     !loop
      select * from line where tenant_id = $1 and number = $2            -- values 2, 10     !loop`,
    'rows of a cursor': `
      declare c cursor for select id from chat
      fetch 2 from c                                          -- rows id=40961,40977   !source
      select * from message where chat_id = $1                -- values 40961      !loop
      select * from message where chat_id = $1                -- values 40977      !loop`,
    'polymorphic: a table for each type of row, which the rows name': `
      select id, subject_type, subject_id from comment  -- rows id=1..4 subject_type=Post,App\\Photo,Post,App\\Photo subject_id=31,52,33,57    !source !source2
      select * from posts where id = $1                 -- values 31   !loop
      select * from photos where id = $1                -- values 52   !loop2
      select * from posts where id = $1                 -- values 33   !loop
      select * from photos where id = $1                -- values 57   !loop2`,
    'polymorphic: the same ids in both tables': `
      select id, owner_type, owner_id from address      -- rows id=1..5 owner_type=user,company,user,company,user owner_id=1,1,2,2,3    !source !source2
      select * from users where id = $1                 -- values 1   !loop
      select * from company where id = $1               -- values 1   !loop2
      select * from users where id = $1                 -- values 2   !loop
      select * from company where id = $1               -- values 2   !loop2
      select * from users where id = $1                 -- values 3   !loop`,
    'polymorphic: a table for each code of a type': `
      select id, subject_type, subject_id from comment  -- rows id=1..6 subject_type=a,b,a,b,a,b subject_id=31,52,33,57,34,58    !source !source2
      select * from post where id = $1                  -- values 31   !loop?
      select * from photo where id = $1                 -- values 52   !loop2?
      select * from post where id = $1                  -- values 33   !loop?
      select * from photo where id = $1                 -- values 57   !loop2?
      select * from post where id = $1                  -- values 34   !loop?
      select * from photo where id = $1                 -- values 58   !loop2?`,
    'single-table inheritance: details by kind': `
      select id, kind from vehicle                      -- rows id=1..6 kind=car,truck,car,truck,car,car    !source !source2
      select * from car_detail where vehicle_id = $1    -- values 1    !loop
      select * from truck_detail where vehicle_id = $1  -- values 2    !loop2
      select * from car_detail where vehicle_id = $1    -- values 3    !loop
      select * from truck_detail where vehicle_id = $1  -- values 4    !loop2`,
    'a table for each kind, with one key': `
      select id, kind from vehicle                      -- rows id=1..6 kind=car,truck,car,truck,car,car    !source !source2
      select * from car where id = $1                   -- values 1    !loop
      select * from truck where id = $1                 -- values 2    !loop2
      select * from car where id = $1                   -- values 3    !loop
      select * from truck where id = $1                 -- values 4    !loop2`,
    'an array in each row, bound whole': `
      select id, tag_ids from post                      -- rows id=1,2,3 tag_ids=[5,7],[9,11,5],[8]     !source
      select * from tag where id = any($1)              -- values [5,7]        !loop
      select * from tag where id = any($1)              -- values [9,11,5]     !loop
      select * from tag where id = any($1)              -- values [8]          !loop`,
    'arrays of one length, bound whole': `
      select id, tag_ids from post                      -- rows id=1,2,3 tag_ids=[5,7],[9,11],[6,8]     !source
      select * from tag where id = any($1)              -- values [5,7]       !loop
      select * from tag where id = any($1)              -- values [9,11]      !loop
      select * from tag where id = any($1)              -- values [6,8]       !loop`,
    'an array in each row, written out': `
      select id, tag_ids from post                      -- rows id=1,2 tag_ids=[5,7],[9,11,5]     !source
      select * from tag where id in ($1, $2)            -- values 5, 7         !loop
      select * from tag where id in ($1, $2, $3)        -- values 9, 11, 5     !loop`,
    'a statement for each item of an array': `
      select id, tag_ids from post                      -- rows id=1,2 tag_ids=[5,7],[9]     !source
      select * from tag where id = $1                   -- values 5       !loop
      select * from tag where id = $1                   -- values 7       !loop
      select * from tag where id = $1                   -- values 9       !loop`,
    'IN lists of one length, each the rows of one parent': `
      select chat_id, user_id from participant          -- rows chat_id=1,1,2,2,3,3 user_id=21,35,41,43,50,52    !source
      select * from users where id in ($1, $2)          -- values 21, 35      !loop
      select * from users where id in ($1, $2)          -- values 41, 43      !loop
      select * from users where id in ($1, $2)          -- values 50, 52      !loop`,
    'a composite key of rows that hold NULLs, by its less telling part': `
      select tenant_id, number from invoice                              -- rows tenant_id=1,null,2,3 number=10,11,null,12   !source
      select * from line where tenant_id = $1 and number = $2            -- values 1, 10     !loop
      select * from line where tenant_id = $1 and number = $2            -- values 3, 12     !loop`,
    'a composite key in one comparison': `
      select tenant_id, number from invoice                              -- rows tenant_id=1,1,2 number=10,11,10   !source
      select * from line where (tenant_id, number) = ($1, $2)            -- values 1, 10     !loop
      select * from line where (tenant_id, number) = ($1, $2)            -- values 1, 11     !loop
      select * from line where (tenant_id, number) = ($1, $2)            -- values 2, 10     !loop`,
    '20 rows': `
      select id from chat    -- rows id=1..20    !source
      ${each(upTo(20), (id) => `select * from message where chat_id = $1    -- values ${id}    !loop`)}`,
    '1,000 rows': `
      select id from chat    -- rows id=1..1000    !source
      ${each(upTo(1000), (id) => `select * from message where chat_id = $1    -- values ${id}    !loop`)}`,
    'parent, child and grandchild: two loops': `
      select id from chat                               -- rows id=1,2                       !source
      select * from message where chat_id = $1          -- values 1 rows sender_id=21,22     !loop  !source2
      select * from users where id = $1                 -- values 21                         !loop2
      select * from users where id = $1                 -- values 22                         !loop2
      select * from message where chat_id = $1          -- values 2 rows sender_id=22,21     !loop  !source2
      select * from users where id = $1                 -- values 22                         !loop2
      select * from users where id = $1                 -- values 21                         !loop2`,
    'two associations of one parent': `
      select id from chat                               -- rows id=1,2   !source  !source2
      select * from message where chat_id = $1          -- values 1      !loop
      select * from participant where chat_id = $1      -- values 1      !loop2
      select * from message where chat_id = $1          -- values 2      !loop
      select * from participant where chat_id = $1      -- values 2      !loop2`,
    'the first level preloaded, the second not': `
      select id from chat                                  -- rows id=1,2
      select * from message where chat_id = any($1)        -- values [1,2] rows id=5,6 sender_id=71,79   !source
      select * from users where id = $1                    -- values 71     !loop
      select * from users where id = $1                    -- values 79     !loop`,
    'a batch whose rows feed a loop': `
      select id from chat                                  -- rows id=1..4
      select id, chat_id from message where chat_id in ($1, $2, $3, $4)   -- values 1, 2, 3, 4 rows id=31,32,33,34 chat_id=1..4  !source
      select * from attachment where message_id = $1       -- values 31     !loop
      select * from attachment where message_id = $1       -- values 32     !loop
      select * from attachment where message_id = $1       -- values 33     !loop
      select * from attachment where message_id = $1       -- values 34     !loop`,
    'the join per chat: still one statement per row': `
      select id from chat                                                                                   -- rows id=1,2   !source
      select m.*, u.username from message m join users u on u.id = m.sender_id where m.chat_id = $1         -- values 1      !loop
      select m.*, u.username from message m join users u on u.id = m.sender_id where m.chat_id = $1         -- values 2      !loop`,
    'a branch taken for some rows only': `
      select id, kind from chat                         -- rows id=1..6 kind=a,b,b,a,b,a   !source
      select * from message where chat_id = $1          -- values 2      !loop
      select * from message where chat_id = $1          -- values 3      !loop
      select * from message where chat_id = $1          -- values 5      !loop`,
    'both arms of an if, at two lines': `
      select id, kind from chat                         -- rows id=1,2    at list.ts:1 list   !source
      select * from message where chat_id = $1          -- values 1       at list.ts:5 list   !loop
      select * from message where chat_id = $1          -- values 2       at list.ts:7 list   !loop`,
    'in parallel over a pool': `
      select id from chat                               -- rows id=1..3              !source
      select * from message where chat_id = $1          -- values 1 conn 1 pending    !loop
      select * from message where chat_id = $1          -- values 2 conn 2 pending    !loop
      select * from message where chat_id = $1          -- values 3 conn 3 pending    !loop`,
    'in parallel on one client, which sends one after the other': `
      select id from chat                               -- rows id=1..3       !source
      select * from message where chat_id = $1          -- values 1 pending    !loop
      select * from message where chat_id = $1          -- values 2 pending    !loop
      select * from message where chat_id = $1          -- values 3 pending    !loop`,
    'inside a transaction': `
      begin
      select id from chat                               -- rows id=1,2   !source
      select * from message where chat_id = $1          -- values 1      !loop
      select * from message where chat_id = $1          -- values 2      !loop
      commit`,
    'on a second client beside an open transaction': `
      begin                                             -- conn 1
      select id from chat                               -- conn 1 rows id=1,2   !source
      select * from message where chat_id = $1          -- conn 2 values 1      !loop
      select * from message where chat_id = $1          -- conn 2 values 2      !loop
      commit                                            -- conn 1`,
    'values written into the text': `
      select id from chat                               -- rows id=1,2   !source
      select * from message where chat_id = 1           --               !loop
      select * from message where chat_id = 2           --               !loop`,
    'other blanks, case and comments each time': `
      select id from chat                               -- rows id=1,2   !source
      select * from message where chat_id = $1          -- values 1      !loop
      SELECT  *  FROM message /* 2 */ WHERE chat_id=$1  -- values 2      !loop`,
    'numbered aliases and savepoints': `
      select id from chat                                          -- rows id=1,2   !source
      savepoint sp_1
      select t1.* from message as t1 where t1.chat_id = $1         -- values 1      !loop
      release savepoint sp_1
      savepoint sp_2
      select t2.* from message as t2 where t2.chat_id = $1         -- values 2      !loop
      release savepoint sp_2`,
    'IN lists of changing length, each from a statement of its own': `
      select id from chat                                     -- rows id=1,2                       !source
      select user_id from participant where chat_id = $1      -- values 1 rows user_id=21,35,36    !loop !source2
      select * from users where id in ($1, $2, $3)            -- values 21, 35, 36                 !loop2
      select user_id from participant where chat_id = $1      -- values 2 rows user_id=41,43       !loop !source2
      select * from users where id in ($1, $2)                -- values 41, 43                     !loop2`,
    'IN lists of changing length, from rows of one statement': `
      select chat_id, user_id from participant          -- rows chat_id=1,1,1,2,2,3,3,3 user_id=21,35,36,41,43,50,52,57   !source
      select * from users where id in ($1, $2, $3)      -- values 21, 35, 36     !loop
      select * from users where id in ($1, $2)          -- values 41, 43         !loop
      select * from users where id in ($1, $2, $3)      -- values 50, 52, 57     !loop`,
    'uuids, bigints as text, and dates': `
      select id, day from visit                                          -- rows id='9007199254740993','9007199254740995' day=@2024-05-01T10:00:00Z,@2024-05-02T11:00:00Z   !source
      select * from note where visit_id = $1 and day = $2                -- values '9007199254740993', @2024-05-01T10:00:00Z     !loop
      select * from note where visit_id = $1 and day = $2                -- values '9007199254740995', @2024-05-02T11:00:00Z     !loop`,
    'ids from elsewhere: three from one call site': `
      select * from users where id = $1                 -- values 7      !loop?
      select * from users where id = $1                 -- values 8      !loop?
      select * from users where id = $1                 -- values 12     !loop?`,
    'only the first execution captured': `
      select * from users where id = $1                 -- values 7 at list.ts:5 list  !loop?
      select * from users where id = $1                 -- values 8 at ?               !loop?
      select * from users where id = $1                 -- values 12 at ?              !loop?`,
    'callbacks, events and timers: the first turn with its callers, later ones awaited': `
      select * from users where id = $1   -- values 7 at user.ts:3 user < list.ts:5 list < app.ts:9 handler       !loop?
      select * from users where id = $1   -- values 8 at user.ts:3 user < async list.ts:5 list                    !loop?
      select * from users where id = $1   -- values 12 at user.ts:3 user < async list.ts:5 list                   !loop?`,
    'a retry in the middle of it': `
      select id from chat                               -- rows id=1,2              !source
      select * from message where chat_id = $1          -- values 1 error 57P01     !loop
      select * from message where chat_id = $1          -- values 1                 !loop
      select * from message where chat_id = $1          -- values 2                 !loop`,
    'pages within a loop': `
      select id from chat                                                 -- rows id=1,2          !source
      select * from message where chat_id = $1 limit 10 offset $2         -- values 1, 0          !loop
      select * from message where chat_id = $1 limit 10 offset $2         -- values 1, 10         !loop
      select * from message where chat_id = $1 limit 10 offset $2         -- values 2, 0          !loop
      select * from message where chat_id = $1 limit 10 offset $2         -- values 2, 10         !loop`,
    'each row read back after its INSERT': `
      insert into tag (name) values ($1) returning id      -- values 'a' rows id=301   !source
      select * from tag where id = $1                      -- values 301               !loop
      insert into tag (name) values ($1) returning id      -- values 'b' rows id=305   !source
      select * from tag where id = $1                      -- values 305               !loop`,
  },

  valid: {
    'three patterns of unknown source, which no list of values replaces': `
      select id from users where name ilike $1          -- values a%
      select id from users where name ilike $1          -- values b%
      select id from users where name ilike $1          -- values c%`,
    'three calls of a function without a table': `
      select pg_size_pretty($1)                         -- values 1001
      select pg_size_pretty($1)                         -- values 2005
      select pg_size_pretty($1)                         -- values 7003`,
    'preloaded by = any': `
      select id from chat                               -- rows id=1,2
      select * from message where chat_id = any($1)     -- values [1,2]`,
    'preloaded by IN': `
      select id from chat                               -- rows id=1,2
      select * from message where chat_id in ($1, $2)   -- values 1, 2`,
    joined: `
      select c.id, m.text from chat c join message m on m.chat_id = c.id   -- rows id=1,1,2`,
    '1 + 1': `
      select id from chat where name = $1               -- values 'team' rows id=1
      select * from message where chat_id = $1          -- values 1`,
    'an empty result': `
      select id from chat                               -- rows id=`,
    'a null foreign key beside one that is none': `
      select id, sender_id from message                 -- rows id=1,2 sender_id=7,null
      select * from users where id = $1                 -- values 7
      select * from users where id = $1                 -- values null`,
    'a row just created and read back': `
      insert into tag (name) values ($1) returning id   -- values 'a' rows id=301
      select * from tag where id = $1                   -- values 301`,
    'one shape at different lines': `
      select * from users where id = $1                 -- values 7 at a.ts:1 a      ~separate-call-sites
      select * from users where id = $1                 -- values 8 at a.ts:2 a      ~separate-call-sites
      select * from users where id = $1                 -- values 12 at b.ts:1 b     ~separate-call-sites`,
    'one helper, called by different callers': `
      select * from users where id = $1                 -- values 7 at user.ts:3 user < a.ts:1 a      ~separate-call-sites
      select * from users where id = $1                 -- values 8 at user.ts:3 user < a.ts:2 a      ~separate-call-sites
      select * from users where id = $1                 -- values 12 at user.ts:3 user < b.ts:1 b     ~separate-call-sites`,
    'call sites unknown, and no source': `
      select * from users where id = $1                 -- values 7 at ?      ~separate-call-sites
      select * from users where id = $1                 -- values 8 at ?      ~separate-call-sites
      select * from users where id = $1                 -- values 12 at ?     ~separate-call-sites`,
    'two of one helper, without a source': `
      select * from users where id = $1                 -- values 7
      select * from users where id = $1                 -- values 8`,
    'the same values again': `
      select * from users where id = $1                 -- values 7
      select * from users where id = $1                 -- values 7
      select * from users where id = $1                 -- values 7`,
    'two preloads of one table': `
      select sender_id from message                     -- rows sender_id=7,8,9 at a.ts:1 a
      select * from users where id = any($1)            -- values [7,8,9]       at a.ts:2 a
      select owner_id from chat                         -- rows owner_id=11,12  at a.ts:3 a
      select * from users where id = any($1)            -- values [11,12]       at a.ts:4 a`,
    'the chunks of a batch loader': `
      select id from chat                               -- rows id=1..8
      select * from message where chat_id = any($1)     -- values [1..3]     ~chunked
      select * from message where chat_id = any($1)     -- values [4..6]     ~chunked
      select * from message where chat_id = any($1)     -- values [7..8]     ~chunked`,
    'chunks of the ids in arrays': `
      select id, tag_ids from post                      -- rows id=1,2,3 tag_ids=[5,7],[9,11,6],[8]
      select * from tag where id = any($1)              -- values [5,7,9]      ~chunked
      select * from tag where id = any($1)              -- values [11,6,8]     ~chunked`,
    'chunks over rows that could be grouped': `
      select chat_id, user_id from participant          -- rows chat_id=1,1,1,2,2,3 user_id=21,35,41,43,50,52
      select * from users where id in ($1, $2)          -- values 21, 35      ~chunked
      select * from users where id in ($1, $2)          -- values 41, 43      ~chunked
      select * from users where id in ($1, $2)          -- values 50, 52      ~chunked`,
    'one look-up for each type of row': `
      select id, subject_type, subject_id from comment  -- rows id=1,2 subject_type=post,photo subject_id=31,52
      select * from post where id = $1                  -- values 31
      select * from photo where id = $1                 -- values 52`,
    'a preload for each type of row': `
      select id, subject_type, subject_id from comment  -- rows id=1..4 subject_type=post,photo,post,photo subject_id=31,52,33,57
      select * from post where id = any($1)             -- values [31,33]
      select * from photo where id = any($1)            -- values [52,57]`,
    'a batch for each page, pages told by key': `
      select id from chat where id > $1 order by id limit 3      -- values 0 rows id=1,2,3     ~pagination
      select * from message where chat_id = any($1)              -- values [1,2,3]             ~chunked
      select id from chat where id > $1 order by id limit 3      -- values 3 rows id=4,5,9     ~pagination
      select * from message where chat_id = any($1)              -- values [4,5,9]             ~chunked
      select id from chat where id > $1 order by id limit 3      -- values 9 rows id=12        ~pagination
      select * from message where chat_id = any($1)              -- values [12]                ~chunked`,
    'a batch for each page, pages told by offset': `
      select id from chat order by id limit 2 offset $1          -- values 0 rows id=41,52     ~pagination
      select * from message where chat_id = any($1)              -- values [41,52]             ~chunked
      select id from chat order by id limit 2 offset $1          -- values 2 rows id=63,79     ~pagination
      select * from message where chat_id = any($1)              -- values [63,79]             ~chunked`,
    'chunks whose call sites are unknown': `
      select * from message where chat_id = any($1)     -- values [1..3] at ?     ~chunked
      select * from message where chat_id = any($1)     -- values [4..6] at ?     ~chunked
      select * from message where chat_id = any($1)     -- values [7..8] at ?     ~chunked`,
    'chunks whose call sites are known in part, or differ': `
      select * from message where chat_id = any($1)     -- values [1..3] at a.ts:1 a     ~chunked
      select * from message where chat_id = any($1)     -- values [4..6] at ?            ~chunked
      select * from message where chat_id = any($1)     -- values [7..9] at b.ts:1 b     ~chunked
      select * from message where chat_id = any($1)     -- values [10] at ?              ~chunked`,
    'lists of all lengths from several call sites': `
      select * from message where chat_id = any($1)     -- values [1..3] at a.ts:1 a     ~separate-call-sites
      select * from message where chat_id = any($1)     -- values [4..9] at b.ts:1 b     ~separate-call-sites
      select * from message where chat_id = any($1)     -- values [7] at c.ts:1 c        ~separate-call-sites`,
    'chunks of ids from elsewhere': `
      select * from message where id in ($1, $2, $3)    -- values 1, 2, 3     ~chunked
      select * from message where id in ($1, $2, $3)    -- values 4, 5, 6     ~chunked
      select * from message where id in ($1, $2)        -- values 7, 8        ~chunked`,
    'a walk, which is found as such': `
      select id, parent_id from folder where id = $1    -- values 90 rows id=90 parent_id=40
      select id, parent_id from folder where id = $1    -- values 40 rows id=40 parent_id=12
      select id, parent_id from folder where id = $1    -- values 12 rows id=12 parent_id=null`,
    'keyset pages': `
      select id from message where id > $1 order by id limit 3      -- values 0 rows id=1,2,3     ~pagination
      select id from message where id > $1 order by id limit 3      -- values 3 rows id=4,5,9     ~pagination
      select id from message where id > $1 order by id limit 3      -- values 9 rows id=12        ~pagination`,
    'offset pages': `
      select id from message order by id limit 3 offset $1          -- values 0 rows id=1,2,3     ~pagination
      select id from message order by id limit 3 offset $1          -- values 3 rows id=4,5,6     ~pagination
      select id from message order by id limit 3 offset $1          -- values 6 rows id=7         ~pagination`,
    'a retry after an error': `
      select * from users where id = $1                 -- values 7 error 57P01
      select * from users where id = $1                 -- values 7`,
    'a poll': `
      select * from job where id = $1                   -- values 7
      select * from job where id = $1                   -- values 7 pause 500
      select * from job where id = $1                   -- values 7 pause 500`,
    'transaction control and settings': `
      begin
      savepoint a
      release savepoint a
      savepoint b
      release savepoint b
      savepoint c
      release savepoint c
      set local statement_timeout = 1000
      set local statement_timeout = 2000
      set local statement_timeout = 3000
      commit`,
    'an ORM looking into the catalogues': `
      select oid from pg_class where relname = $1                                       -- values 'chat'
      select oid from pg_class where relname = $1                                       -- values 'message'
      select oid from pg_class where relname = $1                                       -- values 'users'
      select column_name from information_schema.columns where table_name = $1          -- values 'chat'
      select column_name from information_schema.columns where table_name = $1          -- values 'message'
      select column_name from information_schema.columns where table_name = $1          -- values 'users'`,
    'connection set-up': `
      select set_config('app.user', $1, true)           -- values '7'
      select set_config('app.user', $1, true)           -- values '8'
      select set_config('app.user', $1, true)           -- values '9'`,
    'several parts of one text: one round trip': `
      select * from users where id = 7; select * from users where id = 8; select * from users where id = 9     --      ~chunked`,
    'values that cannot be read, which may all be one': `
      select * from users where key = $1                -- values {}
      select * from users where key = $1                -- values {}
      select * from users where key = $1                -- values {}`,
    'small integers that meet by accident': `
      select id from users                              -- rows id=1..3              at a.ts:1 a
      select name from settings where id = $1           -- values 1                  at b.ts:1 b
      select name from settings where id = $1           -- values 2                  at c.ts:1 c`,
  },
});
