// Transactions that stood idle: by the fake clock of a timeline, and once on a real PostgreSQL with a real HTTP server beside it.

import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idleInTransaction } from '../../src/detectors/idle-in-transaction.js';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';
import { viewOf } from '../../src/profile/views.js';
import { freshDatabase } from '../postgres.js';
import { testDetector } from '../support/test-detector.js';
import { play, profileOf, reportOf } from '../support/timeline.js';

testDetector(idleInTransaction, {
  invalid: {
    'an HTTP request between two statements': `
      begin
      insert into payment (order_id) values ($1)     -- values 7     !idle
      update orders set paid = true                  -- pause 40 calls 'POST pay.example.com'     !idle
      commit`,
    'one before the first statement': `
      begin                                          --     !idle
      insert into payment (order_id) values ($1)     -- values 7 pause 3 calls 'GET rates.example.com'     !idle
      commit`,
    'a timer before COMMIT': `
      begin
      insert into payment (order_id) values ($1)     -- values 7     !idle
      commit                                         -- pause 100     !idle`,
    'a rollback after a long time': `
      begin
      insert into payment (order_id) values ($1)     -- values 7     !idle
      rollback                                       -- pause 3000     !idle`,
    'waits that are short, and many': `
      begin
      insert into payment (order_id) values ($1)     -- values 1     !idle
      insert into payment (order_id) values ($1)     -- values 2 pause 40     !idle
      insert into payment (order_id) values ($1)     -- values 3 pause 40     !idle
      insert into payment (order_id) values ($1)     -- values 4 pause 40     !idle
      commit`,
    'one request for each row': `
      begin
      insert into payment (order_id) values ($1)     -- values 1     !idle
      insert into payment (order_id) values ($1)     -- values 2 pause 4 calls 'POST pay.example.com'     !idle
      insert into payment (order_id) values ($1)     -- values 3 pause 4 calls 'POST pay.example.com'     !idle
      commit`,
    'one transaction while another one works': `
      begin                                          -- conn 1
      update chat set name = 'x'                     -- conn 1     !idle
      select * from message                          -- conn 2 took 300
      commit                                         -- conn 1     !idle`,
    'two places of one transaction': `
      begin
      insert into payment (order_id) values ($1)     -- values 7     !idle
      update orders set paid = true                  -- pause 200     !idle !idle2
      commit                                         -- pause 300     !idle2`,
  },
  valid: {
    'the time before BEGIN and after COMMIT': `
      select * from orders
      begin                                          -- pause 500 calls 'POST pay.example.com'
      insert into payment (order_id) values ($1)     -- values 7
      commit
      select * from orders                           -- pause 500 calls 'POST pay.example.com'`,
    'autocommit, whatever the app waits for': `
      insert into payment (order_id) values ($1)     -- values 7
      update orders set paid = true                  -- pause 900 calls 'POST pay.example.com'`,
    'statements that take long': `
      begin
      select pg_sleep(5)                             -- took 5000
      insert into payment (order_id) values ($1)     -- values 7 took 900
      commit`,
    'a transaction in quick steps': `
      begin
      insert into payment (order_id) values ($1)     -- values 7 pause 9
      update orders set paid = true                  -- pause 9
      commit                                         -- pause 9`,
    'many quick steps': `
      begin
      ${Array.from({ length: 50 }, (_, i) => `insert into payment (order_id) values ($1)     -- values ${i} pause 9`).join('\n')}
      commit`,
    'several short waits at different places': `
      begin
      insert into payment (order_id) values ($1)     -- values 7 pause 60
      update orders set paid = true                  -- pause 60
      commit                                         -- pause 60`,
    'parts of one text': `
      insert into payment (order_id) values (7); update orders set paid = true     -- took 500`,
    'a transaction that is not ended': `
      begin
      insert into payment (order_id) values ($1)     -- values 7
      select * from orders                           -- conn 2 pause 900`,
  },
});

const PAYMENT = `
  begin
  insert into payment (order_id) values ($1)     -- values 7
  update orders set paid = true                  -- pause 40
  commit`;

describe('a request beside a transaction', () => {
  const callOf = (startMs: number, endMs: number | null): unknown => {
    const profile = profileOf(PAYMENT);
    profile.activities.push({ kind: 'http request', what: 'POST pay.example.com', startMs, endMs });
    return idleInTransaction.detect(viewOf(profile)).evidence[0]?.data.call;
  };

  it('is named where it began and was answered in a gap', () => {
    expect(callOf(2, 42)).toBe('POST pay.example.com');
    expect(callOf(10, 11)).toBe('POST pay.example.com');
  });

  it('is named where it began beside the statement before a long gap', () => {
    expect(callOf(1.5, 41)).toBe('POST pay.example.com');
  });

  it('is not where nobody waited for it, it began before the transaction, or was never answered', () => {
    expect(callOf(3, 42.5)).toBeUndefined();
    expect(callOf(-20, 30)).toBeUndefined();
    expect(callOf(3, null)).toBeUndefined();
  });
});

describe("a test's own transaction", () => {
  /** What a scope sees that opened inside it. */
  const inside = (timeline: string) => {
    const { profile } = play(timeline);
    for (const transaction of profile.transactions) transaction.ambient = true;
    return idleInTransaction.detect(viewOf(profile)).evidence.map(({ statements }) => statements);
  };

  it('stands idle as the test likes', () => {
    expect(inside(`begin\nselect 1 -- pause 500\nselect 2 -- pause 500`)).toEqual([]);
  });

  it("has the app's transactions as savepoints in it", () => {
    const timeline = `
      begin
      savepoint a                       -- pause 300
      update orders set paid = true
      release a                         -- pause 300
      savepoint b                       -- pause 300
      savepoint c
      update orders set paid = false    -- pause 300
      release b`;
    expect(inside(timeline)).toEqual([
      [2, 3],
      [5, 6],
    ]);
  });
});

