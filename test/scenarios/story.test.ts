// The rest of the story that this project was made from; its main part is the example, see test/examples/chats.test.ts. Over HTTP and on a
// PostgreSQL that logs each statement.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { forgetSites } from '../../src/capture/site-memory.js';
import { chatsOf } from './repositories.js';
import { dismissalsOf, findingsOf, type Handler, Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage?.close());
beforeEach(async () => {
  forgetSites();
  await stage.seed(2);
});

/** What is said of a request with 2 chats: statements, findings, dismissals. */
async function told(handler: Handler): Promise<unknown[]> {
  const { report, status, logged } = await stage.route(handler)();
  expect(status).toBe(200);
  return [logged, ...findingsOf(report), ...dismissalsOf(report)];
}

test('is_dialog: a count of participants per chat', async () => {
  const handler: Handler = async ({ pool }) => {
    for (const chat of await chatsOf(pool)) {
      const { rows } = await pool.query('select count(*) from participant where chat_id = $1', [chat.id]); // #dialog
      chat.is_dialog = Number(rows[0].count) === 2;
    }
  };
  expect(await told(handler)).toEqual([3, 'n-plus-one proven: 1 of chat.id → 2 of participant.chat_id at #dialog']);
});

test('is_unread: an EXISTS per chat', async () => {
  const unread =
    'select exists(select 1 from message where chat_id = $1 and not is_read and sender_id <> $2) as unread';
  const handler: Handler = async ({ pool }) => {
    for (const chat of await chatsOf(pool)) {
      const { rows } = await pool.query(unread, [chat.id, 7]); // #unread
      chat.is_unread = rows[0].unread;
    }
  };
  expect(await told(handler)).toEqual([3, 'n-plus-one proven: 1 of chat.id → 2 of message.chat_id at #unread']);
});

test('a dynamic relation, asked again with a filter: two loops over one parent', async () => {
  const handler: Handler = async ({ pool }) => {
    const messages = (chatId: number, filter = '') =>
      pool.query(`select * from message where chat_id = $1${filter} order by id`, [chatId]);
    for (const { id } of await chatsOf(pool)) {
      await messages(id); // #all
      await messages(id, ' and not is_read'); // #unread
    }
  };
  expect(await told(handler)).toEqual([
    5,
    'n-plus-one proven: 1 of chat.id → 2 of message.chat_id at #all',
    'n-plus-one proven: 1 of chat.id → 2 of message.chat_id at #unread',
  ]);
});

test('a filtered eager load: one joined statement, nothing to report', async () => {
  const eager = `select c.id, m.id as message_id, m.text from chat c
    left join message m on m.chat_id = c.id and not m.is_read order by c.id, m.id`;
  expect(await told(({ pool }) => pool.query(eager))).toEqual([1]);
});

test('a transfer: two INSERTs that share no value but the amount are no loop, and belong together', async () => {
  const handler: Handler = async ({ pool }) => {
    const book = (account: number, amount: number) =>
      // #book
      pool.query('insert into event (chat_id, text) values ($1, $2)', [account, String(amount)]);
    await book(1, -50); // #source
    await book(2, 50); // #destination
  };
  expect(await told(handler)).toEqual([2, 'missing-transaction likely: 2 of event at #book']);
});
