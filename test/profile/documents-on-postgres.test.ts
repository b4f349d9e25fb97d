// Trees that a statement makes of its rows as JSON, in the forms that query builders send, over a real PostgreSQL: what a loop binds is
// followed to the rows inside.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { TIMELESS } from '../support/timeless.js';

let pool: pg.Pool;
let profiler: Profiler;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 4 });
  await pool.query(`
    create table users (id int primary key, username text not null);
    create table chat (id int primary key, settings jsonb not null);
    create table message (id int primary key, chat_id int not null, sender_id int not null, text text not null);
    insert into users select n, 'user ' || n from generate_series(1, 20) n;
    insert into chat values (1, '{"owner_id": 8, "notify": [3, 1, 4]}'), (2, '{"owner_id": 5, "notify": [15, 9, 2]}');
    insert into message select n, 1 + (n - 1) / 10, 1 + (n * 7) % 20, 'message ' || n from generate_series(1, 20) n`);
  profiler = createProfiler({ outputs: [], detectors: TIMELESS });
  profiler.instrument(pg);
});

afterAll(async () => {
  await profiler.close();
  await pool.end();
});

/** Each report, one line a finding: how sure, of how many statements, why, and how it grows. */
async function told(fn: () => Promise<unknown>): Promise<string[]> {
  const { report } = await profiler.capture(fn);
  expect(report.profile.notices).toEqual([]);
  return toldBy(report);
}

function toldBy({ findings }: Report): string[] {
  return findings.map(({ confidence, statements, data }) =>
    [confidence, statements.length, data.proof, data.grows].join(' · '),
  );
}

const userOf = (id: number) => pool.query('select username from users where id = $1', [id]);

const MESSAGES = 'select id, chat_id, sender_id from message where chat_id = chat.id order by id';

interface Message {
  sender_id: number;
}

describe('a loop over rows inside JSON', () => {
  it.each<[string, string, (row: never) => number[], string]>([
    [
      'objects (json_agg)',
      `select id, (select coalesce(json_agg(m), '[]') from (${MESSAGES}) m) as messages from chat order by id`,
      ({ messages }: { messages: Message[] }) => messages.map(({ sender_id }) => sender_id),
      'message.sender_id',
    ],
    [
      'the whole result as one document (jsonb_agg of to_jsonb)',
      `select jsonb_agg(result) as result from (select to_jsonb(message.*) as result from message order by id) q`,
      ({ result }: { result: Message[] }) => result.map(({ sender_id }) => sender_id),
      'message.sender_id',
    ],
    [
      'a document for each row (row_to_json)',
      'select row_to_json(message) as result from message order by id',
      ({ result }: { result: Message }) => [result.sender_id],
      'message.sender_id',
    ],
    [
      'arrays (json_build_array)',
      `select m.data as messages from chat left join lateral (
         select coalesce(json_agg(json_build_array(id, chat_id, sender_id)), '[]') as data from (${MESSAGES}) s
       ) m on true order by chat.id`,
      ({ messages }: { messages: number[][] }) => messages.map(([, , sender]) => sender as number),
      'message.sender_id',
    ],
    [
      'an array for each row, and what is no column of a table',
      'select json_build_array(id, sender_id + 0) as pair from message order by id',
      ({ pair }: { pair: number[] }) => [pair[1] as number],
      'pair[1]',
    ],
    [
      'objects inside objects (json_build_object)',
      `select json_agg(json_build_object('id', m.id, 'sender', json_build_object('id', u.id)) order by m.id) as messages
       from message m join users u on u.id = m.sender_id`,
      ({ messages }: { messages: { sender: { id: number } }[] }) => messages.map(({ sender }) => sender.id),
      'id',
    ],
    [
      'a list of the values alone',
      'select chat_id, json_agg(sender_id order by id) as sender_ids from message group by chat_id order by chat_id',
      ({ sender_ids }: { sender_ids: number[] }) => sender_ids,
      'message.sender_ids',
    ],
  ])('%s', async (_, sql, sendersOf, source) => {
    const findings = await told(async () => {
      const { rows } = await pool.query(sql);
      for (const row of rows) for (const id of sendersOf(row as never)) await userOf(id);
    });
    const root = source.startsWith('message.') ? 'messages' : 'rows';
    expect(findings).toEqual([`proven · 20 · 20 of 20 users.id are ${source} · 1,000 ${root} → 1,001 statements`]);
  });

  it('of two rows, by names that agree', async () => {
    const findings = await told(async () => {
      const { rows } = await pool.query('select json_agg(to_json(chat)) as chats from chat');
      for (const { id } of rows[0].chats) await pool.query('select count(*) from message where chat_id = $1', [id]);
    });
    expect(findings).toEqual(['proven · 2 · 2 of 2 chat_id are chat.id · 1,000 chats → 1,001 statements']);
  });

  it('in rows that come as arrays', async () => {
    const findings = await told(async () => {
      const text = `select id, (select json_agg(m) from (${MESSAGES}) m) as messages from chat order by id`;
      const { rows } = await pool.query<[number, Message[]]>({ text, rowMode: 'array' });
      for (const [, messages] of rows) for (const { sender_id } of messages) await userOf(sender_id);
    });
    expect(findings).toEqual([
      'proven · 20 · 20 of 20 users.id are message.sender_id · 1,000 messages → 1,001 statements',
    ]);
  });

  it('a walk down a tree whose levels are documents', async () => {
    await pool.query(`create table folder (id int primary key, parent_id int);
      insert into folder select n, nullif(n / 3, 0) from generate_series(1, 25) n`);
    const children = 'select json_agg(to_json(folder) order by id) as folders from folder where parent_id = $1';
    const walk = async (id: number): Promise<void> => {
      const { rows } = await pool.query<{ folders: { id: number }[] | null }>(children, [id]);
      for (const folder of rows[0]?.folders ?? []) await walk(folder.id);
    };
    const { report } = await profiler.capture(() => walk(1));
    expect(report.findings.map(({ detector, confidence, data }) => [detector, confidence, data.rows])).toEqual([
      ['recursive-walk', 'proven', report.profile.statements.length - 1],
    ]);
  });
});

