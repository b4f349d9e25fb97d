// The tests that the plugin's bench runs, fifty a file: each in a transaction that is rolled back, with fixtures of its own, one act and a look at what came
// of it. That is how small database tests are mostly written.

import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addMember, chatsOf, createChat, markRead, messagesIn, post, removeChat, rename, unreadOf } from './chats.js';

const TITLES = ['Team', 'Family', 'Release 2', 'A chat with quite a long title', '日本'];

export function defineTests(): void {
  const pool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE, max: 4 });
  let db: pg.PoolClient;

  beforeEach(async () => {
    db = await pool.connect();
    await db.query('begin');
  });
  afterEach(async () => {
    await db.query('rollback');
    db.release();
  });
  afterAll(() => pool.end());

  const user = async (name: string): Promise<number> => {
    const { rows } = await db.query('insert into users (name) values ($1) returning id', [name]);
    return rows[0].id;
  };

  describe.each(TITLES)('a chat named %s', (title) => {
    test('is listed for its owner', async () => {
      const ada = await user('Ada');
      const chat = await createChat(db, ada, title);
      expect(await chatsOf(db, ada)).toEqual([{ id: chat.id, title }]);
    });

    test('is not listed for somebody else', async () => {
      const ada = await user('Ada');
      const bob = await user('Bob');
      await createChat(db, ada, title);
      expect(await chatsOf(db, bob)).toEqual([]);
    });

    test('is listed for a member', async () => {
      const ada = await user('Ada');
      const bob = await user('Bob');
      const chat = await createChat(db, ada, title);
      await addMember(db, chat.id, bob);
      expect((await chatsOf(db, bob)).map(({ id }) => id)).toEqual([chat.id]);
    });

    test('takes a member once', async () => {
      const ada = await user('Ada');
      const chat = await createChat(db, ada, title);
      await addMember(db, chat.id, ada);
      const { rows } = await db.query('select role from member where chat_id = $1', [chat.id]);
      expect(rows).toEqual([{ role: 'owner' }]);
    });

    test('is renamed by its owner', async () => {
      const ada = await user('Ada');
      const chat = await createChat(db, ada, title);
      await rename(db, chat.id, ada, 'Other');
      const { rows } = await db.query('select title from chat where id = $1', [chat.id]);
      expect(rows[0].title).toBe('Other');
    });

    test('is renamed by nobody else', async () => {
      const ada = await user('Ada');
      const bob = await user('Bob');
      const chat = await createChat(db, ada, title);
      await expect(rename(db, chat.id, bob, 'Other')).rejects.toThrow('only an owner');
      expect(await chatsOf(db, ada)).toEqual([{ id: chat.id, title }]);
    });

    test('shows what was posted, with the sender', async () => {
      const ada = await user('Ada');
      const chat = await createChat(db, ada, title);
      await post(db, chat.id, ada, 'hello');
      expect(await messagesIn(db, chat.id)).toMatchObject([{ text: 'hello', sender: 'Ada' }]);
    });

    test('shows the latest message first, and no more than asked for', async () => {
      const ada = await user('Ada');
      const chat = await createChat(db, ada, title);
      await post(db, chat.id, ada, 'one');
      await post(db, chat.id, ada, 'two');
      expect((await messagesIn(db, chat.id, 1)).map(({ text }) => text)).toEqual(['two']);
    });

    test('counts what a member has not read', async () => {
      const ada = await user('Ada');
      const bob = await user('Bob');
      const chat = await createChat(db, ada, title);
      await addMember(db, chat.id, bob);
      const message = await post(db, chat.id, ada, 'hello');
      expect(await unreadOf(db, bob)).toBe(1);
      await markRead(db, chat.id, bob, message);
      expect(await unreadOf(db, bob)).toBe(0);
    });

    test('goes with all that is in it', async () => {
      const ada = await user('Ada');
      const chat = await createChat(db, ada, title);
      await post(db, chat.id, ada, 'hello');
      await removeChat(db, chat.id);
      const { rows } = await db.query('select count(*)::int as left from message where chat_id = $1', [chat.id]);
      expect(rows[0].left).toBe(0);
    });
  });
}
