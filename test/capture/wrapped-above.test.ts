// Pools of which somebody else wrapped or overrode a method above pg's own: tools that patch pg's subclass of the pool and call pg's own as it was before,
// and subclasses of an app. Each statement belongs to who sent it, once.

import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';

let url: string;
let profiler: Profiler;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  url = await freshDatabase();
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(() => profiler?.close());

function newPool(Pool: typeof pg.Pool = pg.Pool): pg.Pool {
  const pool = new Pool({ connectionString: url, max: 1 });
  ends.push(() => pool.end());
  return pool;
}

function watch(pool: pg.Pool): void {
  profiler = createProfiler({ outputs: [], enabled: true });
  ends.push(() => profiler.close());
  profiler.wrap(pool);
}

/** What five concurrent captures sent over one connection, in three forms of call. */
async function run(pool: pg.Pool): Promise<Report[]> {
  const captured = await Promise.all(
    [1, 2, 3, 4, 5].map((number) =>
      profiler.capture(`capture ${number}`, async () => {
        for (let turn = 0; turn < 3; turn += 1) await pool.query('select $1::int as promised', [number]);
        await new Promise((resolve) => pool.query('select $1::int as called_back', [number], resolve));
        const client = await pool.connect();
        await client.query('select $1::int as held', [number]);
        client.release();
      }),
    ),
  );
  return captured.map(({ report }) => report);
}

function expectOwn(reports: readonly Report[]): void {
  for (const { profile } of reports) {
    expect(profile.statements.map(({ sql, via }) => `${via}: ${sql}`)).toEqual([
      ...Array(3).fill('pool: select $1::int as promised'),
      'pool: select $1::int as called_back',
      'client: select $1::int as held',
    ]);
    // The client that was taken by hand, and none that the pool took for its own query.
    expect(profile.checkouts.length).toBe(1);
    expect(new Set(profile.statements.map(({ callSite }) => callSite?.file))).toEqual(
      new Set(['test/capture/wrapped-above.test.ts']),
    );
  }
}

/** As dd-trace does: replaces the methods of pg's own subclass, and calls what that inherited before anybody else came. */
function wrapAsTracersDo(): () => void {
  const prototype = pg.Pool.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const { connect, query } = prototype as Record<'connect' | 'query', (...args: unknown[]) => unknown>;
  prototype.connect = function (...args) {
    const [callback] = args;
    const wrapped = typeof callback === 'function' ? (...given: unknown[]) => callback(...given) : callback;
    return connect.apply(this, wrapped === undefined ? [] : [wrapped]);
  };
  prototype.query = function (...args) {
    return query.apply(this, args);
  };
  return () => {
    delete prototype.connect;
    delete prototype.query;
  };
}

test('a tool that wrapped them before queryscope', async () => {
  const unwrap = wrapAsTracersDo();
  ends.push(unwrap);
  const pool = newPool();
  watch(pool);
  expectOwn(await run(pool));
});

test('and after it', async () => {
  const pool = newPool();
  watch(pool);
  const unwrap = wrapAsTracersDo();
  ends.push(unwrap);
  expectOwn(await run(pool));
});

test('a subclass that calls pg at once', async () => {
  class Counting extends pg.Pool {
    calls = 0;
    // biome-ignore lint/suspicious/noExplicitAny: as an app overrides an overloaded method.
    override query(...args: any[]): any {
      this.calls += 1;
      return super.query(...(args as [string]));
    }
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    override connect(...args: any[]): any {
      this.calls += 1;
      return super.connect(...(args as []));
    }
  }
  const pool = newPool(Counting as unknown as typeof pg.Pool) as Counting;
  watch(pool);
  expectOwn(await run(pool));
  // Each query of the pool connects, too.
  expect(pool.calls).toBe(5 * (4 * 2 + 1));
});

test('a subclass that does something else first', async () => {
  class Waiting extends pg.Pool {
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    override query(...args: any[]): any {
      const send = () => super.query(...(args as [string]));
      return args.some((arg) => typeof arg === 'function') ? send() : Promise.resolve().then(send);
    }
  }
  const pool = newPool(Waiting as unknown as typeof pg.Pool);
  watch(pool);
  expectOwn(await run(pool));
});

test('what was there is put back', async () => {
  const unwrap = wrapAsTracersDo();
  ends.push(unwrap);
  const before = [pg.Pool.prototype.query, pg.Pool.prototype.connect];
  const pool = newPool();
  watch(pool);
  expect(pg.Pool.prototype.query).not.toBe(before[0]);
  await profiler.close();
  expect([pg.Pool.prototype.query, pg.Pool.prototype.connect]).toEqual(before);
});
