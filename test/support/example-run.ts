// A run by the real profiler: the examples' apps, asked over HTTP on a real PostgreSQL, in the form in which the formats of CI read it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import { createApp as createChats } from '../../examples/chats/app.js';
import { createTables as createChatTables, seed } from '../../examples/chats/seed.js';
import { createApp as createTransfer, createTables as createTransferTables } from '../../examples/transfer/app.js';
import { type Ask, visit } from '../../examples/visit.js';
import type { Output, Report } from '../../src/report/report.js';
import type { Run, SourceLines } from '../../src/report/run.js';
import { freshDatabase } from '../postgres.js';
import { TIMELESS } from './timeless.js';

const ROOT = join(__dirname, '..', '..');
const FILES = ['examples/chats/chats.ts', 'examples/transfer/transfer.ts'];

/** Asks the chats app for these paths, 2 chats being there. */
export async function chatsRun(...paths: string[]): Promise<Run> {
  return runOf(await askChats(paths, []));
}

/** A transfer of which the second half fails. */
export async function transferRun(): Promise<Run> {
  return runOf(await askTransfer([]));
}

/** The same, reported to these outputs too. */
export async function askChats(
  paths: readonly string[],
  outputs: Output[],
  createApp: typeof createChats = createChats,
): Promise<Report[]> {
  return await inDatabase(async (pool) => {
    await createChatTables(pool);
    await seed(pool, { chats: 2 });
    const asks = paths.map((path) => ({ path }));
    return await visited((profiler) => createApp(pool, profiler), asks, outputs);
  });
}

export async function askTransfer(outputs: Output[]): Promise<Report[]> {
  return await inDatabase(async (pool) => {
    await createTransferTables(pool);
    const asks = [{ path: '/transfers', body: { to: 999, amount: 50 } }];
    return await visited((profiler) => createTransfer(pool, profiler), asks, outputs);
  });
}

/** Both as one run, as two services would be. */
export function joined(...runs: readonly Run[]): Run {
  return {
    processes: runs.flatMap(({ processes }) => processes),
    reports: runs.flatMap(({ reports }) => reports),
    sources: Object.assign({}, ...runs.map(({ sources }) => sources)),
    losses: runs.flatMap(({ losses }) => losses),
  };
}

export function runOf(reports: readonly Report[], over: Partial<Run> = {}): Run {
  return { processes: [PROCESS], reports, sources: SOURCES, losses: [], ...over };
}

async function inDatabase<T>(use: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool({ connectionString: await freshDatabase() });
  try {
    return await use(pool);
  } finally {
    await pool.end();
  }
}

async function visited(
  createApp: Parameters<typeof visit>[0],
  asks: readonly Ask[],
  outputs: Output[],
): Promise<Report[]> {
  const visits = await visit(createApp, asks, outputs, TIMELESS);
  return visits.map(({ report }) => report);
}

const PROCESS: Run['processes'][number] = {
  service: 'chats',
  version: '1.0.0',
  commit: null,
  runtime: 'node 20.19.0',
  queryscope: '0.1.0',
  pid: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:00:01.000Z',
  drivers: ['pg 8.23.1'],
  unattributed: 0,
  unsampled: { requests: 0, statements: 0 },
  unjudged: { scopes: 0, statements: 0 },
  idleAllows: [],
};

const SOURCES: SourceLines = Object.fromEntries(
  FILES.map((file) => {
    const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
    return [file, Object.fromEntries(lines.map((line, index) => [index + 1, line]))];
  }),
);
