// mikro-orm 6: a unit of work over knex. What is loaded is kept in an identity map, so each request forks one.

import { EntitySchema, LockMode, MikroORM, raw } from '@mikro-orm/postgresql';
import { ChangedMind, changingMind, retry } from '../retry.mjs';

const id = { type: 'integer', primary: true };
const User = new EntitySchema({ name: 'User', tableName: 'users', properties: { id, username: { type: 'text' } } });
const Chat = new EntitySchema({
  name: 'Chat',
  tableName: 'chat',
  properties: { id, messages: { kind: '1:m', entity: 'Message', mappedBy: 'chat', orderBy: { id: 'asc' } } },
});
const Message = new EntitySchema({
  name: 'Message',
  tableName: 'message',
  properties: {
    id,
    chat: { kind: 'm:1', entity: 'Chat', fieldName: 'chat_id' },
    sender: { kind: 'm:1', entity: 'User', fieldName: 'sender_id', ref: true },
    isRead: { type: 'boolean' },
    text: { type: 'text' },
  },
});
const Entry = new EntitySchema({
  name: 'Entry',
  tableName: 'entry',
  properties: { id: { ...id, autoincrement: true }, tag: { type: 'text' }, tries: { type: 'integer', default: 0 } },
});

export const open = ({ url, max }) =>
  MikroORM.init({ clientUrl: url, entities: [User, Chat, Message, Entry], pool: { min: 0, max } });
export const close = (orm) => orm.close(true);

export async function lazy(orm) {
  const em = orm.em.fork();
  const chats = await em.find(Chat, {}, { orderBy: { id: 'asc' } });
  for (const chat of chats) {
    const messages = await chat.messages.loadItems(); // #messages
    for (const message of messages) {
      await message.sender.load(); // #sender
    }
  }
}

export async function parallel(orm) {
  const em = orm.em.fork();
  for (const chat of await em.find(Chat, {}, { orderBy: { id: 'asc' } })) {
    const messages = await chat.messages.loadItems(); // #messages
    await Promise.all(messages.map((message) => message.sender.load())); // #parallel
  }
}

export const eager = (orm) => orm.em.fork().find(Chat, {}, { populate: ['messages.sender'] });

export async function keyed(orm) {
  const em = orm.em.fork();
  const chats = await em.find(Chat, {});
  const messages = await em.find(Message, { chat: { $in: chats.map(({ id }) => id) } });
  await em.find(User, { id: { $in: messages.map(({ sender }) => sender.id) } });
}

export async function look(orm, ids) {
  const em = orm.em.fork();
  for (const id of ids) await em.findOne(User, id);
}

export function commit(orm) {
  return orm.em.fork().transactional(async (em) => {
    await em.insert(Entry, { tag: 'commit-1' });
    await em.insert(Entry, { tag: 'commit-2' });
  });
}

export function rollback(orm) {
  return changingMind(() =>
    orm.em.fork().transactional(async (em) => {
      await em.insert(Entry, { tag: 'rollback-1' });
      await em.insert(Entry, { tag: 'rollback-2' });
      throw new ChangedMind();
    }),
  );
}

export function nested(orm) {
  return orm.em.fork().transactional(async (em) => {
    await em.insert(Entry, { tag: 'nested-1' });
    await changingMind(() =>
      em.transactional(async (inner) => {
        await inner.insert(Entry, { tag: 'nested-2' });
        throw new ChangedMind();
      }),
    );
    await em.transactional((inner) => inner.insert(Entry, { tag: 'nested-3' }));
    await em.insert(Entry, { tag: 'nested-4' });
  });
}

export function isolated(orm) {
  const work = async (em) => {
    await em.insert(Entry, { tag: 'isolated-1' });
    await em.insert(Entry, { tag: 'isolated-2' });
  };
  return orm.em.fork().transactional(work, { isolationLevel: 'serializable' });
}

export function retried(orm) {
  return retry(() =>
    orm.em.fork().transactional(async (em) => {
      await em.insert(Entry, { tag: 'retried-1' });
      await em.execute('select fail_once()');
      await em.insert(Entry, { tag: 'retried-2' });
    }),
  );
}

export async function failed(orm) {
  await orm.em.fork().execute('select fail()'); // #failed
}

export const bulk = (orm) =>
  orm.em.fork().insertMany(
    Entry,
    Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` })),
  );

export async function each(orm) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await orm.em.fork().insert(Entry, { tag });
}

export async function apart(orm) {
  const em = orm.em.fork();
  const sender = await em.insert(User, { username: 'apart' });
  await em.insert(Message, { chat: 1, sender, isRead: false, text: 'apart' });
}

export function beside(orm) {
  return orm.em.fork().transactional(async (em) => {
    await em.insert(Entry, { tag: 'beside-1' });
    await orm.em.fork().insert(Entry, { tag: 'beside-2' });
  });
}

/** The other calls that advice names. */
export async function advised(orm) {
  const em = orm.em.fork();
  const keys = [1, 2];
  const values = { tries: raw('tries + ?', [1]) };
  await em.nativeUpdate(Entry, { id: { $in: keys } }, values);
  await em.nativeDelete(Entry, { id: { $in: keys } });
  await em.upsert(User, { id: 1, username: 'user 1' });
  await em.transactional((inner) => inner.findOne(User, 1, { lockMode: LockMode.PESSIMISTIC_WRITE }));
  await em.execute('select 1');
}

export async function save(orm) {
  const em = orm.em.fork();
  em.create(Entry, { tag: 'save-1' });
  await em.flush();
}

/** It has no stream of its own, but hands out the knex query that has one. */
export async function stream(orm) {
  const messages = orm.em.fork().createQueryBuilder(Message).orderBy({ id: 'asc' }).getKnexQuery();
  for await (const message of messages.stream()) {
    await orm.em.fork().findOne(User, message.sender_id); // #streamed
  }
}
