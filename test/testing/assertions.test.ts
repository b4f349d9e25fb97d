// The assertions as a suite calls them, on the story of 23 statements where 3 do and on a transfer: what passes, and what a failure says word for word.

import { AssertionError } from 'node:assert';
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import {
  assertAtomic,
  assertNoFindings,
  assertNoNPlusOne,
  assertScalesConstantly,
  assertStatementCount,
  capture,
  type Report,
} from 'queryscope/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { batchedChats, joinedChats, lazyChats } from '../../examples/chats/chats.js';
import { fill, seed } from '../../examples/chats/seed.js';
import { createTables } from '../../examples/transfer/app.js';
import { inTransaction, makeTransfer, publish } from '../../examples/transfer/transfer.js';
import { openChats } from './chats.js';

let pool: pg.Pool;

beforeAll(async () => {
  pool = await openChats();
  await createTables(pool);
});

afterAll(() => pool.end());

/** The failure of an assertion; undefined where it passes. */
async function failureOf(assert: () => unknown): Promise<AssertionError | undefined> {
  try {
    await assert();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError);
    return error as AssertionError;
  }
}

const messageOf = async (assert: () => unknown) =>
  (await failureOf(assert))?.message.replace(/[\d.]+ of [\d.]+ ms/g, '… of … ms') ?? 'passes';

const reportOf = async (label: string, fn: () => unknown): Promise<Report> => (await capture(label, fn)).report;

describe('the story', () => {
  beforeEach(() => seed(pool, { chats: 2 }));

  test('lazy is two loops in one tree', async () => {
    const report = await reportOf('lists chats', () => lazyChats(pool));
    expect(await messageOf(() => assertNoNPlusOne(report))).toMatchInlineSnapshot(`
      "expected no N+1 in 'lists chats', and found 2

      lists chats   23 statements · … of … ms in PostgreSQL

       ▲ n-plus-one · proven   23 statements where 3 do
         1×         select id from chat                     examples/chats/chats.ts:20
         └─ 2×      select … from message where chat_id=$1  examples/chats/chats.ts:22
            └─ 20×  select username from users where id=$1  examples/chats/chats.ts:24

         21 │ for (const chat of chats) {
       ▸ 22 │   chat.messages = await messagesOf(pool, chat.id);
         23 │   for (const message of chat.messages) {
       ▸ 24 │     message.sender = await usernameOf(pool, message.sender_id);

         proof    2 of 2 chat_id are chat.id, 20 of 20 users.id are message.sender_id, both in row order
         grows    1,000 chats → 11,001 statements
         instead  … from message where chat_id = any($1)
                  … from users   where id = any($1)"
    `);
  });

  test('batched passes everything', async () => {
    const report = await reportOf('lists chats', () => batchedChats(pool));
    assertNoNPlusOne(report);
    assertNoFindings(report);
    assertAtomic(report);
    assertStatementCount(report, 3);
  });

  test('the join for each chat passes a count of 3 and is a loop still', async () => {
    const report = await reportOf('lists chats', () => joinedChats(pool));
    assertStatementCount(report, 3);
    expect(await messageOf(() => assertNoNPlusOne(report))).toMatch(/3 statements where 2 do.*chats\.ts:64/s);
    expect(await messageOf(() => assertNoFindings(report))).toMatch(
      /^expected no finding in 'lists chats', and found 1/,
    );
    assertNoNPlusOne(report, { except: 'n-plus-one' });
    assertNoFindings(report, { except: ['n-plus-one', 'write-loop'] });
  });
});

describe('what belongs together', () => {
  test('in one transaction passes', async () => {
    assertAtomic(await reportOf('transfer', () => inTransaction(pool, (client) => makeTransfer(client, 1, 2, 5))));
  });

  test('apart is told with what joins it', async () => {
    const report = await reportOf('publish', () => publish(pool, 'Ada', ['One', 'Two']));
    expect(await messageOf(() => assertAtomic(report))).toMatch(
      /^expected no broken unit in 'publish', and found 1\n.*missing-transaction · proven/s,
    );
    assertNoNPlusOne(report);
  });
});

