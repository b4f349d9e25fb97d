// Fills the database: chats, ten messages in each, and who sent them.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';

export const MESSAGES_PER_CHAT = 10;

export interface Amount {
  chats: number;
  /** Different senders; by default each message has its own. */
  senders?: number;
}

/** Makes the tables; the database must be empty. */
export async function createTables(pool: Pool): Promise<void> {
  await pool.query(await readFile(join(__dirname, 'schema.sql'), 'utf8'));
}

/** Replaces all rows. */
export async function seed(pool: Pool, { chats, senders = chats * MESSAGES_PER_CHAT }: Amount): Promise<void> {
  await pool.query('truncate users, chat, message restart identity');
  await pool.query(`insert into users (username) select 'user ' || n from generate_series(1, $1::int) n`, [senders]);
  await pool.query('insert into chat select from generate_series(1, $1::int)', [chats]);
  // Senders in no order, as in life: the seventh next of them writes the next message.
  await pool.query(
    `insert into message (chat_id, sender_id, text)
     select chat.id, 1 + (7 * row_number() over (order by chat.id, n) + 3) % $2, 'message ' || n
       from chat, generate_series(1, $1::int) n
      order by chat.id, n`,
    [MESSAGES_PER_CHAT, senders],
  );
}

/** Replaces all rows by `n` chats with `m` messages each, every one by a sender of its own. */
export async function fill(pool: Pool, n: number, m: number): Promise<void> {
  await pool.query('truncate users, chat, message restart identity');
  await pool.query(`insert into users (username) select 'user ' || i from generate_series(1, $1::int) i`, [n * m]);
  await pool.query('insert into chat select from generate_series(1, $1::int)', [n]);
  await pool.query(
    `insert into message (chat_id, sender_id, text) select 1 + i % $2, 1 + i, 'text' from generate_series(0, $1::int - 1) i`,
    [n * m, n],
  );
}
