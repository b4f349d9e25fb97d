// Writes that belong together: the two halves of a transfer, an author with two articles. Each as it is often written, and as one unit.

import type { Pool, PoolClient } from 'pg';

/** What sends statements: a pool, which commits each on its own, or a client in a transaction. */
export type Database = Pick<Pool, 'query'>;

/** Takes the amount from one account and gives it to the other. What if the second one fails? */
export async function makeTransfer(db: Database, source: number, destination: number, amount: number): Promise<void> {
  await db.query('insert into transfer (account_id, amount) values ($1, $2)', [source, -amount]);
  await db.query('insert into transfer (account_id, amount) values ($1, $2)', [destination, amount]);
}

/** An author, and two articles that bind the new author's id. */
export async function publish(db: Database, name: string, titles: readonly [string, string]): Promise<void> {
  const { rows } = await db.query<{ id: number }>('insert into author (name) values ($1) returning id', [name]);
  await db.query('insert into article (author_id, title) values ($1, $2)', [rows[0]?.id, titles[0]]);
  await db.query('insert into article (author_id, title) values ($1, $2)', [rows[0]?.id, titles[1]]);
}

/** All that `work` sends on its client stays, or none of it. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
