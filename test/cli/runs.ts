// Runs on disk for the command to read: what the examples' apps report, written by jsonOutput as in any app.

import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type Express } from 'express';
import type { Pool } from 'pg';
import type { Profiler } from 'queryscope';
import { batchedChats } from '../../examples/chats/chats.js';
import { createProfiler } from '../../src/index.js';
import { jsonOutput } from '../../src/json.js';
import { askChats, askTransfer } from '../support/example-run.js';

/** A directory for one test, and how it goes. */
export function scratch(): { directory: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'queryscope-cli-'));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Asks the chats app for these paths; answers the directory of that run. */
export async function chatsIn(directory: string, ...paths: string[]): Promise<string> {
  return await written(directory, async (outputs) => void (await askChats(paths, outputs)));
}

/** The same routes after the fix, and one that is new. */
export async function fixedChatsIn(
  directory: string,
  paths: readonly string[] = ['/chats', '/chats/batched', '/health'],
): Promise<string> {
  return await written(directory, async (outputs) => void (await askChats(paths, outputs, fixedChats)));
}

function fixedChats(pool: Pool, profiler: Profiler): Express {
  const app = express();
  app.use(profiler.express());
  for (const path of ['/chats', '/chats/batched']) {
    app.get(path, async (_request, response) => void response.json(await batchedChats(pool)));
  }
  app.get('/health', async (_request, response) => void response.json((await pool.query('select 1 as up')).rows));
  return app;
}

/** The transfer of which one half is lost. */
export async function transferIn(directory: string): Promise<string> {
  return await written(directory, async (outputs) => void (await askTransfer(outputs)));
}

/** A process that saw a job without a statement. */
export async function silenceIn(directory: string): Promise<string> {
  return await written(directory, async (outputs) => {
    const profiler = createProfiler({ outputs, enabled: true });
    await profiler.capture('nothing', async () => {});
    await profiler.close();
  });
}

async function written(
  directory: string,
  use: (outputs: ReturnType<typeof jsonOutput>[]) => Promise<void>,
): Promise<string> {
  const before = process.env.QUERYSCOPE_RUN;
  process.env.QUERYSCOPE_RUN = 'run';
  try {
    await use([jsonOutput({ dir: directory })]);
  } finally {
    if (before === undefined) delete process.env.QUERYSCOPE_RUN;
    else process.env.QUERYSCOPE_RUN = before;
  }
  return join(directory, 'run');
}

/** The one file of a run by one process. */
export function fileOf(run: string): string {
  const [file] = readdirSync(run).filter((name) => name.endsWith('.jsonl')) as [string];
  return join(run, file);
}

/** Adds to the run's file what no whole line is. */
export function damage(run: string, text: string): void {
  appendFileSync(fileOf(run), text);
}

/** A directory with a file in it. */
export function fileIn(directory: string, name: string, text: string): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), text);
  return directory;
}
