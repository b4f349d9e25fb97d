// Two ways to ask for what resolvers want. Both answer the same: one sends a statement for each call, the other collects the calls of a turn
// and sends one for all of them.

import DataLoader from 'dataloader';
import type { Pool } from 'pg';
import type { Loaders, Message, User } from './schema.js';

/** As resolvers are written at first: each asks for its own row. */
export function lazyLoaders(pool: Pool): Loaders {
  return {
    chats: () => chats(pool),
    async messagesOf(chatId) {
      const { rows } = await pool.query<Message>('select * from message where chat_id = $1', [chatId]);
      return rows;
    },
    async user(id) {
      const { rows } = await pool.query<User>('select id, username from users where id = $1', [id]);
      return rows[0];
    },
  };
}

/** The fix. Made for each request, since a DataLoader remembers what it has loaded: nobody is to see what another request saw. */
export function batchedLoaders(pool: Pool): Loaders {
  const messages = new DataLoader<number, Message[]>(async (chatIds) => {
    const { rows } = await pool.query<Message>('select * from message where chat_id = any($1)', [chatIds]);
    const ofChats = new Map(chatIds.map((id) => [id, [] as Message[]]));
    for (const message of rows) ofChats.get(message.chat_id)?.push(message);
    return chatIds.map((id) => ofChats.get(id) ?? []);
  });
  const users = new DataLoader<number, User | undefined>(async (ids) => {
    const { rows } = await pool.query<User>('select id, username from users where id = any($1)', [ids]);
    const byId = new Map(rows.map((user) => [user.id, user]));
    return ids.map((id) => byId.get(id));
  });
  return {
    chats: () => chats(pool),
    messagesOf: (chatId) => messages.load(chatId),
    user: (id) => users.load(id),
  };
}

async function chats(pool: Pool): Promise<{ id: number }[]> {
  const { rows } = await pool.query<{ id: number }>('select id from chat');
  return rows;
}
