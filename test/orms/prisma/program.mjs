// Prisma: queries are planned by an engine and sent when their promise is first awaited; several `findUnique` of one turn become one.

import { PrismaPg } from '@prisma/adapter-pg';
import { queryscope } from 'queryscope/prisma';
import { ChangedMind, changingMind, retry } from '../retry.mjs';
import { PrismaClient } from './node_modules/.client/index.js';

export const open = ({ url, max }) =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max }) }).$extends(queryscope());
export const close = (db) => db.$disconnect();

export async function lazy(db) {
  const chats = await db.chat.findMany({ orderBy: { id: 'asc' } });
  for (const chat of chats) {
    chat.messages = await db.message.findMany({ where: { chat_id: chat.id }, orderBy: { id: 'asc' } }); // #messages
    for (const message of chat.messages) {
      message.sender = await db.user.findUnique({ where: { id: message.sender_id } }); // #sender
    }
  }
  return chats;
}

export async function parallel(db) {
  for (const { id } of await db.chat.findMany({ orderBy: { id: 'asc' } })) {
    const messages = await db.message.findMany({ where: { chat_id: id }, orderBy: { id: 'asc' } }); // #messages
    await Promise.all(messages.map(({ sender_id }) => db.user.findUnique({ where: { id: sender_id } }))); // #parallel
  }
}

export const eager = (db) => db.chat.findMany({ include: { messages: { include: { sender: true } } } });

export async function keyed(db) {
  const chats = await db.chat.findMany();
  const messages = await db.message.findMany({ where: { chat_id: { in: chats.map(({ id }) => id) } } });
  await db.user.findMany({ where: { id: { in: messages.map(({ sender_id }) => sender_id) } } });
}

export async function look(db, ids) {
  for (const id of ids) await db.user.findUnique({ where: { id } });
}

export function commit(db) {
  return db.$transaction(async (tx) => {
    await tx.entry.create({ data: { tag: 'commit-1' } });
    await tx.entry.create({ data: { tag: 'commit-2' } });
  });
}

export function rollback(db) {
  return changingMind(() =>
    db.$transaction(async (tx) => {
      await tx.entry.create({ data: { tag: 'rollback-1' } });
      await tx.entry.create({ data: { tag: 'rollback-2' } });
      throw new ChangedMind();
    }),
  );
}

export function nested(db) {
  return db.$transaction(async (tx) => {
    await tx.entry.create({ data: { tag: 'nested-1' } });
    await changingMind(() =>
      tx.$transaction(async (inner) => {
        await inner.entry.create({ data: { tag: 'nested-2' } });
        throw new ChangedMind();
      }),
    );
    await tx.$transaction((inner) => inner.entry.create({ data: { tag: 'nested-3' } }));
    await tx.entry.create({ data: { tag: 'nested-4' } });
  });
}

export function isolated(db) {
  const work = async (tx) => {
    await tx.entry.create({ data: { tag: 'isolated-1' } });
    await tx.entry.create({ data: { tag: 'isolated-2' } });
  };
  return db.$transaction(work, { isolationLevel: 'Serializable' });
}

export function retried(db) {
  return retry(() =>
    db.$transaction(async (tx) => {
      await tx.entry.create({ data: { tag: 'retried-1' } });
      await tx.$queryRaw`select fail_once()`;
      await tx.entry.create({ data: { tag: 'retried-2' } });
    }),
  );
}

export async function failed(db) {
  await db.$queryRaw`select fail()`; // #failed
}

export const bulk = (db) =>
  db.entry.createMany({ data: Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` })) });

export async function each(db) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await db.entry.create({ data: { tag } });
}

export async function apart(db) {
  const { id } = await db.user.create({ data: { username: 'apart' } });
  await db.message.create({ data: { chat_id: 1, sender_id: id, text: 'apart' } });
}

export function beside(db) {
  return db.$transaction(async (tx) => {
    await tx.entry.create({ data: { tag: 'beside-1' } });
    await db.entry.create({ data: { tag: 'beside-2' } });
  });
}

/** The other calls that advice names. */
export async function advised(db) {
  const keys = [1, 2];
  const data = { tries: { increment: 1 } };
  await db.entry.updateMany({ where: { id: { in: keys } }, data });
  await db.entry.deleteMany({ where: { id: { in: keys } } });
  await db.user.createMany({ data: [{ id: 1, username: '' }], skipDuplicates: true });
  await db.$executeRaw`select 1`;
}

export const save = (db) => db.entry.create({ data: { tag: 'save-1' } });
