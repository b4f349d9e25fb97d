// Every way in which code loops, as real code over HTTP and PostgreSQL, with 2, 3, 20 and 1,000 rows, in a cold and a warm process: what is
// found, how surely, and which line is named. Lines are known by the `#mark` that ends them.

import { EventEmitter } from 'node:events';
import type { PoolClient } from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { forgetSites } from '../../src/capture/site-memory.js';
import { testsAllOf } from './catalogue.js';
import {
  ChatRepository,
  ChatService,
  chatsOf,
  MessageRepository,
  messagesOf,
  onClient,
  type Row,
} from './repositories.js';
import { findingsOf, type Handler, Stage } from './stage.js';

interface Scenario {
  handler: Handler;
  /** What is found where the first statement returns so many rows. */
  finds(rows: number): string[];
  /** How many rows; by default 2, 3, 20 and 1,000. */
  rows?: number[];
  /** What the request brings. */
  body?(rows: number): Record<string, unknown>;
}

const PROVEN = (rows: number) => [`n-plus-one proven: 1 of chat.id → ${rows} of message.chat_id at #loop`];

/** A loop that awaits, over chats, with this statement in it. */
function perChat(sql: string, values: (chat: Row) => unknown[] = ({ id }) => [id]): Handler {
  return async function perChat({ pool }) {
    for (const chat of await chatsOf(pool)) {
      await pool.query(sql, values(chat)); // #loop
    }
  };
}

async function firstOf(client: PoolClient, chat: number): Promise<void> {
  const messages = client.query(new Cursor('select * from message where chat_id = $1', [chat]));
  await messages.read(100);
  await messages.close();
}

async function streamOf(client: PoolClient, chat: number): Promise<void> {
  for await (const _row of client.query(new QueryStream('select * from message where chat_id = $1', [chat])));
}

