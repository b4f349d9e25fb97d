// Statements of concurrent requests on a cold, a warm and a saturated pool: each in its own request's scope, with its own answer.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releasePatches } from '../../src/capture/patches.js';
import { driverOfModule, patchDriver } from '../../src/capture/pg-module.js';
import { state } from '../../src/capture/state.js';
import { freshDatabase } from '../postgres.js';
import { RecordingKeeper } from './recording.js';

const REQUESTS = 8;
const STATEMENTS = 3;

let url: string;
const holder = {};

beforeAll(async () => {
  url = await freshDatabase();
  patchDriver(driverOfModule(pg)!, holder);
});

afterAll(() => {
  releasePatches(holder);
  expect(state.openScopes).toBe(0);
});

type Ask = (pool: pg.Pool, request: number, statement: number) => Promise<unknown>;

const TEXT = 'select $1::int as request, $2::int as statement';

const ways: Record<string, Ask> = {
  'pool.query, promise': (pool, ...values) => pool.query(TEXT, values),
  'pool.query, config': (pool, ...values) => pool.query({ text: TEXT, values }),
  'pool.query, callback': (pool, ...values) =>
    new Promise((resolve, reject) =>
      pool.query(TEXT, values, (error, result) => (error ? reject(error) : resolve(result))),
    ),
  'client, promise': async (pool, ...values) => {
    const client = await pool.connect();
    try {
      return await client.query(TEXT, values);
    } finally {
      client.release();
    }
  },
  'client, callback': (pool, ...values) =>
    new Promise((resolve, reject) => {
      pool.connect((error, client, release) => {
        if (error || client === undefined) return reject(error);
        client.query(TEXT, values, (failure, result) => {
          release();
          if (failure) reject(failure);
          else resolve(result);
        });
      });
    }),
};

const pools: Record<string, { max: number; warm: boolean }> = {
  'max 1, cold': { max: 1, warm: false },
  'max 2, cold': { max: 2, warm: false },
  'max 2, warm': { max: 2, warm: true },
  'max 10, warm': { max: 10, warm: true },
};

describe.each(Object.entries(pools))('%s', (_name, { max, warm }) => {
  it.each(Object.entries(ways))('%s', async (_way, ask) => {
    const pool = new pg.Pool({ connectionString: url, max });
    if (warm) await Promise.all(Array.from({ length: max }, () => pool.query('select 1')));
    const keeper = new RecordingKeeper();
    const unscoped = state.unattributed;
    const requests = Array.from({ length: REQUESTS }, (_, request) =>
      keeper.record(`request ${request}`, async () => {
        for (let statement = 0; statement < STATEMENTS; statement++) await ask(pool, request, statement);
      }),
    );
    // A job without a scope waits in the same queue; its statements are nobody's.
    const job = Promise.all(Array.from({ length: STATEMENTS }, (_, statement) => ask(pool, -1, statement)));
    const recorded = await Promise.all(requests);
    await job;
    await pool.end();
    const bound = recorded.map(({ notes }) => notes.map(({ values }) => values));
    const own = recorded.map((_, request) =>
      Array.from({ length: STATEMENTS }, (_, statement) => [request, statement]),
    );
    expect(bound).toEqual(own);
    expect(
      recorded.flatMap(({ notes }) =>
        notes.map(({ statusBefore, statusAfter, answers }) => [statusBefore, statusAfter, answers?.[0]?.rows]),
      ),
    ).toEqual(Array.from({ length: REQUESTS * STATEMENTS }, () => ['I', 'I', 1]));
    expect(state.unattributed - unscoped).toBe(STATEMENTS);
  });
});
