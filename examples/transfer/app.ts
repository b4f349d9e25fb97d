// The app around them: an ordinary Express app, with the one line that is queryscope's.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Pool } from 'pg';
import type { Profiler } from 'queryscope';
import { inTransaction, makeTransfer, publish } from './transfer.js';

export function createApp(pool: Pool, profiler: Profiler): Express {
  const app = express();
  app.use(profiler.express()); // ← this one
  app.use(express.json());
  app.post('/transfers', async ({ body: { to, amount } }, response) => {
    await makeTransfer(pool, 1, to, amount);
    response.json('sent');
  });
  app.post('/transfers/whole', async ({ body: { to, amount } }, response) => {
    await inTransaction(pool, (client) => makeTransfer(client, 1, to, amount));
    response.json('sent');
  });
  app.post('/authors', async ({ body: { name, titles } }, response) => {
    await publish(pool, name, titles);
    response.json('published');
  });
  app.post('/authors/whole', async ({ body: { name, titles } }, response) => {
    await inTransaction(pool, (client) => publish(client, name, titles));
    response.json('published');
  });
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(500).json('something went wrong');
  });
  return app;
}

/** Makes the tables, and two accounts; the database must have none of them. */
export async function createTables(pool: Pool): Promise<void> {
  await pool.query(await readFile(join(__dirname, 'schema.sql'), 'utf8'));
}

/** What all transfers add up to: zero, or money has been lost. */
export async function balance(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ sum: number }>('select coalesce(sum(amount), 0)::int as sum from transfer');
  return rows[0]?.sum ?? 0;
}
