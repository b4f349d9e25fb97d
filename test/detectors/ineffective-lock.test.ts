// What holds until the end of a transaction, sent outside of one: on timelines, and each once on a real PostgreSQL, which shows that it
// had no effect.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ineffectiveLock } from '../../src/detectors/ineffective-lock.js';
import { createProfiler, type Profiler } from '../../src/index.js';
import { viewOf } from '../../src/profile/views.js';
import { freshDatabase } from '../postgres.js';
import { testDetector } from '../support/test-detector.js';
import { profileOf, reportOf } from '../support/timeline.js';

testDetector(ineffectiveLock, {
  invalid: {
    'SELECT FOR UPDATE': `
      select balance from account where id = $1 for update     -- values 1 rows balance=100     !lock
      update account set balance = $1 where id = $2            -- values 50, 1`,
    'the other row locks': `
      select 1 from account where id = $1 for no key update             -- values 1     !lock
      select 1 from account where id = $1 for share of account nowait   -- values 1     !lock2
      select 1 from account where id = $1 for key share skip locked     -- values 1     !lock3`,
    'through the pool': `
      select balance from account where id = $1 for update     -- values 1 via pool conn 1     !lock
      update account set balance = $1 where id = $2            -- values 50, 1 via pool conn 2`,
    'before BEGIN': `
      select balance from account where id = $1 for update     -- values 1 rows balance=100     !lock
      begin
      update account set balance = $1 where id = $2            -- values 50, 1
      commit`,
    'after COMMIT': `
      begin
      update account set balance = $1 where id = $2            -- values 50, 1
      commit
      select balance from account where id = $1 for update     -- values 2 rows balance=100     !lock`,
    'beside a transaction on another client': `
      begin                                                    -- conn 1
      select balance from account where id = $1 for update     -- values 1 conn 2     !lock
      update account set balance = $1 where id = $2            -- values 50, 1 conn 1
      commit                                                   -- conn 1`,
    'in a loop': `
      select balance from account where id = $1 for update     -- values 1     !lock
      select balance from account where id = $1 for update     -- values 2     !lock`,
    'in WITH, without a write': `
      with free as (select id from job limit 1 for update skip locked) select id from free     --     !lock`,
    'an advisory lock of a transaction': `
      select pg_advisory_xact_lock($1)                         -- values 7     !lock
      update account set balance = 0`,
    'one that is only tried': `
      select pg_try_advisory_xact_lock(hashtext($1)) as taken  -- values 'a' rows taken=true     !lock`,
    'SET LOCAL': `
      set local app.tenant = '7'                               --     !lock
      select * from account`,
    'SET TRANSACTION, and deferred constraints': `
      set transaction isolation level serializable             --     !lock
      set constraints all deferred                             --     !lock2`,
    'LOCK TABLE, which PostgreSQL refuses': `
      lock table account in exclusive mode                     -- error 25P01     !lock`,
    'SAVEPOINT and what goes with it': `
      savepoint a                                              -- error 25P01     !lock
      rollback to savepoint a                                  -- error 25P01     !lock2
      release a                                                -- error 25P01     !lock3`,
    'a savepoint among the statements of one text': `
      savepoint a; select 1                                    -- error 25P01     !lock`,
    'a cursor': `
      declare c cursor for select * from account               -- error 25P01     !lock`,
    'the last of a text': `
      update account set balance = 0; select 1 from account for update     --     !lock`,
    'a function may do itself what the lock is for': `
      select claim(id) from job where id = $1 for update       -- values 1     !lock??`,
  },

  valid: {
    'inside a transaction': `
      begin
      set local statement_timeout = '5s'
      set transaction isolation level repeatable read
      lock table account in share mode
      select pg_advisory_xact_lock($1)                         -- values 7
      select balance from account where id = $1 for update     -- values 1
      savepoint a
      declare c cursor for select * from account
      update account set balance = $1 where id = $2            -- values 50, 1
      commit`,
    'one statement that locks and writes': `
      update job set state = 'taken' where id in (select id from job where state = 'new' limit 1 for update skip locked)
      with next as (select id from job limit 1 for update skip locked) delete from job using next where job.id = next.id
      with l as (select pg_advisory_xact_lock(1)) insert into account (id) select 1 from l
      insert into archive select * from account for update`,
    'a text of several statements, which are one transaction': `
      select balance from account where id = 1 for update; update account set balance = 0 where id = 1
      set local role reader; select * from account
      lock table account; update account set balance = 0
      declare c cursor for select * from account; fetch all from c`,
    'a text that begins its transaction': `
      set local app.tenant = '7'; begin; select 1`,
    'a lock of the session': `
      select pg_advisory_lock($1)                              -- values 7
      update account set balance = 0
      select pg_advisory_unlock($1)                            -- values 7`,
    'a setting of the session': `
      set statement_timeout = '5s'
      set session app.tenant = '7'
      set session characteristics as transaction isolation level serializable`,
    'a cursor that outlives its transaction': `
      declare c cursor with hold for select * from account`,
    'a lock that was not got': `
      select balance from account where id = $1 for update nowait     -- values 1 error 55P03`,
    'an error that is another': `
      savepoint a                                              -- error 57P01`,
  },
});

const findingsOf = (timeline: string) =>
  reportOf(timeline).findings.filter(({ detector }) => detector === 'ineffective-lock');

