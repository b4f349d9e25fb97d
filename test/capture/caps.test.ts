// Every cap, bitten on a real PostgreSQL: what is over it is left out of the report, the app gets all of it, and a notice
// says so.

import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProfiler, type Limits, type Profiler, type Report } from '../../src/index.js';
import { createParser, parseText } from '../../src/sql/parse.js';
import { freshDatabase } from '../postgres.js';

let pool: pg.Pool;
const open: Profiler[] = [];

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 4 });
  await pool.query('create table item (id int primary key)');
  await pool.query('insert into item select generate_series(1, 1000)');
});

afterEach(async () => {
  for (const profiler of open.splice(0)) await profiler.close();
});

afterAll(() => pool.end());

async function reportOf(limits: Partial<Limits>, fn: () => unknown): Promise<Report> {
  const profiler = createProfiler({ outputs: [], limits });
  open.push(profiler);
  profiler.instrument(pg);
  return (await profiler.capture(fn)).report;
}

const noticesOf = ({ profile }: Report): string[] =>
  profile.notices.map(({ code, count }) => `${code} ${count}`).sort();

const idsOf = async (count: number, from = 100): Promise<number[]> => {
  const { rows } = await pool.query<{ id: number }>('select i + $2::int as id from generate_series(1, $1::int) as i', [
    count,
    from,
  ]);
  expect(rows).toHaveLength(count);
  return rows.map(({ id }) => id);
};

const askOneByOne = async (ids: readonly number[]): Promise<void> => {
  for (const id of ids) await pool.query('select id from item where id = $1', [id]);
};

it('statements', async () => {
  const report = await reportOf({ statements: 5 }, async () => askOneByOne(await idsOf(9)));
  expect([report.profile.statements.length, report.profile.dropped]).toEqual([5, 5]);
  expect(noticesOf(report)).toEqual(['statements-dropped 5']);
  // four turns are a loop still
  expect(report.findings.map(({ detector }) => detector)).toContain('n-plus-one');
});

it('rows of a statement', async () => {
  const report = await reportOf({ rowsPerStatement: 3 }, async () => askOneByOne(await idsOf(5)));
  expect(report.profile.statements[0]?.rows).toBe(5);
  expect(noticesOf(report)).toEqual(['rows-cut 1']);
  // a column of which only a part is known holds not all values of the loop, so it is not called its source
  expect(report.profile.flows).toEqual([]);
});

it('values of a scope', async () => {
  const report = await reportOf({ valuesPerScope: 6 }, async () => {
    await idsOf(4);
    await askOneByOne(await idsOf(4, 200));
  });
  expect(noticesOf(report)).toEqual(['values-cut 5']);
  expect(report.profile.flows).toEqual([]);
});

it('values of bound lists', async () => {
  const chunk = (from: number) => Array.from({ length: 4 }, (_, i) => from + i);
  const report = await reportOf({ valuesPerScope: 10 }, async () => {
    for (const from of [0, 4, 8, 12]) await pool.query('select 1 where 5 = any($1::int[])', [chunk(from)]);
  });
  expect(noticesOf(report)).toEqual(['values-cut 2']);
  expect(report.profile.statements.map(({ listSizes }) => listSizes?.at(-1) ?? 1)).toEqual([4, 4, 1, 1]);
});

it('items of one list', async () => {
  const list = Array.from({ length: 10_001 }, (_, i) => i);
  const report = await reportOf({}, () => pool.query('select 1 where 5 = any($1::int[])', [list]));
  expect(noticesOf(report)).toEqual(['values-cut 1']);
});

it('long texts', async () => {
  const report = await reportOf({}, async () => {
    for (let i = 0; i < 5; i++) await pool.query('select length($1::text)', ['x'.repeat(4_000_000)]);
  });
  expect(noticesOf(report)).toEqual(['values-cut 1']);
  // the four that are kept are equal, the fifth is equal to nothing
  expect(new Set(report.profile.statements.map(({ valuesKey }) => valuesKey)).size).toBe(2);
});

