// knex: queries are thenables, its pool is its own, and what it sends is made after it has a client.

import knex from 'knex';
import { ChangedMind, changingMind, retry } from '../retry.mjs';

export const open = ({ url, max }) => knex({ client: 'pg', connection: url, pool: { min: 0, max } });
export const close = (db) => db.destroy();

export async function lazy(db) {
  const chats = await db('chat').select('id').orderBy('id');
  for (const chat of chats) {
    chat.messages = await db('message').where({ chat_id: chat.id }).orderBy('id'); // #messages
    for (const message of chat.messages) {
      message.sender = await db('users').where('id', message.sender_id).first('username'); // #sender
    }
  }
  return chats;
}

export async function parallel(db) {
  for (const { id } of await db('chat').select('id').orderBy('id')) {
    const messages = await db('message').where({ chat_id: id }).orderBy('id'); // #messages
    await Promise.all(messages.map(({ sender_id }) => db('users').where('id', sender_id).first())); // #parallel
  }
}

export async function eager(db) {
  const chats = await db('chat').select('id').orderBy('id');
  const messages = await db('message').whereIn(
    'chat_id',
    chats.map(({ id }) => id),
  );
  const senders = await db('users').whereIn(
    'id',
    messages.map(({ sender_id }) => sender_id),
  );
  return { chats, messages, senders };
}

/** As eager as it gets, since it knows no relations. */
export const keyed = eager;

export async function look(db, ids) {
  for (const id of ids) await db('users').where({ id }).first();
}

export function commit(db) {
  return db.transaction(async (trx) => {
    await trx('entry').insert({ tag: 'commit-1' });
    await trx('entry').insert({ tag: 'commit-2' });
  });
}

export function rollback(db) {
  return changingMind(() =>
    db.transaction(async (trx) => {
      await trx('entry').insert({ tag: 'rollback-1' });
      await trx('entry').insert({ tag: 'rollback-2' });
      throw new ChangedMind();
    }),
  );
}

export function nested(db) {
  return db.transaction(async (trx) => {
    await trx('entry').insert({ tag: 'nested-1' });
    await changingMind(() =>
      trx.transaction(async (inner) => {
        await inner('entry').insert({ tag: 'nested-2' });
        throw new ChangedMind();
      }),
    );
    await trx.transaction((inner) => inner('entry').insert({ tag: 'nested-3' }));
    await trx('entry').insert({ tag: 'nested-4' });
  });
}

export function isolated(db) {
  const work = async (trx) => {
    await trx('entry').insert({ tag: 'isolated-1' });
    await trx('entry').insert({ tag: 'isolated-2' });
  };
  return db.transaction(work, { isolationLevel: 'serializable' });
}

export function retried(db) {
  return retry(() =>
    db.transaction(async (trx) => {
      await trx('entry').insert({ tag: 'retried-1' });
      await trx.raw('select fail_once()');
      await trx('entry').insert({ tag: 'retried-2' });
    }),
  );
}

export async function failed(db) {
  await db.raw('select fail()'); // #failed
}

export function bulk(db) {
  const rows = Array.from({ length: 100 }, (_, index) => ({ tag: `bulk-${index}` }));
  return db.batchInsert('entry', rows, 25);
}

export async function each(db) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await db('entry').insert({ tag });
}

export async function apart(db) {
  const [{ id }] = await db('users').insert({ username: 'apart' }, 'id');
  await db('message').insert({ chat_id: 1, sender_id: id, text: 'apart' });
}

export function beside(db) {
  return db.transaction(async (trx) => {
    await trx('entry').insert({ tag: 'beside-1' });
    await db('entry').insert({ tag: 'beside-2' });
  });
}

/** The other calls that advice names. */
export async function advised(db) {
  const keys = [1, 2];
  const values = { tries: 1 };
  await db('entry').whereIn('id', keys).update(values);
  await db('entry').where({ id: 1 }).increment('tries', 1);
  await db('entry').whereIn('id', keys).delete();
  await db('users').insert({ id: 1, username: '' }).onConflict().ignore();
  await db.transaction((trx) => trx('users').where({ id: 1 }).forUpdate());
  const step = (query) => query.select('id').from('walk');
  await db.withRecursive('walk', db('chat').select('id').union(step)).from('walk');
  await db.raw('select 1');
}

export async function stream(db) {
  for await (const message of db('message').orderBy('id').stream()) {
    await db('users').where({ id: message.sender_id }).first(); // #streamed
  }
}
