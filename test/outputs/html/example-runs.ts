// Runs for the page's tests: the examples, as the real profiler sees them on a real PostgreSQL.

import pg from 'pg';
import { createApp as createChatsApp } from '../../../examples/chats/app.js';
import { createTables as createChats, seed } from '../../../examples/chats/seed.js';
import { createTables as createAccounts, createApp as createTransferApp } from '../../../examples/transfer/app.js';
import { type Ask, visit } from '../../../examples/visit.js';
import { sourceReader } from '../../../src/report/code-frame.js';
import type { Report } from '../../../src/report/report.js';
import type { Run, RunProcess } from '../../../src/report/run.js';
import { SourceCollector } from '../../../src/report/source-lines.js';
import { VERSION } from '../../../src/report/version.js';
import { freshDatabase } from '../../postgres.js';

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
export async function chatsRun(): Promise<Run> {
  return withPool(async (pool) => {
    await createChats(pool);
    await seed(pool, { chats: 2 });
    return runOf((await visit((profiler) => createChatsApp(pool, profiler), CHATS, [])).map(({ report }) => report));
  });
}

/** Both examples, some of their routes twice. */
export async function bothRuns(): Promise<Run> {
  return withPool(async (pool) => {
    await createChats(pool);
    await seed(pool, { chats: 2 });
    await createAccounts(pool);
    const chats = await visit((profiler) => createChatsApp(pool, profiler), [...CHATS, ...CHATS], []);
    const transfers = await visit((profiler) => createTransferApp(pool, profiler), TRANSFERS, []);
    return runOf([...chats, ...transfers].map(({ report }) => report));
  });
}

async function withPool<T>(act: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: await freshDatabase() });
  try {
    return await act(pool);
  } finally {
    await pool.end();
  }
}

/** A run of one process that reported these. */
export function runOf(reports: readonly Report[], facts: Partial<RunProcess> = {}): Run {
  const collector = new SourceCollector(sourceReader(process.cwd()));
  const sources: Record<string, Record<number, string>> = {};
  for (const report of reports) {
    for (const [file, lines] of Object.entries(collector.newLinesOf(report)))
      sources[file] = { ...sources[file], ...lines };
  }
  const process_: RunProcess = {
    service: 'chat-api',
    version: '1.4.0',
    commit: '3f2c9d1',
    runtime: 'node 22.12.0',
    queryscope: VERSION,
    pid: 4711,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:01:00.000Z',
    drivers: ['pg 8.23.1'],
    unattributed: 0,
    unjudged: { scopes: 0, statements: 0 },
    idleAllows: [],
    ...facts,
  };
  return { processes: [process_], reports, sources, losses: [] };
}
