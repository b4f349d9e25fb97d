// And if the second write fails? Each write of a transfer is made to, for real. The one that is no unit fails here: that is what there is to see.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { assertSurvivesFailures } from 'queryscope/testing';
import { inTransaction, makeTransfer } from '../transfer/transfer.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const reset = () => pool.query('truncate transfer');

before(async () => {
  await pool.query(readFileSync(join(__dirname, '../transfer/schema.sql'), 'utf8'));
});
after(() => pool.end());

test('in one transaction: nothing is lost', async () => {
  await assertSurvivesFailures(() => inTransaction(pool, (client) => makeTransfer(client, 1, 2, 5)), { reset });
});

test('one after the other: half of it stays', async () => {
  await assertSurvivesFailures(() => makeTransfer(pool, 1, 2, 5), { reset });
});
