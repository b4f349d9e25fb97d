// Three ways to list every chat with its messages and their senders' names. All three answer the same. Of 2 chats with 10
// messages each they ask 23, 3 and 3 times, and only one of them asks 3 times however many chats there are.

import type { Pool } from 'pg';

export interface Chat {
  id: number;
  messages: Message[];
}

export interface Message {
  id: number;
  sender_id: number;
  text: string;
  sender: string;
}

/** As an ORM's lazy relations do it: one statement a chat, and one a message. */
export async function lazyChats(pool: Pool): Promise<Chat[]> {
  const { rows: chats } = await pool.query<Chat>('select id from chat');
  for (const chat of chats) {
    chat.messages = await messagesOf(pool, chat.id);
    for (const message of chat.messages) {
      message.sender = await usernameOf(pool, message.sender_id);
    }
  }
  return chats;
}

async function messagesOf(pool: Pool, chatId: number): Promise<Message[]> {
  const found = await pool.query<Message>('select id, sender_id, text from message where chat_id = $1', [chatId]);
  return found.rows;
}

async function usernameOf(pool: Pool, userId: number): Promise<string> {
  const found = await pool.query<{ username: string }>('select username from users where id = $1', [userId]);
  return found.rows[0]?.username ?? '';
}

/** The fix: one statement for all messages, one for all senders. */
export async function batchedChats(pool: Pool): Promise<Chat[]> {
  const { rows: chats } = await pool.query<Chat>('select id from chat');
  const { rows: messages } = await pool.query<Message & { chat_id: number }>(
    'select chat_id, id, sender_id, text from message where chat_id = any($1)',
    [chats.map(({ id }) => id)],
  );
  const { rows: users } = await pool.query<{ id: number; username: string }>(
    'select id, username from users where id = any($1)',
    [[...new Set(messages.map(({ sender_id }) => sender_id))]],
  );

  const usernames = new Map(users.map(({ id, username }) => [id, username]));
  const byId = new Map(chats.map((chat) => [chat.id, Object.assign(chat, { messages: [] as Message[] })]));
  for (const { chat_id, ...message } of messages) {
    byId.get(chat_id)?.messages.push({ ...message, sender: usernames.get(message.sender_id) ?? '' });
  }
  return chats;
}

/** The fix that is none: the senders are joined, and the chats are still asked for one by one. */
export async function joinedChats(pool: Pool): Promise<Chat[]> {
  const { rows: chats } = await pool.query<Chat>('select id from chat');
  for (const chat of chats) {
    chat.messages = await messagesWithSenders(pool, chat.id);
  }
  return chats;
}

async function messagesWithSenders(pool: Pool, chatId: number): Promise<Message[]> {
  const found = await pool.query<Message>(
    `select message.id, sender_id, text, username as sender
       from message join users on users.id = sender_id
      where chat_id = $1`,
    [chatId],
  );
  return found.rows;
}
