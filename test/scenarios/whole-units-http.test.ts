// Every way in which code keeps together what belongs together, or has no need to, as real code over HTTP and PostgreSQL: nothing is told, and the
// rows that are there afterwards show that it was right.

import type { Pool, PoolClient } from 'pg';
import { allow } from 'queryscope';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.js';
import { Bank, brokenIn } from './bank.js';
import { testsAllOf } from './catalogue.js';
import { onClient, type Sender } from './repositories.js';
import type { Handler } from './stage.js';

interface Scenario {
  handler: Handler;
  before?: (pool: Pool) => unknown;
  /** What is shown folded, and fails nothing. */
  folded?: string[];
  rows?: string;
  balances?: [number, number];
  status?: number;
}

/** A transaction as builders of queries offer it: by a callback. */
async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return onClient(pool, async (client) => {
    await client.query('begin');
    try {
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
  });
}

let savepoints = 0;

/** The same inside a transaction. */
async function nested<T>(client: PoolClient, work: () => Promise<T>): Promise<T | null> {
  savepoints += 1;
  const name = `trx_${savepoints}`;
  await client.query(`savepoint ${name}`);
  try {
    const result = await work();
    await client.query(`release savepoint ${name}`);
    return result;
  } catch {
    await client.query(`rollback to savepoint ${name}`);
    return null;
  }
}

const book = 'insert into transfer (account_id, amount) values ($1, $2)';

async function makeTransfer(sender: Sender, source: number, destination: number, amount: number): Promise<void> {
  await sender.query(book, [source, -amount]);
  await sender.query(book, [destination, amount]);
}

async function authorWithArticles(sender: Sender, titles: string[]): Promise<number> {
  const { rows } = await sender.query('insert into users (username) values ($1) returning id', ['bob']);
  for (const title of titles) await addArticle(sender, rows[0].id, title);
  return rows[0].id;
}

async function addArticle(sender: Sender, author: number, title: string): Promise<void> {
  await sender.query('insert into article (author_id, title) values ($1, $2)', [author, title]);
}

const nobody = 999;

let bank: Bank;
/** The client of a test that keeps all of it in one transaction. */
let outer: PoolClient;
/** What was written after a response. */
let background: Promise<Report>;
beforeAll(async () => {
  bank = await Bank.open();
});
afterAll(() => bank?.close());

