// Every way in which code leaves a unit open to being torn, as real code over HTTP and PostgreSQL, in a cold and a warm process: what is found, how
// surely, and which lines are named. Lines are known by the `#mark` that ends them.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bank, brokenIn, IDLE_MS } from './bank.js';
import { testsAllOf } from './catalogue.js';
import { onClient, type Sender } from './repositories.js';
import type { Handler } from './stage.js';

interface Scenario {
  handler: Handler;
  finds: string[];
  /** Rows that are there afterwards, beside those from before. */
  rows?: string;
  /** What is on the two accounts afterwards, 100 on each before. */
  balances?: [number, number];
  status?: number;
}

async function createUser(sender: Sender, name: string): Promise<number> {
  const { rows } = await sender.query('insert into users (username) values ($1) returning id', [name]); // #user
  return rows[0].id;
}

async function createArticle(sender: Sender, author: number, title: string): Promise<void> {
  await sender.query('insert into article (author_id, title) values ($1, $2)', [author, title]); // #article
}

const book = 'insert into transfer (account_id, amount) values ($1, $2)';

async function makeTransfer(sender: Sender, source: number, destination: number, amount: number): Promise<void> {
  await sender.query(book, [source, -amount]); // #source
  await sender.query(book, [destination, amount]); // #destination
}

const nobody = 999;

let bank: Bank;
beforeAll(async () => {
  bank = await Bank.open();
});
afterAll(() => bank?.close());

