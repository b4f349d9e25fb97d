// pgtyped: queries written as SQL and run on the app's own pool. It has no transactions, so they are the app's.

import { sql } from '@pgtyped/runtime';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { ChangedMind, changingMind, retry } from '../retry.mjs';

const chats = sql`select id from chat order by id`;
const messagesOf = sql`select id, sender_id from message where chat_id = $chatId order by id`;
const everyMessage = sql`select id, sender_id from message order by id`;
const senderOf = sql`select username from users where id = $id`;
const everything = sql`select * from message join users on users.id = sender_id where chat_id in $$chatIds`;
const insert = sql`insert into entry (tag) values ($tag)`;
const insertAll = sql`insert into entry (tag) values $$rows(tag)`;
const insertUser = sql`insert into users (username) values ($username) returning id`;
const insertMessage = sql`insert into message (chat_id, sender_id, text) values (1, $senderId, $text)`;
const failOnce = sql`select fail_once()`;
const fail = sql`select fail()`;

export const open = ({ url, max }) => new pg.Pool({ connectionString: url, max });
export const close = (pool) => pool.end();

export async function lazy(pool) {
  for (const { id } of await chats.run(undefined, pool)) {
    const messages = await messagesOf.run({ chatId: id }, pool); // #messages
    for (const { sender_id } of messages) {
      await senderOf.run({ id: sender_id }, pool); // #sender
    }
  }
}

export async function parallel(pool) {
  for (const { id } of await chats.run(undefined, pool)) {
    const messages = await messagesOf.run({ chatId: id }, pool); // #messages
    await Promise.all(messages.map(({ sender_id }) => senderOf.run({ id: sender_id }, pool))); // #parallel
  }
}

export async function eager(pool) {
  const rows = await chats.run(undefined, pool);
  await everything.run({ chatIds: rows.map(({ id }) => id) }, pool);
}

/** As eager as it gets, since it knows no relations. */
export const keyed = eager;

export async function look(pool, ids) {
  for (const id of ids) await senderOf.run({ id }, pool);
}

async function transaction(pool, work, begin = 'begin') {
  const client = await pool.connect();
  try {
    await client.query(begin);
    await work(client);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

export function commit(pool) {
  return transaction(pool, async (client) => {
    await insert.run({ tag: 'commit-1' }, client);
    await insert.run({ tag: 'commit-2' }, client);
  });
}

export function rollback(pool) {
  return changingMind(() =>
    transaction(pool, async (client) => {
      await insert.run({ tag: 'rollback-1' }, client);
      await insert.run({ tag: 'rollback-2' }, client);
      throw new ChangedMind();
    }),
  );
}

export function nested(pool) {
  return transaction(pool, async (client) => {
    await insert.run({ tag: 'nested-1' }, client);
    await client.query('savepoint inside');
    await insert.run({ tag: 'nested-2' }, client);
    await client.query('rollback to inside');
    await client.query('savepoint kept');
    await insert.run({ tag: 'nested-3' }, client);
    await client.query('release kept');
    await insert.run({ tag: 'nested-4' }, client);
  });
}

export function isolated(pool) {
  const work = async (client) => {
    await insert.run({ tag: 'isolated-1' }, client);
    await insert.run({ tag: 'isolated-2' }, client);
  };
  return transaction(pool, work, 'begin isolation level serializable');
}

export function retried(pool) {
  return retry(() =>
    transaction(pool, async (client) => {
      await insert.run({ tag: 'retried-1' }, client);
      await failOnce.run(undefined, client);
      await insert.run({ tag: 'retried-2' }, client);
    }),
  );
}

export async function failed(pool) {
  await fail.run(undefined, pool); // #failed
}

export const bulk = (pool) =>
  insertAll.run({ rows: Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` })) }, pool);

export async function each(pool) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await insert.run({ tag }, pool);
}

export async function apart(pool) {
  const [{ id }] = await insertUser.run({ username: 'apart' }, pool);
  await insertMessage.run({ senderId: id, text: 'apart' }, pool);
}

export function beside(pool) {
  return transaction(pool, async (client) => {
    await insert.run({ tag: 'beside-1' }, client);
    await insert.run({ tag: 'beside-2' }, pool);
  });
}

/** Its cursors are the app's, made by a connection that has a `stream`. */
export async function stream(pool) {
  const client = await pool.connect();
  const cursor = everyMessage.stream(undefined, { stream: (text, values) => client.query(new Cursor(text, values)) });
  for (let rows = await cursor.read(5); rows.length > 0; rows = await cursor.read(5)) {
    for (const { sender_id } of rows) await senderOf.run({ id: sender_id }, pool); // #streamed
  }
  await cursor.close();
  client.release();
}
