// Which column fed which slot, as pictures: a timeline, then its flows in one line each.

import { describe, expect, it } from 'vitest';
import type { Flow } from '../../src/profile/types.js';
import { profileOf } from '../support/timeline.js';

/** `message.sender_id of 1 → users.id of 2,3: each, certain` with `tuple 0` where slots travel together. */
function picture({ from, to, rows, strength, tuple }: Flow): string {
  const source = [from.table, from.column].filter((name) => name !== null).join('.');
  const together = tuple === null ? '' : `, tuple ${tuple}`;
  return `${source} of ${from.statements} → $${to.parameter} ${to.column} of ${to.statements}: ${rows}, ${strength}${together}`;
}

const flowsOf = (timeline: string): string[] => profileOf(timeline).flows.map(picture);

describe('a flow', () => {
  it.each<[string, string, string[]]>([
    [
      'from each row, to bound values and to literals alike',
      `select id from chat                          -- rows id=1,2
       select * from message where chat_id = 1      -- rows sender_id=7,8
       select * from message where chat_id = 2      -- rows sender_id=8,7`,
      ['chat.id of 0 → $1 chat_id of 1,2: each, certain'],
    ],
    [
      'whatever form the value takes: a bigint is a text, a uuid has no case',
      `select id from account                       -- rows id='9007199254740993','9007199254740994'
       select * from entry where account_id = $1    -- values '9007199254740993'
       select * from entry where account_id = $1    -- values '9007199254740994'`,
      ['account.id of 0 → $1 account_id of 1,2: each, certain'],
    ],
    [
      'of a composite key travels together',
      `select order_id, line_no from order_line                        -- rows order_id=5,5,6 line_no=1,2,1
       select * from shipment where order_id = $1 and line_no = $2     -- values 5, 1
       select * from shipment where order_id = $1 and line_no = $2     -- values 5, 2
       select * from shipment where order_id = $1 and line_no = $2     -- values 6, 1`,
      [
        'order_line.order_id of 0 → $1 order_id of 1,2,3: each, certain, tuple 0',
        'order_line.line_no of 0 → $2 line_no of 1,2,3: each, certain, tuple 0',
      ],
    ],
    [
      'of a composite key whose second part alone tells nothing, known by the rows of the first',
      `select tenant_id, number from invoice                           -- rows tenant_id=1,null,2,3 number=10,11,null,12
       select * from line where tenant_id = $1 and number = $2         -- values 1, 10
       select * from line where tenant_id = $1 and number = $2         -- values 3, 12`,
      [
        'invoice.tenant_id of 0 → $1 tenant_id of 1,2: some, certain, tuple 0',
        'invoice.number of 0 → $2 number of 1,2: some, strong, tuple 0',
      ],
    ],
    [
      'from the last result alone that holds all values, whatever an earlier one happens to hold as well',
      `select id from chat                                             -- rows owner=4,1
       select id from chat                                             -- rows owner=2,3,1
       delete from message where chat_id = $1                          -- values 2 at ?
       delete from message where chat_id = $1                          -- values 3 at ?
       delete from message where chat_id = $1                          -- values 1 at ?`,
      ['chat.owner of 1 → $1 chat_id of 2,3,4: each, certain'],
    ],
    [
      'from several results where only together they were gone through',
      `select id from chat                                             -- rows owner=4,1
       select id from chat                                             -- rows owner=1,4,7
       delete from message where chat_id = $1                          -- values 4 at ?
       delete from message where chat_id = $1                          -- values 1 at ?
       delete from message where chat_id = $1                          -- values 1 at ?
       delete from message where chat_id = $1                          -- values 4 at ?
       delete from message where chat_id = $1                          -- values 7 at ?`,
      ['chat.owner of 0,1 → $1 chat_id of 2,3,4,5,6: each, certain'],
    ],
    [
      'of two columns that no row holds together is no composite key',
      `select tenant_id, number from invoice                           -- rows tenant_id=1,2,3 number=10,11,12
       select * from line where tenant_id = $1 and number = $2         -- values 1, 11
       select * from line where tenant_id = $1 and number = $2         -- values 2, 12`,
      ['invoice.tenant_id of 0 → $1 tenant_id of 1,2: some, certain'],
    ],
    [
      'from the items of arrays, one by one or each row whole',
      `select id, tag_ids from post                -- rows id=1,2 tag_ids=[5,7],[9,5]
       select * from tag where id = $1             -- values 5
       select * from tag where id = $1             -- values 7
       select * from tag where id = $1             -- values 9
       select * from tag where id = $1             -- values 5
       select * from hint where tag_id = any($1)   -- values [5,7]
       select * from hint where tag_id = any($1)   -- values [9,5]`,
      ['post.tag_ids of 0 → $1 id of 1,2,3,4: each, certain', 'post.tag_ids of 0 → $1 tag_id of 5,6: each, certain'],
    ],
    [
      'from the rows of one type',
      `select subject_type, subject_id from comment -- rows subject_type=post,photo,post,photo subject_id=1,1,2,2
       select * from post where id = $1             -- values 1
       select * from photo where id = $1            -- values 1
       select * from post where id = $1             -- values 2
       select * from photo where id = $1            -- values 2`,
      [
        'comment.subject_id of 0 → $1 id of 1,3: some, certain',
        'comment.subject_id of 0 → $1 id of 2,4: some, certain',
      ],
    ],
    [
      'not from rows of a type that names another table',
      `select subject_type, subject_id from comment -- rows subject_type=post,photo,post,photo,post subject_id=1,2,3,4,2
       select * from setting where id = $1          -- values 1
       select * from setting where id = $1          -- values 4`,
      [],
    ],
    [
      'into the list of one statement',
      `select id from chat                                -- rows id=4,9
       select * from message where chat_id = any($1)      -- values [4,9]`,
      ['chat.id of 0 → $1 chat_id of 1: each, certain'],
    ],
    [
      'comes from the statement that had the rows, not from one that echoes them',
      `select id from chat                          -- rows id=3,1
       select * from message where chat_id = $1     -- values 3 rows chat_id=3,3
       select * from message where chat_id = $1     -- values 1 rows chat_id=1,1
       select * from member where chat_id = $1      -- values 3
       select * from member where chat_id = $1      -- values 1`,
      ['chat.id of 0 → $1 chat_id of 1,2: each, certain', 'chat.id of 0 → $1 chat_id of 3,4: each, certain'],
    ],
    [
      'needs the rows to have arrived before each statement was sent',
      `select * from message where chat_id = $1     -- values 1
       select id from chat                          -- rows id=1,2
       select * from message where chat_id = $1     -- values 2`,
      [],
    ],
    [
      'from the last row of the page before is a page',
      `select id from chat where id > $1 order by id limit 2     -- values 0 rows id=1,2
       select id from chat where id > $1 order by id limit 2     -- values 2 rows id=3,4
       select id from chat where id > $1 order by id limit 2     -- values 4 rows id=5`,
      ['chat.id of 0,1 → $1 id of 1,2: last, certain'],
    ],
    [
      'into both arms of an if is one, where it is certain for both together only',
      `select owner_id from chat                    -- rows owner_id=7,3,9,5 at a.ts:1 list
       select a from users where id = $1            -- values 7 at a.ts:4 list
       select a from users where id = $1            -- values 3 at a.ts:6 list
       select a from users where id = $1            -- values 9 at a.ts:4 list
       select a from users where id = $1            -- values 5 at a.ts:6 list`,
      ['chat.owner_id of 0 → $1 id of 1,2,3,4: each, certain'],
    ],
    [
      'is none where rows were created one by one and each was read back from a line of its own',
      `insert into tag (name) values ('a') returning id   -- rows id=1 at a.ts:1 make
       select * from tag where id = $1                    -- values 1 at a.ts:2 make
       insert into tag (name) values ('b') returning id   -- rows id=2 at a.ts:5 make
       select * from tag where id = $1                    -- values 2 at a.ts:6 make`,
      [],
    ],
    [
      'comes from all executions of a shape, whatever lines they were sent from',
      `select id from chat                          -- rows id=1,2 at a.ts:1 list
       select * from message where chat_id = $1     -- values 1 rows sender_id=7,8 at a.ts:3 next < a.ts:9 list
       select * from users where id = $1            -- values 7 at a.ts:5 inner
       select * from users where id = $1            -- values 8 at a.ts:5 inner
       select * from message where chat_id = $1     -- values 2 rows sender_id=8,9 at a.ts:3 next < a.ts:6 inner
       select * from users where id = $1            -- values 8 at a.ts:5 inner
       select * from users where id = $1            -- values 9 at a.ts:5 inner`,
      ['chat.id of 0 → $1 chat_id of 1,4: each, certain', 'message.sender_id of 1,4 → $1 id of 2,3,5,6: each, certain'],
    ],
    [
      'ignores LIMIT and OFFSET',
      `select position from chapter                          -- rows position=10,20
       select * from page order by id limit 10 offset $1     -- values 10
       select * from page order by id limit 10 offset $1     -- values 20`,
      [],
    ],
  ])('%s', (_, timeline, flows) => {
    expect(flowsOf(timeline)).toEqual(flows);
  });

  it('holds no value and no digest of one', () => {
    const profile = profileOf(`
      select token from invite                     -- rows token='s3cret-1','s3cret-2'
      select * from users where token = $1         -- values 's3cret-1'
      select * from users where token = 's3cret-2'`);
    expect(profile.flows).toHaveLength(1);
    expect(JSON.stringify(profile)).not.toMatch(/s3cret/);
  });
});
