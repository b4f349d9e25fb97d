// Captures beside and inside each other: on one pool, in tests that run at once, that throw or time out, under fake timers, inside a transaction of the test.

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { assertAtomic, assertStatementCount, capture, type Report } from 'queryscope/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTables } from '../../examples/transfer/app.js';
import { makeTransfer } from '../../examples/transfer/transfer.js';
import { state } from '../../src/capture/state.js';
import { freshDatabase } from '../postgres.js';

let pool: pg.Pool;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 5 });
  await createTables(pool);
});

afterEach(() => {
  vi.useRealTimers();
});

afterAll(async () => {
  expect(state.openScopes).toBe(0);
  await pool.end();
});

/** Whose statements are in a report: each binds its test's number, and says it where no value is shown. */
const ask = (number: number) => pool.query(`select $1::int as test_${number}`, [number]);

const whose = ({ profile }: Report) => [
  ...new Set(profile.statements.map(({ sql }) => Number(/test_(\d+)/.exec(sql)?.[1]))),
];

describe.concurrent('200 tests at once over one pool', () => {
  let running = 0;
  let most = 0;

  test.each(Array.from({ length: 200 }, (_, i) => [i]))('number %i has its own statements', async (number) => {
    most = Math.max(most, ++running);
    const { report } = await capture(`test ${number}`, async () => {
      await ask(number);
      await Promise.all([ask(number), sleep(number % 7), ask(number)]);
      await new Promise((resolve) => setImmediate(resolve));
      await ask(number);
    });
    running--;
    assertStatementCount(report, 4);
    expect(whose(report)).toEqual([number]);
  });

  afterAll(() => expect(most).toBeGreaterThan(50));
});

test('a capture inside another is its child, and counts in both', async () => {
  const { result, report } = await capture('outer', async () => {
    await ask(1);
    const inner = await capture('inner', () => ask(2));
    await ask(1);
    return inner.report;
  });
  expect([whose(report), report.children.map(whose), whose(result)]).toEqual([[1], [[2]], [2]]);
  assertStatementCount(report, 3);
  assertStatementCount(result, 1);
});

test('two captures at once inside another are told apart', async () => {
  const { report } = await capture('outer', () =>
    Promise.all([2, 3, 4].map((number) => capture(`inner ${number}`, () => ask(number)))),
  );
  expect(report.children.map(whose).sort()).toEqual([[2], [3], [4]]);
});

test('what throws rejects as it would, and leaves nothing behind', async () => {
  const error = new Error('as it was');
  await expect(
    capture(async () => {
      await ask(1);
      throw error;
    }),
  ).rejects.toBe(error);
  const { error: settled, report } = await capture(
    async () => {
      await ask(2);
      throw error;
    },
    { settle: true },
  );
  expect([settled, whose(report)]).toEqual([error, [2]]);
});

test('what was aborted in the middle is in no later report', async () => {
  const controller = new AbortController();
  const slow = capture('slow', async () => {
    await ask(1);
    await sleep(10_000, null, { signal: controller.signal });
  });
  const { report } = await capture('next', () => ask(2));
  controller.abort();
  await expect(slow).rejects.toThrow('aborted');
  expect(whose(report)).toEqual([2]);
});

test('what nobody waits for any more does not reach the next test', async () => {
  let release = () => {};
  const hung = capture('hung', async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    await ask(1);
  });
  const { report } = await capture('next', async () => {
    await ask(2);
    release();
    await sleep(20);
    await ask(2);
  });
  expect(whose(report)).toEqual([2]);
  expect(whose((await hung).report)).toEqual([1]);
});

test.each<[string, () => void]>([
  ['all timers', () => void vi.useFakeTimers()],
  [
    'the clock, turns of the loop and the rest',
    () => void vi.useFakeTimers({ toFake: ['Date', 'setImmediate', 'setTimeout', 'performance'] }),
  ],
])('under fake timers a capture ends: %s', async (_, fake) => {
  fake();
  const { report } = await capture(() => ask(1));
  assertStatementCount(report, 1);
  expect(report.profile.durationMs).toBeGreaterThan(0);
});

describe('inside a transaction of the test itself', () => {
  const inTransaction = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    await client.query('begin');
    try {
      return await work(client);
    } finally {
      await client.query('rollback');
      client.release();
    }
  };

  test('writes that the app did not put in one of its own are told', async () => {
    await inTransaction(async (client) => {
      const { report } = await capture(() => makeTransfer(client, 1, 2, 5));
      expect(report.profile.transactions).toMatchObject([{ ambient: true }]);
      expect(() => assertAtomic(report)).toThrow(/broken unit/);
    });
  });

  test('a savepoint of the app is its transaction', async () => {
    await inTransaction(async (client) => {
      const { report } = await capture(async () => {
        await client.query('savepoint app');
        await makeTransfer(client, 1, 2, 5);
        await client.query('release savepoint app');
      });
      assertAtomic(report);
    });
  });
});
