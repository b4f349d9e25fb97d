// A pool that still opens connections sends in another order than it was called in. Loops in parallel are proven all the same,
// since it is the order of the app's calls that follows the rows.

import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProfiler, type Profiler } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { TIMELESS } from '../support/timeless.js';

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
  profiler = createProfiler({ outputs: [], detectors: TIMELESS });
  profiler.instrument(pg);
});

afterAll(() => profiler.close());

type Send = (pool: pg.Pool, text: string, values?: unknown[]) => Promise<pg.QueryResult>;

const byPool: Send = (pool, text, values) => pool.query(text, values);

/** As query builders do: a client for each statement. */
const byClient: Send = async (pool, text, values) => {
  const client = await pool.connect();
  try {
    return await client.query(text, values);
  } finally {
    client.release();
  }
};

const byCallback: Send = (pool, text, values) =>
  new Promise((resolve, reject) => {
    pool.connect((error, client, release) => {
      if (client === undefined) return reject(error);
      client
        .query(text, values ?? [])
        .then(resolve, reject)
        .finally(release);
    });
  });

/** Chats side by side, and the senders of their messages side by side again. */
async function inParallel(pool: pg.Pool, send: Send, senders: number): Promise<void> {
  const { rows: chats } = await send(pool, 'select id from chat order by id');
  await Promise.all(
    chats.map(async (chat) => {
      const asked = 'select sender_id % $2 + 1 as sender_id from message where chat_id = $1 order by id';
      const { rows: messages } = await send(pool, asked, [chat.id, senders]);
      await Promise.all(messages.map(({ sender_id }) => send(pool, 'select id from users where id = $1', [sender_id])));
    }),
  );
}

const SENDS = { 'pool.query': byPool, 'pool.connect': byClient, 'pool.connect with a callback': byCallback };

const CASES = Object.entries(SENDS).flatMap(([how, send]) =>
  [2, 4, 10].flatMap((max) => [20, 2].map((senders) => ({ how, send, max, senders }))),
);

test.each(CASES)('a cold pool of $max by $how, $senders senders', async ({ how, send, max, senders }) => {
  const pool = new pg.Pool({ connectionString: url, max });
  const { report } = await profiler.capture(`${how}, ${max} and ${senders}`, () => inParallel(pool, send, senders));
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
