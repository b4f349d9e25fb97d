// Every way in which a repeat turns out to be harmless: each kind as a report shows it, with the reason, and next to it what is
// like it and is not.

import { describe, expect, it } from 'vitest';
import type { DismissalKind } from '../../src/detectors/detector.js';
import { reportOf } from '../support/timeline.js';

const dismissed = (timeline: string) =>
  reportOf(timeline).dismissals.map(
    ({ detector, kind, why, statements }) => `${detector} ${kind} ${statements}: ${why}`,
  );

/** Of what repeats; whether two requests may do it at a time is another question. */
const found = (timeline: string) =>
  reportOf(timeline)
    .findings.filter(({ category }) => category !== 'atomicity')
    .map(({ detector }) => detector);

const EACH: Record<DismissalKind, Record<string, [timeline: string, said: string]>> = {
  pagination: {
    'keyset pages': [
      `select id from message where id > $1 order by id limit 3      -- values 0 rows id=1,2,3
       select id from message where id > $1 order by id limit 3      -- values 3 rows id=4,5,9
       select id from message where id > $1 order by id limit 3      -- values 9 rows id=12`,
      'n-plus-one pagination 0,1,2: each id is from the last row of the page before',
    ],
    'offset pages': [
      `select id from message order by id limit 3 offset $1          -- values 0
       select id from message order by id limit 3 offset $1          -- values 3`,
      'n-plus-one pagination 0,1: only LIMIT and OFFSET change',
    ],
  },
  chunked: {
    'a batch loader': [
      `select * from message where chat_id = any($1)     -- values [1..3]
       select * from message where chat_id = any($1)     -- values [4..6]
       select * from message where chat_id = any($1)     -- values [7..8]`,
      'n-plus-one chunked 0,1,2: each of the 3 executions handles a whole list of values',
    ],
    'several parts of one text': [
      'select * from users where id = 7; select * from users where id = 8; select * from users where id = 9',
      'n-plus-one chunked 0,1,2: one text carried them all to the server: one round trip',
    ],
    'INSERTs of many rows each': [
      `insert into tag (name) values ($1), ($2)          -- values 'a', 'b'
       insert into tag (name) values ($1), ($2)          -- values 'c', 'd'
       insert into tag (name) values ($1)                -- values 'e'`,
      'write-loop chunked 0,1,2: each of the 3 executions handles a whole list of values',
    ],
  },
  retry: {
    'a read that failed': [
      `select * from users where id = $1     -- values 7 error 57P01
       select * from users where id = $1     -- values 7`,
      'duplicate-statement retry 0,1: sent again with the same values after it failed (57P01)',
    ],
    'a write that failed': [
      `update users set name = $1 where id = $2     -- values 'a', 7 error 40P01
       update users set name = $1 where id = $2     -- values 'a', 7`,
      'write-loop retry 0,1: sent again with the same values after it failed (40P01)',
    ],
    'a write whose transaction failed at its end': [
      `begin
       update users set name = $1 where id = $2     -- values 'a', 7
       commit                                       -- error 40001
       rollback
       begin
       update users set name = $1 where id = $2     -- values 'a', 7
       commit`,
      'write-loop retry 1,5: sent again with the same values after its transaction was rolled back',
    ],
  },
  'reread-after-write': {
    'a write to the table between': [
      `select * from users where id = $1            -- values 7
       update users set name = $1 where id = $2     -- values 'x', 7
       select * from users where id = $1            -- values 7`,
      'duplicate-statement reread-after-write 0,2: before each repetition a statement ran that may have changed users',
    ],
  },
  poll: {
    'a state, at intervals': [
      `select state from job where id = $1     -- values 7 rows state='a'
       select state from job where id = $1     -- values 7 rows state='a' pause 500
       select state from job where id = $1     -- values 7 rows state='b' pause 500`,
      'duplicate-statement poll 0,1,2: the app paused for at least 50 ms before each repetition',
    ],
    'until a row is there': [
      `select * from job where done     -- rows 0
       select * from job where done     -- rows 0 pause 60
       select * from job where done     -- rows 1 pause 60`,
      'duplicate-statement poll 0,1,2: the app paused for at least 50 ms before each repetition, until the number of rows changed',
    ],
  },
  'separate-call-sites': {
    'one shape at different lines': [
      `select * from users where id = $1     -- values 7 at a.ts:1 a
       select * from users where id = $1     -- values 8 at a.ts:2 a
       select * from users where id = $1     -- values 12 at b.ts:1 b`,
      'n-plus-one separate-call-sites 0,1,2: 3 executions from 3 call sites, without a common source',
    ],
  },
  'single-row-source': {
    'the two sides of a transfer': [
      `select source_id, target_id from transfer where id = $1     -- values 3 rows source_id=71 target_id=85
       select * from account where id = $1     -- values 71
       select * from account where id = $1     -- values 85`,
      'n-plus-one single-row-source 1,2: both values are columns of one row of transfer, the only one of its result: more rows cannot make them more',
    ],
    'three references of one row, asked for in one line': [
      `select author_id, editor_id, owner_id from post where id = $1     -- values 3 rows author_id=71 editor_id=85 owner_id=12
       select * from users where id = $1     -- values 71
       select * from users where id = $1     -- values 85
       select * from users where id = $1     -- values 12`,
      'n-plus-one single-row-source 1,2,3: all 3 values are columns of one row of post, the only one of its result: more rows cannot make them more',
    ],
    'a row looked up and its messages, twice, at two lines': [
      `select id from chat where name = $1              -- values 'a' rows id=31 at a.ts:1 show
       select * from message where chat_id = $1         -- values 31 at m.ts:3 messagesOf
       select id from chat where name = $1              -- values 'b' rows id=47 at a.ts:9 compare
       select * from message where chat_id = $1         -- values 47 at m.ts:3 messagesOf`,
      'n-plus-one single-row-source 1,3: each of the 2 executions was fed by the only row of a statement of its own, all sent from different lines',
    ],
  },
};

