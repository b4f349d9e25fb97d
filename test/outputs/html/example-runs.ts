// Runs for the page's tests: the examples, as the real profiler sees them on a real PostgreSQL.

import pg from 'pg';
import { createApp as createChatsApp } from '../../../examples/chats/app.js';
import { createTables as createChats, seed } from '../../../examples/chats/seed.js';
import { createTables as createAccounts, createApp as createTransferApp } from '../../../examples/transfer/app.js';
import { type Ask, visit } from '../../../examples/visit.js';
import type { Run } from '../../../src/report/run.js';
import { TIMELESS } from '../../support/timeless.js';
import { runOf } from './run-of.js';

const CHATS: readonly Ask[] = ['/chats', '/chats/batched', '/chats/joined'].map((path) => ({ path }));
const TRANSFERS: readonly Ask[] = [
  { path: '/transfers', body: { to: 2, amount: 50 } },
  // Nobody's account: the second INSERT fails.
  { path: '/transfers', body: { to: 999, amount: 50 } },
  { path: '/authors', body: { name: 'Ada', titles: ['First', 'Second'] } },
  { path: '/transfers/whole', body: { to: 2, amount: 50 } },
  { path: '/transfers/whole', body: { to: 999, amount: 50 } },
];

/** The story of 23 statements where 3 do, and its two other ways. */
export async function chatsRun(databaseUrl: string): Promise<Run> {
  return withPool(databaseUrl, async (pool) => {
    await createChats(pool);
    await seed(pool, { chats: 2 });
    return runOf(
      (await visit((profiler) => createChatsApp(pool, profiler), CHATS, [], TIMELESS)).map(({ report }) => report),
    );
  });
}

/** Both examples, some of their routes twice. */
export async function bothRuns(databaseUrl: string): Promise<Run> {
  return withPool(databaseUrl, async (pool) => {
    await createChats(pool);
    await seed(pool, { chats: 2 });
    await createAccounts(pool);
    const chats = await visit((profiler) => createChatsApp(pool, profiler), [...CHATS, ...CHATS], [], TIMELESS);
    const transfers = await visit((profiler) => createTransferApp(pool, profiler), TRANSFERS, [], TIMELESS);
    return runOf([...chats, ...transfers].map(({ report }) => report));
  });
}

async function withPool<T>(databaseUrl: string, act: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  try {
    return await act(pool);
  } finally {
    await pool.end();
  }
}
