// The app under test in the plugin's bench: chats on pg, as a small service has them.

import type { ClientBase } from 'pg';

export interface Chat {
  id: number;
  title: string;
}

export async function createChat(db: ClientBase, owner: number, title: string): Promise<Chat> {
  const { rows } = await db.query<Chat>('insert into chat (title) values ($1) returning id, title', [title]);
  const chat = rows[0] as Chat;
  await db.query("insert into member (chat_id, user_id, role) values ($1, $2, 'owner')", [chat.id, owner]);
  return chat;
}

export async function addMember(db: ClientBase, chat: number, user: number): Promise<void> {
  await db.query("insert into member (chat_id, user_id, role) values ($1, $2, 'member') on conflict do nothing", [
    chat,
    user,
  ]);
}

export async function chatsOf(db: ClientBase, user: number): Promise<Chat[]> {
  const { rows } = await db.query<Chat>(
    'select c.id, c.title from chat c join member m on m.chat_id = c.id where m.user_id = $1 order by c.title',
    [user],
  );
  return rows;
}

export async function rename(db: ClientBase, chat: number, user: number, title: string): Promise<void> {
  const { rows } = await db.query<{ role: string }>('select role from member where chat_id = $1 and user_id = $2', [
    chat,
    user,
  ]);
  if (rows[0]?.role !== 'owner') throw new Error('only an owner renames a chat');
  await db.query('update chat set title = $2 where id = $1', [chat, title]);
}

export async function post(db: ClientBase, chat: number, sender: number, text: string): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    'insert into message (chat_id, sender_id, text) values ($1, $2, $3) returning id',
    [chat, sender, text],
  );
  await db.query('update chat set last_message_at = now() where id = $1', [chat]);
  return (rows[0] as { id: number }).id;
}

export async function messagesIn(
  db: ClientBase,
  chat: number,
  limit = 20,
): Promise<{ id: number; text: string; sender: string }[]> {
  const { rows } = await db.query<{ id: number; text: string; sender: string }>(
    `select m.id, m.text, u.name as sender
       from message m join users u on u.id = m.sender_id
      where m.chat_id = $1
      order by m.id desc
      limit $2`,
    [chat, limit],
  );
  return rows;
}

export async function markRead(db: ClientBase, chat: number, user: number, message: number): Promise<void> {
  await db.query('update member set read_up_to = greatest(read_up_to, $3) where chat_id = $1 and user_id = $2', [
    chat,
    user,
    message,
  ]);
}

export async function unreadOf(db: ClientBase, user: number): Promise<number> {
  const { rows } = await db.query<{ unread: number }>(
    `select count(*)::int as unread
       from member m join message t on t.chat_id = m.chat_id and t.id > m.read_up_to
      where m.user_id = $1 and t.sender_id <> $1`,
    [user],
  );
  return rows[0]?.unread ?? 0;
}

export async function removeChat(db: ClientBase, chat: number): Promise<void> {
  await db.query('delete from message where chat_id = $1', [chat]);
  await db.query('delete from member where chat_id = $1', [chat]);
  await db.query('delete from chat where id = $1', [chat]);
}
