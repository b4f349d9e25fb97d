// The chats of the examples in a database of their own, so many of them and so many messages in each, for tests of what an assertion says of them.

import pg from 'pg';
import { createTables, seed } from '../../examples/chats/seed.js';
import { freshDatabase } from '../postgres.js';

export async function openChats(max = 10): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: await freshDatabase(), max });
  await createTables(pool);
  await seed(pool, { chats: 2 });
  return pool;
}

/** `n` chats with `m` messages each, every one by a sender of its own. */
export async function fill(pool: pg.Pool, { n, m }: { n: number; m: number }): Promise<void> {
  await pool.query('truncate users, chat, message restart identity');
  await pool.query(`insert into users (username) select 'user ' || i from generate_series(1, $1::int) i`, [n * m]);
  await pool.query('insert into chat select from generate_series(1, $1::int)', [n]);
  await pool.query(
    `insert into message (chat_id, sender_id, text) select 1 + i % $2, 1 + i, 'text' from generate_series(0, $1::int - 1) i`,
    [n * m, n],
  );
}
