// Transactions that had failed while the code went on: what is proven of it, what is only likely, and the ways of seeing to a failure
// that are right.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentRollback } from '../../src/detectors/silent-rollback.js';
import { createProfiler, type Profiler } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { testDetector } from '../support/test-detector.js';
import { reportOf } from '../support/timeline.js';

const BOOK = 'insert into transfer (account, amount) values ($1, $2)';

testDetector(silentRollback, {
  invalid: {
    'COMMIT answered ROLLBACK': `
      begin
      ${BOOK}                                        -- values 1, -50                    !lost
      ${BOOK}                                        -- values 999, 50 error 23503       !lost
      commit                                         --                                  !lost`,
    'the same with END': `
      start transaction
      update account set balance = 0 where id = $1   -- values 1                         !lost
      ${BOOK}                                        -- values 999, 50 error 23503       !lost
      end                                            --                                  !lost`,
    'a COMMIT that opens the next one': `
      begin
      ${BOOK}                                        -- values 999, 50 error 23503       !lost
      ${BOOK}                                        -- values 2, 50 error 25P02         !lost
      commit and chain                               --                                  !lost
      ${BOOK}                                        -- values 3, 50
      commit`,
    'nothing but what failed is lost': `
      begin
      select id from account where id = $1           -- values 1 rows id=1
      insert into tag (name) values ($1)             -- values 'a' error 23505           !lost
      commit                                         --                                  !lost`,
    'statements sent after the error, then ROLLBACK': `
      begin
      ${BOOK}                                        -- values 999, 50 error 23503 at app.ts:2 pay     !lost
      ${BOOK}                                        -- values 1, 50 error 25P02 at app.ts:3 pay       !lost
      select balance from account                    -- error 25P02 at app.ts:4 pay                    !lost
      rollback`,
    'sent from another function: there may be a third that knows': `
      begin
      ${BOOK}                                        -- values 999, 50 error 23503 at pay.ts:2 pay     !lost?
      insert into audit (text) values ($1)           -- values 'x' error 25P02 at audit.ts:9 note      !lost?
      rollback`,
    'left open, and not even ended': `
      begin
      ${BOOK}                                        -- values 999, 50 error 23503       !lost
      select balance from account                    -- error 25P02                      !lost`,
    'by several at a time, one of which was sent later': `
      begin
      ${BOOK}                                        -- values 1, 50 took 2 pending
      ${BOOK}                                        -- values 999, 50 error 23503 took 3 pending     !lost??
      select balance from account                    -- error 25P02                                   !lost??
      rollback`,
    'inside a savepoint that is given up': `
      begin
      ${BOOK}                                        -- values 1, -50
      savepoint a
      ${BOOK}                                        -- values 999, 50 error 23503       !lost
      release savepoint a                            -- error 25P02                      !lost
      rollback to a
      commit`,
    'a failure that was seen to, and one that was not': `
      begin
      savepoint a
      ${BOOK}                                        -- values 999, 50 error 23503
      rollback to a
      ${BOOK}                                        -- values 1, -50                    !lost
      ${BOOK}                                        -- values 998, 50 error 23503       !lost
      commit                                         --                                  !lost`,
    'what was undone on purpose is not lost': `
      begin
      ${BOOK}                                        -- values 1, -50                    !lost
      savepoint one
      ${BOOK}                                        -- values 2, 20
      savepoint "Two"
      ${BOOK}                                        -- values 3, 30
      ROLLBACK TO SAVEPOINT ONE
      ${BOOK}                                        -- values 4, 40                     !lost
      ${BOOK}                                        -- values 999, 50 error 23503       !lost
      commit                                         --                                  !lost`,
    'a retry inside the transaction that has failed': `
      begin
      update account set balance = 0                 -- error 40001     !lost
      update account set balance = 0                 -- error 25P02     !lost
      rollback`,
    'transactions in a loop, and another': `
      begin
      ${BOOK}                                        -- values 999, 1 error 23503        !lost
      commit                                         --                                  !lost
      begin
      ${BOOK}                                        -- values 999, 2 error 23503        !lost
      commit                                         --                                  !lost
      begin
      insert into tag (name) values ($1)             -- values 'a'                       !lost2
      insert into tag (name) values ($1)             -- values 'b' error 23505 at tag.ts:3 tag      !lost2
      commit                                         --                                  !lost2`,
    'sent before the error could be known': `
      begin                                          -- pending
      ${BOOK}                                        -- values 999, 50 error 23503 pending     !lost??
      commit                                         -- pending                                !lost??`,
  },

  valid: {
    'a transaction that commits': `
      begin
      ${BOOK}                                        -- values 1, -50
      ${BOOK}                                        -- values 2, 50
      commit`,
    'an explicit ROLLBACK after an error': `
      begin
      ${BOOK}                                        -- values 1, -50
      ${BOOK}                                        -- values 999, 50 error 23503
      rollback`,
    'a ROLLBACK of what did not fail': `
      begin
      ${BOOK}                                        -- values 1, -50
      rollback`,
    'ROLLBACK TO after an error': `
      begin
      savepoint a
      ${BOOK}                                        -- values 999, 50 error 23503
      rollback to a
      ${BOOK}                                        -- values 2, 50
      commit`,
    'a serialisation failure that is tried again': `
      begin
      update account set balance = 0                 -- error 40001
      rollback
      begin
      update account set balance = 0
      commit`,
    'a COMMIT that fails is an error': `
      begin
      ${BOOK}                                        -- values 1, -50
      commit                                         -- error 23503
      rollback`,
    'a COMMIT whose answer was looked at, and all of it sent again': `
      begin
      ${BOOK}                                        -- values 1, -50                    ~retry
      ${BOOK}                                        -- values 2, 50 error 55P03         ~retry
      commit                                         --                                  ~retry
      begin
      ${BOOK}                                        -- values 1, -50
      ${BOOK}                                        -- values 2, 50
      commit`,
    'statements that were under way when one failed': `
      begin
      ${BOOK}                                        -- values 1, 50 pending
      ${BOOK}                                        -- values 999, 50 error 23503 pending
      ${BOOK}                                        -- values 2, 50 error 25P02 pending
      rollback`,
    'clearing up after an error': `
      begin
      declare c cursor for select id from account
      ${BOOK}                                        -- values 999, 50 error 23503
      close c                                        -- error 25P02
      select pg_advisory_unlock($1)                  -- values 7 error 25P02
      reset role                                     -- error 25P02
      rollback`,
    'statements of one text behind one that failed': `
      ${BOOK.replace('$1, $2', '999, 50')}; ${BOOK.replace('$1, $2', '2, 50')}     -- error 23503`,
    'errors outside a transaction': `
      ${BOOK}                                        -- values 999, 50 error 23503
      ${BOOK}                                        -- values 2, 50`,
    'an error of the driver, which the server never saw': `
      begin
      ${BOOK}                                        -- values 1, 50 error EPIPE
      rollback`,
  },
});

