// BEGIN inside a transaction, and ends outside of one: which writes were not part of what the code takes for one unit, and which ends
// are sent to be on the safe side.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nestedTransaction } from '../../src/detectors/nested-transaction.js';
import { createProfiler, type Profiler } from '../../src/index.js';
import { viewOf } from '../../src/profile/views.js';
import { freshDatabase } from '../postgres.js';
import { testDetector } from '../support/test-detector.js';
import { profileOf, reportOf } from '../support/timeline.js';

const BOOK = 'insert into transfer (account, amount) values ($1, $2)';
const NOTE = 'insert into audit (text) values ($1)';

testDetector(nestedTransaction, {
  invalid: {
    'the inner COMMIT ends both': `
      begin              --                    !nested
      ${BOOK}            -- values 1, -50
      begin              --                    !nested
      ${BOOK}            -- values 2, 50
      commit             --                    !nested
      ${NOTE}            -- values 'paid'      !nested
      commit             --                    !nested`,
    'and the outer ROLLBACK undoes nothing': `
      begin              --                    !nested
      begin              --                    !nested
      ${BOOK}            -- values 2, 50
      commit             --                    !nested
      ${NOTE}            -- values 'a' error 23505
      rollback           --                    !nested`,
    'the inner ROLLBACK undoes both': `
      begin              --                    !nested
      ${BOOK}            -- values 1, -50
      begin              --                    !nested
      ${BOOK}            -- values 999, 50 error 23503
      rollback           --                    !nested
      ${NOTE}            -- values 'paid'      !nested
      commit             --                    !nested`,
    'several inner ones, of which only the first is none': `
      begin              --                    !nested
      begin              --                    !nested
      ${BOOK}            -- values 1, 50
      commit             --                    !nested
      begin
      ${BOOK}            -- values 2, 50       !nested
      commit
      ${NOTE}            -- values 'paid'      !nested
      commit             --                    !nested`,
    'three deep': `
      begin              --                    !nested
      begin              --                    !nested
      begin              --                    !nested
      ${BOOK}            -- values 1, 50
      commit             --                    !nested
      ${BOOK}            -- values 2, 50       !nested
      commit             --                    !nested
      commit             --                    !nested`,
    'begun twice, ended once': `
      begin              --                    !nested
      start transaction  --                    !nested
      ${BOOK}            -- values 1, 50
      commit             --                    !nested
      ${NOTE}            -- values 'paid'`,
    'begun again with an isolation level of its own, which is refused': `
      begin                                        --                    !nested
      ${BOOK}                                      -- values 1, 50
      begin isolation level serializable           -- error 25001        !nested
      rollback                                     --                    !nested`,
    'begun twice and left open': `
      begin              --                    !nested
      begin              --                    !nested
      ${BOOK}            -- values 1, 50`,
    'on a client that came back in a transaction': `
                         -- conn 1 take
      begin              --                    !nested
      ${BOOK}            -- values 1, 50
                         -- conn 1 release
                         -- conn 1 take
      begin              --                    !nested
      ${BOOK}            -- values 2, 50
      commit             --                    !nested
                         -- conn 1 release`,
    'COMMIT without BEGIN': `
      ${BOOK}            -- values 1, -50      !nested
      ${BOOK}            -- values 2, 50       !nested
      commit             --                    !nested`,
    'BEGIN on another client': `
      begin              -- conn 1
      ${BOOK}            -- conn 2 values 1, -50      !nested
      commit             -- conn 2                    !nested`,
    'COMMIT after all was undone': `
      begin
      ${BOOK}            -- values 999, 50 error 23503
      rollback
      commit             --                    !nested`,
    'COMMIT AND CHAIN, which is refused': `
      commit and chain   -- error 25P01        !nested`,
    'ROLLBACK without BEGIN, when one has failed': `
      ${BOOK}            -- values 1, -50      !nested?
      ${BOOK}            -- values 999, 50 error 23503
      rollback           --                    !nested?`,
    'ROLLBACK without BEGIN, when none has': `
      ${BOOK}            -- values 1, -50      !nested??
      rollback           --                    !nested??`,
    'by the pool, which has no BEGIN': `
      ${BOOK}            -- values 1, -50 via pool conn 1     !nested
      commit             -- via pool conn 2                   !nested`,
    'in a loop': `
      ${BOOK}            -- values 1, 1        !nested
      commit             --                    !nested
      ${BOOK}            -- values 2, 1        !nested
      commit             --                    !nested`,
  },

  valid: {
    'one after the other': `
      begin
      ${BOOK}            -- values 1, -50
      commit
      ${NOTE}            -- values 'paid'
      begin
      ${BOOK}            -- values 2, 50
      rollback`,
    'savepoints are what nests': `
      begin
      savepoint a
      ${BOOK}            -- values 1, -50
      release a
      savepoint b
      ${BOOK}            -- values 2, 50 error 23503
      rollback to b
      commit`,
    'two clients side by side': `
      begin              -- conn 1
      begin              -- conn 2
      ${BOOK}            -- conn 1 values 1, -50
      ${BOOK}            -- conn 2 values 2, 50
      commit             -- conn 1
      commit             -- conn 2`,
    'COMMIT AND CHAIN begins the next': `
      begin
      ${BOOK}            -- values 1, -50
      commit and chain
      ${BOOK}            -- values 2, 50
      commit`,
    'a COMMIT that failed, then ROLLBACK': `
      begin
      ${BOOK}            -- values 1, -50
      commit             -- error 40001
      rollback`,
    'ROLLBACK after COMMIT, to be on the safe side': `
      begin
      ${BOOK}            -- values 1, -50
      commit
      rollback`,
    'ROLLBACK of reads': `
      select id from account
      rollback`,
    'ROLLBACK on a client whose last holder has written': `
                         -- conn 1 take
      ${BOOK}            -- values 1, -50
                         -- conn 1 release
                         -- conn 1 take
      rollback
                         -- conn 1 release`,
    'ROLLBACK on a client that the pool has written through': `
      ${BOOK}            -- values 1, -50 via pool
      rollback`,
    'two-phase commit': `
      begin
      ${BOOK}            -- values 1, -50
      prepare transaction 'a'
      commit prepared 'a'
      rollback prepared 'b'`,
    'a BEGIN that failed': `
      begin
      begin              -- error 57P01
      rollback`,
    'all through the pool, which another detector tells of': `
      begin              -- via pool conn 1
      ${BOOK}            -- values 1, -50 via pool conn 2
      commit             -- via pool conn 2`,
    'a text that ends what it has done so far': `
      ${BOOK.replace('$1, $2', '1, 50')}; commit; ${BOOK.replace('$1, $2', '2, 50')}
      ${BOOK.replace('$1, $2', '3, 50')}; rollback`,
    'a serialisation failure at COMMIT, tried again': `
      begin
      ${BOOK}            -- values 1, -50
      commit             -- error 40001
      begin
      ${BOOK}            -- values 1, -50
      commit`,
    'a text that begins and ends its own': `
      begin; ${BOOK.replace('$1, $2', '1, 50')}; commit
      insert into audit (text) values ('a'); begin; ${BOOK.replace('$1, $2', '1, 50')}; commit`,
  },
});

