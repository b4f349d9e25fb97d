// Runs the story by Django and by SQLAlchemy, as installed for this machine's own Python, on a PostgreSQL that logs all it is asked in its three
// formats at once, and keeps what each of them wrote.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { createTables, seed } from '../../../examples/chats/seed.js';
import { openDatabase } from '../../../examples/database.js';

/** None of the usual ones. */
export const LOG_LINE_PREFIX = '%m [%p] %q%u@%d app=%a session=%c vxid=%v ';

/** Of the server, with what a user is told to set. */
const SETTINGS = {
  logging_collector: 'on',
  log_destination: 'stderr,csvlog,jsonlog',
  log_filename: 'story.log',
  log_min_duration_statement: '0',
  // Without `authentication`, whose entry names a file of the server's.
  log_connections: 'receipt,authorization',
  log_disconnections: 'on',
  log_line_prefix: LOG_LINE_PREFIX,
};

export interface Recorded {
  /** The names and versions of what wrote the logs, the server's first. */
  versions: string[];
  /** By file: story.log, story.csv, story.json, django.log, sqlalchemy.log, sqlalchemy-rows.log. */
  logs: Map<string, string>;
}

/** `python`: one that has Django, SQLAlchemy and psycopg2. */
export async function record(python: string, folder: string): Promise<Recorded> {
  const database = await openDatabase({ settings: SETTINGS });
  try {
    const version = await prepare(database.url);
    const written = join(dirname(database.logFile as string), 'data/log');
    const before = new Map(readdirSync(written).map((log) => [log, statSync(join(written, log)).size]));
    const { hostname, port, username, password, pathname } = new URL(database.url);
    const place = [hostname, port, username, password, pathname.slice(1)].join(' ');
    const run = (script: string, log: string, acts: readonly string[]): string => {
      const args = ['-B', join(__dirname, script), place, join(folder, log), ...acts];
      return execFileSync(python, args, { encoding: 'utf8' }).trim();
    };
    const versions = [
      `PostgreSQL ${version}`,
      run('story_django.py', 'django.log', ACTS),
      run('story_sqlalchemy.py', 'sqlalchemy.log', ACTS),
    ];
    const logs = new Map<string, string>();
    for (const [log, size] of before) logs.set(log, await grownBy(join(written, log), size));
    run('story_sqlalchemy.py', 'sqlalchemy-rows.log', ['rows']);
    for (const log of ['django.log', 'sqlalchemy.log', 'sqlalchemy-rows.log'])
      logs.set(log, readFileSync(join(folder, log), 'utf8'));
    return { versions, logs };
  } finally {
    await database.stop();
  }
}

const ACTS = ['lazy', 'eager', 'transfer', 'atomic'];

/** Makes the tables of the story; answers the server's version. */
async function prepare(url: string): Promise<string> {
  const pool = new Pool({ connectionString: url });
  await createTables(pool);
  await seed(pool, { chats: 2 });
  await pool.query(readFileSync(join(__dirname, '../../../examples/transfer/schema.sql'), 'utf8'));
  const { rows } = await pool.query<{ server_version: string }>('show server_version');
  await pool.end();
  return rows[0]?.server_version ?? '';
}

/** What a log has more than before, once its writer, another process, has caught up. */
async function grownBy(log: string, size: number): Promise<string> {
  for (let last = -1; ; ) {
    const text = readFileSync(log).subarray(size).toString('utf8');
    if (text.length === last) return text;
    last = text.length;
    await sleep(300);
  }
}