describe('a count', () => {
  let report: Report;
  beforeAll(async () => {
    await seed(pool, { chats: 2 });
    report = await reportOf('lists chats', () => lazyChats(pool));
  });

  test('of more than expected lists all by shape', async () => {
    expect(await messageOf(() => assertStatementCount(report, 3))).toMatchInlineSnapshot(`
      "expected 3 statements, got 23 statements

      'lists chats'
          1×  select id from chat                     examples/chats/chats.ts:20
          2×  select … from message where chat_id=$1  examples/chats/chats.ts:22
         20×  select username from users where id=$1  examples/chats/chats.ts:24"
    `);
  });

  test.each([
    [23],
    [{ max: 23 }],
    [{ min: 23 }],
    [{ min: 1, max: 30, select: 23, insert: 0 }],
    [{ select: { min: 20 } }],
    [{ select: { max: 23 }, update: { max: 0 } }],
  ])('%j passes', (expected) => assertStatementCount(report, expected));

  test.each([
    [22, 'expected 22 statements, got 23 statements'],
    [{ max: 22 }, 'expected at most 22 statements, got 23 statements'],
    [{ min: 24 }, 'expected at least 24 statements, got 23 statements'],
    [{ min: 24, max: 30 }, 'expected 24 to 30 statements, got 23 statements'],
    [{ max: 30, select: 3, insert: 1 }, 'expected 3 selects, 1 insert, got 23 selects, 0 inserts'],
    [{ select: { max: 3 } }, 'expected at most 3 selects, got 23 selects'],
  ])('%j does not', async (expected, failure) => {
    expect((await messageOf(() => assertStatementCount(report, expected))).split('\n')[0]).toBe(failure);
  });

  test('leaves out what the driver sends, and counts what requests inside sent', async () => {
    const { report: outer } = await capture('outer', async () => {
      await pool.query('select 1');
      await capture('inner', () => pool.query('select 2'));
    });
    assertStatementCount(outer, 2);
    expect(outer.children).toHaveLength(1);
  });

  test.each<[unknown, RegExp]>([
    [-1, /whole number from 0 on/],
    [1.5, /1\.5 came/],
    ['4', /a string came/],
    [null, /null came/],
    [[4], /an array came/],
    [{}, /an object came/],
    [{ selekt: 1 }, /no verb 'selekt'\. Did you mean 'select'\?/],
    [{ select: { most: 1 } }, /number of select is a whole/],
    [{ select: {} }, /number of select is a whole/],
    [{ min: 4, max: 3 }, /at least 4 and at most 3/],
    [{ max: Number.NaN }, /statements\.max/],
  ])('%j makes no sense', (expected, message) => {
    expect(() => assertStatementCount(report, expected as number)).toThrow(
      expect.objectContaining({ code: 'bad-expectation', message: expect.stringMatching(message) }),
    );
  });
});

