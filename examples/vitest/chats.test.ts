// The story of 23 statements where 3 do, as a suite in Vitest. It fails where the code is to blame: that is what there is to see.

import pg from 'pg';
import { capture } from 'queryscope/testing';
import { expect, test } from 'queryscope/vitest';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { batchedChats, joinedChats, lazyChats } from '../chats/chats.js';
import { createTables, fill, seed } from '../chats/seed.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

beforeAll(() => createTables(pool));
beforeEach(() => seed(pool, { chats: 2 }));
afterAll(() => pool.end());

test('at once: three statements', async ({ queryscope }) => {
  await batchedChats(pool);
  const report = await queryscope.report();
  expect(report).toHaveNoNPlusOne();
  expect(report).toHaveNoFindings();
  expect(report).toHaveStatementCount({ max: 3, insert: 0 });
  expect(report).toMatchStatementsInlineSnapshot(`
    "1× select … from chat
    1× select … from message where chat_id = any(?)
    1× select … from users where id = any(?)"
  `);
});

test('lazily: a statement per row', async ({ queryscope }) => {
  await lazyChats(pool);
  expect(await queryscope.report()).toHaveNoNPlusOne();
});

test('joined: three statements, for now', async () => {
  const { report } = await capture(() => joinedChats(pool));
  expect(report).toHaveStatementCount(3);
});

test('joined: a loop still', async () => {
  const { report } = await capture(() => joinedChats(pool));
  expect(report).toHaveNoNPlusOne();
});

const growing = {
  scales: { n: [2, 5], m: [3, 7] },
  populate: ({ n, m }: { n: number; m: number }) => fill(pool, n, m),
};

test('at once: the same for more chats', async () => {
  await expect(() => batchedChats(pool)).toScaleConstantly(growing);
});

test('lazily: more for more chats', async () => {
  await expect(() => lazyChats(pool)).toScaleConstantly(growing);
});
