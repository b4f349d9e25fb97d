// zapatos: functions that write SQL, run on the app's own pool.

import pg from 'pg';
import * as db from 'zapatos/db';
import { ChangedMind, changingMind } from '../retry.mjs';

export const open = ({ url, max }) => new pg.Pool({ connectionString: url, max });
export const close = (pool) => pool.end();

const order = { by: 'id', direction: 'ASC' };

export async function lazy(pool) {
  const chats = await db.select('chat', db.all, { order }).run(pool);
  for (const { id } of chats) {
    const messages = await db.select('message', { chat_id: id }, { order }).run(pool); // #messages
    for (const { sender_id } of messages) {
      await db.selectOne('users', { id: sender_id }).run(pool); // #sender
    }
  }
}

export async function parallel(pool) {
  for (const { id } of await db.select('chat', db.all, { order }).run(pool)) {
    const messages = await db.select('message', { chat_id: id }, { order }).run(pool); // #messages
    await Promise.all(messages.map(({ sender_id }) => db.selectOne('users', { id: sender_id }).run(pool))); // #parallel
  }
}

export function eager(pool) {
  const sender = db.selectExactlyOne('users', { id: db.parent('sender_id') });
  const messages = db.select('message', { chat_id: db.parent('id') }, { lateral: { sender } });
  return db.select('chat', db.all, { lateral: { messages } }).run(pool);
}

export async function keyed(pool) {
  const chats = await db.select('chat', db.all).run(pool);
  const ids = chats.map(({ id }) => id);
  const messages = await db.select('message', { chat_id: db.conditions.isIn(ids) }).run(pool);
  const senders = messages.map(({ sender_id }) => sender_id);
  await db.select('users', { id: db.conditions.isIn(senders) }).run(pool);
}

export async function tree(pool) {
  const messages = db.select('message', { chat_id: db.parent('id') }, { order });
  const chats = await db.select('chat', db.all, { lateral: { messages } }).run(pool);
  for (const { messages } of chats) {
    for (const { sender_id } of messages) await db.selectOne('users', { id: sender_id }).run(pool); // #tree
  }
}

export async function look(pool, ids) {
  for (const id of ids) await db.selectOne('users', { id }).run(pool);
}

const insert = (queryable, tag) => db.insert('entry', { tag }).run(queryable);

export function commit(pool) {
  return db.readCommitted(pool, async (tx) => {
    await insert(tx, 'commit-1');
    await insert(tx, 'commit-2');
  });
}

export function rollback(pool) {
  return changingMind(() =>
    db.readCommitted(pool, async (tx) => {
      await insert(tx, 'rollback-1');
      await insert(tx, 'rollback-2');
      throw new ChangedMind();
    }),
  );
}

/** A transaction in a transaction is a part of it; savepoints are set by hand. */
export function nested(pool) {
  return db.readCommitted(pool, async (tx) => {
    await insert(tx, 'nested-1');
    await db.sql`savepoint inside`.run(tx);
    await insert(tx, 'nested-2');
    await db.sql`rollback to inside`.run(tx);
    await db.sql`savepoint kept`.run(tx);
    await db.readCommitted(tx, (inner) => insert(inner, 'nested-3'));
    await db.sql`release kept`.run(tx);
    await insert(tx, 'nested-4');
  });
}

export function isolated(pool) {
  return db.serializable(pool, async (tx) => {
    await insert(tx, 'isolated-1');
    await insert(tx, 'isolated-2');
  });
}

/** It tries again by itself. */
export function retried(pool) {
  return db.serializable(pool, async (tx) => {
    await insert(tx, 'retried-1');
    await db.sql`select fail_once()`.run(tx);
    await insert(tx, 'retried-2');
  });
}

export async function failed(pool) {
  await db.sql`select fail()`.run(pool); // #failed
}

export const bulk = (pool) =>
  db
    .insert(
      'entry',
      Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` })),
    )
    .run(pool);

export async function each(pool) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await insert(pool, tag);
}

export async function apart(pool) {
  const { id } = await db.insert('users', { username: 'apart' }).run(pool);
  await db.insert('message', { chat_id: 1, sender_id: id, text: 'apart' }).run(pool);
}

export function beside(pool) {
  return db.readCommitted(pool, async (tx) => {
    await insert(tx, 'beside-1');
    await insert(pool, 'beside-2');
  });
}

/** The other calls that advice names. */
export async function advised(pool) {
  const keys = [1, 2];
  const values = { tries: 1 };
  await db.update('entry', values, { id: db.conditions.isIn(keys) }).run(pool);
  await db.deletes('entry', { id: db.conditions.isIn(keys) }).run(pool);
  await db.upsert('users', { id: 1, username: 'user 1' }, 'id').run(pool);
  await db.readCommitted(pool, (tx) => db.select('users', { id: 1 }, { lock: { for: 'UPDATE' } }).run(tx));
}
