// The story as OpenTelemetry's own SDK and instrumentations tell it: Express on a real PostgreSQL, written as the collector's file exporter writes, and
// judged from the files alone.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTables, seed } from '../../examples/chats/seed.js';
import { type Database, openDatabase } from '../../examples/database.js';
import { createTables as createAccounts } from '../../examples/transfer/app.js';
import { analyze } from '../../src/analyze/analyze.js';
import type { Run } from '../../src/report/run.js';
import { SETTINGS } from '../analyze/judged-files.js';

const APP = join(__dirname, 'traced-app.ts');
const TRACING = pathToFileURL(join(__dirname, 'tracing.ts')).href;
const REQUESTS = ['GET /chats', 'GET /chats/batched', 'POST /transfers', 'POST /transfers/whole'];

let directory: string;
let database: Database;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'queryscope-story-'));
  database = await openDatabase();
  const pool = new pg.Pool({ connectionString: database.url });
  await createTables(pool);
  await seed(pool, { chats: 2 });
  await createAccounts(pool);
  await pool.end();
});

afterAll(async () => {
  await database?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs the app, and answers the files' name without their endings. */
async function traced(name: string, env: Record<string, string> = {}): Promise<string> {
  const files = join(directory, name);
  await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--import', TRACING, APP, database.url, ...REQUESTS],
    {
      env: { ...process.env, TRACES: files, ...env },
    },
  );
  return files;
}

/** A busy machine is slow, and what takes long in it says nothing. */
const detectors = SETTINGS.detectors.filter(({ meta }) => !meta.clock);

const judged = (file: string): Promise<Run> => analyze([file], { ...SETTINGS, detectors });

const told = ({ reports }: Run) =>
  reports.map(({ profile, findings }) => [
    profile.label,
    profile.statements.length,
    findings.map(({ detector, confidence, statements }) => `${detector} ${confidence} ${statements.length}`),
  ]);

/** What was sent, and the one loop that its number tells; what is to be a whole cannot be told without connections. */
const STORY = [
  ['chats: GET /chats', 23, ['n-plus-one likely 20']],
  ['chats: GET /chats/batched', 3, []],
  ['chats: POST /transfers', 2, []],
  ['chats: POST /transfers/whole', 4, []],
];

test('every statement of each request, and the loop of 20 by its number alone', async () => {
  const files = await traced('plain');
  const run = await judged(`${files}.json`);
  expect(told(run)).toEqual(STORY);
  expect(run.reports[0]?.profile).toMatchObject({
    kind: 'request',
    source: 'otel',
    outcome: { status: 200 },
    visible: { values: false, rows: false, connections: false, callSites: false },
  });
  expect(run.losses).toEqual([]);

  const fromProtobuf = await judged(`${files}.bin`);
  expect(fromProtobuf.reports).toEqual(run.reports);
  expect(fromProtobuf.losses).toEqual([]);
});

test('with the values that it was told to record they differ, and nothing is proven', async () => {
  const files = await traced('values', { WITH_VALUES: '1' });
  const run = await judged(`${files}.json`);
  expect(told(run)).toEqual(STORY);
  expect(run.reports[0]?.profile.visible.values).toBe(true);
  expect(run.reports[0]?.findings[0]?.data.distinct).toBeGreaterThan(1);
  expect(JSON.stringify(run)).not.toMatch(/"values":\[/);
  expect((await judged(`${files}.bin`)).reports).toEqual(run.reports);
});