const findingsOf = (timeline: string, facts = {}) =>
  reportOf(timeline, facts).findings.filter(({ detector }) => detector === 'silent-rollback');

const LOST = `
  begin
  ${BOOK}     -- values 1, -50 at pay.ts:8 pay
  ${BOOK}     -- values 999, 50 error 23503 at pay.ts:9 pay
  ${BOOK}     -- values 3, 50 error 25P02 at pay.ts:10 pay
  commit      -- at pay.ts:11 pay`;

it('names the statement that failed, and says what is lost', () => {
  expect(findingsOf(LOST)).toMatchObject([
    {
      severity: 'error',
      confidence: 'proven',
      message: 'COMMIT was answered ROLLBACK: 2 writes lost',
      why: 'Insert into transfer failed (23503), and the code went on. From then on PostgreSQL refuses every statement of the transaction, and answers COMMIT with ROLLBACK, which is no error. Undone: 1 write before it. Refused (25P02): 1 statement after it.',
      callSite: { file: 'pay.ts', line: 9 },
      statements: [1, 2, 3, 4],
      data: { transactions: 1, lost: 2, undone: 1, refused: 1, end: 'commit', code: '23503' },
    },
  ]);
});

it('says what was refused where ROLLBACK came in the end', () => {
  const [finding] = findingsOf(LOST.replace('commit  ', 'rollback'));
  expect(finding).toMatchObject({
    severity: 'error',
    message: '1 statement refused, since the transaction had failed',
    data: { lost: 1, undone: 0, refused: 1, end: 'rollback' },
  });
});

it('counts transactions of one line together', () => {
  const [finding, ...others] = findingsOf(LOST + LOST.replaceAll(/(1|3), /g, '5, '));
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    message: '2 COMMITs were answered ROLLBACK: 4 writes lost',
    data: { transactions: 2, lost: 4 },
  });
});

