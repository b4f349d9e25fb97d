// The examples of the page, run: each has the outcome that it stands under.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProfiler, type Profiler, type ProofOutcome } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';

const PAGE = readFileSync(join(__dirname, '../../src/prove/prove-atomic.md'), 'utf8');
const SCHEMA = `
  create table transfer (id int generated always as identity primary key, account int, amount int);
  create table note (text text);
`;

let pool: pg.Pool;
let profiler: Profiler;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 2 });
  await pool.query(SCHEMA);
  profiler = createProfiler({ outputs: [], enabled: true });
  profiler.instrument(pg);
});
afterAll(async () => {
  await profiler?.close();
  await pool?.end();
});

interface Example {
  title: string;
  outcome: string;
  facts: readonly string[];
  code: string;
}

const examples = [...PAGE.matchAll(/^```js outcome=(\S+)(.*)\n([\s\S]*?)^```/gm)].map(
  ([, outcome = '', facts = '', code = ''], i): Example => ({
    title: `${i + 1}: ${outcome}`,
    outcome: outcome.replace(/-/g, ' '),
    facts: facts.trim().split(' '),
    code,
  }),
);

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
  ...text: string[]
) => (pool: pg.Pool) => Promise<unknown>;

const reset = () => pool.query('truncate transfer, note restart identity');

test.each(examples)('$title', async ({ outcome, facts, code }) => {
  const work = new AsyncFunction('pool', code);
  // Of what hangs the time is waited for, run by run; of what does not it is only the machine's.
  const timeoutMs = outcome === 'timed out' ? 2_000 : 20_000;
  const proof = await profiler.proveAtomic(() => work(pool), { label: outcome, reset, timeoutMs });
  expect([proof.stopped, proof.untried]).toEqual([null, []]);
  const runs = proof.runs.filter((run) => run.outcome === outcome);
  expect(runs).not.toEqual([]);
  if (facts.includes('atomic')) expect(proof.atomic).toBe(true);
  if (facts.includes('compensated=likely'))
    expect(runs.every(({ compensated }) => compensated === 'likely')).toBe(true);
  expect(await left()).toEqual([0, 0]);
  expect([pool.waitingCount, pool.totalCount - pool.idleCount]).toEqual([0, 0]);
});

/** Rows that the last reset has left, and clients that nobody gave back would make it wait for ever. */
async function left(): Promise<number[]> {
  const { rows } = await pool.query(
    'select (select count(*)::int from transfer) as a, (select count(*)::int from note) as b',
  );
  return [rows[0].a, rows[0].b];
}

test('every outcome has its section and an example', () => {
  const outcomes: Record<ProofOutcome, true> = {
    'rolled back': true,
    torn: true,
    compensated: true,
    retried: true,
    'done twice': true,
    swallowed: true,
    savepoint: true,
    'new writes': true,
    unknown: true,
    'timed out': true,
  };
  const sections = [...PAGE.matchAll(/^### (.*)$/gm)].map(([, name]) => name);
  expect(sections).toEqual(Object.keys(outcomes));
  expect(new Set(examples.map(({ outcome }) => outcome))).toEqual(new Set(sections));
});