it('tokens of a text', async () => {
  const text = `select array[${'1,'.repeat(160_000)}1] as x`;
  const report = await reportOf({}, async () => {
    expect((await pool.query<{ x: number[] }>(text)).rows[0]?.x).toHaveLength(160_001);
  });
  expect(report.profile.statements.map(({ shape }) => shape.text)).toEqual(['?']);
  expect(noticesOf(report)).toEqual(['unreadable-sql 1']);
});

it('brackets of a text', async () => {
  const text = `select ${'('.repeat(10_001)}1${')'.repeat(10_001)}`;
  const report = await reportOf({}, () => pool.query(text).catch(() => {}));
  expect(report.profile.statements[0]?.error).not.toBeNull();
  expect(noticesOf(report)).toEqual(['unreadable-sql 1']);
});

it('clients taken from a pool', async () => {
  const report = await reportOf({ statements: 3 }, async () => {
    for (let i = 0; i < 5; i++) (await pool.connect()).release();
  });
  expect(report.profile.checkouts).toHaveLength(3);
  expect(noticesOf(report)).toEqual(['checkouts-dropped 2']);
});

it('outgoing requests', async () => {
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const report = await reportOf({}, async () => {
    for (let i = 0; i < 1_003; i++) {
      const [response] = await once(get({ port, host: '127.0.0.1', agent }), 'response');
      await once(response.resume(), 'end');
    }
  });
  agent.destroy();
  server.close();
  expect(report.profile.activities).toHaveLength(1_000);
  expect(noticesOf(report)).toEqual(['activities-dropped 3']);
});

describe('what a document holds', () => {
  const levels = (count: number): string =>
    count === 0 ? "jsonb_build_object('id', 1)" : `jsonb_build_object('id', 1, 'below', ${levels(count - 1)})`;
  const tables = (count: number): string => {
    const rows = Array.from({ length: count }, (_, i) => `'table${i}', jsonb_build_object('id', ${i})`);
    return `jsonb_build_object(${rows})`;
  };
  const columns = (count: number): string => {
    const all = Array.from({ length: count }, (_, i) => `${i} as column${i}`);
    return `to_jsonb(wide) from (select ${all}) as wide`;
  };

  it.each([
    ['levels', levels(5), levels(6)],
    ['tables', tables(19), tables(20)],
    ['columns', columns(100), columns(101)],
  ])('%s', async (_what, within, over) => {
    const noticesFor = async (document: string) =>
      noticesOf(await reportOf({}, () => pool.query(`select ${document}`)));
    expect(await noticesFor(within)).toEqual([]);
    expect(await noticesFor(over)).toEqual(['values-cut 1']);
  });
});

it('the time that a scope waits', async () => {
  // a connection that is there already: what still waits for one has not been sent
  await pool.query('select 1');
  let asking: Promise<unknown> = Promise.resolve();
  const report = await reportOf({ settleMs: 20 }, () => {
    asking = pool.query('select pg_sleep(0.5)');
  });
  expect(noticesOf(report)).toEqual(['unsettled 1']);
  await asking;
});

it('texts that are remembered: what is over it is read anew, and reads the same', () => {
  const limits = { texts: { entries: 8, characters: 4_000 }, shapes: { entries: 4, characters: 4_000 }, parts: 1_000 };
  const parse = createParser(limits);
  const texts = Array.from({ length: 100 }, (_, i) => `select a${'b'.repeat(i)} from t where id = ${i}`);
  for (const text of [...texts, ...texts]) expect(parse(text)).toEqual(parseText(text));
});

it('none, where they are raised: a scope of 100,000 statements is one loop and nothing is left out', async () => {
  const turns = 99_999;
  const report = await reportOf({ statements: 100_000, rowsPerStatement: 100_000 }, async () => {
    const ids = await idsOf(turns);
    const client = await pool.connect();
    const query = { name: 'one', text: 'select $1::int as id' };
    for (const id of ids) await client.query({ ...query, values: [id] });
    client.release();
  });
  const { profile, findings } = report;
  expect([profile.statements.length, profile.dropped, noticesOf(report)]).toEqual([turns + 1, 0, []]);
  // Numbers one after the other, of a column without a table, prove nothing by themselves.
  const loops = findings.filter(({ detector }) => detector === 'n-plus-one');
  expect(loops.map(({ confidence, statements }) => [confidence, statements.length])).toEqual([['likely', turns]]);
}, 120_000);
