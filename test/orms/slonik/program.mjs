// slonik: a pool of its own over pg's clients, each reset by DISCARD ALL, and transactions that are tried again by themselves.

import { createPool, sql } from 'slonik';
import { z } from 'zod';
import { ChangedMind, changingMind } from '../retry.mjs';

export const open = ({ url, max }) => createPool(url, { maximumPoolSize: max });
export const close = (pool) => pool.end();

const chatRow = z.object({ id: z.number() });
const idRow = z.object({ id: z.number() });
const messageRow = z.object({ id: z.number(), sender_id: z.number() });
const userRow = z.object({ username: z.string() });

export async function lazy(pool) {
  const chats = await pool.any(sql.type(chatRow)`select id from chat order by id`);
  for (const { id } of chats) {
    const ofChat = sql.type(messageRow)`select id, sender_id from message where chat_id = ${id} order by id`;
    const messages = await pool.any(ofChat); // #messages
    for (const { sender_id } of messages) {
      await pool.one(sql.type(userRow)`select username from users where id = ${sender_id}`); // #sender
    }
  }
}

export async function parallel(pool) {
  const sender = ({ sender_id }) => pool.one(sql.type(userRow)`select username from users where id = ${sender_id}`);
  for (const { id } of await pool.any(sql.type(chatRow)`select id from chat order by id`)) {
    const ofChat = sql.type(messageRow)`select id, sender_id from message where chat_id = ${id} order by id`;
    const messages = await pool.any(ofChat); // #messages
    await Promise.all(messages.map(sender)); // #parallel
  }
}

export async function eager(pool) {
  const chats = await pool.any(sql.type(chatRow)`select id from chat`);
  const ids = sql.array(
    chats.map(({ id }) => id),
    'int4',
  );
  await pool.any(sql.unsafe`select * from message join users on users.id = sender_id where chat_id = any(${ids})`);
}

/** As eager as it gets, since it knows no relations. */
export const keyed = eager;

export async function look(pool, ids) {
  for (const id of ids) await pool.one(sql.type(userRow)`select username from users where id = ${id}`);
}

const insert = (pool, tag) => pool.query(sql.unsafe`insert into entry (tag) values (${tag})`);

export function commit(pool) {
  return pool.transaction(async (tx) => {
    await insert(tx, 'commit-1');
    await insert(tx, 'commit-2');
  });
}

export function rollback(pool) {
  return changingMind(() =>
    pool.transaction(async (tx) => {
      await insert(tx, 'rollback-1');
      await insert(tx, 'rollback-2');
      throw new ChangedMind();
    }),
  );
}

export function nested(pool) {
  return pool.transaction(async (tx) => {
    await insert(tx, 'nested-1');
    await changingMind(() =>
      tx.transaction(async (inner) => {
        await insert(inner, 'nested-2');
        throw new ChangedMind();
      }),
    );
    await tx.transaction((inner) => insert(inner, 'nested-3'));
    await insert(tx, 'nested-4');
  });
}

export function isolated(pool) {
  return pool.transaction(async (tx) => {
    await tx.query(sql.unsafe`set transaction isolation level serializable`);
    await insert(tx, 'isolated-1');
    await insert(tx, 'isolated-2');
  });
}

export function retried(pool) {
  return pool.transaction(async (tx) => {
    await insert(tx, 'retried-1');
    await tx.query(sql.unsafe`select fail_once()`);
    await insert(tx, 'retried-2');
  });
}

export async function failed(pool) {
  await pool.query(sql.unsafe`select fail()`); // #failed
}

export function bulk(pool) {
  const rows = Array.from({ length: 50 }, (_, index) => [`bulk-${index}`]);
  return pool.query(sql.unsafe`insert into entry (tag) select * from ${sql.unnest(rows, ['text'])}`);
}

export async function each(pool) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await insert(pool, tag);
}

export async function apart(pool) {
  const user = sql.type(idRow)`insert into users (username) values ('apart') returning id`;
  const { id } = await pool.one(user);
  await pool.query(sql.unsafe`insert into message (chat_id, sender_id, text) values (1, ${id}, 'apart')`);
}

/** What it is given to handle the rows is not waited for, so here it only hands them on. */
export async function stream(pool) {
  let streamed;
  const rows = await new Promise((resolve, reject) => {
    streamed = pool.stream(sql.type(messageRow)`select id, sender_id from message order by id`, resolve);
    streamed.catch(reject);
  });
  for await (const { data } of rows) {
    await pool.one(sql.type(userRow)`select username from users where id = ${data.sender_id}`); // #streamed
  }
  await streamed;
}