it('says what ran without the lock', () => {
  expect(
    findingsOf(`
      select balance from account where id = $1 for update     -- values 1 at pay.ts:3 pay
      select balance from account where id = $1 for update     -- values 2 at pay.ts:3 pay
      update public.account set balance = $1 where id = $2     -- values 50, 1 at pay.ts:5 pay`),
  ).toMatchObject([
    {
      severity: 'error',
      confidence: 'proven',
      message: 'FOR UPDATE outside a transaction locks nothing for the next statement, 2 times',
      why: 'Without BEGIN each statement is a transaction of its own and ends with itself: the rows were locked for as long as it ran. Update public.account, which came later, ran without that lock.',
      callSite: { file: 'pay.ts', line: 3 },
      data: { count: 2, hold: 'row lock', table: 'account', next: 'update public.account' },
    },
  ]);
});

it.each([
  ['set local app.tenant = 7', 'error', 'SET LOCAL outside a transaction sets nothing'],
  ["set local time zone 'UTC'", 'error', 'SET LOCAL outside a transaction sets nothing'],
  ["set local search_path = 'a'", 'error', 'SET LOCAL outside a transaction sets nothing'],
  ["set local statement_timeout = '5s'", 'warning', 'SET LOCAL outside a transaction sets nothing'],
  ["set local work_mem to '1GB'", 'warning', 'SET LOCAL outside a transaction sets nothing'],
  ['set local enable_seqscan = off', 'warning', 'SET LOCAL outside a transaction sets nothing'],
  ['set constraints all deferred', 'error', 'SET CONSTRAINTS outside a transaction sets nothing'],
  ['savepoint a -- error 25P01', 'error', 'SAVEPOINT outside a transaction is refused'],
  ['rollback work to a -- error 25P01', 'error', 'ROLLBACK TO outside a transaction is refused'],
  ['lock account -- error 25P01', 'error', 'LOCK TABLE outside a transaction is refused'],
  ['declare c cursor for select 1 -- error 25P01', 'error', 'DECLARE CURSOR outside a transaction is refused'],
  [
    'select pg_advisory_xact_lock_shared(7)',
    'error',
    'pg_advisory_xact_lock_shared() outside a transaction is released as soon as it is taken',
  ],
])('%s: %s', (line, severity, message) => {
  expect(findingsOf(line)).toMatchObject([{ severity, message }]);
});

describe('where only texts are seen', () => {
  const confidences = (timeline: string) => {
    const profile = profileOf(timeline);
    for (const connection of profile.connections) connection.statusSource = 'text';
    return ineffectiveLock.detect(viewOf(profile)).evidence.map(({ confidence }) => confidence);
  };

  it.each([
    ['a transaction may have been open before', 'select 1 from account for update', []],
    ['not through the pool', 'select 1 from account for update -- via pool', ['likely']],
    ['not on a client that was just taken', '-- conn 1 take\nselect 1 from account for update', ['likely']],
    ['not after one has ended', 'begin\ncommit\nselect 1 from account for update', ['likely']],
    ['and never inside one', 'begin\nselect 1 from account for update\ncommit', []],
    ['but what is refused is refused', 'savepoint a -- error 25P01', ['proven']],
  ])('%s', (_, timeline, expected) => {
    expect(confidences(timeline)).toEqual(expected);
  });
});

it('is silent in a transaction that a test opened before the scope', () => {
  const profile = profileOf('begin\nselect 1 from account for update\nset local role reader');
  profile.transactions[0]!.ambient = true;
  expect(ineffectiveLock.detect(viewOf(profile)).evidence).toEqual([]);
});

describe('on a real PostgreSQL', () => {
  let pool: pg.Pool;
  let profiler: Profiler;

  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: await freshDatabase(), max: 2 });
    await pool.query('create table account (id int primary key, balance int); insert into account values (1, 100)');
    profiler = createProfiler({ outputs: [] });
    profiler.instrument(pg);
  });

  afterAll(async () => {
    await profiler.close();
    await pool.end();
  });

  const run = async (sql: string) => {
    const { report } = await profiler.capture('lock', () => pool.query(sql).catch((error) => error.code));
    return report.findings.filter(({ detector }) => detector === 'ineffective-lock');
  };

  it.each([
    'select * from account where id = 1 for update',
    'select pg_advisory_xact_lock(7)',
    "set local app.tenant = '7'",
    'set transaction isolation level serializable',
    'set constraints all deferred',
    'lock table account',
    'savepoint a',
    'release savepoint a',
    'rollback to savepoint a',
    'declare c cursor for select * from account',
    'update account set balance = 1; lock table account',
    'update account set balance = 1; savepoint a',
  ])('finds %s', async (sql) => {
    const findings = await run(sql);
    expect(findings).toMatchObject([{ confidence: 'proven', data: { count: 1 } }]);
    expect(findings[0]?.callSite?.file).toBe('test/detectors/ineffective-lock.test.ts');
    // Nothing is held and nothing is set: another connection has its way as soon as the server has undone what it refused, which it says before.
    const other = await pool.connect();
    await other.query("set lock_timeout = '5s'");
    await other.query('select * from account where id = 1 for update');
    await other.query('begin; lock table account; commit');
    const { rows } = await other.query('select pg_try_advisory_lock(7) as free, pg_advisory_unlock(7) as was');
    expect(rows).toEqual([{ free: true, was: true }]);
    other.release();
    expect((await pool.query("select current_setting('app.tenant', true) as tenant")).rows[0].tenant || null).toBe(
      null,
    );
  });

  it.each([
    "set local app.tenant = '7'; select balance from account where current_setting('app.tenant') = '7'",
    'lock table account; update account set balance = 2',
    'declare c cursor for select * from account; fetch all from c',
    'declare c cursor with hold for select * from account; close c',
    "set local app.tenant = '7'; begin; select balance from account; commit",
    'update account set balance = 3 where id in (select id from account for update skip locked)',
    'begin; savepoint a; select 1 from account for update; set local role none; rollback',
  ])('is silent on %s', async (sql) => {
    expect(await run(sql)).toEqual([]);
  });
});
