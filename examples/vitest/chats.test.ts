// The story as a suite in Vitest: what lists chats lazily fails, what lists them at once passes, and growth decides.

import pg from 'pg';
import { capture } from 'queryscope/testing';
import { expect, test } from 'queryscope/vitest';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { batchedChats, joinedChats, lazyChats } from '../chats/chats.js';
import { createTables, seed } from '../chats/seed.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

beforeAll(() => createTables(pool));
beforeEach(() => seed(pool, { chats: 2 }));
afterAll(() => pool.end());

test('lists all chats in three statements', async ({ queryscope }) => {
  await batchedChats(pool);
  const report = await queryscope.report();
  expect(report).toHaveNoNPlusOne();
  expect(report).toHaveStatementCount({ max: 3 });
  expect(report).toMatchStatementsInlineSnapshot(`
    "1× select … from chat
    1× select … from message where chat_id = any(?)
    1× select … from users where id = any(?)"
  `);
  expect(report).toMatchStatementsSnapshot();
  expect({ report }).toEqual({ report: expect.toHaveStatementCount(3) });
});

test('captures a part of a test', async () => {
  const { report } = await capture(() => joinedChats(pool));
  expect(report).toHaveStatementCount(3);
  expect(report).not.toHaveNoNPlusOne();
  expect({ report }).not.toEqual({ report: expect.toHaveNoNPlusOne() });
});

describe('growing', () => {
  const populate = (chats: number) => seed(pool, { chats });

  test('costs nothing', async () => {
    await expect(() => batchedChats(pool)).toScaleConstantly({ scales: [2, 10], populate });
  });
  test('costs', async () => {
    await expect(() => lazyChats(pool)).toScaleConstantly({ scales: [2, 10], populate });
  });
  test('lazy', async ({ queryscope }) => {
    await lazyChats(pool);
    expect(await queryscope.report()).toHaveNoNPlusOne();
  });
  test('not blind', async ({ queryscope }) => {
    expect(await queryscope.report()).not.toHaveNoNPlusOne();
  });
});
