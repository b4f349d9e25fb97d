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

export const save = (db) => db.entry.save({ tag: 'save-1' });

export async function stream(db) {
  const rows = await db.message.find({}, { order, stream: true });
  for await (const message of rows) {
    await db.users.findOne(message.sender_id); // #streamed
  }
}
