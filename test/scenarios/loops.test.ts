// Every way in which statements loop, as a timeline: which statements are the finding, which feed it, and how surely, with 2, 3, 20 and
// 1,000 rows. That real code looks like this to the profiler is shown in loops-http.test.ts.

import { describe, test } from 'vitest';
import { checkReport } from '../support/test-report.js';
import { testsAllOf } from './catalogue.js';

/** One line for each row, counted from 1. */
function each(rows: number, line: (row: number) => string): string {
  return Array.from({ length: rows }, (_, i) => line(i + 1)).join('\n');
}

/** One statement for each chat; `@` stands for the chat's id. */
function perChat(statement: string, notes = 'values @'): (rows: number) => string {
  return (rows) => `
    select id from chat      -- rows id=1..${rows}      !source
    ${each(rows, (id) => `${statement}  -- ${notes}      !n-plus-one`.replaceAll('@', `${id}`))}`;
}

/** Ids that tell by themselves where they were: of a table that is not new. */
const key = (row: number) => 40_000 + row * 977;
const keys = (rows: number) => Array.from({ length: rows }, (_, i) => key(i + 1)).join(',');

const MESSAGES = 'select * from message where chat_id = $1';
const MANY = [2, 3, 20, 1_000];

type Timeline = string | ((rows: number) => string);

