// typeorm: entities with lazy relations, a repository whose `save` opens a transaction, a client taken from the pool before each query.

import 'reflect-metadata';
import { DataSource, EntitySchema, In } from 'typeorm';
import { ChangedMind, changingMind, retry } from '../retry.mjs';

const id = { type: Number, primary: true, generated: true };
const User = new EntitySchema({ name: 'User', tableName: 'users', columns: { id, username: { type: String } } });
const Chat = new EntitySchema({
  name: 'Chat',
  tableName: 'chat',
  columns: { id },
  relations: { messages: { type: 'one-to-many', target: 'Message', inverseSide: 'chat', lazy: true } },
});
const Message = new EntitySchema({
  name: 'Message',
  tableName: 'message',
  columns: { id, is_read: { type: Boolean }, text: { type: String } },
  relations: {
    chat: { type: 'many-to-one', target: 'Chat', joinColumn: { name: 'chat_id' }, lazy: true },
    sender: { type: 'many-to-one', target: 'User', joinColumn: { name: 'sender_id' }, lazy: true },
  },
});
const Entry = new EntitySchema({
  name: 'Entry',
  tableName: 'entry',
  columns: { id, tag: { type: String }, tries: { type: Number, default: 0 } },
});

export const open = ({ url, max }) =>
  new DataSource({
    type: 'postgres',
    url,
    entities: [User, Chat, Message, Entry],
    poolSize: max,
  }).initialize();
export const close = (db) => db.destroy();

export async function lazy(db) {
  const chats = await db.getRepository(Chat).find({ order: { id: 'ASC' } });
  for (const chat of chats) {
    const messages = await chat.messages; // #messages
    for (const message of messages) {
      await message.sender; // #sender
    }
  }
}

export async function parallel(db) {
  for (const chat of await db.getRepository(Chat).find({ order: { id: 'ASC' } })) {
    const messages = await chat.messages; // #messages
    await Promise.all(messages.map((message) => message.sender)); // #parallel
  }
}

export const eager = (db) => db.getRepository(Chat).find({ relations: { messages: { sender: true } } });

export async function keyed(db) {
  const chats = await db.getRepository(Chat).find();
  const ofChats = { chat: { id: In(chats.map(({ id }) => id)) } };
  const messages = await db.getRepository(Message).find({ where: ofChats, loadRelationIds: { disableMixedMap: true } });
  const senders = messages.map((message) => message.__sender__.id);
  await db.getRepository(User).findBy({ id: In(senders) });
}

export async function look(db, ids) {
  for (const id of ids) await db.getRepository(User).findOneBy({ id });
}

export function commit(db) {
  return db.transaction(async (manager) => {
    await manager.insert(Entry, { tag: 'commit-1' });
    await manager.insert(Entry, { tag: 'commit-2' });
  });
}

export function rollback(db) {
  return changingMind(() =>
    db.transaction(async (manager) => {
      await manager.insert(Entry, { tag: 'rollback-1' });
      await manager.insert(Entry, { tag: 'rollback-2' });
      throw new ChangedMind();
    }),
  );
}

export function nested(db) {
  return db.transaction(async (manager) => {
    await manager.insert(Entry, { tag: 'nested-1' });
    await changingMind(() =>
      manager.transaction(async (inner) => {
        await inner.insert(Entry, { tag: 'nested-2' });
        throw new ChangedMind();
      }),
    );
    await manager.transaction((inner) => inner.insert(Entry, { tag: 'nested-3' }));
    await manager.insert(Entry, { tag: 'nested-4' });
  });
}

export function isolated(db) {
  return db.transaction('SERIALIZABLE', async (manager) => {
    await manager.insert(Entry, { tag: 'isolated-1' });
    await manager.insert(Entry, { tag: 'isolated-2' });
  });
}

export function retried(db) {
  return retry(() =>
    db.transaction(async (manager) => {
      await manager.insert(Entry, { tag: 'retried-1' });
      await manager.query('select fail_once()');
      await manager.insert(Entry, { tag: 'retried-2' });
    }),
  );
}

export async function failed(db) {
  await db.query('select fail()'); // #failed
}

export const bulk = (db) =>
  db.manager.insert(
    Entry,
    Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` })),
  );

export async function each(db) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await db.manager.insert(Entry, { tag });
}

export async function apart(db) {
  const user = await db.manager.insert(User, { username: 'apart' });
  await db.manager.insert(Message, { chat: { id: 1 }, sender: user.identifiers[0], is_read: false, text: 'apart' });
}

export function beside(db) {
  return db.transaction(async (manager) => {
    await manager.insert(Entry, { tag: 'beside-1' });
    await db.manager.insert(Entry, { tag: 'beside-2' });
  });
}

/** The other calls that advice names. */
export async function advised(db) {
  const keys = [1, 2];
  const values = { tries: 1 };
  await db.manager.update(Entry, { id: In(keys) }, values);
  await db.manager.increment(Entry, { id: 1 }, 'tries', 1);
  await db.manager.delete(Entry, { id: In(keys) });
  await db.createQueryBuilder().insert().into(User).values({ id: 1, username: '' }).orIgnore().execute();
  await db.transaction(async (manager) => {
    await manager.findOne(User, { where: { id: 1 }, lock: { mode: 'pessimistic_write' } });
  });
  const walk = 'select id from chat union select id from walk';
  const chats = db.createQueryBuilder().addCommonTableExpression(walk, 'walk', { recursive: true });
  await chats.select('id').from('walk', 'walk').getRawMany();
  await db.query('select 1');
}

export const save = (db) => db.manager.save(Entry, { tag: 'save-1' });

export async function stream(db) {
  const rows = await db.getRepository(Message).createQueryBuilder('m').orderBy('m.id').stream();
  for await (const row of rows) {
    await db.getRepository(User).findOneBy({ id: row.m_sender_id }); // #streamed
  }
}