it('says how long, between what, and what the app did', () => {
  const [finding] = reportOf(`
    begin
    insert into payment (order_id) values ($1)     -- values 7 at pay.ts:12 pay < app.ts:3
    update orders set paid = true                  -- pause 340 calls 'POST pay.example.com' at pay.ts:14 pay < app.ts:3
    commit                                         -- at transaction.ts:9 inTransaction < app.ts:3`).findings;
  expect(finding).toMatchObject({
    detector: 'idle-in-transaction',
    severity: 'info',
    confidence: 'proven',
    message: 'a transaction stood idle for 340 ms while the app called POST pay.example.com',
    why: 'Between insert into payment and update orders no statement of it ran for 340 ms. 1 outgoing request was answered meanwhile. The rows it has locked and its connection are withheld from all others as long.',
    callSite: { file: 'pay.ts', line: 12 },
    data: { count: 1, transactions: 1, idleMs: 340, longestMs: 340, thresholdMs: 100, elsewhere: 0, calls: 1 },
  });
});

it('counts over transactions, and what ran on other connections', () => {
  const turn = (id: number) => `
    begin                            -- conn 1
    update chat set name = 'x'       -- conn 1 at chat.ts:5 rename
    select * from users              -- conn 2 took 150 values ${id}
    commit                           -- conn 1`;
  const finding = reportOf(turn(1) + turn(2)).findings.find(({ detector }) => detector === 'idle-in-transaction')!;
  expect(finding.message).toBe('2 transactions stood idle for 300 ms');
  expect(finding.why).toBe(
    'Between update chat and commit no statement of theirs ran for 300 ms, up to 150 ms at a time. 2 statements of this scope ran on other connections meanwhile. The rows it has locked and its connection are withheld from all others as long.',
  );
});

it('goes by what the user sets', () => {
  const { detect } = idleInTransaction.settings!.apply({ ms: 30 });
  expect(detect(viewOf(profileOf(PAYMENT))).evidence).toHaveLength(1);
});

describe('on a real PostgreSQL', () => {
  let pool: pg.Pool;
  let profiler: Profiler;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: await freshDatabase() });
    await pool.query('create table payment (id serial primary key, order_id int)');
    profiler = createProfiler({ outputs: [] });
    profiler.instrument(pg);
    server = createServer((_, response) => setTimeout(() => response.end('paid'), 30)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay/s3cret?card=n0t-a-word`;
  });

  afterAll(async () => {
    await profiler.close();
    await pool.end();
    server.closeAllConnections();
    server.close();
  });

  async function paying(between: () => Promise<unknown>): Promise<Report> {
    const { report } = await profiler.capture('pay', async () => {
      const client = await pool.connect();
      await client.query('begin');
      await client.query('insert into payment (order_id) values ($1)', [7]);
      await between();
      await client.query('commit');
      client.release();
    });
    return report;
  }

  const idle = ({ findings }: Report) => findings.filter(({ detector }) => detector === 'idle-in-transaction');

  const byFetch = async () => (await fetch(url, { method: 'POST', body: 'card' })).text();
  const byHttp = () =>
    new Promise((resolve, reject) => {
      const call = request(url, { method: 'PUT' }, (response) => response.resume().on('end', resolve));
      call.on('error', reject).end('card');
    });

  it.each([
    ['fetch', byFetch, 'POST 127.0.0.1'],
    ['node:http', byHttp, 'PUT 127.0.0.1'],
  ])('names the request that was waited for: %s', async (_, call, what) => {
    const report = await paying(call);
    expect(report.profile.activities).toEqual([
      { kind: 'http request', what, startMs: expect.any(Number), endMs: expect.any(Number), watched: false },
    ]);
    const [finding, ...others] = idle(report);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ confidence: 'proven', statements: [1, 2], data: { call: what, calls: 1 } });
    expect(finding!.data.idleMs).toBeGreaterThanOrEqual(29);
    expect(finding!.callSite?.file).toBe('test/detectors/idle-in-transaction.test.ts');
    expect(JSON.stringify(report)).not.toMatch(/s3cret|n0t-a-word/);
  });

  it('names none that was begun and not waited for', async () => {
    let call: Promise<unknown> = Promise.resolve();
    const report = await paying(async () => {
      call = byFetch();
    });
    await call;
    expect(idle(report).filter(({ data }) => data.call !== undefined)).toEqual([]);
  });

  it('tells of a timer by its length alone', async () => {
    const [finding] = idle(await paying(() => wait(120)));
    expect(finding).toMatchObject({ confidence: 'proven', statements: [1, 2] });
    expect(finding!.data.call).toBeUndefined();
    expect(finding!.data.idleMs).toBeGreaterThanOrEqual(119);
  });

  it('is silent where the request comes after COMMIT', async () => {
    const { report } = await profiler.capture('pay', async () => {
      const client = await pool.connect();
      await client.query('begin');
      await client.query('insert into payment (order_id) values ($1)', [7]);
      await client.query('commit');
      await byFetch();
      await client.query('select 1');
      client.release();
    });
    expect(report.profile.activities).toHaveLength(1);
    expect(idle(report)).toEqual([]);
  });

  it('listens as long as a profiler watches a driver', async () => {
    const { channel } = await import('node:diagnostics_channel');
    const heard = () => channel('http.client.request.start').hasSubscribers;
    expect(heard()).toBe(true);
    const other = createProfiler({ outputs: [] });
    other.instrument(pg);
    await other.close();
    expect(heard()).toBe(true);
    await profiler.close();
    expect(heard()).toBe(false);
    profiler = createProfiler({ outputs: [] });
    profiler.instrument(pg);
  });
});