const SCENARIOS: Record<string, Scenario> = {
  'a statement per row: to-many': {
    async handler({ pool }) {
      const { rows } = await pool.query('select id from chat');
      for (const { id } of rows) {
        await pool.query('select * from message where chat_id = $1', [id]); // #loop
      }
    },
    finds: PROVEN,
  },
  'a statement per row: to-one': {
    async handler({ pool }) {
      const { rows } = await pool.query('select id, owner_id from chat order by id');
      for (const { owner_id } of rows) {
        await pool.query('select username from users where id = $1', [owner_id]); // #loop
      }
    },
    finds: (rows) => [`n-plus-one proven: 1 of chat.owner_id → ${rows} of users.id at #loop`],
  },
  'a statement per row: one-to-one': {
    async handler({ pool }) {
      const { rows } = await pool.query('select id, username from users order by id limit $1', [10]);
      for (const { id } of rows) {
        await pool.query('select bio from profile where user_id = $1', [id]); // #loop
      }
    },
    finds: () => ['n-plus-one proven: 1 of users.id → 10 of profile.user_id at #loop'],
    rows: [2],
  },
  'a statement per row: many-to-many': {
    handler: perChat('select t.* from tag t join chat_tag ct on ct.tag_id = t.id where ct.chat_id = $1'),
    finds: (rows) => [`n-plus-one proven: 1 of chat.id → ${rows} of tag.chat_id at #loop`],
  },
  'the first in a loop': {
    handler: perChat('select * from message where chat_id = $1 order by id limit 1'),
    finds: PROVEN,
  },
  'the last in a loop': {
    handler: perChat('select * from message where chat_id = $1 order by id desc limit $2', ({ id }) => [id, 1]),
    finds: PROVEN,
  },
  'a count in a loop': {
    handler: perChat('select count(*) from message where chat_id = $1'),
    finds: PROVEN,
  },
  'an EXISTS in a loop': {
    handler: perChat('select exists(select 1 from message where chat_id = $1 and not is_read) as unread'),
    finds: PROVEN,
  },
  'a sum in a loop': {
    handler: perChat('select sum(length(text)) from message where chat_id = $1 and is_read = $2', ({ id }) => [
      id,
      true,
    ]),
    finds: PROVEN,
  },
  'get by primary key in a loop': {
    async handler({ pool }) {
      const { rows } = await pool.query("select id from chat where name like 'chat%' order by id");
      for (const { id } of rows) {
        await pool.query('select * from chat where id = $1', [id]); // #loop
      }
    },
    finds: (rows) => [`n-plus-one proven: 1 of chat.id → ${rows} of chat.id at #loop`],
  },
  'raw SQL in a loop': {
    async handler({ pool }) {
      const { rows } = await pool.query('select id from chat');
      for (const { id } of rows) {
        const raw = `
          SELECT m.*, u.username FROM message AS m
          JOIN users AS u ON u.id = m.sender_id
          WHERE m.chat_id = ${Number(id)}`;
        await pool.query(raw); // #loop
      }
    },
    finds: PROVEN,
  },
  'rows of a cursor, each with a statement': {
    async handler({ pool }) {
      await onClient(pool, async (client) => {
        await client.query('begin');
        await client.query('declare listed cursor for select id, name from chat order by id');
        for (;;) {
          const { rows } = await client.query('fetch 2 from listed');
          if (rows.length === 0) break;
          for (const { id } of rows) await client.query('select * from message where chat_id = $1', [id]); // #loop
        }
        await client.query('commit');
      });
    },
    // What a FETCH returns belongs to no table that the texts name.
    finds: (rows) => [`n-plus-one proven: ${Math.ceil(rows / 2)} of id → ${rows} of message.chat_id at #loop`],
    rows: [2, 3, 20],
  },
  'rows of a stream, each with a statement': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        for await (const { id } of client.query(new QueryStream('select id, name from chat order by id'))) {
          await pool.query('select * from message where chat_id = $1', [id]); // #loop
        }
      }),
    finds: PROVEN,
  },
  'polymorphic lookups': {
    async handler({ pool }) {
      const { rows } = await pool.query('select * from comment order by id');
      for (const { subject_type, subject_id } of rows) {
        if (subject_type === 'photo')
          await pool.query('select * from photo where id = $1', [subject_id]); // #photo
        else await pool.query('select * from message where id = $1', [subject_id]); // #message
      }
    },
    finds: (rows) => [
      `n-plus-one proven: 1 of comment.subject_id → ${rows} of message.id at #message`,
      `n-plus-one proven: 1 of comment.subject_id → ${rows} of photo.id at #photo`,
    ],
    rows: [20],
  },
  'single-table-inheritance lookups': {
    async handler({ pool }) {
      const { rows } = await pool.query('select id, kind from chat order by id');
      for (const { id, kind } of rows) {
        if (kind === 'direct')
          await pool.query('select * from participant where chat_id = $1', [id]); // #direct
        else await pool.query('select * from message where chat_id = $1 and sender_id is not null', [id]); // #group
      }
    },
    finds: (rows) => [
      `n-plus-one proven: 1 of chat.id → ${rows - Math.ceil(rows / 3)} of message.chat_id at #group`,
      `n-plus-one proven: 1 of chat.id → ${Math.ceil(rows / 3)} of participant.chat_id at #direct`,
    ],
    rows: [20, 1_000],
  },
  'parent, child, grandchild: two findings, one tree': {
    async handler({ pool }) {
      for (const chat of await chatsOf(pool)) {
        // #messages
        for (const message of await messagesOf(pool, chat.id)) {
          await pool.query('select * from attachment where message_id = $1', [message.id]); // #attachments
        }
      }
    },
    finds: (rows) => [
      `n-plus-one proven: 1 of chat.id → ${rows} of message.chat_id at #messages`,
      `n-plus-one proven: ${rows} of message.id → ${rows * (rows > 100 ? 1 : 3)} of attachment.message_id at #attachments, below 1`,
    ],
  },
  'two associations of one parent: two findings': {
    async handler({ pool }) {
      for (const { id } of await chatsOf(pool)) {
        await messagesOf(pool, id); // #messages
        await pool.query('select * from participant where chat_id = $1', [id]); // #participants
      }
    },
    finds: (rows) => [
      `n-plus-one proven: 1 of chat.id → ${rows} of message.chat_id at #messages`,
      `n-plus-one proven: 1 of chat.id → ${rows} of participant.chat_id at #participants`,
    ],
  },
  'the first level preloaded, the second not': {
    async handler({ pool }) {
      const chats = await chatsOf(pool);
      const ids = chats.map(({ id }) => id);
      const { rows } = await pool.query('select * from message where chat_id = any($1) order by id', [ids]);
      for (const { id } of rows) {
        await pool.query('select * from attachment where message_id = $1', [id]); // #loop
      }
    },
    finds: (rows) => [
      `n-plus-one proven: 1 of message.id → ${rows * (rows > 100 ? 1 : 3)} of attachment.message_id at #loop`,
    ],
  },
  'through a helper': {
    async handler({ pool }) {
      for (const { id } of await chatsOf(pool)) {
        await messagesOf(pool, id); // #loop
      }
    },
    finds: PROVEN,
  },
  'through a service': {
    async handler({ pool }) {
      const service = {
        chats: () => chatsOf(pool),
        async messages({ id }: Row) {
          return messagesOf(pool, id);
        },
      };
      const chats = await service.chats();
      for (const chat of chats) {
        chat.messages = await service.messages(chat); // #loop
      }
      return chats;
    },
    finds: PROVEN,
  },
  'through a repository': {
    async handler({ pool }) {
      const chats = new ChatRepository(pool);
      const messages = new MessageRepository(pool);
      for (const chat of await chats.all()) {
        await messages.ofChat(chat.id); // #loop
      }
    },
    finds: PROVEN,
  },
  'through a helper, a service and a repository': {
    async handler({ pool }) {
      const service = new ChatService(new ChatRepository(pool), new MessageRepository(pool));
      const helper = async (chat: Row) => {
        const messages = await service.messagesOf(chat);
        return messages.length;
      };
      const counts: number[] = [];
      for (const chat of await service.list()) {
        counts.push(await helper(chat)); // #loop
      }
      return counts;
    },
    finds: PROVEN,
  },
  'forEach with async callbacks': {
    async handler({ pool }) {
      const sent: unknown[] = [];
      const chats = await chatsOf(pool);
      chats.forEach(async ({ id }) => {
        sent.push(await messagesOf(pool, id)); // #loop
      });
      while (sent.length < chats.length) await new Promise((done) => setImmediate(done));
    },
    finds: PROVEN,
  },
  'forEach with then': {
    async handler({ pool }) {
      const sent: Promise<unknown>[] = [];
      (await chatsOf(pool)).forEach((chat) => {
        sent.push(messagesOf(pool, chat.id).then((messages) => messages.length)); // #loop
      });
      await Promise.all(sent);
    },
    finds: PROVEN,
  },
  'reduce with async': {
    async handler({ pool }) {
      const chats = await chatsOf(pool);
      return chats.reduce(async (before: Promise<number>, { id }) => {
        const sum = await before;
        return sum + (await messagesOf(pool, id)).length; // #loop
      }, Promise.resolve(0));
    },
    finds: PROVEN,
  },
  'recursion: a tree walk': {
    async handler({ pool }) {
      async function walk(id: number): Promise<void> {
        const { rows } = await pool.query('select id from folder where parent_id = $1 order by id', [id]); // #walk
        for (const child of rows) await walk(child.id);
      }
      await walk(1);
    },
    finds: (rows) => [`recursive-walk proven: ${2 * rows + 1} of folder.parent_id at #walk`],
  },
  'for await': {
    async handler({ pool }) {
      async function* chats() {
        yield* await chatsOf(pool);
      }
      for await (const { id } of chats()) {
        await messagesOf(pool, id); // #loop
      }
    },
    finds: PROVEN,
  },
  'a chain of then': {
    handler({ pool }) {
      return chatsOf(pool).then((chats) => {
        let chain: Promise<unknown> = Promise.resolve();
        for (const { id } of chats) {
          chain = chain.then(() => messagesOf(pool, id)); // #loop
        }
        return chain.then(() => 'done');
      });
    },
    finds: PROVEN,
  },
  'callback recursion': {
    handler({ pool }) {
      return new Promise((resolve, reject) => {
        pool.query('select id from chat order by id', (error, { rows }) => {
          if (error) reject(error);
          const next = (i: number) => {
            if (i === rows.length) {
              resolve('done');
              return;
            }
            pool.query('select * from message where chat_id = $1', [rows[i].id], () => next(i + 1)); // #loop
          };
          next(0);
        });
      });
    },
    finds: PROVEN,
  },
  'an event handler': {
    async handler({ pool }) {
      const sent: Promise<unknown>[] = [];
      const events = new EventEmitter();
      events.on('chat', ({ id }) => {
        sent.push(messagesOf(pool, id)); // #listener
      });
      for (const chat of await chatsOf(pool)) {
        events.emit('chat', chat); // #loop
      }
      await Promise.all(sent);
    },
    finds: PROVEN,
  },
  queueMicrotask: {
    async handler({ pool }) {
      const chats = await chatsOf(pool);
      await Promise.all(
        chats.map(
          ({ id }) =>
            new Promise((done) => {
              queueMicrotask(() => messagesOf(pool, id).then(done)); // #loop
            }),
        ),
      );
    },
    finds: PROVEN,
  },
  setImmediate: {
    async handler({ pool }) {
      const chats = await chatsOf(pool);
      await Promise.all(
        chats.map(
          ({ id }) =>
            new Promise((done) => {
              setImmediate(async () => done(await messagesOf(pool, id))); // #loop
            }),
        ),
      );
    },
    finds: PROVEN,
  },
  'Promise.all of map, on a pool': {
    async handler({ pool }) {
      const chats = await chatsOf(pool);
      return Promise.all(
        chats.map(async (chat) => ({ ...chat, messages: await messagesOf(pool, chat.id) })), // #loop
      );
    },
    finds: PROVEN,
  },
  'Promise.all of map, on one client': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        const chats = await chatsOf(client);
        await Promise.all(chats.map(({ id }) => messagesOf(client, id))); // #loop
      }),
    finds: PROVEN,
  },
  'more promises than pool connections': {
    async handler({ poolOf }) {
      const pool = poolOf(2);
      const chats = await chatsOf(pool);
      await Promise.all(chats.map(({ id }) => pool.query('select * from message where chat_id = $1', [id]))); // #loop
    },
    finds: PROVEN,
  },
  'inside a transaction': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin');
        for (const { id } of await chatsOf(client)) {
          await messagesOf(client, id); // #loop
        }
        await client.query('commit');
      }),
    finds: PROVEN,
  },
  'on a second client beside an open transaction': {
    async handler({ pool }) {
      const [client, other] = [await pool.connect(), await pool.connect()];
      await client.query('begin');
      const { rows } = await client.query('select id from chat order by id for update');
      for (const { id } of rows) {
        await messagesOf(other, id); // #loop
      }
      await client.query('commit');
      client.release();
      other.release();
    },
    finds: (rows) => [...PROVEN(rows), `escaped-statement likely: 1 of ? → ${rows} of ? at #loop`],
  },
  'values inlined as literals': {
    async handler({ pool }) {
      for (const { id, name } of await chatsOf(pool)) {
        await pool.query(`select * from message where chat_id = ${id} and text <> '${name}'`); // #loop
      }
    },
    finds: PROVEN,
  },
  'IN lists of changing length': {
    async handler({ pool }) {
      for (const { id } of await chatsOf(pool)) {
        const { rows } = await pool.query('select id from message where chat_id = $1 and id % 4 <> 0', [id]); // #ids
        const places = rows.map((_, i) => `$${i + 1}`);
        const values = rows.map((row) => row.id);
        await pool.query(`select * from attachment where message_id in (${places})`, values); // #lists
      }
    },
    finds: (rows) => [
      `n-plus-one proven: 1 of chat.id → ${rows} of message.chat_id at #ids`,
      `n-plus-one proven: ${rows} of message.id → ${rows} of attachment.message_id at #lists, below 1`,
    ],
    rows: [2, 3, 20],
  },
  'changing whitespace, case and comments': {
    async handler({ pool }) {
      const texts = [
        'select * from message where chat_id = $1',
        'SELECT *\n  FROM message\n WHERE chat_id = $1',
        'Select * From message /* of a chat */ Where chat_id=$1 -- all',
      ];
      for (const [i, { id }] of (await chatsOf(pool)).entries()) {
        await pool.query(texts[i % 3] as string, [id]); // #loop
      }
    },
    finds: PROVEN,
  },
  'numbered savepoints': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin');
        for (const [i, { id }] of (await chatsOf(client)).entries()) {
          await client.query(`savepoint sp_${i}`);
          await messagesOf(client, id); // #loop
          await client.query(`release savepoint sp_${i}`);
        }
        await client.query('commit');
      }),
    finds: PROVEN,
  },
  'numbered aliases': {
    async handler({ pool }) {
      for (const [i, { id }] of (await chatsOf(pool)).entries()) {
        await pool.query(`select m${i}.* from message as m${i} where m${i}.chat_id = $1`, [id]); // #loop
      }
    },
    finds: PROVEN,
  },
  "drivers' forms: text": {
    async handler({ pool }) {
      for (const { id } of await chatsOf(pool)) {
        await pool.query(`select * from message where chat_id = ${id}`); // #loop
      }
    },
    finds: PROVEN,
  },
  "drivers' forms: text, values": {
    async handler({ pool }) {
      for (const { id } of await chatsOf(pool)) {
        await pool.query('select * from message where chat_id = $1', [id]); // #loop
      }
    },
    finds: PROVEN,
  },
  "drivers' forms: config": {
    async handler({ pool }) {
      for (const { id } of await chatsOf(pool)) {
        await pool.query({ text: 'select * from message where chat_id = $1', values: [id] }); // #loop
      }
    },
    finds: PROVEN,
  },
  "drivers' forms: named prepared statement": {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        const config = { name: 'messages-of-chat', text: 'select * from message where chat_id = $1' };
        for (const { id } of await chatsOf(client)) {
          await client.query({ ...config, values: [id] }); // #loop
        }
      }),
    finds: PROVEN,
  },
  "drivers' forms: callback": {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        const chats = await chatsOf(client);
        await new Promise<void>((resolve) => {
          let left = chats.length;
          for (const { id } of chats) {
            client.query('select * from message where chat_id = $1', [id], () => --left || resolve()); // #loop
          }
        });
      }),
    finds: PROVEN,
  },
  "drivers' forms: rowMode array": {
    async handler({ pool }) {
      const { rows } = await pool.query({ text: 'select id, name from chat order by id', rowMode: 'array' });
      for (const [id] of rows) {
        const text = 'select * from message where chat_id = $1';
        await pool.query({ text, values: [id], rowMode: 'array' }); // #loop
      }
    },
    finds: PROVEN,
  },
  "drivers' forms: cursor": {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        const cursor = client.query(new Cursor('select id, name from chat where id >= $1 order by id', [0]));
        for (let rows = await cursor.read(7); rows.length > 0; rows = await cursor.read(7)) {
          for (const { id } of rows) {
            await onClient(pool, (second) => firstOf(second, id)); // #loop
          }
        }
        await cursor.close();
      }),
    finds: PROVEN,
  },
  "drivers' forms: query stream": {
    async handler({ pool }) {
      for (const { id } of await chatsOf(pool)) {
        await onClient(pool, (client) => streamOf(client, id)); // #loop
      }
    },
    finds: PROVEN,
  },
  'INSERT one row at a time': {
    async handler({ pool }) {
      for (const { id } of await chatsOf(pool)) {
        await pool.query('insert into event (chat_id, text) values ($1, $2)', [id, 'listed']); // #loop
      }
    },
    finds: (rows) => [`write-loop proven: 1 of chat.id → ${rows} of event.chat_id at #loop`],
  },
  'UPDATE one row at a time': {
    async handler({ pool }) {
      for (const { id } of await chatsOf(pool)) {
        await pool.query('update message set is_read = true where chat_id = $1', [id]); // #loop
      }
    },
    finds: (rows) => [`write-loop proven: 1 of chat.id → ${rows} of message.chat_id at #loop`],
  },
  'DELETE one row at a time': {
    async handler({ pool }) {
      for (const { id } of await chatsOf(pool)) {
        await pool.query('delete from event where chat_id = $1', [id]); // #loop
      }
    },
    finds: (rows) => [`write-loop proven: 1 of chat.id → ${rows} of event.chat_id at #loop`],
  },
  'upsert one row at a time': {
    async handler({ pool, body }) {
      for (const name of body.names as string[]) {
        const text = 'insert into tag (name) values ($1) on conflict (name) do update set name = excluded.name';
        await pool.query(text, [name]); // #loop
      }
    },
    body: (rows) => ({ names: Array.from({ length: rows }, (_, i) => `tag ${i}`) }),
    finds: (rows) => [`write-loop likely: ${rows} of tag at #loop`],
    rows: [3, 20, 1_000],
  },
  'ids from the request body': {
    async handler({ pool, body }) {
      for (const id of body.ids as number[]) {
        await pool.query('select * from message where chat_id = $1', [id]); // #loop
      }
    },
    body: (rows) => ({ ids: Array.from({ length: rows }, (_, i) => rows - i) }),
    finds: (rows) => [`n-plus-one likely: ${rows} of message at #loop`],
    rows: [3, 20, 1_000],
  },
  'ids from a cache': {
    async handler({ pool }) {
      for (const id of CACHE.keys()) {
        await pool.query('select * from message where chat_id = $1', [id]); // #loop
      }
    },
    finds: () => ['n-plus-one likely: 4 of message at #loop'],
    rows: [3],
  },
  'ids from another service': {
    async handler({ pool, body }) {
      const response = await fetch(`data:application/json,${JSON.stringify(body.ids)}`);
      const ids = (await response.json()) as number[];
      await Promise.all(ids.map((id) => pool.query('select * from message where chat_id = $1', [id]))); // #loop
    },
    body: (rows) => ({ ids: Array.from({ length: rows }, (_, i) => rows - i) }),
    finds: (rows) => [`n-plus-one likely: ${rows} of message at #loop`],
    rows: [3, 20, 1_000],
  },
  'an N+1 that shows only with more rows': {
    async handler({ pool }) {
      const { rows } = await pool.query('select id, kind from chat order by id');
      for (const { id, kind } of rows) {
        if (kind === 'direct') await messagesOf(pool, id); // #loop
      }
    },
    // Of 2 and 3 rows one is direct: 1 + 1.
    finds: (rows) =>
      rows <= 3 ? [] : [`n-plus-one proven: 1 of chat.id → ${Math.ceil(rows / 3)} of message.chat_id at #loop`],
    rows: [2, 3, 5, 20, 1_000],
  },
  "A's rows feed a batch B, whose rows feed a loop C": {
    async handler({ pool }) {
      const { rows: unread } = await pool.query('select chat_id from message where not is_read order by id');
      const ids = unread.map(({ chat_id }) => chat_id);
      const { rows: chats } = await pool.query('select id, owner_id from chat where id = any($1) order by id', [ids]);
      for (const { id } of chats) {
        await pool.query('select * from participant where chat_id = $1', [id]); // #loop
      }
    },
    finds: (rows) => [
      `n-plus-one proven: 1 of chat.id → ${rows > 100 ? rows / 2 : rows} of participant.chat_id at #loop`,
    ],
  },
};

const CACHE = new Map([8, 3, 5, 2].map((id) => [id, `chat ${id}`]));

/** Stacks are captured less and less in a process, and what is said must stay. So the smallest request is made this often, until its texts are settled. */
const VISITS = 24;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage?.close());
beforeEach(forgetSites);

describe('found', () => {
  test.each(Object.entries(SCENARIOS))('%s', async (_, { handler, finds, rows = [2, 3, 20, 1_000], body }) => {
    const visit = stage.route(handler);
    for (const count of rows) {
      await stage.seed(count);
      for (let visits = 0; visits < (count === rows[0] ? VISITS : 1); visits++) {
        const { report, status } = await visit(body?.(count));
        expect(status).toBe(200);
        expect([count, visits, ...findingsOf(report)]).toEqual([count, visits, ...finds(count)]);
      }
    }
  });
});

testsAllOf('Must be found: loops', SCENARIOS);
