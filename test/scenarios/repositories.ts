// What apps have between their handlers and the driver, in a file of its own as there: functions, and a class a table.

import type { PoolClient } from 'pg';

export interface Row {
  id: number;
  [column: string]: unknown;
}

export type Sender = Pick<PoolClient, 'query'>;

export async function chatsOf(sender: Sender): Promise<Row[]> {
  return (await sender.query('select id, name from chat order by id')).rows;
}

export async function messagesOf(sender: Sender, chatId: unknown): Promise<Row[]> {
  return (await sender.query('select * from message where chat_id = $1', [chatId])).rows;
}

/** A client for as long as it is used. */
export async function onClient<T>(
  pool: { connect(): Promise<PoolClient> },
  use: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    return await use(client);
  } finally {
    client.release();
  }
}

export class ChatRepository {
  constructor(readonly sender: Sender) {}

  async all(): Promise<Row[]> {
    const { rows } = await this.sender.query('select id, name from chat order by id');
    return rows;
  }
}

export class MessageRepository {
  constructor(readonly sender: Sender) {}

  async ofChat(chatId: number): Promise<Row[]> {
    const { rows } = await this.sender.query('select * from message where chat_id = $1', [chatId]);
    return rows;
  }
}

export class ChatService {
  constructor(
    readonly chats: ChatRepository,
    readonly messages: MessageRepository,
  ) {}

  async list(): Promise<Row[]> {
    return this.chats.all();
  }

  async messagesOf(chat: Row): Promise<Row[]> {
    return this.messages.ofChat(chat.id);
  }
}
