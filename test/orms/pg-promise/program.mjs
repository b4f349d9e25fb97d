// pg-promise: values are written into the texts, and it brings its own pg.

import pgPromise from 'pg-promise';
import QueryStream from 'pg-query-stream';
import { ChangedMind, changingMind, retry } from '../retry.mjs';

const pgp = pgPromise();
const { TransactionMode, isolationLevel } = pgp.txMode;

export const open = ({ url, max }) => pgp({ connectionString: url, max });
export const close = (db) => db.$pool.end();

export async function lazy(db) {
  const chats = await db.any('select id from chat order by id');
  for (const chat of chats) {
    chat.messages = await db.any('select * from message where chat_id = $1 order by id', chat.id); // #messages
    for (const message of chat.messages) {
      message.sender = await db.one('select username from users where id = $1', message.sender_id); // #sender
    }
  }
  return chats;
}

export async function parallel(db) {
  for (const { id } of await db.any('select id from chat order by id')) {
    const messages = await db.any('select * from message where chat_id = $1 order by id', id); // #messages
    await Promise.all(messages.map(({ sender_id }) => db.one('select * from users where id = $1', sender_id))); // #parallel
  }
}

export async function eager(db) {
  const chats = await db.any('select id from chat order by id');
  const ids = chats.map(({ id }) => id);
  return db.any('select * from message join users on users.id = sender_id where chat_id in ($1:csv)', [ids]);
}

/** As eager as it gets, since it knows no relations. */
export const keyed = eager;

export async function look(db, ids) {
  for (const id of ids) await db.one('select * from users where id = $<id>', { id });
}

const insert = (db, tag) => db.none('insert into entry (tag) values ($1)', tag);

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
  return db.tx({ mode: new TransactionMode({ tiLevel: isolationLevel.serializable }) }, async (tx) => {
    await insert(tx, 'isolated-1');
    await insert(tx, 'isolated-2');
  });
}

export function retried(db) {
  return retry(() =>
    db.tx(async (tx) => {
      await insert(tx, 'retried-1');
      await tx.any('select fail_once()');
      await insert(tx, 'retried-2');
    }),
  );
}

export async function failed(db) {
  await db.any('select fail()'); // #failed
}

export function bulk(db) {
  const rows = Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` }));
  return db.none(pgp.helpers.insert(rows, ['tag'], 'entry'));
}

export async function each(db) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await insert(db, tag);
}

export async function apart(db) {
  const { id } = await db.one('insert into users (username) values ($1) returning id', 'apart');
  await db.none('insert into message (chat_id, sender_id, text) values (1, $1, $2)', [id, 'apart']);
}

export function beside(db) {
  return db.tx(async (tx) => {
    await insert(tx, 'beside-1');
    await insert(db, 'beside-2');
  });
}

export async function stream(db) {
  await db.stream(new QueryStream('select * from message order by id'), async (rows) => {
    for await (const message of rows) {
      await db.one('select username from users where id = $1', message.sender_id); // #streamed
    }
  });
}
