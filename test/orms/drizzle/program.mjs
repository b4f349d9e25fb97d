// drizzle: queries are thenables over the app's own pool, so the line is seen only where one is awaited.

import { asc, eq, inArray, relations, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { boolean, integer, pgTable, serial, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { ChangedMind, changingMind, retry } from '../retry.mjs';

const users = pgTable('users', { id: serial().primaryKey(), username: text() });
const chat = pgTable('chat', { id: serial().primaryKey() });
const message = pgTable('message', {
  id: serial().primaryKey(),
  chatId: integer('chat_id'),
  senderId: integer('sender_id'),
  isRead: boolean('is_read'),
  text: text(),
});
const entry = pgTable('entry', { id: serial().primaryKey(), tag: text() });
const schema = {
  users,
  chat,
  message,
  chatRelations: relations(chat, ({ many }) => ({ messages: many(message) })),
  messageRelations: relations(message, ({ one }) => ({
    chat: one(chat, { fields: [message.chatId], references: [chat.id] }),
    sender: one(users, { fields: [message.senderId], references: [users.id] }),
  })),
};

export const open = ({ url, max }) => drizzle({ client: new pg.Pool({ connectionString: url, max }), schema });
export const close = (db) => db.$client.end();

export async function lazy(db) {
  const chats = await db.select().from(chat).orderBy(asc(chat.id));
  for (const each of chats) {
    each.messages = await db.select().from(message).where(eq(message.chatId, each.id)).orderBy(asc(message.id)); // #messages
    for (const one of each.messages) {
      one.sender = await db.query.users.findFirst({ where: eq(users.id, one.senderId) }); // #sender
    }
  }
  return chats;
}

export async function parallel(db) {
  for (const { id } of await db.select().from(chat).orderBy(asc(chat.id))) {
    const messages = await db.select().from(message).where(eq(message.chatId, id)).orderBy(asc(message.id)); // #messages
    await Promise.all(messages.map(({ senderId }) => db.select().from(users).where(eq(users.id, senderId)))); // #parallel
  }
}

export const eager = (db) => db.query.chat.findMany({ with: { messages: { with: { sender: true } } } });

export async function keyed(db) {
  const chats = await db.select().from(chat);
  const ids = chats.map(({ id }) => id);
  const messages = await db.select().from(message).where(inArray(message.chatId, ids));
  const senders = messages.map(({ senderId }) => senderId);
  await db.select().from(users).where(inArray(users.id, senders));
}

/** The tree comes as JSON, written as arrays. */
export async function tree(db) {
  const chats = await db.query.chat.findMany({ with: { messages: { orderBy: asc(message.id) } } });
  for (const { messages } of chats) {
    for (const { senderId } of messages) await db.select().from(users).where(eq(users.id, senderId)); // #tree
  }
}

export async function look(db, ids) {
  for (const id of ids) await db.select().from(users).where(eq(users.id, id));
}

export function commit(db) {
  return db.transaction(async (tx) => {
    await tx.insert(entry).values({ tag: 'commit-1' });
    await tx.insert(entry).values({ tag: 'commit-2' });
  });
}

export function rollback(db) {
  return changingMind(() =>
    db.transaction(async (tx) => {
      await tx.insert(entry).values({ tag: 'rollback-1' });
      await tx.insert(entry).values({ tag: 'rollback-2' });
      throw new ChangedMind();
    }),
  );
}

export function nested(db) {
  return db.transaction(async (tx) => {
    await tx.insert(entry).values({ tag: 'nested-1' });
    await changingMind(() =>
      tx.transaction(async (inner) => {
        await inner.insert(entry).values({ tag: 'nested-2' });
        throw new ChangedMind();
      }),
    );
    await tx.transaction((inner) => inner.insert(entry).values({ tag: 'nested-3' }));
    await tx.insert(entry).values({ tag: 'nested-4' });
  });
}

export function isolated(db) {
  const work = async (tx) => {
    await tx.insert(entry).values({ tag: 'isolated-1' });
    await tx.insert(entry).values({ tag: 'isolated-2' });
  };
  return db.transaction(work, { isolationLevel: 'serializable' });
}

export function retried(db) {
  return retry(() =>
    db.transaction(async (tx) => {
      await tx.insert(entry).values({ tag: 'retried-1' });
      await tx.execute(sql`select fail_once()`);
      await tx.insert(entry).values({ tag: 'retried-2' });
    }),
  );
}

export async function failed(db) {
  await db.execute(sql`select fail()`); // #failed
}

export const bulk = (db) =>
  db.insert(entry).values(Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` })));

export async function each(db) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await db.insert(entry).values({ tag });
}

export async function apart(db) {
  const [{ id }] = await db.insert(users).values({ username: 'apart' }).returning();
  await db.insert(message).values({ chatId: 1, senderId: id, text: 'apart' });
}

export function beside(db) {
  return db.transaction(async (tx) => {
    await tx.insert(entry).values({ tag: 'beside-1' });
    await db.insert(entry).values({ tag: 'beside-2' });
  });
}

/** The other calls that advice names. */
export async function advised(db) {
  const keys = [1, 2];
  await db.update(entry).set({ tag: 'updated' }).where(inArray(entry.id, keys));
  await db.delete(entry).where(inArray(entry.id, keys));
  await db.insert(users).values({ id: 1, username: '' }).onConflictDoNothing();
  await db.transaction((tx) => tx.select().from(users).where(eq(users.id, 1)).for('update'));
  await db.execute(sql`select 1`);
}
