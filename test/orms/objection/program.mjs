// objection: models over knex, whose relations are loaded by a query of their own or with the first one.

import knex from 'knex';
import { Model } from 'objection';
import { ChangedMind, changingMind, retry } from '../retry.mjs';

export function open({ url, max }) {
  const db = knex({ client: 'pg', connection: url, pool: { min: 0, max } });
  class User extends Model {
    static tableName = 'users';
  }
  class Message extends Model {
    static tableName = 'message';
    static relationMappings = {
      sender: {
        relation: Model.BelongsToOneRelation,
        modelClass: User,
        join: { from: 'message.sender_id', to: 'users.id' },
      },
    };
  }
  class Chat extends Model {
    static tableName = 'chat';
    static relationMappings = {
      messages: {
        relation: Model.HasManyRelation,
        modelClass: Message,
        join: { from: 'chat.id', to: 'message.chat_id' },
      },
    };
  }
  class Entry extends Model {
    static tableName = 'entry';
  }
  const bound = { User, Message, Chat, Entry };
  for (const [name, model] of Object.entries(bound)) bound[name] = model.bindKnex(db);
  return { knex: db, ...bound };
}

export const handleOf = ({ knex }) => knex;
export const close = (db) => db.knex.destroy();

export async function lazy({ Chat }) {
  const chats = await Chat.query().orderBy('id');
  for (const chat of chats) {
    const messages = await chat.$relatedQuery('messages').orderBy('id'); // #messages
    for (const message of messages) {
      await message.$relatedQuery('sender'); // #sender
    }
  }
}

export async function parallel({ Chat }) {
  for (const chat of await Chat.query().orderBy('id')) {
    const messages = await chat.$relatedQuery('messages').orderBy('id'); // #messages
    await Promise.all(messages.map((message) => message.$relatedQuery('sender'))); // #parallel
  }
}

export const eager = ({ Chat }) => Chat.query().withGraphFetched('messages.sender');

export async function keyed({ Chat, Message, User }) {
  const chats = await Chat.query();
  const messages = await Message.query().whereIn(
    'chat_id',
    chats.map(({ id }) => id),
  );
  await User.query().whereIn(
    'id',
    messages.map(({ sender_id }) => sender_id),
  );
}

export async function look({ User }, ids) {
  for (const id of ids) await User.query().findById(id);
}

export function commit({ Entry }) {
  return Entry.transaction(async (trx) => {
    await Entry.query(trx).insert({ tag: 'commit-1' });
    await Entry.query(trx).insert({ tag: 'commit-2' });
  });
}

export function rollback({ Entry }) {
  return changingMind(() =>
    Entry.transaction(async (trx) => {
      await Entry.query(trx).insert({ tag: 'rollback-1' });
      await Entry.query(trx).insert({ tag: 'rollback-2' });
      throw new ChangedMind();
    }),
  );
}

export function nested({ Entry }) {
  return Entry.transaction(async (trx) => {
    await Entry.query(trx).insert({ tag: 'nested-1' });
    await changingMind(() =>
      Entry.transaction(trx, async (inner) => {
        await Entry.query(inner).insert({ tag: 'nested-2' });
        throw new ChangedMind();
      }),
    );
    await Entry.transaction(trx, (inner) => Entry.query(inner).insert({ tag: 'nested-3' }));
    await Entry.query(trx).insert({ tag: 'nested-4' });
  });
}

export function isolated({ knex, Entry }) {
  const work = async (trx) => {
    await Entry.query(trx).insert({ tag: 'isolated-1' });
    await Entry.query(trx).insert({ tag: 'isolated-2' });
  };
  return knex.transaction(work, { isolationLevel: 'serializable' });
}

export function retried({ Entry }) {
  return retry(() =>
    Entry.transaction(async (trx) => {
      await Entry.query(trx).insert({ tag: 'retried-1' });
      await trx.raw('select fail_once()');
      await Entry.query(trx).insert({ tag: 'retried-2' });
    }),
  );
}

export async function failed({ knex }) {
  await knex.raw('select fail()'); // #failed
}

export const bulk = ({ Entry }) =>
  Entry.query().insert(Array.from({ length: 50 }, (_, index) => ({ tag: `bulk-${index}` })));

export async function each({ Entry }) {
  for (const tag of ['each-1', 'each-2', 'each-3']) await Entry.query().insert({ tag });
}

export async function apart({ User, Message }) {
  const { id } = await User.query().insert({ username: 'apart' });
  await Message.query().insert({ chat_id: 1, sender_id: id, text: 'apart' });
}

export function beside({ Entry }) {
  return Entry.transaction(async (trx) => {
    await Entry.query(trx).insert({ tag: 'beside-1' });
    await Entry.query().insert({ tag: 'beside-2' });
  });
}

/** The other calls that advice names. */
export async function advised({ User, Chat, Entry }) {
  const keys = [1, 2];
  const values = { tries: 1 };
  await Entry.query().whereIn('id', keys).patch(values);
  await Entry.query().findById(1).increment('tries', 1);
  await Entry.query().whereIn('id', keys).delete();
  await User.query().insert({ id: 1, username: '' }).onConflict().ignore();
  await User.transaction((trx) => User.query(trx).findById(1).forUpdate());
  const step = (query) => query.select('id').from('walk');
  await Chat.query().withRecursive('walk', Chat.query().select('id').union(step)).from('walk');
  await Entry.knex().raw('select 1');
}

export async function stream({ knex, Message, User }) {
  for await (const message of Message.query().orderBy('id').toKnexQuery().stream()) {
    await User.query().findById(message.sender_id); // #streamed
  }
  return knex;
}