const SCENARIOS: Record<string, Scenario> = {
  'one write': {
    handler: ({ pool }) => pool.query(book, [1, 50]),
    rows: 'transfer 1',
  },
  'a multi-row INSERT': {
    handler: ({ pool }) => pool.query(`${book}, ($3, $4)`, [1, -50, 2, 50]),
    rows: 'transfer 2',
  },
  'a CTE with several writes': {
    handler: ({ pool }) =>
      pool.query(
        `with author as (insert into users (username) values ($1) returning id)
         insert into article (author_id, title) select id, $2 from author`,
        ['bob', 'one'],
      ),
    rows: 'article 1',
  },
  'a multi-statement simple query': {
    handler: ({ pool }) =>
      pool.query(
        'update account set balance = balance - 30 where id = 1; update account set balance = balance + 30 where id = 2',
      ),
    balances: [70, 130],
  },
  'a function call': {
    handler: ({ pool }) => pool.query('select pay($1, $2, $3)', [1, 2, 30]),
    balances: [70, 130],
  },
  'everything inside one transaction': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin');
        await authorWithArticles(client, ['one']);
        await makeTransfer(client, 1, 2, 50);
        await client.query('delete from member where team_id = $1', [7]);
        await client.query("insert into member (team_id, user_id, role) values ($1, $2, 'any')", [7, 1]);
        await client.query('commit');
      }),
    rows: 'article 1, transfer 2',
  },
  'the story: a transfer in a transaction': {
    handler: ({ pool }) => transaction(pool, (client) => makeTransfer(client, 1, nobody, 50)),
    status: 500,
  },
  'the story: a user and two articles in a transaction that rolls back': {
    handler: ({ pool }) =>
      transaction(pool, async (client) => {
        await authorWithArticles(client, ['one', 'two']);
        throw new Error('no');
      }),
    status: 500,
  },
  'a transaction by a callback API': {
    handler: ({ pool }) => transaction(pool, (client) => authorWithArticles(client, ['one', 'two'])),
    rows: 'article 2',
  },
  'a callback API that rolls back': {
    async handler({ pool }) {
      await transaction(pool, async (client) => {
        await makeTransfer(client, 1, nobody, 50);
      }).catch(() => null);
    },
  },
  'savepoints and ROLLBACK TO': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('begin');
        await client.query(book, [1, -50]);
        await client.query('savepoint attempt');
        await client.query(book, [2, 49]);
        await client.query('rollback to savepoint attempt');
        await client.query(book, [2, 50]);
        await client.query('commit');
      }),
    rows: 'transfer 2',
  },
  'an error in a savepoint that is rolled back to': {
    handler: ({ pool }) =>
      transaction(pool, async (client) => {
        await client.query(book, [1, -50]);
        await nested(client, () => client.query(book, [nobody, 50]));
        await client.query(book, [2, 50]);
      }),
    rows: 'transfer 2',
  },
  'a transaction inside a transaction, by a savepoint': {
    handler: ({ pool }) =>
      transaction(pool, async (client) => {
        const author = (await nested(client, () => authorWithArticles(client, ['one']))) as number;
        await nested(client, () => addArticle(client, author, 'two'));
      }),
    rows: 'article 2',
  },
  'a test wrapped in an outer transaction': {
    async before(pool) {
      outer = await pool.connect();
      await outer.query('begin');
      bank.later(async () => {
        await outer.query('rollback');
        outer.release();
      });
    },
    async handler() {
      await nested(outer, async () => {
        await authorWithArticles(outer, ['one', 'two']);
        await makeTransfer(outer, 1, 2, 50);
      });
    },
  },
  'a retried serialisation failure that then commits': {
    async handler({ pool }) {
      for (let attempt = 1; ; attempt++) {
        try {
          await transaction(pool, async (client) => {
            await makeTransfer(client, 1, 2, 50);
            await client.query('select conflict_once()');
          });
          return;
        } catch (error) {
          if ((error as { code?: string }).code !== '40001' || attempt === 3) throw error;
        }
      }
    },
    rows: 'transfer 2',
  },
  'writes that share no value': {
    async handler({ pool }) {
      await pool.query(book, [1, 50]); // #booked
      await pool.query('insert into preference (user_id, theme) values ($1, $2)', [7, 'dark']); // #preferred
    },
    folded: ['missing-transaction possible at #preferred: #booked #preferred'],
    rows: 'preference 1, transfer 1',
  },
  'writes that share no value, allowed with a reason': {
    async handler({ pool }) {
      await pool.query(book, [1, 50]);
      await allow({ detector: 'missing-transaction', reason: 'each is right without the other' }, () =>
        pool.query('insert into preference (user_id, theme) values ($1, $2)', [7, 'dark']),
      );
    },
    rows: 'preference 1, transfer 1',
  },
  'a session touch and an audit row': {
    async handler({ pool }) {
      await pool.query('update session set seen_at = now() where token = $1', ['t-1']); // #touch
      await pool.query(book, [1, 50]); // #paid
      await pool.query('insert into audit (text) values ($1)', ['paid']); // #audit
    },
    folded: ['missing-transaction possible at #paid: #touch #paid #audit'],
    rows: 'audit 1, transfer 1',
  },
  'a session touch and an audit row, each allowed with its reason': {
    async handler({ pool }) {
      await allow({ detector: 'missing-transaction', reason: 'a touch' }, () =>
        pool.query('update session set seen_at = now() where token = $1', ['t-1']),
      );
      await pool.query(book, [1, 50]);
      await allow({ detector: 'missing-transaction', reason: 'a trail may have gaps' }, () =>
        pool.query('insert into audit (text) values ($1)', ['paid']),
      );
    },
    rows: 'audit 1, transfer 1',
  },
  'a background write after the response': {
    async handler({ pool }) {
      const author = await authorWithArticles(pool, []);
      background = new Promise((resolve) => {
        const stop = bank.stage.onReport((report) => {
          if (report.profile.kind !== 'job') return;
          stop();
          resolve(report);
        });
      });
      let isOver = () => {};
      const over = new Promise<void>((resolve) => {
        isOver = resolve;
      });
      void over.then(() => addArticle(pool, author, 'one'));
      bank.later(async () => {
        isOver();
        expect(brokenIn(await background)).toEqual([]);
      });
    },
  },
  'a relative update': {
    async handler({ pool }) {
      const { rows } = await pool.query('select balance from account where id = $1', [1]);
      if (rows[0].balance < 30) throw new Error('too little');
      await pool.query('update account set balance = balance - $1 where id = $2', [30, 1]);
    },
    balances: [70, 100],
  },
  'a PATCH that loads a row and saves values from outside': {
    async handler({ pool }) {
      const { rows } = await pool.query('select * from users where id = $1', [1]); // #load
      const changed = { ...rows[0], username: 'Anna' };
      await pool.query('update users set username = $1 where id = $2', [changed.username, changed.id]); // #save
    },
    folded: ['lost-update possible at #save: #load #save'],
  },
  'INSERT ON CONFLICT': {
    async handler({ pool }) {
      const { rows } = await pool.query('select theme from preference where user_id = $1', [1]);
      if (rows.length > 0) return;
      await pool.query(
        'insert into preference (user_id, theme) values ($1, $2) on conflict (user_id) do update set theme = excluded.theme',
        [1, 'dark'],
      );
    },
    rows: 'preference 1',
  },
  'SELECT FOR UPDATE in a transaction, then UPDATE': {
    handler: ({ pool }) =>
      transaction(pool, async (client) => {
        const { rows } = await client.query('select balance from account where id = $1 for update', [1]);
        await client.query('update account set balance = $1 where id = $2', [rows[0].balance - 30, 1]);
      }),
    balances: [70, 100],
  },
  'an optimistic lock by a version': {
    async handler({ pool }) {
      const { rows } = await pool.query('select balance, version from account where id = $1', [1]);
      const [{ balance, version }] = rows;
      const { rowCount } = await pool.query(
        'update account set balance = $1, version = version + 1 where id = $2 and version = $3',
        [balance - 30, 1, version],
      );
      if (rowCount === 0) throw new Error('changed meanwhile');
    },
    balances: [70, 100],
  },
  'a compare-and-set': {
    async handler({ pool }) {
      const { rows } = await pool.query('select balance from account where id = $1', [1]);
      const before = rows[0].balance;
      await pool.query('update account set balance = $1 where id = $2 and balance = $3', [before - 30, 1, before]);
    },
    balances: [70, 100],
  },
  'a job claimed with FOR UPDATE SKIP LOCKED in one statement': {
    async handler({ pool }) {
      await pool.query(
        `update job set state = 'running' where id in
           (select id from job where state = 'queued' order by id limit 1 for update skip locked) returning id`,
      );
    },
  },
  'a lock for the statements of one text': {
    handler: ({ pool }) =>
      pool.query(
        `select id from account where id = 1 for update;
         update account set balance = balance - 30 where id = 1`,
      ),
    balances: [70, 100],
  },
  'an advisory lock of the session': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('select pg_advisory_lock($1)', [7]);
        try {
          await client.query('update account set balance = balance - $1 where id = $2', [30, 1]);
        } finally {
          await client.query('select pg_advisory_unlock($1)', [7]);
        }
      }),
    balances: [70, 100],
  },
  'reads by a client, outside a transaction': {
    handler: ({ pool }) =>
      onClient(pool, async (client) => {
        await client.query('select balance from account where id = $1', [1]);
        await client.query('select id, username from users');
      }),
  },
  'transactions side by side on two clients': {
    handler: ({ pool }) =>
      onClient(pool, (one) =>
        onClient(pool, async (other) => {
          await one.query('begin');
          await other.query('begin');
          await one.query(book, [1, 50]); // #one
          await other.query("insert into signup (email) values ('a@b.c')"); // #other
          await Promise.all([one.query('commit'), other.query('commit')]);
        }),
      ),
    folded: ['missing-transaction possible at #other: #one #other'],
    rows: 'signup 1, transfer 1',
  },
  'a failed transaction, then a client destroyed': {
    async handler(scene) {
      const client = await bank.ownPool(scene).connect();
      try {
        await client.query('begin');
        await makeTransfer(client, 1, nobody, 50);
        await client.query('commit');
        client.release();
      } catch (error) {
        client.release(error as Error);
      }
    },
  },
  'a failed write that is sent again': {
    async handler({ pool }) {
      const insert = 'insert into audit (text) select $1 where conflict_once() = 1';
      await pool.query(insert, ['paid']).catch(() => pool.query(insert, ['paid']));
    },
    rows: 'audit 1',
  },
  'a write that fails alone': {
    handler: ({ pool }) => pool.query(book, [nobody, 50]),
    status: 500,
  },
  'a request that is refused before it writes': {
    async handler({ pool, status }) {
      const { rows } = await pool.query('select balance from account where id = $1', [1]);
      if (rows[0].balance < 500) status(422);
    },
    status: 422,
  },
};

describe('silent', () => {
  test.each(Object.entries(SCENARIOS))(
    '%s',
    async (_, { handler, before, folded = [], rows = '', balances = [100, 100], status = 200 }) => {
      for await (const visit of bank.visits(handler, before)) {
        expect({
          status: visit.status,
          rows: await bank.rows(),
          balances: await bank.balances(),
          found: brokenIn(visit.report),
        }).toEqual({ status, rows, balances, found: folded });
      }
    },
  );
});

testsAllOf('Must stay silent: atomicity', SCENARIOS);