const findingsOf = (timeline: string, facts = {}) =>
  reportOf(timeline, facts).findings.filter(({ detector }) => detector === 'nested-transaction');

const BROKEN = `
  begin       -- at db.ts:3 transaction < async app.ts:10 pay
  ${BOOK}     -- values 1, -50 at app.ts:11 pay
  begin       -- at db.ts:3 transaction < async user.ts:20 charge < async db.ts:4 transaction < async app.ts:10 pay
  ${BOOK}     -- values 2, 50 at user.ts:21 charge
  commit      -- at db.ts:5 transaction
  ${NOTE}     -- values 'paid' at app.ts:13 pay
  commit      -- at db.ts:5 transaction`;

it('names the line that asked for the inner one, and says what is no part of the whole', () => {
  expect(findingsOf(BROKEN)).toMatchObject([
    {
      severity: 'error',
      confidence: 'proven',
      message: 'BEGIN inside a transaction: the inner COMMIT ends both, and 1 write after it is no part of it',
      why: 'PostgreSQL has no transaction inside another: the second BEGIN only warns (25001), and the inner COMMIT commits all that was done so far. 1 write came later and was committed apart. The outer COMMIT finds no transaction (25P01).',
      callSite: { file: 'user.ts', line: 20, function: 'charge' },
      data: { count: 1, kind: 'broken', apart: 1, before: 1, innerEnd: 'COMMIT', end: 'COMMIT' },
    },
  ]);
});

it('says what an inner ROLLBACK took with it, and what an outer one did not', () => {
  const undone = BROKEN.replace('commit ', 'rollback ');
  expect(findingsOf(undone)[0]).toMatchObject({
    message: 'BEGIN inside a transaction: the inner ROLLBACK ends both, and 1 write after it is no part of it',
  });
  expect(findingsOf(undone)[0]?.why).toContain(
    'the inner ROLLBACK undoes all that was done so far, 1 write of the outer one included.',
  );
  const kept = BROKEN.replace(/commit ([^\n]*)$/, 'rollback $1');
  expect(findingsOf(kept)[0]?.why).toMatch(/The outer ROLLBACK finds no transaction \(25P01\): it stays\.$/);
});

it('is information where nothing came of it', () => {
  expect(findingsOf('begin\nbegin\ncommit')).toMatchObject([
    { severity: 'info', message: 'BEGIN inside a transaction begins nothing', data: { kind: 'doubled' } },
  ]);
  expect(findingsOf('commit')).toMatchObject([
    { severity: 'info', message: 'COMMIT outside a transaction ends nothing', data: { kind: 'alone' } },
  ]);
});