describe('growth', () => {
  test('in two parameters is a formula, with its lines and its cost', async () => {
    const message = await messageOf(() =>
      assertScalesConstantly(() => lazyChats(pool), {
        scales: { n: [2, 5], m: [3, 7] },
        populate: ({ n, m }) => fill(pool, n, m),
      }),
    );
    expect(message).toMatchInlineSnapshot(`
      "expected as many statements at each scale; they grow with n and m: 1 + n + n·m

           1  select id from chat                     examples/chats/chats.ts:20
           n  select … from message where chat_id=$1  examples/chats/chats.ts:22
         n·m  select username from users where id=$1  examples/chats/chats.ts:24

         measured   n = 2, m = 3: 9 statements
                    n = 2, m = 7: 17 statements
                    n = 5, m = 3: 21 statements
                    n = 5, m = 7: 41 statements
         costs      n = 1,000, m = 7: 8,001 statements
                    n = 5, m = 1,000: 5,006 statements

      n = 5, m = 7   41 statements · … of … ms in PostgreSQL

       ▲ n-plus-one · proven, n-plus-one · likely   41 statements where 3 do
         1×         select id from chat                     examples/chats/chats.ts:20
         └─ 5×      select … from message where chat_id=$1  examples/chats/chats.ts:22
            └─ 35×  select username from users where id=$1  examples/chats/chats.ts:24

         21 │ for (const chat of chats) {
       ▸ 22 │   chat.messages = await messagesOf(pool, chat.id);
         23 │   for (const message of chat.messages) {
       ▸ 24 │     message.sender = await usernameOf(pool, message.sender_id);

         proof    5 of 5 chat_id are chat.id, in row order
         why      35 of 35 users.id are message.sender_id: row by row, sent from one function.
         grows    1,000 chats → 8,001 statements
         instead  … from message where chat_id = any($1)
                  … from users   where id = any($1)"
    `);
  });

  test('in one', async () => {
    const populate = (chats: number) => seed(pool, { chats });
    const joined = await messageOf(() =>
      assertScalesConstantly(() => joinedChats(pool), { scales: [2, 10], populate }),
    );
    expect(joined).toMatch(/^expected as many statements at each scale; they grow with n: 1 \+ n\n/);
    expect(joined).toContain('costs      n = 1,000: 1,001 statements');
    expect(joined).toContain('examples/chats/chats.ts:64');
    await assertScalesConstantly(() => batchedChats(pool), { scales: [2, 10], populate });
    await assertScalesConstantly(() => batchedChats(pool), { populate });
  });

  test('that no flow explains is told by its shape', async () => {
    const ask = async (n: number) => {
      for (let i = 0; i < n * n; i++) await pool.query('select now()');
    };
    expect(await messageOf(() => assertScalesConstantly(ask))).toMatch(
      /they grow with n: n²\n\n {3}n² {2}select now\(\) {2}test\/testing\/assertions\.test\.ts:\d+\n/,
    );
  });

  test('is not what a warm cache no longer sends', async () => {
    const cache = new Set<number>();
    const cached = async (n: number) => {
      for (let i = 0; i < n; i++) if (!cache.has(i)) await pool.query('select $1::int', [i]).then(() => cache.add(i));
      await pool.query('select 1');
    };
    await assertScalesConstantly(cached, { warmup: true });
    cache.clear();
    expect(await messageOf(() => assertScalesConstantly(cached))).toMatch(/they grow with n/);
    cache.clear();
    await assertScalesConstantly(cached, { warmup: (n) => cached(n) });
  });

  test.each<[unknown, RegExp]>([
    [{ scales: [2] }, /at least two different whole numbers/],
    [{ scales: [2, 2] }, /at least two different/],
    [{ scales: [0, 2] }, /from 1 on, in a list or by name; 0 came/],
    [{ scales: {} }, /at least two different/],
    [{ scales: { n: 5 } }, /scales\.n takes/],
    [{ scales: 'many' }, /a string came/],
    [{ scales: { a: [1, 2, 3], b: [1, 2, 3], c: [1, 2] } }, /18 runs/],
  ])('over %j makes no sense', async (options, message) => {
    await expect(assertScalesConstantly(() => {}, options as object)).rejects.toThrow(
      expect.objectContaining({ code: 'bad-expectation', message: expect.stringMatching(message) }),
    );
  });

  test('of no function makes no sense', async () => {
    await expect(assertScalesConstantly(Promise.resolve() as never)).rejects.toThrow(/Pass \(\) => listChats\(\)/);
  });
});

test('a failure points at the line that asked', async () => {
  const report = await reportOf('lists chats', () => joinedChats(pool));
  const twice = (n: number) => Promise.all(Array.from({ length: n }, () => pool.query('select 1')));
  const failures = [
    await failureOf(() => assertNoNPlusOne(report)), // asked here
    await failureOf(() => assertStatementCount(report, 2)), // asked here
    await failureOf(() => assertScalesConstantly(twice)), // asked here
  ];
  const lines = readFileSync(__filename, 'utf8').split('\n');
  const asked = lines.flatMap((line, i) => (line.endsWith('// asked here') ? [i + 1] : []));
  const tops = failures.map(
    (failure) => /assertions\.test\.ts:(\d+)/.exec(failure?.stack?.slice(failure.stack.search(/\n +at /)) ?? '')?.[1],
  );
  expect(tops.map(Number)).toEqual(asked);
});

test('what is no report is refused with the way to write it', async () => {
  const captured = await capture(() => pool.query('select 1'));
  expect(() => assertNoNPlusOne(captured as never)).toThrow(/Pass its report: const \{ report \} = await capture/);
  expect(() => assertStatementCount(undefined as never, 1)).toThrow(/undefined came/);
  expect(() => assertNoFindings(captured.report, { except: 'n+1' as never })).toThrow(/There is no detector 'n\+1'/);
  expect(() => assertNoFindings(captured.report, { except: 'n-plus-onee' as never })).toThrow(
    /Did you mean 'n-plus-one'/,
  );
});
