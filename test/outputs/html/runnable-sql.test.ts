// Statements with their values written in: as PostgreSQL reads them, and none where a value is not known to its end.

import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runnableSql } from '../../../src/outputs/html/runnable-sql.js';
import { freshDatabase } from '../../postgres.js';

let client: Client;

beforeAll(async () => {
  client = new Client({ connectionString: await freshDatabase() });
  await client.connect();
});

afterAll(() => client.end());

test.each([
  [`select $1::int + $2::int as it`, ['20', '3'], `select '20'::int + '3'::int as it;`, 23],
  [`select $1::text as it;`, [`it's $2`], `select 'it''s $2'::text as it;`, `it's $2`],
  [`select coalesce($1, 'x') as it`, ['NULL'], `select coalesce(NULL, 'x') as it;`, 'x'],
  [`select '$1' || $1 as it -- $1`, ['b'], `select '$1' || 'b' as it -- $1;`, null],
  [
    `select $1::timestamptz = now() as it`,
    ['2024-05-01T10:00:00.000Z'],
    `select '2024-05-01T10:00:00.000Z'::timestamptz = now() as it;`,
    false,
  ],
])('%s with %j', async (sql, values, expected, it) => {
  const runnable = runnableSql({ sql, values });
  expect(runnable).toBe(expected);
  if (it !== null) expect((await client.query(runnable ?? '')).rows).toEqual([{ it }]);
});

test.each([
  ['without values', 'select $1', undefined],
  ['with a value that lost its end', 'select $1', ['a long o…']],
  ['with a list', 'select any($1)', ['[1, 2]']],
  ['with an object', 'select $1', ['[object]']],
  ['with a parameter too many', 'select $2', ['1']],
  ['that never ends', "select $1, 'a", ['1']],
])('none %s', (_how, sql, values) => {
  expect(runnableSql(values === undefined ? { sql } : { sql, values })).toBeNull();
});
