// The extension for Prisma by itself, around operations that send their statements as Prisma does: later, from code that has lost its caller. With
// Prisma itself it is held by test/orms.

import { runInThisContext } from 'node:vm';
import pg from 'pg';
import { createProfiler } from 'queryscope';
import { queryscope } from 'queryscope/prisma';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../src/index.js';
import { freshDatabase } from './postgres.js';
import { markOf } from './scenarios/stage.js';
import { TIMELESS } from './support/timeless.js';

const profiler = createProfiler({ outputs: [], enabled: true, detectors: TIMELESS });
profiler.instrument(pg);
let pool: pg.Pool;
beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 2 });
  await pool.query('create table users (id int); create table message (id int, sender_id int)');
  await pool.query('insert into users values (7), (8), (9); insert into message values (1, 8), (2, 9), (3, 7)');
});
afterAll(async () => {
  await profiler.close();
  await pool.end();
});

/** An engine in a package: it sends what it planned in a later turn, where nothing leads back to who asked. */
const engine: (send: () => Promise<pg.QueryResult>) => Promise<unknown> = runInThisContext(
  `(send) => new Promise((resolve, reject) => setImmediate(() => send().then(({ rows }) => resolve(rows), reject)))`,
  { filename: '/app/node_modules/engine/index.js' },
);
const { $allOperations } = queryscope().query;
/** Bound, not wrapped: a function written here would be a line of the app's. */
type Send = (text: string, values: unknown[]) => Promise<pg.QueryResult>;
const planned = (text: string, values: unknown[]) =>
  $allOperations({ args: values, query: (args) => engine((pool.query as Send).bind(pool, text, args)) });
const userOf = (id: number) => planned('select id from users where id = $1', [id]);

const linesOf = ({ findings }: Report) =>
  findings.map(({ detector, statements, callSite }) => `${detector} ${statements.length} at ${markOf(callSite)}`);

test('names the line that awaits an operation', async () => {
  const { report } = await profiler.capture('awaited', async () => {
    for (const { sender_id } of (await pool.query('select sender_id from message')).rows) {
      await userOf(sender_id); // #sender
    }
  });
  expect(linesOf(report)).toEqual(['n-plus-one 3 at #sender']);
});

test('keeps operations apart that run side by side', async () => {
  const first = async () => {
    await userOf(7); // #first
  };
  const second = async () => {
    await planned('select id as other from users where id = $1', [8]); // #second
  };
  const { report } = await profiler.capture('beside', () => Promise.all([first(), second()]));
  expect(report.profile.statements.map(({ callSite }) => markOf(callSite)).sort()).toEqual(['#first', '#second']);
});

test('names the line of an operation that failed, with the error as it was', async () => {
  const { error, report } = await profiler.capture(
    'failed',
    async () => {
      await planned('select no_such_column from users where id = $1', [7]); // #failed
    },
    { settle: true },
  );
  expect(error).toMatchObject({ code: '42703' });
  expect(markOf(report.profile.statements[0]!.callSite)).toBe('#failed');
});

test('hands on the very promise where there is no scope', async () => {
  const answer = Promise.resolve(1);
  expect($allOperations({ args: {}, query: () => answer })).toBe(answer);
});