it('is information where the request itself failed, and where nothing else was lost', () => {
  const failed = { outcome: { status: 409, error: null, aborted: false } };
  const [told] = findingsOf(LOST, failed);
  expect(told).toMatchObject({ severity: 'info', confidence: 'proven' });
  expect(told?.why).toMatch(/The request itself ended in an error, so this did not pass for a success\.$/);
  const [alone] = findingsOf(`
    begin
    ${BOOK}     -- values 999, 50 error 23503
    commit`);
  expect(alone).toMatchObject({ severity: 'info', message: 'COMMIT was answered ROLLBACK' });
  const pipelined = `
    begin       -- pending
    ${BOOK}     -- values 999, 50 error 23503 pending
    commit      -- pending`;
  expect(findingsOf(pipelined)).toMatchObject([{ confidence: 'possible' }]);
  expect(findingsOf(pipelined, failed)).toEqual([]);
});

describe('on a real PostgreSQL', () => {
  let pool: pg.Pool;
  let profiler: Profiler;

  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: await freshDatabase() });
    await pool.query('create table transfer (account int primary key check (account < 900), amount int)');
    profiler = createProfiler({ outputs: [] });
    profiler.instrument(pg);
  });

  afterAll(async () => {
    await profiler.close();
    await pool.end();
  });

  const run = async (fn: (client: pg.PoolClient) => Promise<unknown>) => {
    const { report } = await profiler.capture('pay', async () => {
      const client = await pool.connect();
      try {
        await fn(client);
      } finally {
        client.release();
      }
    });
    return report.findings.filter(({ detector }) => detector === 'silent-rollback');
  };

  const lineOf = (mark: string) => new Error(mark).stack?.split('\n')[2]?.match(/:(\d+):\d+\)?$/)?.[1];

  it('finds a COMMIT that was answered ROLLBACK, at the line whose error was swallowed', async () => {
    let line: string | undefined;
    const findings = await run(async (client) => {
      await client.query('begin');
      await client.query(BOOK, [1, -50]);
      line = lineOf('next');
      await client.query(BOOK, [999, 50]).catch(() => null);
      expect((await client.query('commit')).command).toBe('ROLLBACK');
    });
    expect(findings).toMatchObject([
      { severity: 'error', confidence: 'proven', statements: [1, 2, 3], data: { lost: 1, code: '23514' } },
    ]);
    expect(findings[0]?.callSite?.line).toBe(Number(line) + 1);
    expect((await pool.query('select * from transfer')).rows).toEqual([]);
  });

  it('finds statements that were refused one after the other, and swallowed', async () => {
    const [finding, ...others] = await run(async (client) => {
      await client.query('begin');
      for (const account of [999, 1, 2]) await client.query(BOOK, [account, 50]).catch(() => null);
      await client.query('rollback');
    });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      confidence: 'proven',
      statements: [1, 2, 3],
      data: { refused: 2, end: 'rollback' },
    });
  });

  it('is silent where statements were under way together, and one savepoint saw to the failure', async () => {
    const together = await run(async (client) => {
      await client.query('begin');
      const all = [999, 1, 2].map((account) => client.query(BOOK, [account, 50]));
      await Promise.all(all).catch(() => null);
      await Promise.allSettled(all);
      await client.query('rollback');
    });
    expect(together).toEqual([]);
    const mended = await run(async (client) => {
      await client.query('begin');
      await client.query('savepoint a');
      await client.query(BOOK, [999, 50]).catch(() => client.query('rollback to savepoint a'));
      await client.query(BOOK, [3, 50]);
      await client.query('commit');
    });
    expect(mended).toEqual([]);
  });

  it('knows PREPARE TRANSACTION by its answer too', async () => {
    const findings = await run(async (client) => {
      await client.query('begin');
      await client.query(BOOK, [4, -50]);
      await client.query(BOOK, [999, 50]).catch(() => null);
      expect((await client.query("prepare transaction 'two'")).command).toBe('ROLLBACK');
    });
    expect(findings).toMatchObject([{ confidence: 'proven', data: { end: 'commit', lost: 1 } }]);
  });

  it('names what failed in a text, and not what stands behind it', async () => {
    const text = 'begin; insert into transfer values (5, 1); insert into transfer values (999, 1); commit';
    const [finding] = await run(async (client) => {
      await client.query(text).catch(() => null);
      await client.query('commit');
    });
    expect(finding).toMatchObject({ confidence: 'proven', statements: [1, 2, 4], data: { lost: 1, code: '23514' } });
    expect(finding?.why).toMatch(/^Insert into transfer failed \(23514\)/);
  });

  it('finds a transaction that had failed before the scope', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query(BOOK, [999, 50]).catch(() => null);
    const { report } = await profiler.capture('late', () => client.query('commit'));
    client.release();
    const [finding] = report.findings.filter(({ detector }) => detector === 'silent-rollback');
    expect(finding).toMatchObject({ confidence: 'proven', severity: 'info', statements: [0], data: { end: 'commit' } });
    expect(finding?.why).toMatch(/^A statement before this scope failed, and the code went on\./);
  });
});
