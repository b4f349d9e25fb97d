// The example over HTTP on a real PostgreSQL: what queryscope says of writes that belong together, apart and as one unit, and that it is true
// of what is in the tables.

import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../examples/database.js';
import { balance, createApp, createTables } from '../../examples/transfer/app.js';
import { proofsTo, proveTransfers } from '../../examples/transfer/proof.js';
import { type Visit, visit } from '../../examples/visit.js';
import type { Output } from '../../src/index.js';
import { proofText } from '../../src/outputs/console/proof-text.js';
import { consoleText } from '../../src/outputs/console.js';
import { sourceReader } from '../../src/report/code-frame.js';
import { TIMELESS } from '../support/timeless.js';

const ROOT = join(__dirname, '../..');
const FILE = join(ROOT, 'examples/transfer/transfer.ts');
/** Nobody's account. */
const NOBODY = 999;

let database: Database;
let pool: pg.Pool;

beforeAll(async () => {
  database = await openDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  await createTables(pool);
});

beforeEach(async () => {
  await pool.query('truncate transfer, author, article');
});

afterAll(async () => {
  await pool?.end();
  await database?.stop();
});

async function ask(path: string, body: object): Promise<Visit> {
  const [only] = await visit((profiler) => createApp(pool, profiler), [{ path, body }], [], TIMELESS);
  return only as Visit;
}

const transfer = (path: string, to = 2) => ask(path, { to, amount: 50 });
const publish = (path: string, title = 'Second') => ask(path, { name: 'Ada', titles: ['First', title] });

/** `torn-write proven: 0,1 at transfer.ts:11`, finding by finding. */
const told = ({ report }: Visit) =>
  report.findings.map(
    ({ detector, confidence, statements, callSite }) =>
      `${detector} ${confidence}: ${statements} at ${callSite?.file}:${callSite?.line}`,
  );

/** The lines of the example that have this text. */
const linesOf = (text: string) =>
  readFileSync(FILE, 'utf8')
    .split('\n')
    .flatMap((line, index) => (line.includes(text) ? [`${relative(ROOT, FILE)}:${index + 1}`] : []));
const [, SECOND_HALF] = linesOf('insert into transfer');
const [FIRST_ARTICLE, SECOND_ARTICLE] = linesOf('insert into article');

const rows = async () => {
  const tables = ['transfer', 'author', 'article'].map((table) => `(select count(*)::int from ${table}) as ${table}`);
  return (await pool.query(`select ${tables.join(', ')}`)).rows[0];
};

test('a transfer whose halves are committed apart, when all goes well', async () => {
  const visited = await transfer('/transfers');
  expect([visited.status, ...told(visited)]).toEqual([200, `missing-transaction likely: 0,1 at ${SECOND_HALF}`]);
  expect(await balance(pool)).toBe(0);
});

test('and when the second half fails: it names what stayed, and that is there', async () => {
  const visited = await transfer('/transfers', NOBODY);
  expect([visited.status, ...told(visited)]).toEqual([500, `torn-write proven: 0,1 at ${SECOND_HALF}`]);
  expect(visited.report.findings[0]).toMatchObject({
    message: 'write 1 stayed, write 2 failed (23503)',
    data: { stayed: 'INSERT INTO transfer (1 row)', writes: 1, rows: 1, code: '23503' },
  });
  expect(await rows()).toMatchObject({ transfer: 1 });
  expect(await balance(pool)).toBe(-50);
});

test('the transfer as one unit is silent, and leaves nothing when it fails', async () => {
  const sent = await transfer('/transfers/whole');
  expect([sent.status, ...told(sent)]).toEqual([200]);
  const failed = await transfer('/transfers/whole', NOBODY);
  expect([failed.status, ...told(failed)]).toEqual([500]);
  expect([await balance(pool), await rows()]).toEqual([0, { transfer: 2, author: 0, article: 0 }]);
});

test('an author and two articles that bind the new id: proven, and torn where the second article fails', async () => {
  const published = await publish('/authors');
  expect([published.status, ...told(published)]).toEqual([
    200,
    `missing-transaction proven: 0,1,2 at ${FIRST_ARTICLE}`,
  ]);
  expect(published.report.findings[0]?.why).toBe('author_id is the id that INSERT INTO author returned.');
  const failed = await publish('/authors', '');
  expect([failed.status, ...told(failed)]).toEqual([500, `torn-write proven: 0,1,2 at ${SECOND_ARTICLE}`]);
  expect(await rows()).toEqual({ transfer: 0, author: 2, article: 3 });
});

test('what the console draws of it', async () => {
  const { report } = await transfer('/transfers', NOBODY);
  const drawn = consoleText(report, { width: 80, color: false, read: sourceReader(ROOT) });
  await expect(drawn.replace(/[\d.,]+ of [\d.,]+ ms/g, '… of … ms')).toMatchFileSnapshot('golden/transfer.txt');
});

test('they are silent as one unit, also when it rolls back', async () => {
  const published = await publish('/authors/whole');
  const failed = await publish('/authors/whole', '');
  expect([published.status, ...told(published), failed.status, ...told(failed)]).toEqual([200, 500]);
  expect(await rows()).toEqual({ transfer: 0, author: 1, article: 2 });
});

test('each write made to fail: apart, the first stays where the second fails; as one unit, nothing stays, also where COMMIT fails', async () => {
  const drawn: string[] = [];
  const output: Output = {
    name: 'drawn',
    write() {},
    writeProof: (proof) => void drawn.push(proofText(proof, { width: 80, color: false })),
  };
  const { apart, whole } = await proveTransfers(pool, [proofsTo(output)]);
  expect(apart.atomic).toBe(false);
  expect(apart.runs.find(({ atomic }) => !atomic)).toMatchObject({
    failed: 2,
    at: 'write',
    how: 'error',
    outcome: 'torn',
    stayed: [{ write: 1, deed: 'INSERT INTO transfer', rows: 1, when: 'before' }],
  });
  expect(whole.atomic).toBe(true);
  expect(whole.runs.filter(({ at }) => at === 'commit').map(({ how, outcome }) => `${how}: ${outcome}`)).toEqual([
    'error: rolled back',
    'cut: rolled back',
    'answer lost: unknown',
  ]);
  expect(await rows()).toMatchObject({ transfer: 0 });
  await expect(drawn.join('')).toMatchFileSnapshot('golden/proof.txt');
});
