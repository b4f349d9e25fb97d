// Every way in which code repeats statements for good reasons, as real code over HTTP and PostgreSQL: nothing is called a loop, what was looked
// at is dismissed with its reason, and the server's own log shows that nothing was overlooked.

import { setTimeout as sleep } from 'node:timers/promises';
import DataLoader from 'dataloader';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { forgetSites } from '../../src/capture/site-memory.js';
import { testsAllOf } from './catalogue.js';
import { chatsOf, messagesOf, onClient, type Row, type Sender } from './repositories.js';
import { dismissalsOf, findingsOf, type Handler, Stage } from './stage.js';

interface Scenario {
  handler: Handler;
  /** Statements that the server is sent, from how many chats. */
  statements: number | ((chats: number) => number);
  /** What is found although it is no loop. */
  finds?: string[];
  dismisses?: string[] | ((chats: number) => string[]);
  /** How many chats there are; by default 3. */
  chats?: number[];
  status?: number;
}

async function userOf(sender: Sender, id: unknown): Promise<Row> {
  return (await sender.query('select * from users where id = $1', [id])).rows[0];
}

const SCENARIOS: Record<string, Scenario> = {
  preloaded: {
    async handler({ pool }) {
      const chats = await chatsOf(pool);
      const { rows } = await pool.query('select * from message where chat_id = any($1)', [chats.map(({ id }) => id)]);
      const senders = [...new Set(rows.map(({ sender_id }) => sender_id))];
      const { rows: users } = await pool.query('select * from users where id = any($1)', [senders]);
      return { chats, rows, users };
    },
    statements: 3,
    chats: [2, 3, 20, 1_000],
  },
  joined: {
    async handler({ pool }) {
      const { rows } = await pool.query(
        'select c.id, m.text, u.username from chat c join message m on m.chat_id = c.id join users u on u.id = m.sender_id',
      );
      return rows;
    },
    statements: 1,
    chats: [2, 3, 20, 1_000],
  },
  '= ANY($1)': {
    async handler({ pool }) {
      const { rows } = await pool.query('select owner_id from chat');
      return pool.query('select * from users where id = any($1::int[])', [rows.map(({ owner_id }) => owner_id)]);
    },
    statements: 2,
    chats: [2, 3, 20, 1_000],
  },
  IN: {
    async handler({ pool }) {
      const { rows } = await pool.query('select owner_id from chat');
      const places = rows.map((_, i) => `$${i + 1}`).join(', ');
      const owners = rows.map(({ owner_id }) => owner_id);
      await pool.query(`select * from users where id in (${places})`, owners);
      await pool.query(`select * from profile where user_id in (${owners})`);
    },
    statements: 3,
    chats: [2, 3, 20, 1_000],
  },
  '1 + 1': {
    async handler({ pool }) {
      for (const { id } of (await pool.query("select id from chat where name = 'chat 1'")).rows)
        await messagesOf(pool, id);
    },
    statements: 2,
    chats: [2, 3, 20],
  },
  'an empty result': {
    async handler({ pool }) {
      for (const { id } of (await pool.query('select id from chat where name = $1', ['none'])).rows)
        await messagesOf(pool, id);
    },
    statements: 1,
  },
  'a null foreign key': {
    async handler({ pool }) {
      await pool.query('update message set sender_id = null where id <> $1', [2]);
      const { rows } = await pool.query('select id, sender_id from message order by id');
      for (const { sender_id } of rows) {
        if (sender_id !== null) await userOf(pool, sender_id);
      }
      const parent = await pool.query('select * from folder where id = $1', [null]);
      return parent.rows;
    },
    statements: 4,
  },
  'a row just created and read back': {
    async handler({ pool }) {
      const { rows } = await pool.query('insert into tag (name) values ($1) returning id', ['new']);
      return (await pool.query('select * from tag where id = $1', [rows[0].id])).rows;
    },
    statements: 2,
  },
  'the same shape from different lines': {
    async handler({ pool }) {
      const text = 'select * from users where id = $1';
      const author = await pool.query(text, [8]);
      const reader = await pool.query(text, [3]);
      const owner = await pool.query(text, [5]);
      return [author.rows, reader.rows, owner.rows];
    },
    statements: 3,
    dismisses: ['separate-call-sites 3 by n-plus-one'],
  },
  'one helper called by different callers, without a common source': {
    async handler({ pool }) {
      const session = async () => userOf(pool, 8);
      const owner = async () => userOf(pool, 3);
      const support = async () => userOf(pool, 5);
      await session();
      await chatsOf(pool);
      return [await owner(), await support()];
    },
    statements: 4,
    dismisses: ['separate-call-sites 3 by n-plus-one'],
  },
  'the same values again': {
    async handler({ pool }) {
      const session = await userOf(pool, 7);
      await chatsOf(pool);
      const footer = await userOf(pool, 7); // #again
      return [session, footer];
    },
    statements: 3,
    finds: ['duplicate-statement proven: 2 of users at #again'],
  },
  'the same values after a write to that table': {
    async handler({ pool }) {
      const before = await userOf(pool, 7);
      await pool.query('update users set username = $1 where id = $2', ['other', 7]); // #rename
      return [before, await userOf(pool, 7)];
    },
    statements: 3,
    finds: ['lost-update possible: 1 of ? → 1 of users at #rename'],
    dismisses: ['reread-after-write 2 by duplicate-statement'],
  },
  'two preloads of one table': {
    async handler({ pool }) {
      const byId = 'select * from users where id = any($1)';
      const { rows: messages } = await pool.query('select sender_id from message');
      await pool.query(byId, [messages.map(({ sender_id }) => sender_id)]);
      const { rows: chats } = await pool.query('select owner_id from chat');
      await pool.query(byId, [chats.map(({ owner_id }) => owner_id)]);
    },
    statements: 4,
    chats: [2, 3, 20, 1_000],
  },
  "a batch loader's chunks of ANY($1)": {
    async handler({ pool }) {
      const messages = new DataLoader<number, Row[]>(
        async (ids) => {
          const { rows } = await pool.query<Row>('select * from message where chat_id = any($1)', [ids]);
          return ids.map((id) => rows.filter(({ chat_id }) => chat_id === id));
        },
        { maxBatchSize: 5 },
      );
      const chats = await chatsOf(pool);
      return Promise.all(chats.map(({ id }) => messages.load(id)));
    },
    statements: (chats) => 1 + Math.ceil(chats / 5),
    dismisses: (chats) => (chats > 10 ? [`chunked ${Math.ceil(chats / 5)} by n-plus-one`] : []),
    chats: [3, 20, 23, 1_000],
  },
  'keyset pages': {
    async handler({ pool }) {
      let last = 0;
      for (;;) {
        const { rows } = await pool.query('select id from chat where id > $1 order by id limit 3', [last]);
        if (rows.length === 0) return;
        last = rows.at(-1).id;
      }
    },
    statements: (chats) => Math.ceil(chats / 3) + 1,
    dismisses: (chats) => [`pagination ${Math.ceil(chats / 3) + 1} by n-plus-one`],
    chats: [3, 20, 1_000],
  },
  'offset pages': {
    async handler({ pool }) {
      for (let offset = 0; ; offset += 3) {
        const { rows } = await pool.query('select id from chat order by id limit $1 offset $2', [3, offset]);
        if (rows.length < 3) return;
      }
    },
    statements: (chats) => Math.floor(chats / 3) + 1,
    dismisses: (chats) => [`pagination ${Math.floor(chats / 3) + 1} by n-plus-one`],
    chats: [3, 20, 1_000],
  },
  'a retry after an error': {
    async handler({ pool, body }) {
      for (let attempt = 1; ; attempt++) {
        try {
          // Fails when it runs, and only the first time.
          await pool.query("select 1 / (nextval('attempts')::int - 1), * from users where id = $1", [7]);
          return;
        } catch (error) {
          if (attempt === 3) throw error;
          body.failed = attempt;
        }
      }
    },
    statements: 2,
    dismisses: ['retry 2 by duplicate-statement'],
  },
  'a poll': {
    async handler({ pool }) {
      for (let turn = 0; turn < 3; turn++) {
        const { rows } = await pool.query('select state from job where id = $1', [2]);
        if (rows[0].state === 'done') return;
        await sleep(120);
      }
    },
    statements: 3,
    dismisses: ['poll 3 by duplicate-statement'],
  },
  'BEGIN, COMMIT, SAVEPOINT, SET': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        for (let turn = 0; turn < 3; turn++) {
          await client.query('begin');
          await client.query(`set local statement_timeout = ${1_000 + turn}`);
          await client.query(`savepoint sp_${turn}`);
          await client.query(`release savepoint sp_${turn}`);
          await client.query('commit');
        }
      }),
    statements: 15,
  },
  'catalogue queries of an ORM': {
    async handler({ pool }) {
      for (const table of ['chat', 'message', 'users']) {
        await pool.query("select oid from pg_class where relname = $1 and relkind = 'r'", [table]);
        await pool.query('select column_name from information_schema.columns where table_name = $1', [table]);
        await pool.query(`select a.attname from pg_catalog.pg_attribute a where a.attrelid = '${table}'::regclass`);
      }
    },
    statements: 9,
  },
  'connection set-up': {
    async handler({ pool }) {
      const { connectionString } = pool.options;
      for (let turn = 0; turn < 3; turn++) {
        const fresh = new pg.Pool({ connectionString, max: 1 });
        const client = await fresh.connect();
        await client.query(`set application_name = 'app-${turn}'`);
        await client.query('select set_config($1, $2, false)', ['app.turn', String(turn)]);
        await client.query('show server_version');
        client.release();
        await fresh.end();
      }
    },
    statements: 9,
  },
  'a multi-row INSERT': {
    async handler({ pool }) {
      const chats = await chatsOf(pool);
      const places = chats.map((_, i) => `($${2 * i + 1}, $${2 * i + 2})`).join(', ');
      const values = chats.flatMap(({ id }) => [id, 'listed']);
      await pool.query(`insert into event (chat_id, text) values ${places}`, values);
    },
    statements: 2,
    chats: [2, 3, 20, 1_000],
  },
  'several tables written from one line': {
    async handler({ pool }) {
      const insert = (table: string, name: string) => pool.query(`insert into ${table} (name) values ($1)`, [name]);
      await insert('tag', 'a');
      await insert('settings', 'b'); // #second
      await insert('folder', 'c');
    },
    statements: 3,
    finds: ['missing-transaction possible: 3 of tag, settings, folder at #second'],
  },
  'accidental matches of small integers': {
    async handler({ pool }) {
      const { rows } = await pool.query('select id from users order by id limit 3');
      const setting = 'select name from settings where id = $1';
      const theme = async () => pool.query(setting, [1]);
      const language = async () => pool.query(setting, [2]);
      const zone = async () => pool.query(setting, [3]);
      return [rows, (await theme()).rows, (await language()).rows, (await zone()).rows];
    },
    statements: 4,
    dismisses: ['separate-call-sites 3 by n-plus-one'],
  },
};

