// massive: functions for each table that it finds in the catalogue, over an older pg-promise with an older pg.

import massive from 'massive';
import { ChangedMind, changingMind, retry } from '../retry.mjs';

export const open = ({ url, max }) => massive({ connectionString: url, max });
export const close = (db) => db.instance.$pool.end();

const order = [{ field: 'id' }];

export async function lazy(db) {
  const chats = await db.chat.find({}, { order });
  for (const chat of chats) {
    chat.messages = await db.message.find({ chat_id: chat.id }, { order }); // #messages
    for (const message of chat.messages) {
      message.sender = await db.users.findOne(message.sender_id); // #sender
    }
  }
  return chats;
}

export async function parallel(db) {
  for (const { id } of await db.chat.find({}, { order })) {
    const messages = await db.message.find({ chat_id: id }, { order }); // #messages
    await Promise.all(messages.map(({ sender_id }) => db.users.findOne(sender_id))); // #parallel
  }
}

export function eager(db) {
  return db.chat
    .join({
      messages: { type: 'LEFT OUTER', relation: 'message', on: { chat_id: 'chat.id' } },
      sender: { type: 'LEFT OUTER', relation: 'users', on: { id: 'messages.sender_id' } },
    })
    .find({});
}

export async function keyed(db) {
  const chats = await db.chat.find({});
  const messages = await db.message.find({ chat_id: chats.map(({ id }) => id) });
  await db.users.find({ id: messages.map(({ sender_id }) => sender_id) });
}

export async function look(db, ids) {
  for (const id of ids) await db.users.findOne(id);
}

export function commit(db) {
  return db.withTransaction(async (tx) => {
    await tx.entry.insert({ tag: 'commit-1' });
    await tx.entry.insert({ tag: 'commit-2' });
  });
}

export function rollback(db) {
  return changingMind(() =>
    db.withTransaction(async (tx) => {
      await tx.entry.insert({ tag: 'rollback-1' });
      await tx.entry.insert({ tag: 'rollback-2' });
      throw new ChangedMind();
    }),
  );
}

export function nested(db) {
  return db.withTransaction(async (tx) => {
    await tx.entry.insert({ tag: 'nested-1' });
    await changingMind(() =>
      tx.withTransaction(async (inner) => {
        await inner.entry.insert({ tag: 'nested-2' });
        throw new ChangedMind();
      }),
    );
    await tx.withTransaction((inner) => inner.entry.insert({ tag: 'nested-3' }));
    await tx.entry.insert({ tag: 'nested-4' });
  });
}

export function isolated(db) {
  const { TransactionMode, isolationLevel } = db.pgp.txMode;
  const work = async (tx) => {
    await tx.entry.insert({ tag: 'isolated-1' });
    await tx.entry.insert({ tag: 'isolated-2' });
  };
  return db.withTransaction(work, { mode: new TransactionMode({ tiLevel: isolationLevel.serializable }) });
}

export function retried(db) {
  return retry(() =>
    db.withTransaction(async (tx) => {
      await tx.entry.insert({ tag: 'retried-1' });
      await tx.query('select fail_once()');
      await tx.entry.insert({ tag: 'retried-2' });
    }),
  );
}

export async function failed(db) {
  await db.query('select fail()'); // #failed
}

export const bulk = (db) => db.entry.insert(Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` })));

export async function each(db) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await db.entry.insert({ tag });
}

export async function apart(db) {
  const { id } = await db.users.insert({ username: 'apart' });
  await db.message.insert({ chat_id: 1, sender_id: id, text: 'apart' });
}

export function beside(db) {
  return db.withTransaction(async (tx) => {
    await tx.entry.insert({ tag: 'beside-1' });
    await db.entry.insert({ tag: 'beside-2' });
  });
}

/** The other calls that advice names. */
export async function advised(db) {
  const keys = [1, 2];
  const values = { tries: 1 };
  await db.entry.update({ id: keys }, values);
  await db.entry.destroy({ id: keys });
  await db.users.insert({ id: 1, username: '' }, { onConflictIgnore: true });
  await db.withTransaction((tx) => tx.users.find({ id: 1 }, { lock: { strength: 'UPDATE' } }));
  await db.query('select 1');
}

export const save = (db) => db.entry.save({ tag: 'save-1' });

export async function stream(db) {
  const rows = await db.message.find({}, { order, stream: true });
  for await (const message of rows) {
    await db.users.findOne(message.sender_id); // #streamed
  }
}
