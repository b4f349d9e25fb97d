// The story of 23 statements where 3 do, as a suite of node:test, with the plain assertions. It fails where the code is to blame: that is what there is to see.

import { after, before, beforeEach, test } from 'node:test';
import pg from 'pg';
import {
  assertNoFindings,
  assertNoNPlusOne,
  assertScalesConstantly,
  assertStatementCount,
  capture,
} from 'queryscope/testing';
import { batchedChats, joinedChats, lazyChats } from '../chats/chats.js';
import { createTables, fill, seed } from '../chats/seed.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

before(() => createTables(pool));
beforeEach(() => seed(pool, { chats: 2 }));
after(() => pool.end());

test('at once: three statements', async () => {
  const { report } = await capture(() => batchedChats(pool));
  assertNoNPlusOne(report);
  assertNoFindings(report);
  assertStatementCount(report, { max: 3, insert: 0 });
});

test('lazily: a statement per row', async () => {
  const { report } = await capture(() => lazyChats(pool));
  assertNoNPlusOne(report);
});

test('joined: three statements, for now', async () => {
  const { report } = await capture(() => joinedChats(pool));
  assertStatementCount(report, 3);
});

test('joined: a loop still', async () => {
  const { report } = await capture(() => joinedChats(pool));
  assertNoNPlusOne(report);
});

const growing = {
  scales: { n: [2, 5], m: [3, 7] },
  populate: ({ n, m }: { n: number; m: number }) => fill(pool, n, m),
};

test('at once: the same for more chats', async () => {
  await assertScalesConstantly(() => batchedChats(pool), growing);
});

test('lazily: more for more chats', async () => {
  await assertScalesConstantly(() => lazyChats(pool), growing);
});