/** Visits after the first: stacks are captured less and less, and what is said must stay. */
const VISITS_WARM = 4;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
  await stage.poolOf(10).query('create sequence attempts');
});
afterAll(() => stage?.close());
beforeEach(forgetSites);

const forChats = <T>(told: T | ((chats: number) => T), chats: number): T =>
  typeof told === 'function' ? (told as (chats: number) => T)(chats) : told;

describe('not found', () => {
  test.each(Object.entries(SCENARIOS))(
    '%s',
    async (_, { handler, statements, finds = [], dismisses = [], chats = [3] }) => {
      const visit = stage.route(handler);
      for (const count of chats) {
        for (let visits = 0; visits < (count > 100 ? 1 : 1 + VISITS_WARM); visits++) {
          await stage.seed(count);
          await stage.poolOf(10).query("select setval('attempts', 1, false)");
          const { report, status, logged } = await visit();
          expect({
            status,
            logged,
            captured: report.profile.statements.length,
            found: findingsOf(report),
            dismissed: dismissalsOf(report),
          }).toEqual({
            status: 200,
            logged: forChats(statements, count),
            captured: forChats(statements, count),
            found: finds,
            dismissed: forChats(dismisses, count),
          });
        }
      }
    },
  );
});

testsAllOf('Must not be found', SCENARIOS);
