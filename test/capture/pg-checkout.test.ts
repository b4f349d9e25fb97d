// Clients in the app's own hands, on the real driver: when they were taken, in which state they came back, and that the pool and the app
// notice nothing of it.

import { type EventEmitter, once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { releasePatches } from '../../src/capture/patches.js';
import { driverOfModule, patchDriver } from '../../src/capture/pg-module.js';
import type { Checkout } from '../../src/profile/types.js';
import { freshDatabase } from '../postgres.js';
import { RecordingKeeper } from './recording.js';

let url: string;
let pool: pg.Pool;
const holder = {};

beforeAll(async () => {
  url = await freshDatabase();
  patchDriver(driverOfModule(pg)!, holder);
  pool = new pg.Pool({ connectionString: url, max: 2 });
});

afterAll(async () => {
  await pool.end();
  releasePatches(holder);
});

/** `connection 0: released before 3 in T, destroyed, again 1×, looked at`, checkout by checkout. */
async function checkoutsOf(fn: () => Promise<unknown>): Promise<string[]> {
  return (await new RecordingKeeper().record('checkouts', fn)).checkouts.map(picture);
}

const picture = ({ connection, releasedBefore, status, destroyed, releasedAgain, takenMs, releasedMs }: Checkout) => {
  if (releasedMs !== null) expect(releasedMs).toBeGreaterThanOrEqual(takenMs);
  return [
    `connection ${connection}: ${releasedBefore === null ? 'kept' : `released before ${releasedBefore} in ${status}`}`,
    ...(destroyed ? ['destroyed'] : []),
    ...(releasedAgain > 0 ? [`again ${releasedAgain}×`] : []),
  ].join(', ');
};

test('given back in no transaction', async () => {
  const pictures = await checkoutsOf(async () => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query('commit');
    client.release();
    await pool.query('select 1');
  });
  expect(pictures).toEqual(['connection 0: released before 2 in I']);
});

test('by callback, with the release that is handed to it', async () => {
  const pictures = await checkoutsOf(
    () =>
      new Promise<void>((resolve) => {
        pool.connect((_error, client, release) => {
          expect(release).toBe(client?.release);
          client?.query('select 1', () => {
            release();
            resolve();
          });
        });
      }),
  );
  expect(pictures).toEqual(['connection 0: released before 1 in I']);
});

test('given back in a transaction, in a failed one, and destroyed', async () => {
  const client = await pool.connect();
  const other = await pool.connect();
  client.release();
  other.release();
  const pictures = await checkoutsOf(async () => {
    const open = await pool.connect();
    await open.query('begin');
    const failed = await pool.connect();
    await failed.query('begin');
    // The app hears of the error before the server is ready again.
    const ready = once((failed as unknown as { connection: EventEmitter }).connection, 'readyForQuery');
    await failed.query('select 1 / 0').catch(() => {});
    await ready;
    failed.release(true);
    open.release();
    await pool.query('rollback');
  });
  expect(pictures).toEqual(['connection 0: released before 3 in T', 'connection 1: released before 3 in E, destroyed']);
});

test('given back while a statement was under way: its state is not known', async () => {
  const pictures = await checkoutsOf(async () => {
    const client = await pool.connect();
    const answer = client.query('select 1');
    client.release();
    await answer;
  });
  expect(pictures).toEqual(['connection 0: released before 1 in null']);
});

test('given back twice: the pool refuses that as ever', async () => {
  const pictures = await checkoutsOf(async () => {
    const client = await pool.connect();
    client.release();
    expect(() => client.release()).toThrow('already been released');
  });
  expect(pictures).toEqual(['connection 0: released before 0 in I, again 1×']);
});

test('not given back before the scope ended', async () => {
  let client: pg.PoolClient | undefined;
  const pictures = await checkoutsOf(async () => {
    client = await pool.connect();
    await client.query('begin');
  });
  expect(pictures).toEqual(['connection 0: kept']);
  await client?.query('rollback');
  client?.release();
});

test('what the pool takes for its own statements is none of the app', async () => {
  expect(await checkoutsOf(() => Promise.all([1, 2, 3].map((id) => pool.query('select $1::int', [id]))))).toEqual([]);
});
