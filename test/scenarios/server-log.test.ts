// That the log counts what it has to: a count that overlooks failed statements would call a blind profiler complete.

import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../examples/database.js';
import { endOf, LOG_SETTINGS, textsSince } from './server-log.js';

let database: Database;
let pool: pg.Pool;
beforeAll(async () => {
  database = await openDatabase({ settings: LOG_SETTINGS });
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  await pool.query('create table tag (id int primary key, name text)');
});
afterAll(async () => {
  await pool?.end();
  await database?.stop();
});

test('each statement once, by whichever protocol it was sent, whether and wherever it failed', async () => {
  const start = endOf(database.logFile as string);
  const fails = (text: string, values?: unknown[]) => expect(pool.query(text, values)).rejects.toThrow();
  await pool.query('select 1;\n  select 2');
  await pool.query('select * from tag where id = $1', [1]);
  await pool.query({ name: 'by-id', text: 'select name from tag where id = $1', values: [1] });
  await pool.query({ name: 'by-id', text: 'select name from tag where id = $1', values: [2] });
  await fails('select * from nothing');
  await fails('selec 1');
  await fails('select * from nothing where id = $1', [1]);
  await fails('select * from tag where id = $1', ['no number']);
  await fails('select 1 / (id - id) from (values ($1::int)) v(id)', [1]);
  await fails('select 1 / 0');
  await fails('select 1 / 0');
  expect(textsSince(database.logFile as string, start)).toEqual([
    'select 1;\n  select 2',
    'select * from tag where id = $1',
    'select name from tag where id = $1',
    'select name from tag where id = $1',
    'select * from nothing',
    'selec 1',
    'select * from nothing where id = $1',
    'select * from tag where id = $1',
    'select 1 / (id - id) from (values ($1::int)) v(id)',
    'select 1 / 0',
    'select 1 / 0',
  ]);
});
