// The story by node-postgres, with bound parameters, as the embedded PostgreSQL logs it in its three formats while it runs.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchedChats, lazyChats } from '../../examples/chats/chats.js';
import { createTables, seed } from '../../examples/chats/seed.js';
import { type Database, openDatabase } from '../../examples/database.js';
import { inTransaction, makeTransfer, publish } from '../../examples/transfer/transfer.js';
import { csvlog, jsonlog, stderr } from '../../src/logs/postgres/server-formats.js';
import type { SourceFormat } from '../../src/sources/source-format.js';
import { judgeLog, told } from './judged-log.js';

const PREFIX = '%m [%p] %q%u@%d/%a %c %v ';

/** The ways in which a server can be told to log all statements. */
const WAYS = {
  'log_min_duration_statement = 0': { log_min_duration_statement: '0' },
  'log_statement = all, log_duration = on': { log_statement: 'all', log_duration: 'on' },
  'log_statement = all': { log_statement: 'all' },
};

describe.each(Object.entries(WAYS))('%s', (_way, settings) => {
  let database: Database;
  const logs = new Map<string, string>();

  beforeAll(async () => {
    database = await openDatabase({
      settings: {
        logging_collector: 'on',
        log_destination: 'stderr,csvlog,jsonlog',
        log_filename: 'server.log',
        log_connections: 'on',
        log_disconnections: 'on',
        log_line_prefix: PREFIX,
        ...settings,
      },
    });
    const setUp = new Pool({ connectionString: database.url, application_name: 'set-up' });
    await createTables(setUp);
    await seed(setUp, { chats: 2 });
    await setUp.query(readFileSync(join(__dirname, '../../examples/transfer/schema.sql'), 'utf8'));
    await setUp.end();
    for (const [name, act] of Object.entries(ACTS)) {
      const pool = new Pool({ connectionString: database.url, application_name: name, max: 1 });
      await act(pool);
      await pool.end();
    }
    const folder = join(dirname(database.logFile as string), 'data/log');
    await untilLogged(folder);
    for (const name of readdirSync(folder)) logs.set(name, readFileSync(join(folder, name), 'utf8'));
  });

  afterAll(() => database?.stop());

  /** Another process writes the log: it has all once the last session to be closed is in each file. */
  async function untilLogged(folder: string): Promise<void> {
    const last = new Client({ connectionString: database.url, application_name: 'the last' });
    await last.connect();
    await last.end();
    const isWhole = (text: string) => /the last[\s\S]*disconnection: /.test(text);
    const isAllWritten = () => readdirSync(folder).every((name) => isWhole(readFileSync(join(folder, name), 'utf8')));
    while (!isAllWritten()) await sleep(50);
  }

  const FORMATS: [SourceFormat, string][] = [
    [csvlog, 'server.csv'],
    [jsonlog, 'server.json'],
    [stderr, 'server.log'],
  ];

  test.each(FORMATS)('$name', async (format, file) => {
    const text = logs.get(file) as string;
    expect(format.recognise(Buffer.from(text.slice(0, 60_000)), { logLinePrefix: PREFIX })).toBe(true);
    const judged = await judgeLog(format, text, { logLinePrefix: PREFIX });
    // In the order in which they began: a server may log that a session has ended after the next one has.
    const acts = judged.reports
      .filter(({ profile }) => Object.keys(ACTS).includes(profile.label.split(' ')[0] as string))
      .sort((a, b) => a.profile.startedAt.localeCompare(b.profile.startedAt));
    expect(acts.map(({ profile }) => profile.label.split(' ')[0])).toEqual(Object.keys(ACTS));
    expect(told({ reports: acts })).toEqual([
      '23 statements: n-plus-one likely 2, n-plus-one likely 20',
      '3 statements: nothing',
      '2 statements: missing-transaction likely 2',
      '2 statements: nothing',
      '3 statements: missing-transaction likely 2',
      '1 statements: nothing',
    ]);
    expect(judged.skips).toEqual([]);
    const [lazy, , , atomic, , refused] = acts.map(({ profile }) => profile);
    expect(lazy?.statements.every(({ slotKeys }) => slotKeys !== null)).toBe(true);
    expect(atomic?.transactions.map(({ outcome }) => outcome)).toEqual(['committed']);
    expect(refused?.statements.map(({ error }) => error)).toEqual([{ code: file === 'server.log' ? null : '23503' }]);
  });
});

const ACTS: Record<string, (pool: Pool) => Promise<unknown>> = {
  lazy: lazyChats,
  batched: batchedChats,
  transfer: (pool) => makeTransfer(pool, 1, 2, 100),
  atomic: (pool) => inTransaction(pool, (client) => makeTransfer(client, 1, 2, 100)),
  publish: (pool) => publish(pool, 'Ada', ['One', 'Two']),
  refused: (pool) => pool.query('insert into transfer (account_id, amount) values ($1, $2)', [77, 5]).catch(() => null),
};
