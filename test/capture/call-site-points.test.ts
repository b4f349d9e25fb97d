// The points at which a statement's own line can be seen, through the real driver: whatever stands between it and the app, the
// report names the app.

import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { forgetSites } from '../../src/capture/site-memory.js';
import { createProfiler, type Profiler } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { TIMELESS } from '../support/timeless.js';
import { temporaryDirectory } from './compiled.js';

/** Installed, so that its frames are not the app's: the ways in which query builders and ORMs stand between. */
const library = `
exports.direct = (pool, text) => pool.query(text);
exports.onClient = async (pool, text) => {
  const client = await pool.connect();
  try { return await client.query(text); } finally { client.release(); }
};
exports.thenable = (pool, text) => ({ then: (done, failed) => sent(pool, text).then(done, failed) });
exports.thenableOnClient = (pool, text) => ({ then: (done, failed) => exports.onClient(pool, text).then(done, failed) });
async function sent(pool, text) { return await pool.query(text); }
exports.transaction = async (pool, work) => {
  const client = await pool.connect();
  const query = (text) => ({ then: (done, failed) => sent(client, text).then(done, failed) });
  try { await client.query('begin'); await work(query); await client.query('commit'); } finally { client.release(); }
};
exports.queued = (pool, text) => {
  const client = pool.connect();
  return new Promise((done, failed) => setImmediate(async () => {
    const connected = await client;
    connected.query(text, (error, result) => { connected.release(); if (error) failed(error); else done(result); });
  }));
};`;

const directory = temporaryDirectory('installed');
mkdirSync(join(directory.path, 'node_modules', 'library'), { recursive: true });
writeFileSync(join(directory.path, 'node_modules', 'library', 'index.js'), library);
const through = createRequire(join(directory.path, 'app.js'))('library') as Record<
  string,
  (pool: pg.Pool, text: string) => PromiseLike<unknown>
> & {
  transaction(pool: pg.Pool, work: (query: (text: string) => PromiseLike<unknown>) => Promise<void>): Promise<void>;
};

let url: string;
let pool: pg.Pool;
let profiler: Profiler;

beforeAll(async () => {
  url = await freshDatabase();
  pool = new pg.Pool({ connectionString: url });
  profiler = createProfiler({ outputs: [], detectors: TIMELESS });
  profiler.instrument(pg);
});

afterAll(async () => {
  await profiler.close();
  await pool.end();
  directory.remove();
});

afterEach(forgetSites);

/** The function that each of two requests in a row names for one statement. */
async function named(way: string): Promise<(string | null)[]> {
  const names: (string | null)[] = [];
  for (let request = 0; request < 2; request++) {
    const { report } = await profiler.capture(async function handler() {
      await through[way]?.(pool, `select 1 as "${way}"`);
    });
    names.push(report.profile.statements[0]?.callSite?.function ?? null);
  }
  return names;
}

describe('the app is named', () => {
  test.each(['direct', 'onClient', 'thenableOnClient', 'thenable', 'queued'])(
    'from the first time on: %s',
    async (way) => {
      expect(await named(way)).toEqual(['handler', 'handler']);
    },
  );
});

test('statements on one client are told by their own lines, not by where it was taken', async () => {
  forgetSites();
  // Of clients that are taken from now on the stack is looked at.
  await profiler.capture('before', () => through.queued?.(pool, 'select 6 as before'));
  const work = (number: number) =>
    through.transaction(pool, async function written(query) {
      await query(`select ${number} as first`);
      await query(`select ${number} as second`);
    });
  for (const label of ['once', 'again']) {
    const { report } = await profiler.capture(label, function taken() {
      return work(1);
    });
    const [, first, second] = report.profile.statements.map(({ callSite }) => callSite);
    expect([first?.function, second?.function]).toEqual(['written', 'written']);
    expect((second?.line ?? 0) - (first?.line ?? 0)).toBe(1);
  }
});

test.each(['direct', 'onClient', 'thenableOnClient', 'thenable', 'queued'])(
  'the app is named where a statement fails: %s',
  async (way) => {
    const { report } = await profiler.capture(
      async function handler() {
        await through[way]?.(pool, `select 1 / 0 as "${way}"`);
      },
      { settle: true },
    );
    expect(report.profile.statements[0]?.callSite?.function).toBe('handler');
  },
);

/** Which function a request names for the statement of its handler. */
async function namedBy(label: string, handler: () => Promise<unknown>): Promise<string | null | undefined> {
  const { report } = await profiler.capture(label, () => serve(handler));
  return report.profile.statements[1]?.callSite?.function;
}

/** What all requests run through. */
async function serve(handler: () => Promise<unknown>): Promise<void> {
  await through.direct?.(pool, 'select 5 as served');
  await handler();
}

async function first(): Promise<void> {
  await through.queued?.(pool, 'select 2 as queued');
}

async function second(): Promise<void> {
  await through.queued?.(pool, 'select 2 as queued');
}

/** Requests that take clients from the pool and need no stack there. */
async function others(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await profiler.capture('others', () => through.onClient?.(pool, 'select 3 as other'));
}

describe('a statement that another request sent before, after many clients were taken from the pool', () => {
  test('is known by its own line on the first request of its kind', async () => {
    expect(await namedBy('GET /first', first)).toBe('first');
    await others(40);
    expect(await namedBy('GET /second', second)).toBe('second');
  });

  test("is never shown at the other request's line", async () => {
    expect(await namedBy('GET /first', first)).toBe('first');
    for (let i = 0; i < 8; i++)
      await profiler.capture('GET /second', () => through.direct?.(pool, 'select 4 as before'));
    await others(40);
    expect(await namedBy('GET /second', second)).toBeUndefined();
    expect(await namedBy('GET /second', second)).toBe('second');
  });
});

test('turns side by side are named alike on a cold pool and a warm one', async () => {
  const rows = 'select * from (values (3), (1)) item (id)';
  const opening = new pg.Pool({ connectionString: url });
  async function handler(): Promise<void> {
    const read = (await through.direct?.(opening, rows)) as pg.QueryResult<{ id: number }>;
    await Promise.all(
      read.rows.map(async ({ id }) => {
        await through.queued?.(opening, `${rows} where id = ${id}`);
      }),
    );
  }
  const lines: unknown[] = [];
  for (let request = 0; request < 3; request++) {
    const { report } = await profiler.capture('GET /turns', handler);
    lines.push(report.findings.map(({ confidence, callSite }) => [confidence, callSite?.line]));
  }
  await opening.end();
  expect(lines).toEqual([lines[2], lines[2], [['proven', expect.any(Number)]]]);
});
