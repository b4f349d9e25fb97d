// What feeds a loop where no rows are shown: the order of statements alone.

import { expect, test } from 'vitest';
import { csvlog } from '../../src/logs/postgres/server-formats.js';
import { judgeLog } from '../logs/judged-log.js';

/** One session's statements, a millisecond apart, begun and ended in the log. */
async function reportOf(texts: readonly string[]) {
  const record = (message: string, at: number) =>
    `2026-11-26 11:30:22.${String(at).padStart(3, '0')} UTC,"ada","shop",42,"127.0.0.1:1",6b08.3ed3,3,"SELECT",2026-11-26 11:30:22 UTC,3/7,0,LOG,00000,"${message}",,,,,,,,,"app","client backend",,0\n`;
  const messages = [
    'connection authorized: user=ada database=shop',
    ...texts.map((text) => `duration: 0.100 ms  statement: ${text}`),
    'disconnection: session time: 0:00:00.031 user=ada database=shop host=127.0.0.1 port=1',
  ];
  const { reports } = await judgeLog(csvlog, messages.map(record).join(''));
  expect(reports).toHaveLength(1);
  return reports[0] as (typeof reports)[number];
}

/** `chat → 2 message.chat_id`: where each flow comes from and goes to. */
async function flowsOf(texts: readonly string[]): Promise<string[]> {
  const { profile } = await reportOf(texts);
  return profile.flows.map(({ from, to, strength }) => {
    expect([from.column, from.parameter, strength]).toEqual([null, null, 'strong']);
    const table = profile.statements[to.statements[0] as number]?.shape.reads[0];
    return `${from.statements.length} ${from.table} → ${to.statements.length} ${table}.${to.column}`;
  });
}

const chat = 'select id from chat';
const message = (id: number) => `select * from message where chat_id = ${id}`;
const user = (id: number) => `select * from users where id = ${id}`;
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

test('a loop in a loop, the inner one with a body of two', async () => {
  const turns = times(2, (c) => [
    message(c),
    ...times(4, (m) => [user(10 * c + m), `select * from face where user_id = ${10 * c + m}`]),
  ]);
  expect((await flowsOf([chat, ...turns.flat(2)])).toSorted()).toEqual([
    '1 chat → 2 message.chat_id',
    '2 message → 8 face.user_id',
    '2 message → 8 users.id',
  ]);
});

test('two loops one after the other have each their own source', async () => {
  expect(await flowsOf([chat, ...times(6, message), 'select id from team', ...times(5, user)])).toEqual([
    '1 chat → 6 message.chat_id',
    '1 team → 5 users.id',
  ]);
});

test.each([
  ['four turns are too few', [chat, ...times(4, message)]],
  ['two alike of one request are no loop', [chat, message(1), message(2)]],
  ['values of two are no loop', [chat, ...times(6, (i) => message(i % 2))]],
  ['what nothing precedes has no source', times(6, message)],
  [
    'what follows now one, now another has none',
    [chat, ...times(3, message), 'select id from team', ...times(3, (i) => message(9 + i))],
  ],
  ['a write is no source', ['insert into chat default values', ...times(6, message)]],
  ['nothing is asked for by equality', [chat, ...times(6, (i) => `select * from message where id > ${i}`)]],
])('%s', async (_name, texts) => {
  expect(await flowsOf(texts)).toEqual([]);
});

test('the tree is told with what is known of it, and grows to nothing that was not seen', async () => {
  const { findings } = await reportOf([
    chat,
    ...times(2, (c) => [message(c), ...times(4, (m) => user(10 * c + m))]).flat(),
  ]);
  expect(findings.map(({ message: text, confidence, parent, why }) => [text, confidence, parent, why])).toEqual([
    [
      '11 statements where 3 do',
      'likely',
      null,
      '2 different values of chat_id, all after the one read of chat: its rows are not shown, and that the values come from them follows from the order of the statements alone.',
    ],
    [
      '8 statements where 1 does',
      'likely',
      1,
      '8 different values of users.id, each after one of 2 reads of message: its rows are not shown, and that the values come from them follows from the order of the statements alone.',
    ],
  ]);
  expect(findings.map(({ data }) => [data.growsTo1000, data.sourceRows, data.root])).toEqual([
    [undefined, undefined, 'chat'],
    [undefined, undefined, 'chat'],
  ]);
});
