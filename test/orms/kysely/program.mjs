// kysely: a query builder that takes a client of the app's pool for each query.

import { Kysely, PostgresDialect, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { ChangedMind, changingMind, retry } from '../retry.mjs';

export const open = ({ url, max }) =>
  new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max }), cursor: Cursor }) });
export const close = (db) => db.destroy();

export async function lazy(db) {
  const chats = await db.selectFrom('chat').select('id').orderBy('id').execute();
  for (const chat of chats) {
    const ofChat = db.selectFrom('message').selectAll().where('chat_id', '=', chat.id).orderBy('id');
    chat.messages = await ofChat.execute(); // #messages
    for (const message of chat.messages) {
      const ofMessage = db.selectFrom('users').select('username').where('id', '=', message.sender_id);
      message.sender = await ofMessage.executeTakeFirst(); // #sender
    }
  }
  return chats;
}

export async function parallel(db) {
  const sender = ({ sender_id }) => db.selectFrom('users').selectAll().where('id', '=', sender_id).executeTakeFirst();
  for (const { id } of await db.selectFrom('chat').select('id').orderBy('id').execute()) {
    const messages = await db.selectFrom('message').selectAll().where('chat_id', '=', id).orderBy('id').execute(); // #messages
    await Promise.all(messages.map(sender)); // #parallel
  }
}

export function eager(db) {
  const messagesOf = (chat) =>
    chat
      .selectFrom('message')
      .innerJoin('users', 'users.id', 'message.sender_id')
      .select(['message.id', 'message.text', 'users.username'])
      .whereRef('message.chat_id', '=', 'chat.id');
  return db
    .selectFrom('chat')
    .select((chat) => ['chat.id', jsonArrayFrom(messagesOf(chat)).as('messages')])
    .execute();
}

export async function keyed(db) {
  const chats = await db.selectFrom('chat').select('id').execute();
  const ids = chats.map(({ id }) => id);
  const messages = await db.selectFrom('message').selectAll().where('chat_id', 'in', ids).execute();
  const senders = messages.map(({ sender_id }) => sender_id);
  await db.selectFrom('users').selectAll().where('id', 'in', senders).execute();
}

/** The tree comes as JSON, written as objects. */
export async function tree(db) {
  const messages = (chat) =>
    chat.selectFrom('message').select('sender_id').whereRef('chat_id', '=', 'chat.id').orderBy('message.id');
  const chats = await db
    .selectFrom('chat')
    .select((chat) => jsonArrayFrom(messages(chat)).as('messages'))
    .execute();
  for (const { messages } of chats) {
    for (const { sender_id } of messages) {
      await db.selectFrom('users').select('username').where('id', '=', sender_id).executeTakeFirst(); // #tree
    }
  }
}

export async function look(db, ids) {
  for (const id of ids) await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
}

const insert = (db, tag) => db.insertInto('entry').values({ tag }).execute();

export function commit(db) {
  return db.transaction().execute(async (trx) => {
    await insert(trx, 'commit-1');
    await insert(trx, 'commit-2');
  });
}

export function rollback(db) {
  return changingMind(() =>
    db.transaction().execute(async (trx) => {
      await insert(trx, 'rollback-1');
      await insert(trx, 'rollback-2');
      throw new ChangedMind();
    }),
  );
}

/** Its transactions do not nest; savepoints are set by hand. */
export async function nested(db) {
  const trx = await db.startTransaction().execute();
  await insert(trx, 'nested-1');
  const inner = await trx.savepoint('inner').execute();
  await insert(inner, 'nested-2');
  await inner.rollbackToSavepoint('inner').execute();
  const kept = await trx.savepoint('kept').execute();
  await insert(kept, 'nested-3');
  await kept.releaseSavepoint('kept').execute();
  await insert(trx, 'nested-4');
  await trx.commit().execute();
}

export function isolated(db) {
  return db
    .transaction()
    .setIsolationLevel('serializable')
    .execute(async (trx) => {
      await insert(trx, 'isolated-1');
      await insert(trx, 'isolated-2');
    });
}

export function retried(db) {
  return retry(() =>
    db.transaction().execute(async (trx) => {
      await insert(trx, 'retried-1');
      await sql`select fail_once()`.execute(trx);
      await insert(trx, 'retried-2');
    }),
  );
}

export async function failed(db) {
  await sql`select fail()`.execute(db); // #failed
}

export function bulk(db) {
  const rows = Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` }));
  return db.insertInto('entry').values(rows).execute();
}

export async function each(db) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await insert(db, tag);
}

export async function apart(db) {
  const user = db.insertInto('users').values({ username: 'apart' }).returning('id');
  const { id } = await user.executeTakeFirstOrThrow();
  await db.insertInto('message').values({ chat_id: 1, sender_id: id, text: 'apart' }).execute();
}

export function beside(db) {
  return db.transaction().execute(async (trx) => {
    await insert(trx, 'beside-1');
    await insert(db, 'beside-2');
  });
}

/** The other calls that advice names. */
export async function advised(db) {
  const keys = [1, 2];
  const increment = db.updateTable('entry').set((eb) => ({ tries: eb('tries', '+', 1) }));
  await increment.where('id', 'in', keys).execute();
  await db.deleteFrom('entry').where('id', 'in', keys).execute();
  const user = db.insertInto('users').values({ id: 1, username: '' });
  await user.onConflict((oc) => oc.doNothing()).execute();
  await db
    .transaction()
    .execute((trx) => trx.selectFrom('users').selectAll().where('id', '=', 1).forUpdate().execute());
  const walk = (from) => from.selectFrom('chat').select('id').union(from.selectFrom('walk').select('id'));
  await db.withRecursive('walk', walk).selectFrom('walk').selectAll().execute();
}

export async function stream(db) {
  for await (const message of db.selectFrom('message').selectAll().orderBy('id').stream(5)) {
    await db.selectFrom('users').selectAll().where('id', '=', message.sender_id).executeTakeFirst(); // #streamed
  }
}