describe('no loop', () => {
  it('one statement for all rows inside', async () => {
    const findings = await told(async () => {
      const { rows } = await pool.query('select json_agg(message) as messages from message');
      const ids = (rows[0].messages as Message[]).map(({ sender_id }) => sender_id);
      await pool.query('select * from users where id = any($1)', [ids]);
    });
    expect(findings).toEqual([]);
  });

  it('a document that stands in a table is not read: it is no row', async () => {
    const { report } = await profiler.capture(async () => {
      const { rows } = await pool.query('select settings from chat order by id');
      for (const { settings } of rows) await userOf(settings.owner_id);
    });
    expect([report.profile.flows, report.findings]).toEqual([[], []]);
  });
});

it('ties a write to the id that another returned inside JSON', async () => {
  await pool.query('create table room (id serial primary key); create table member (room_id int, user_id int)');
  await pool.query(`select setval('room_id_seq', 100)`);
  const { report } = await profiler.capture(async () => {
    const { rows } = await pool.query('insert into room default values returning to_jsonb(room.*) as result');
    await pool.query('insert into member (room_id, user_id) values ($1, $2)', [rows[0].result.id, 1]);
  });
  expect(report.findings.map(({ detector, confidence, why }) => [detector, confidence, why])).toEqual([
    ['missing-transaction', 'proven', 'room_id is the id that INSERT INTO room returned.'],
  ]);
});

it('runs no code of a parser that the app brought', async () => {
  const ran: string[] = [];
  const trap = (name: string) => () => {
    ran.push(name);
    throw new Error(name);
  };
  const parsed = [
    Object.defineProperty({ id: 1 }, 'sender_id', { get: trap('getter'), enumerable: true }),
    { id: 2, sender_id: { toString: trap('toString'), toJSON: trap('toJSON'), valueOf: trap('valueOf') } },
    new Proxy({ id: 3 }, { get: trap('get'), ownKeys: trap('ownKeys'), getOwnPropertyDescriptor: trap('descriptor') }),
    { id: 4, sender: new Proxy([], { get: trap('get of a list'), getPrototypeOf: trap('prototype') }) },
    Object.defineProperty([], 0, { get: trap('item'), enumerable: true }),
  ];
  const types = { getTypeParser: () => () => parsed } as unknown as pg.CustomTypesConfig;
  const { result, report } = await profiler.capture(() => pool.query({ text: `select '[]'::json as rows`, types }));
  expect(result.rows[0].rows).toBe(parsed);
  expect([ran, report.profile.notices]).toEqual([[], []]);
});