it('says what an end without a beginning leaves as it is', () => {
  expect(findingsOf(`${BOOK} -- values 1, 50\n${BOOK} -- values 2, 50\ncommit`)).toMatchObject([
    {
      severity: 'error',
      message: 'COMMIT outside a transaction: 2 writes before it were committed one by one',
      why: 'No transaction was open on this connection, so PostgreSQL only warns (25P01). The 2 writes before it were sent without BEGIN, and each stays whatever fails.',
    },
  ]);
  const failed = { outcome: { status: 500, error: null, aborted: false } };
  expect(findingsOf(`${BOOK} -- values 1, 50\nrollback`, failed)).toMatchObject([
    {
      severity: 'error',
      confidence: 'likely',
      message: 'ROLLBACK outside a transaction: 1 write before it was committed on its own',
    },
  ]);
});

it('is only possible where a test may have opened the outer one', () => {
  const profile = profileOf('begin\nbegin\ncommit');
  Object.assign(profile.transactions[0]!, { ambient: true, begunBy: null });
  const view = viewOf({ ...profile, statements: profile.statements });
  expect(nestedTransaction.detect(view).evidence).toMatchObject([{ severity: 'info', confidence: 'possible' }]);
  expect(nestedTransaction.word(nestedTransaction.detect(view).evidence[0]!, view).why).toContain('by a test');
});

it('says less where only texts are seen', () => {
  const confidences = (timeline: string) => {
    const profile = profileOf(timeline);
    for (const connection of profile.connections) connection.statusSource = 'text';
    return nestedTransaction.detect(viewOf(profile)).evidence.map(({ confidence }) => confidence);
  };
  expect(confidences(`begin\nbegin\ncommit\n${NOTE} -- values 'a'\ncommit`)).toEqual(['likely']);
  expect(confidences(`${NOTE} -- values 'a'\ncommit`)).toEqual([]);
});

describe('on a real PostgreSQL', () => {
  let pool: pg.Pool;
  let profiler: Profiler;

  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: await freshDatabase() });
    await pool.query('create table transfer (account int, amount int)');
    profiler = createProfiler({ outputs: [] });
    profiler.instrument(pg);
  });

  afterAll(async () => {
    await profiler.close();
    await pool.end();
  });

  async function transaction(client: pg.PoolClient, fn: () => Promise<unknown>): Promise<void> {
    await client.query('begin');
    try {
      await fn();
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
  }

  const run = async (fn: (client: pg.PoolClient) => Promise<unknown>) => {
    await pool.query('truncate transfer');
    const warnings: (string | undefined)[] = [];
    const { report } = await profiler.capture(
      async () => {
        const client = await pool.connect();
        const warned = ({ code }: { code?: string | undefined }) => warnings.push(code);
        client.on('notice', warned);
        try {
          await fn(client);
        } finally {
          client.off('notice', warned);
          client.release();
        }
      },
      { settle: true },
    );
    const findings = report.findings.filter(({ detector }) => detector === 'nested-transaction');
    return { findings, warnings, rows: (await pool.query('select account from transfer order by 1')).rows };
  };

  const book = (client: pg.PoolClient, account: number) => client.query(BOOK, [account, 50]);

  async function charge(client: pg.PoolClient): Promise<void> {
    await transaction(client, () => book(client, 2));
  }

  it('finds one helper called within itself, and what stayed though the outer one rolled back', async () => {
    const { findings, warnings, rows } = await run((client) =>
      transaction(client, async () => {
        await book(client, 1);
        await charge(client);
        await book(client, 3);
        throw new Error('too late');
      }),
    );
    expect(warnings).toEqual(['25001', '25P01']);
    expect(rows).toEqual([{ account: 1 }, { account: 2 }, { account: 3 }]);
    expect(findings).toMatchObject([
      { severity: 'error', confidence: 'proven', data: { kind: 'broken', apart: 1, before: 1, end: 'ROLLBACK' } },
    ]);
    expect(findings[0]?.callSite?.function).toBe('charge');
  });

  it('finds ends without a transaction', async () => {
    const { findings, warnings } = await run(async (client) => {
      await book(client, 1);
      await client.query('commit');
    });
    expect(warnings).toEqual(['25P01']);
    expect(findings).toMatchObject([{ severity: 'error', confidence: 'proven', statements: [0, 1] }]);
    const undone = await run(async (client) => {
      await book(client, 1);
      await client.query('select 1/0').catch(() => client.query('rollback'));
    });
    expect(undone.rows).toEqual([{ account: 1 }]);
    expect(undone.findings).toMatchObject([{ severity: 'error', confidence: 'likely', statements: [0, 2] }]);
  });

  it('is silent on savepoints, and on a ROLLBACK after all is done', async () => {
    const { findings, warnings } = await run((client) =>
      transaction(client, async () => {
        await book(client, 1);
        await client.query('savepoint inner_one');
        await book(client, 2);
        await client.query('release savepoint inner_one');
      }).finally(() => client.query('rollback')),
    );
    expect(warnings).toEqual(['25P01']);
    expect(findings).toEqual([]);
  });
});