describe.each(Object.entries(EACH))('%s', (_, cases) => {
  it.each(Object.entries(cases))('%s', (__, [timeline, said]) => {
    expect(dismissed(timeline)).toEqual([said]);
    expect(found(timeline)).toEqual([]);
  });
});

describe('is no such thing', () => {
  it.each<[string, string, string[]]>([
    [
      'references of two rows: a loop over them',
      `select source_id, target_id from transfer     -- rows source_id=71,72 target_id=85,86
       select * from account where id = $1           -- values 71
       select * from account where id = $1           -- values 72`,
      ['n-plus-one'],
    ],
    [
      'small ids that stand in a row of another function',
      `select user_id, team_id, plan_id from session where key = $1     -- values 'k' rows user_id=1 team_id=2 plan_id=3 at s.ts:1 session
       select * from post where id = $1     -- values 1 at p.ts:4 posts
       select * from post where id = $1     -- values 2 at p.ts:4 posts
       select * from post where id = $1     -- values 3 at p.ts:4 posts`,
      ['n-plus-one'],
    ],
    [
      'a row for each from one line: two turns of a loop whose beginning was not seen',
      `insert into tag (name) values ($1) returning id      -- values 'a' rows id=301
       select * from tag where id = $1                      -- values 301
       insert into tag (name) values ($1) returning id      -- values 'b' rows id=305
       select * from tag where id = $1                      -- values 305`,
      ['n-plus-one'],
    ],
    [
      'a failed turn among others of a loop',
      `select id from chat                          -- rows id=1,2
       delete from message where chat_id = $1       -- values 1 error 40P01
       delete from message where chat_id = $1       -- values 1
       delete from message where chat_id = $1       -- values 2`,
      ['write-loop'],
    ],
  ])('%s', (_, timeline, detectors) => {
    expect(found(timeline)).toEqual(detectors);
    expect(dismissed(timeline)).toEqual([]);
  });
});