const SCENARIOS: Record<string, Scenario> = {
  'two writes to two tables in autocommit, the second binding the id that the first returned': {
    async handler({ pool }) {
      const { rows } = await pool.query('insert into users (username) values ($1) returning id', ['bob']); // #first
      await pool.query('insert into article (author_id, title) values ($1, $2)', [rows[0].id, 'one']); // #second
    },
    finds: ['missing-transaction proven at #second: #first #second'],
    rows: 'article 1',
  },
  "the story: a user, then two articles that bind the new user's id": {
    async handler({ pool }) {
      const author = await createUser(pool, 'bob');
      await createArticle(pool, author, 'one');
      await createArticle(pool, author, 'two');
    },
    finds: ['missing-transaction proven at #article: #user #article'],
    rows: 'article 2',
  },
  'the story: a transfer of two INSERTs whose amounts cancel out': {
    handler: ({ pool }) => makeTransfer(pool, 1, 2, 50),
    finds: ['missing-transaction likely at #destination: #source #destination'],
    rows: 'transfer 2',
  },
  'the story: a transfer whose second INSERT fails': {
    handler: ({ pool }) => makeTransfer(pool, 1, nobody, 50),
    finds: ['torn-write proven at #destination: #source #destination'],
    rows: 'transfer 1',
    status: 500,
  },
  'two UPDATEs of one table: a money transfer': {
    async handler({ pool }) {
      await pool.query('update account set balance = balance - $1 where id = $2', [30, 1]); // #out
      await pool.query('update account set balance = balance + $1 where id = $2', [30, 2]); // #in
    },
    finds: ['missing-transaction likely at #in: #out #in'],
    balances: [70, 130],
  },
  'DELETE then INSERT: a replacement': {
    async handler({ pool }) {
      await pool.query('delete from member where team_id = $1', [7]); // #delete
      await pool.query('insert into member (team_id, user_id, role) values ($1, $2, $3), ($1, $4, $3)', [
        7,
        1,
        'any',
        2,
      ]); // #insert
    },
    finds: ['missing-transaction likely at #insert: #delete #insert'],
  },
  'writes in two helpers of one request': {
    async handler({ pool }) {
      const author = await createUser(pool, 'bob');
      await createArticle(pool, author, 'one');
    },
    finds: ['missing-transaction proven at #article: #user #article'],
    rows: 'article 1',
  },
  'two transactions where one would do': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin'); // #begin-1
        const { rows } = await client.query("insert into users (username) values ('bob') returning id"); // #user-1
        await client.query('commit'); // #commit-1
        await client.query('begin'); // #begin-2
        await client.query("insert into article (author_id, title) values ($1, 'one')", [rows[0].id]); // #article-2
        await client.query('commit'); // #commit-2
      }),
    finds: ['missing-transaction proven at #article-2: #user-1 #article-2'],
    rows: 'article 1',
  },
  'a write after COMMIT': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin'); // #begun
        const author = await createUser(client, 'bob');
        await client.query('commit'); // #committed
        await client.query("insert into article (author_id, title) values ($1, 'one')", [author]); // #after
      }),
    finds: ['missing-transaction proven at #after: #user #after'],
    rows: 'article 1',
  },
  'write 1 committed, write 2 failed': {
    async handler({ pool }) {
      const author = await createUser(pool, 'bob');
      await pool.query('insert into article (author_id, title) values ($1, $2)', [author, null]); // #refused
    },
    finds: ['torn-write proven at #refused: #user #refused'],
    status: 500,
  },
  'write 1 committed, write 2 failed, and write 1 undone by hand': {
    async handler({ pool }) {
      const { rows } = await pool.query("insert into users (username) values ('bob') returning id"); // #done
      try {
        await pool.query('insert into article (author_id, title) values ($1, $2)', [rows[0].id, null]);
      } catch {
        await pool.query('delete from users where id = $1', [rows[0].id]); // #undone-by-hand
      }
    },
    finds: ['missing-transaction proven at #undone-by-hand: #done #undone-by-hand'],
  },
  'write 1 committed, the request ended in an error': {
    async handler({ pool }) {
      await pool.query('update account set balance = balance - $1 where id = $2', [30, 1]); // #stayed
      const { rows } = await pool.query('select id from account where id = $1', [nobody]);
      if (rows.length === 0) throw new Error('no such account');
      await pool.query('update account set balance = balance + $1 where id = $2', [30, nobody]);
    },
    finds: ['torn-write likely at #stayed: #stayed'],
    balances: [70, 100],
    status: 500,
  },
  'write 1 committed, the request ended in a 5xx': {
    async handler({ pool, status }) {
      await pool.query('update account set balance = balance - $1 where id = $2', [30, 1]); // #kept
      const { rows } = await pool.query('select id from account where id = $1', [nobody]);
      if (rows.length === 0) return status(503);
      await pool.query('update account set balance = balance + $1 where id = $2', [30, nobody]);
    },
    finds: ['torn-write likely at #kept: #kept'],
    balances: [70, 100],
    status: 503,
  },
  'BEGIN through pool.query': {
    async handler(scene) {
      const pool = bank.ownPool(scene);
      await pool.query('begin'); // #begin
      await makeTransfer(pool, 1, 2, 50);
      await pool.query('commit'); // #commit
    },
    finds: ['transaction-on-pool proven at #begin: #begin #commit'],
    rows: 'transfer 2',
  },
  'BEGIN through pool.query, the SQL in a variable and the pool by another name': {
    async handler(scene) {
      const db = { read: bank.ownPool(scene) };
      const [open, close] = ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE', '/* done */ COMMIT'];
      const send = (text: string) => db.read.query({ text });
      await send(open); // #open
      await makeTransfer(db.read, 1, 2, 50);
      await send(close); // #close
    },
    finds: ['transaction-on-pool proven at #open: #open #close'],
    rows: 'transfer 2',
  },
  'a transaction on client 1, a statement of the same request on the pool meanwhile': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin'); // #opened
        await client.query(book, [1, -50]); // #inside
        await pool.query(book, [2, 50]); // #escaped
        await client.query('rollback'); // #undone
      }),
    finds: ['escaped-statement proven at #escaped: #opened #escaped'],
    rows: 'transfer 1',
  },
  'a transaction on client 1, a statement of the same request on client 2 meanwhile': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        const other = await pool.connect();
        await client.query('begin'); // #opened-1
        await client.query(book, [1, -50]);
        await other.query(book, [2, 50]); // #escaped-2
        await client.query('rollback');
        other.release();
      }),
    finds: ['escaped-statement proven at #escaped-2: #opened-1 #escaped-2'],
    rows: 'transfer 1',
  },
  'a client released in state T': {
    async handler(scene) {
      const client = await bank.ownPool(scene).connect();
      await client.query('begin'); // #begin-T
      await client.query(book, [1, 50]); // #write-T
      client.release(); // #release-T
    },
    finds: ['open-transaction proven at #release-T: #begin-T #write-T'],
  },
  'a client released in state E': {
    async handler(scene) {
      const client = await bank.ownPool(scene).connect();
      try {
        await client.query('begin'); // #begin-E
        await client.query(book, [nobody, 50]); // #write-E
        await client.query('commit');
      } finally {
        client.release(); // #release-E
      }
    },
    finds: ['open-transaction proven at #release-E: #begin-E #write-E'],
    status: 500,
  },
  'the response ended with the transaction open': {
    async handler(scene) {
      const client = await bank.ownPool(scene).connect();
      bank.later(() => client.release(true));
      await client.query('begin'); // #begin-open
      await client.query(book, [1, 50]); // #write-open
    },
    finds: ['open-transaction proven at #begin-open: #begin-open #write-open'],
  },
  'a client never released': {
    async handler(scene) {
      const client = await bank.ownPool(scene).connect();
      bank.later(() => client.release(true));
      await client.query('select balance from account where id = $1', [1]); // #kept-client
    },
    finds: ['open-transaction likely at #kept-client: #kept-client'],
  },
  'a client released twice': {
    async handler(scene) {
      const client = await bank.ownPool(scene).connect();
      await client.query('select balance from account where id = $1', [1]); // #used
      client.release();
      expect(() => client.release()).toThrow('already been released'); // #again
    },
    finds: ['open-transaction proven at #again: #used'],
  },
  'COMMIT answered ROLLBACK': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin'); // #begin-lost
        await client.query(book, [1, -50]); // #lost
        await client.query(book, [nobody, 50]).catch(() => null); // #failed
        await client.query('commit'); // #commit-lost
      }),
    finds: ['silent-rollback proven at #failed: #lost #failed #commit-lost'],
  },
  'statements after an error in a transaction that the code swallowed': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin'); // #begin-swallowed
        await client.query(book, [nobody, 50]).catch(() => null); // #swallowed
        await client.query(book, [1, 50]).catch(() => null); // #refused-1
        await client.query(book, [2, 50]).catch(() => null); // #refused-2
        await client.query('rollback'); // #rollback-swallowed
      }),
    finds: ['silent-rollback proven at #swallowed: #swallowed #refused-1 #refused-2'],
  },
  'SELECT FOR UPDATE outside a transaction': {
    async handler({ pool }) {
      await pool.query('select id from account where id = $1 for update', [1]); // #for-update
    },
    finds: ['ineffective-lock proven at #for-update: #for-update'],
  },
  'SET LOCAL outside a transaction': {
    async handler({ pool }) {
      await pool.query("set local statement_timeout = '2s'"); // #set-local
    },
    finds: ['ineffective-lock proven at #set-local: #set-local'],
  },
  'LOCK TABLE outside a transaction': {
    async handler({ pool }) {
      await pool.query('lock table account in exclusive mode').catch(() => null); // #lock-table
    },
    finds: ['ineffective-lock proven at #lock-table: #lock-table'],
  },
  'pg_advisory_xact_lock outside a transaction': {
    async handler({ pool }) {
      await pool.query('select pg_advisory_xact_lock($1)', [7]); // #advisory
    },
    finds: ['ineffective-lock proven at #advisory: #advisory'],
  },
  'SAVEPOINT outside a transaction': {
    async handler({ pool }) {
      await pool.query('savepoint before').catch(() => null); // #savepoint
    },
    finds: ['ineffective-lock proven at #savepoint: #savepoint'],
  },
  'SELECT by key, then UPDATE of that row with a value computed from it': {
    async handler({ pool }) {
      const { rows } = await pool.query('select balance from account where id = $1', [1]); // #read
      await pool.query('update account set balance = $1 where id = $2', [rows[0].balance - 30, 1]); // #overwrite
    },
    finds: ['lost-update possible at #overwrite: #read #overwrite'],
    balances: [70, 100],
  },
  'SELECT found no row for a value, INSERT of that value': {
    async handler({ pool }) {
      const { rows } = await pool.query('select id from signup where email = $1', ['a@b.c']); // #check
      if (rows.length === 0) await pool.query('insert into signup (email) values ($1)', ['a@b.c']); // #insert-checked
    },
    finds: ['check-then-insert possible at #insert-checked: #check #insert-checked'],
    rows: 'signup 1',
  },
  'time inside a transaction in which no statement ran': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin'); // #idle-begin
        await client.query(book, [1, 50]); // #before-idle
        await sleep(IDLE_MS + 100);
        await client.query('commit'); // #after-idle
      }),
    finds: ['idle-in-transaction proven at #before-idle: #before-idle #after-idle'],
    rows: 'transfer 1',
  },
  'BEGIN inside a transaction': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin'); // #outer-begin
        await client.query(book, [1, -50]); // #outer-write
        await client.query('begin'); // #inner-begin
        await client.query(book, [2, 50]); // #inner-write
        await client.query('commit'); // #inner-commit
        await client.query('rollback'); // #outer-rollback
      }),
    finds: ['nested-transaction proven at #inner-begin: #outer-begin #inner-begin #inner-commit #outer-rollback'],
    rows: 'transfer 2',
  },
  'COMMIT outside a transaction': {
    async handler({ pool }) {
      await onClient(pool, async (client) => {
        await client.query(book, [1, 50]); // #alone
        await client.query('commit'); // #commit-alone
      });
    },
    finds: ['nested-transaction proven at #commit-alone: #alone #commit-alone'],
    rows: 'transfer 1',
  },
};

describe('found', () => {
  test.each(Object.entries(SCENARIOS))(
    '%s',
    async (_, { handler, finds, rows = '', balances = [100, 100], status = 200 }) => {
      for await (const visit of bank.visits(handler)) {
        expect({
          status: visit.status,
          rows: await bank.rows(),
          balances: await bank.balances(),
          found: brokenIn(visit.report),
        }).toEqual({ status, rows, balances, found: finds });
      }
    },
  );
});

testsAllOf('Must be found: atomicity', SCENARIOS);