const SCENARIOS: Record<string, Timeline | { rows: number[]; timeline: Timeline }> = {
  'a statement per row: to-many': perChat(MESSAGES),
  'a statement per row: to-one': (rows) => `
    select id, sender_id from message     -- rows id=1..${rows} sender_id=${keys(rows)}      !source
    ${each(rows, (row) => `select * from users where id = $1     -- values ${key(row)}      !n-plus-one`)}`,
  'a statement per row: one-to-one': (rows) => `
    select id, username from users        -- rows id=1..${rows}      !source
    ${each(rows, (row) => `select * from profile where user_id = $1     -- values ${row}      !n-plus-one`)}`,
  'a statement per row: many-to-many': perChat(
    'select t.* from tag t join chat_tag c on c.tag_id = t.id where c.chat_id = $1',
  ),
  'the first in a loop': perChat(`${MESSAGES} order by id limit 1`),
  'the last in a loop': perChat(`${MESSAGES} order by id desc limit $2`, 'values @, 1'),
  'a count in a loop': perChat('select count(*) from message where chat_id = $1'),
  'an EXISTS in a loop': perChat('select exists(select 1 from message where chat_id = $1 and not is_read) as unread'),
  'a sum in a loop': perChat('select sum(size) from attachment where chat_id = $1 and kind = $2', "values @, 'image'"),
  'get by primary key in a loop': (rows) => `
    select id from chat where owner_id = $1     -- values 7 rows id=1..${rows}      !source
    ${each(rows, (id) => `select * from chat where id = $1     -- values ${id}      !n-plus-one`)}`,
  'raw SQL in a loop': perChat(
    'SELECT m.*, u.username FROM message m JOIN users u ON u.id = m.sender_id WHERE m.chat_id = @',
    '',
  ),
  'rows of a cursor, each with a statement': `
    begin
    declare c cursor for select id from chat
    fetch 2 from c              -- rows id=40961,40977      !source
    ${MESSAGES}                 -- values 40961      !n-plus-one
    ${MESSAGES}                 -- values 40977      !n-plus-one
    fetch 2 from c              -- rows id=41002      !source
    ${MESSAGES}                 -- values 41002      !n-plus-one
    commit`,
  'polymorphic lookups': `
    select id, subject_type, subject_id from comment  -- rows id=1..4 subject_type=a,b,a,b subject_id=9003100,8005200,9013300,8005799      !source !source2
    select * from message where id = $1               -- values 9003100      !n-plus-one
    select * from photo where id = $1                 -- values 8005200      !n-plus-one2
    select * from message where id = $1               -- values 9013300      !n-plus-one
    select * from photo where id = $1                 -- values 8005799      !n-plus-one2`,
  'single-table-inheritance lookups': `
    select id, kind from chat                         -- rows id=1..4 kind=a,b,a,b      !source !source2
    select * from participant where chat_id = $1      -- values 1      !n-plus-one
    ${MESSAGES}                                       -- values 2      !n-plus-one2
    select * from participant where chat_id = $1      -- values 3      !n-plus-one
    ${MESSAGES}                                       -- values 4      !n-plus-one2`,
  'parent, child, grandchild: two findings, one tree': (rows) => `
    select id from chat     -- rows id=1..${rows}      !source
    ${each(
      rows,
      (chat) => `${MESSAGES}     -- values ${chat} rows id=${2 * chat - 1},${2 * chat}      !n-plus-one !source2
      select * from attachment where message_id = $1     -- values ${2 * chat - 1}      !n-plus-one2
      select * from attachment where message_id = $1     -- values ${2 * chat}      !n-plus-one2`,
    )}`,
  'two associations of one parent: two findings': (rows) => `
    select id from chat     -- rows id=1..${rows}      !source !source2
    ${each(
      rows,
      (chat) => `${MESSAGES}     -- values ${chat}      !n-plus-one
      select * from participant where chat_id = $1     -- values ${chat}      !n-plus-one2`,
    )}`,
  'the first level preloaded, the second not': (rows) => `
    select id from chat                               -- rows id=1..${rows}
    select * from message where chat_id = any($1)     -- values [1..${rows}] rows id=1..${rows}      !source
    ${each(rows, (id) => `select * from attachment where message_id = $1     -- values ${id}      !n-plus-one`)}`,
  'through a helper': perChat(MESSAGES, 'values @ at messages.ts:3 messagesOf < list.ts:9 list'),
  'through a service': perChat(MESSAGES, 'values @ at service.ts:12 messages < list.ts:9 list'),
  'through a repository': perChat(MESSAGES, 'values @ at repository.ts:30 MessageRepository.ofChat < list.ts:9 list'),
  'through a helper, a service and a repository': perChat(
    MESSAGES,
    'values @ at repository.ts:30 ofChat < service.ts:12 messages < helper.ts:4 count < list.ts:9 list',
  ),
  'forEach with async callbacks': perChat(MESSAGES, 'pending values @ at list.ts:9'),
  'forEach with then': perChat(MESSAGES, 'pending values @ at list.ts:9 < list.ts:8 list'),
  'reduce with async': perChat(MESSAGES, 'values @ at list.ts:9'),
  'recursion: a tree walk': `
    select id, name from folder where parent_id = $1     -- values 1 rows id=2,3      !recursive-walk
    select id, name from folder where parent_id = $1     -- values 2 rows id=4,5      !recursive-walk
    select id, name from folder where parent_id = $1     -- values 4 rows id=         !recursive-walk
    select id, name from folder where parent_id = $1     -- values 5 rows id=         !recursive-walk
    select id, name from folder where parent_id = $1     -- values 3 rows id=6        !recursive-walk
    select id, name from folder where parent_id = $1     -- values 6 rows id=         !recursive-walk`,
  'for await': perChat(MESSAGES, 'values @ at list.ts:9 list < async app.ts:4 handler'),
  'a chain of then': perChat(MESSAGES, 'values @ at list.ts:9 < async list.ts:11 list'),
  'callback recursion': perChat(MESSAGES, 'values @ at list.ts:9 next'),
  'an event handler': perChat(MESSAGES, 'pending values @ at list.ts:9 < list.ts:12 list'),
  queueMicrotask: perChat(MESSAGES, 'pending values @ at list.ts:9'),
  setImmediate: perChat(MESSAGES, 'pending pause 1 values @ at list.ts:9'),
  'Promise.all of map, on a pool': (rows) => `
    select id from chat     -- rows id=1..${rows}      !source
    ${each(rows, (id) => `${MESSAGES}     -- values ${id} pending conn ${id}      !n-plus-one`)}`,
  'Promise.all of map, on one client': perChat(MESSAGES, 'values @ pending'),
  'more promises than pool connections': (rows) => `
    select id from chat     -- rows id=1..${rows}      !source
    ${each(rows, (id) => `${MESSAGES}     -- values ${id} pending conn ${(id % 2) + 1}      !n-plus-one`)}`,
  'inside a transaction': (rows) => `begin\n${perChat(MESSAGES)(rows)}\ncommit`,
  'on a second client beside an open transaction': (rows) => `
    begin                              -- conn 1      !source2
    select id from chat for update     -- conn 1 rows id=1..${rows}      !source
    ${each(rows, (id) => `${MESSAGES}     -- values ${id} conn 2      !n-plus-one !escaped-statement2?`)}
    commit                             -- conn 1`,
  'values inlined as literals': perChat("select * from message where chat_id = @ and text <> 'it''s @'", ''),
  'IN lists of changing length': {
    rows: [0],
    timeline: `
      select chat_id, user_id from participant       -- rows chat_id=1,1,1,2,2,3,3,3 user_id=21,35,36,41,43,50,52,57      !source
      select * from users where id in ($1, $2, $3)   -- values 21, 35, 36      !n-plus-one
      select * from users where id in ($1, $2)       -- values 41, 43      !n-plus-one
      select * from users where id in ($1, $2, $3)   -- values 50, 52, 57      !n-plus-one`,
  },
  'changing whitespace, case and comments': (rows) => `
    select id from chat     -- rows id=1..${rows}      !source
    ${each(rows, (id) => `${[MESSAGES, 'SELECT  *  FROM message WHERE chat_id=$1', `${MESSAGES} /* all */`][id % 3]}     -- values ${id}      !n-plus-one`)}`,
  'numbered savepoints': (rows) => `
    begin
    select id from chat     -- rows id=1..${rows}      !source
    ${each(rows, (id) => `savepoint sp_${id}\n${MESSAGES}     -- values ${id}      !n-plus-one\nrelease savepoint sp_${id}`)}
    commit`,
  'numbered aliases': perChat('select m@.* from message as m@ where m@.chat_id = $1'),
  'INSERT one row at a time': (rows) => `
    select id from chat     -- rows id=1..${rows}      !source
    ${each(rows, (id) => `insert into event (chat_id, text) values ($1, $2)     -- values ${id}, 'x'      !write-loop`)}`,
  'UPDATE one row at a time': (rows) => `
    select id from chat     -- rows id=1..${rows}      !source
    ${each(rows, (id) => `update message set is_read = true where chat_id = $1     -- values ${id}      !write-loop`)}`,
  'DELETE one row at a time': (rows) => `
    select id from chat     -- rows id=1..${rows}      !source
    ${each(rows, (id) => `delete from event where chat_id = $1     -- values ${id}      !write-loop`)}`,
  'upsert one row at a time': {
    rows: [3, 20, 1_000],
    timeline: (rows) =>
      each(
        rows,
        (id) =>
          `insert into tag (name) values ($1) on conflict (name) do update set name = excluded.name     -- values 't${id}'      !write-loop?`,
      ),
  },
  'ids from the request body': {
    rows: [3, 20, 1_000],
    timeline: (rows) => each(rows, (id) => `${MESSAGES}     -- values ${rows - id}      !n-plus-one?`),
  },
  'ids from a cache': {
    rows: [3, 20, 1_000],
    timeline: (rows) => `
      select name from settings     -- rows name='theme'
      ${each(rows, (id) => `${MESSAGES}     -- values ${key(id)}      !n-plus-one?`)}`,
  },
  'ids from another service': {
    rows: [3, 20, 1_000],
    timeline: (rows) =>
      each(rows, (id) => `${MESSAGES}     -- values ${key(id)} pause ${id === 1 ? 80 : 0}      !n-plus-one?`),
  },
  'an N+1 that shows only with more rows': {
    rows: [5, 20, 1_000],
    timeline: (rows) => `
      select id, kind from chat     -- rows id=1..${rows}      !source
      ${each(Math.ceil(rows / 3), (turn) => `${MESSAGES}     -- values ${3 * turn - 2}      !n-plus-one`)}`,
  },
  "A's rows feed a batch B, whose rows feed a loop C": (rows) => `
    select id from chat                                           -- rows id=1..${rows}
    select id, chat_id from message where chat_id = any($1)       -- values [1..${rows}] rows id=${keys(rows)} chat_id=1..${rows}      !source
    ${each(rows, (row) => `select * from attachment where message_id = $1     -- values ${key(row)}      !n-plus-one`)}`,
};

describe('found', () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const { rows, timeline } =
      typeof scenario === 'object' ? scenario : { rows: typeof scenario === 'string' ? [0] : MANY, timeline: scenario };
    test(name, () => {
      for (const count of rows) checkReport(typeof timeline === 'string' ? timeline : timeline(count));
    });
  }
});

const FORMS = 'a timeline begins behind the driver: loops-http.test.ts';
testsAllOf('Must be found: loops', SCENARIOS, {
  'rows of a stream, each with a statement': FORMS,
  "drivers' forms: text": FORMS,
  "drivers' forms: text, values": FORMS,
  "drivers' forms: config": FORMS,
  "drivers' forms: named prepared statement": FORMS,
  "drivers' forms: callback": FORMS,
  "drivers' forms: rowMode array": FORMS,
  "drivers' forms: cursor": FORMS,
  "drivers' forms: query stream": FORMS,
});
