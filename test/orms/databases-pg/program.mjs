// @databases/pg: a pool of its own over pg's clients, and queries that may be several statements.

import databases from '@databases/pg';
import { ChangedMind, changingMind } from '../retry.mjs';

const { default: createConnectionPool, IsolationLevel, sql } = databases;

export const open = ({ url, max }) =>
  createConnectionPool({ connectionString: url, poolSize: max, bigIntMode: 'number' });
export const close = (db) => db.dispose();

export async function lazy(db) {
  const chats = await db.query(sql`select id from chat order by id`);
  for (const { id } of chats) {
    const messages = await db.query(sql`select id, sender_id from message where chat_id = ${id} order by id`); // #messages
    for (const { sender_id } of messages) {
      await db.query(sql`select username from users where id = ${sender_id}`); // #sender
    }
  }
}

export async function parallel(db) {
  for (const { id } of await db.query(sql`select id from chat order by id`)) {
    const messages = await db.query(sql`select id, sender_id from message where chat_id = ${id} order by id`); // #messages
    const sender = ({ sender_id }) => db.query(sql`select username from users where id = ${sender_id}`);
    await Promise.all(messages.map(sender)); // #parallel
  }
}

export async function eager(db) {
  const chats = await db.query(sql`select id from chat order by id`);
  const ids = chats.map(({ id }) => id);
  return db.query(sql`select * from message join users on users.id = sender_id where chat_id = any(${ids})`);
}

/** As eager as it gets, since it knows no relations. */
export const keyed = eager;

export async function look(db, ids) {
  for (const id of ids) await db.query(sql`select username from users where id = ${id}`);
}

const insert = (db, tag) => db.query(sql`insert into entry (tag) values (${tag})`);

export function commit(db) {
  return db.tx(async (tx) => {
    await insert(tx, 'commit-1');
    await insert(tx, 'commit-2');
  });
}

export function rollback(db) {
  return changingMind(() =>
    db.tx(async (tx) => {
      await insert(tx, 'rollback-1');
      await insert(tx, 'rollback-2');
      throw new ChangedMind();
    }),
  );
}

export function nested(db) {
  return db.tx(async (tx) => {
    await insert(tx, 'nested-1');
    await changingMind(() =>
      tx.tx(async (inner) => {
        await insert(inner, 'nested-2');
        throw new ChangedMind();
      }),
    );
    await tx.tx((inner) => insert(inner, 'nested-3'));
    await insert(tx, 'nested-4');
  });
}

export function isolated(db) {
  const work = async (tx) => {
    await insert(tx, 'isolated-1');
    await insert(tx, 'isolated-2');
  };
  return db.tx(work, { isolationLevel: IsolationLevel.SERIALIZABLE });
}

/** It tries again by itself. */
export function retried(db) {
  const work = async (tx) => {
    await insert(tx, 'retried-1');
    await tx.query(sql`select fail_once()`);
    await insert(tx, 'retried-2');
  };
  return db.tx(work, { retrySerializationFailures: true });
}

export async function failed(db) {
  await db.query(sql`select fail()`); // #failed
}

export function bulk(db) {
  const rows = Array.from({ length: 50 }, (_, index) => sql`(${`bulk-${index}`})`);
  return db.query(sql`insert into entry (tag) values ${sql.join(rows, ',')}`);
}

export async function each(db) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await insert(db, tag);
}

export async function apart(db) {
  const [{ id }] = await db.query(sql`insert into users (username) values ('apart') returning id`);
  await db.query(sql`insert into message (chat_id, sender_id, text) values (1, ${id}, 'apart')`);
}

export function beside(db) {
  return db.tx(async (tx) => {
    await insert(tx, 'beside-1');
    await insert(db, 'beside-2');
  });
}

export async function stream(db) {
  for await (const { sender_id } of db.queryStream(sql`select id, sender_id from message order by id`, {})) {
    await db.query(sql`select username from users where id = ${sender_id}`); // #streamed
  }
}
