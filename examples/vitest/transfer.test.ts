// And if the second write fails? Each write of a transfer is made to, for real. The one that is no unit fails here: that is what there is to see.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'queryscope/vitest';
import { afterAll, beforeAll } from 'vitest';
import { inTransaction, makeTransfer } from '../transfer/transfer.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const reset = () => pool.query('truncate transfer');

beforeAll(async () => {
  await pool.query(readFileSync(join(__dirname, '../transfer/schema.sql'), 'utf8'));
});
afterAll(() => pool.end());

test('in one transaction: nothing is lost', async () => {
  await expect(() => inTransaction(pool, (client) => makeTransfer(client, 1, 2, 5))).toSurviveFailures({ reset });
});

test('one after the other: half of it stays', async () => {
  await expect(() => makeTransfer(pool, 1, 2, 5)).toSurviveFailures({ reset });
});
