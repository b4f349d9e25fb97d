// What the transactions of each library are worth when a statement in them fails: proven through its handle, and held against the table.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../examples/database.js';
import { install, installQueryscope } from './install.js';
import { libraries } from './libraries.js';

interface Proven {
  atomic: boolean;
  stopped: string | null;
  untried: unknown[];
  /** Rows: of the writes when all goes well, and of what stayed in each run. */
  said: number[];
  /** Rows of the table after the first run, and after each. */
  found: number[];
  told: string[];
}

let database: Database;

beforeAll(async () => {
  installQueryscope();
  database = await openDatabase();
});
afterAll(() => database?.stop());

test.each(libraries)('$title', async ({ name }) => {
  const { node } = await install(name);
  const url = await database.createDatabase(name.replaceAll('-', '_'));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(readFileSync(join(__dirname, 'schema.sql'), 'utf8'));
  await client.end();
  const env = { ...process.env, LIBRARY: name, DATABASE: url };
  const { stdout } = await promisify(execFile)(node, [join(__dirname, 'proved.mjs')], { cwd: __dirname, env });
  // Some libraries print what they get over.
  const proofs = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, Proven>;
  for (const [play, { stopped, untried, said, found, told, atomic }] of Object.entries(proofs)) {
    expect([play, stopped, untried, said]).toEqual([play, null, [], found]);
    // Two transactions are no unit, and one that is tried again though its COMMIT was done is done twice.
    const isUnit = play !== 'apart' && !told.some((line) => line.includes('done twice'));
    expect([play, atomic]).toEqual([play, isUnit]);
  }
  expect(proofs.commit!.told).toEqual(COMMITTED);
  // Some try again only what PostgreSQL says may succeed then, and 57014 is none of that.
  const tried = CHOOSY.has(name) ? 'rolled back' : 'retried 1,2';
  expect(proofs.retried!.told.filter((line) => /^write \d error/.test(line))).toEqual([
    `write 1 error: ${tried}`,
    `write 2 error: ${tried}`,
  ]);
  expect(proofs.apart!.told).toContain('write 3 error: torn 1,2');
});

const COMMITTED = [
  'write 1 error: rolled back',
  'write 1 cut: rolled back',
  'write 2 error: rolled back',
  'write 2 cut: rolled back',
  'commit 2 error: rolled back',
  'commit 2 cut: rolled back',
  'commit 2 answer lost: unknown 1,2',
];

const CHOOSY: ReadonlySet<string> = new Set(['slonik', 'zapatos', 'databases-pg']);
