// A pool that still opens connections sends in another order than it was called in. Loops in parallel are proven all the same,
// since it is the order of the app's calls that follows the rows.

import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProfiler, type Profiler } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';

let url: string;
let profiler: Profiler;

beforeAll(async () => {
  url = await freshDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`
    create table users (id int primary key);
    create table chat (id int primary key);
    create table message (id int primary key, chat_id int not null, sender_id int not null);
    insert into users select n from generate_series(1, 20) n;
    insert into chat values (1), (2);
    insert into message select n, 1 + (n - 1) / 10, n from generate_series(1, 20) n`);
  await client.end();
  profiler = createProfiler({ outputs: [] });
  profiler.instrument(pg);
});

afterAll(() => profiler.close());

/** Chats side by side, and the senders of their messages side by side again. */
async function inParallel(pool: pg.Pool, senders: number): Promise<void> {
  const { rows: chats } = await pool.query('select id from chat order by id');
  await Promise.all(
    chats.map(async (chat) => {
      const asked = 'select sender_id % $2 + 1 as sender_id from message where chat_id = $1 order by id';
      const { rows: messages } = await pool.query(asked, [chat.id, senders]);
      await Promise.all(messages.map(({ sender_id }) => pool.query('select id from users where id = $1', [sender_id])));
    }),
  );
}

test.each([
  [2, 20],
  [4, 20],
  [10, 20],
  [2, 2],
  [4, 2],
  [10, 2],
])('a cold pool of %i, %i senders', async (max, senders) => {
  const pool = new pg.Pool({ connectionString: url, max });
  const { report } = await profiler.capture(`${max} and ${senders}`, () => inParallel(pool, senders));
  await pool.end();
  expect(
    report.findings.map(({ detector, confidence, statements, parent }) => [
      detector,
      confidence,
      statements.length,
      parent,
    ]),
  ).toEqual([
    ['n-plus-one', 'proven', 2, null],
    ['n-plus-one', 'proven', 20, 1],
  ]);
});
