// Rows that were read and then written: what is found, what holds others off, what ties and the catalogue say of where the value comes
// from; and once on a real PostgreSQL, where two such requests at a time do lose one's work.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lostUpdate } from '../../src/detectors/lost-update.js';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';
import { viewOf } from '../../src/profile/views.js';
import { freshDatabase } from '../postgres.js';
import { testDetector } from '../support/test-detector.js';
import { profileOf } from '../support/timeline.js';

const READ = 'select balance from account where id = $1               -- values 7 rows balance=100';
const UPDATE = 'update account set balance = $1 where id = $2           -- values 70, 7';

testDetector(lostUpdate, {
  invalid: {
    'a value that may come from outside': `
      ${READ}     !source
      ${UPDATE}     !update??`,
    'the whole row read': `
      select * from account where id = $1                     -- values 7 rows id=7 balance=100     !source
      ${UPDATE}     !update??`,
    'one transaction at the default level': `
      begin
      ${READ}     !source
      ${UPDATE}     !update??
      commit`,
    'a transaction that says read committed': `
      begin isolation level read committed
      ${READ}     !source
      ${UPDATE}     !update??
      commit`,
    'two serializable transactions': `
      begin isolation level serializable
      ${READ}     !source
      commit
      begin isolation level serializable
      ${UPDATE}     !update??
      commit`,
    'FOR UPDATE outside a transaction': `
      select balance from account where id = $1 for update    -- values 7 rows balance=100     !source
      ${UPDATE}     !update??`,
    'a lock that was taken after the read': `
      begin
      ${READ}     !source
      select id from account where id = $1 for update         -- values 8 rows id=8
      ${UPDATE}     !update??
      commit`,
    'literals in both': `
      select balance from account where id = 7                -- rows balance=100     !source
      update account set balance = 70 where id = 7            --     !update??`,
    'a list of one': `
      select balance from account where id in ($1)            -- values 7 rows balance=100     !source
      update account set balance = $1 where id in ($2)        -- values 70, 7     !update??`,
    'a key of two columns, in another order': `
      select n from stock where shop_id = $1 and item_id = $2         -- values 3, 7 rows n=5     !source
      update stock set n = $1 where item_id = $2 and shop_id = $3     -- values 4, 7, 3     !update??`,
    'a read with a join': `
      select a.balance, u.name from account a join users u on u.id = a.user_id where a.id = $1     -- values 7 rows balance=100 name='ann'     !source
      ${UPDATE}     !update??`,
    'more asked for in the read': `
      select balance from account where id = $1 and user_id = $2      -- values 7, 3 rows balance=100     !source
      ${UPDATE}     !update??`,
    'each of several': `
      select balance from account where id = $1               -- values 7 rows balance=100     !source
      update account set balance = $1 where id = $2           -- values 70, 7     !update??
      select balance from account where id = $1               -- values 8 rows balance=100     !source
      update account set balance = $1 where id = $2           -- values 110, 8     !update??`,
    'columns written back as they were read': `
      select * from account where id = $1                                        -- values 7 rows id=7 owner='ann' currency='eur' balance=100     !source
      update account set owner = $1, currency = $2, balance = $3 where id = $4   -- values 'ann', 'eur', 70, 7     !update?`,
    'all others of the row': `
      select id, owner, balance from account where id = $1                       -- values 7 rows id=7 owner='ann' balance=100     !source
      update account set owner = $1, balance = $2 where id = $3                  -- values 'ann', 70, 7     !update?`,
    'a transfer computed in the app': `
      begin
      select * from account where id = $1                     -- values 7 rows id=7 balance=100     !source
      select * from account where id = $1                     -- values 8 rows id=8 balance=55     !source
      update account set balance = $1 where id = $2           -- values 70, 7     !update?
      update account set balance = $1 where id = $2           -- values 85, 8     !update?
      commit`,
    'a number changed by what is booked beside it': `
      select balance from account where id = $1               -- values 7 rows balance='100.50'     !source
      update account set balance = $1 where id = $2           -- values '70.5', 7     !update?
      insert into booking (account_id, amount) values ($1, $2)     -- values 7, '-30.00'`,
    'a number changed by one, as numbers from outside are': `
      select stock from product where id = $1                 -- values 7 rows stock=5     !source
      update product set stock = $1 where id = $2             -- values 4, 7     !update??
      insert into line (product_id, count) values ($1, $2)    -- values 7, 1`,
    'one column unchanged in what came from outside': `
      select * from users where id = $1                                          -- values 7 rows id=7 name='ann' bio='x' age=40     !source
      update users set name = $1, bio = $2 where id = $3                         -- values 'bob', 'x', 7     !update??`,
    'columns written back after an UPDATE that others may wait for': `
      begin
      update ledger set closed = true where day = $1                             -- values 3 affected 1
      select id, owner, balance from account where id = $1                       -- values 7 rows id=7 owner='ann' balance=100     !source
      update account set owner = $1, balance = $2 where id = $3                  -- values 'ann', 70, 7     !update??
      commit`,
  },
  valid: {
    'an UPDATE that computes': `
      ${READ}
      update account set balance = balance - $1 where id = $2              -- values 30, 7`,
    'a lock': `
      begin
      select balance from account where id = $1 for no key update          -- values 7 rows balance=100
      ${UPDATE}
      commit`,
    'an advisory lock of the transaction': `
      begin
      select pg_advisory_xact_lock($1)                                     -- values 7
      ${READ}
      ${UPDATE}
      commit`,
    'an advisory lock of the session': `
      select pg_advisory_lock($1)                                          -- values 7
      ${READ}
      ${UPDATE}
      select pg_advisory_unlock($1)                                        -- values 7`,
    'a row that the transaction has changed before': `
      begin
      update account set touched = now() where id = $1                     -- values 7 affected 1
      ${READ}
      ${UPDATE}
      commit`,
    'repeatable read': `
      begin isolation level repeatable read
      ${READ}
      ${UPDATE}
      commit`,
    serializable: `
      begin
      set transaction isolation level serializable
      ${READ}
      ${UPDATE}
      commit`,
    'a version': `
      select balance, version from account where id = $1                   -- values 7 rows balance=100 version=4
      update account set balance = $1, version = $2 where id = $3 and version = $4     -- values 70, 5, 7, 4`,
    'compare and set': `
      ${READ}
      update account set balance = $1 where id = $2 and balance = $3       -- values 70, 7, 100`,
    'a state that is compared': `
      select * from orders where id = $1                                   -- values 7 rows id=7 state='open'
      update orders set state = $1 where id = $2 and state <> $3           -- values 'paid', 7, 'paid'`,
    'an UPDATE of no row': `
      ${READ}
      ${UPDATE} affected 0`,
    'an UPDATE that failed': `
      ${READ}
      ${UPDATE} error 40001`,
    "a programmer's constant": `
      select * from message where id = $1                                  -- values 7 rows id=7 is_read=false
      update message set is_read = true, kind = 'old' where id = $1        -- values 7`,
    'what the server computes': `
      select * from account where id = $1                                  -- values 7 rows id=7 balance=100
      update account set seen_at = now(), name = coalesce($1, name) where id = $2     -- values 'x', 7`,
    'a column that was not read': `
      select role from users where id = $1                                 -- values 7 rows role='admin'
      update users set seen_at = $1 where id = $2                          -- values @2026-01-01T00:00:00Z, 7`,
    'a look whether it is there': `
      select 1 from account where id = $1                                  -- values 7 rows 1
      ${UPDATE}`,
    'EXISTS, and a count': `
      select exists(select 1 from account where id = $1)                   -- values 7 rows exists=true
      select count(*) from account where id = $1                           -- values 7 rows count='1'
      ${UPDATE}`,
    'another row': `
      select balance from account where id = $1                            -- values 8 rows balance=100
      ${UPDATE}`,
    'another table': `
      select balance from wallet where id = $1                             -- values 7 rows balance=100
      ${UPDATE}`,
    'no row': `
      select balance from account where id = $1                            -- values 7 rows balance=
      ${UPDATE}`,
    'many rows': `
      select * from message where chat_id = $1                             -- values 3 rows id=1,2,3 text='a','b','c'
      update message set text = $1 where chat_id = $2                      -- values 'x', 3`,
    'both sent at a time': `
      select balance from account where id = $1                            -- values 7 pending rows balance=100
      update account set balance = $1 where id = $2                        -- values 70, 7 pending`,
    'the UPDATE first': `
      ${UPDATE}
      ${READ}`,
  },
});

describe('with the catalogue', () => {
  const verdict = (update: string, columns: string[]): string => {
    const profile = profileOf(`select * from account where id = $1 -- values 7 rows id=7 balance=100\n${update}`);
    profile.catalogue = [{ table: 'account', connections: [0], columns, unique: [] }];
    const view = viewOf(profile);
    const { evidence } = lostUpdate.detect(view);
    return evidence
      .map((each) => `${each.confidence} ${each.data.origin}: ${lostUpdate.word(each, view).why.split('. ')[1]}`)
      .join();
  };

  it('is likely where a version is there and is not compared', () => {
    for (const version of ['version', 'lock_version', 'rowVersion', 'revision'])
      expect(verdict(UPDATE, ['id', 'balance', version])).toBe(
        `likely version: account has the column ${version} to tell that by, and this UPDATE does not compare it.`,
      );
  });

  it('is possible where there is none', () => {
    expect(verdict(UPDATE, ['id', 'balance', 'conversion'])).toMatch(/^possible unknown: /);
  });

  it('knows the whole row where the SELECT has a star', () => {
    const save = 'update account set owner = $1, balance = $2 where id = $3 -- values null, 70, 7';
    expect(verdict(save, ['id', 'balance', 'owner'])).toMatch(/^possible unknown: /);
  });
});

it('says what is lost, without a value', () => {
  const view = viewOf(
    profileOf(`
      select id, owner, balance from account where id = $1         -- values 7 rows id=7 owner='ann' balance=100
      update account set owner = $1, balance = $2 where id = $3    -- values 'ann', 70, 7`),
  );
  const [evidence] = lostUpdate.detect(view).evidence;
  expect(evidence!.data).toEqual({
    count: 1,
    table: 'account',
    columns: 'owner, balance',
    key: 'id',
    origin: 'row',
    kept: 1,
  });
  expect(lostUpdate.word(evidence!, view)).toEqual({
    message: 'update of account (owner, balance) after a read of the row, without a lock or a version',
    why: 'Two requests that read the row at the same time both write what they made of it, and the second undoes the first. 1 column of it is written back as read, so the values come from the row, and what another request changed there is undone too.',
    advice:
      'Compute in the UPDATE itself (set n = n + $1); or read the row FOR UPDATE in the same transaction; or compare what was read (and version = $2), and try again where no row was updated.',
    replacement: null,
  });
});

it('says where a computed value comes from, and keeps apart what others may have to wait for', () => {
  const view = viewOf(
    profileOf(`
      begin
      update ledger set closed = true where day = $1               -- values 3 affected 1
      select balance from account where id = $1                    -- values 7 rows balance=100
      update account set balance = $1 where id = $2                -- values 70, 7
      insert into booking (account_id, amount) values ($1, $2)     -- values 7, -30
      commit`),
  );
  const [evidence] = lostUpdate.detect(view).evidence;
  expect(evidence).toMatchObject({ confidence: 'possible', data: { origin: 'computed' } });
  expect(lostUpdate.word(evidence!, view).why).toContain(
    'The number written is the one read, changed by an amount that another write of this scope binds too',
  );
});

describe('on a real PostgreSQL', () => {
  let pool: pg.Pool;
  let profiler: Profiler;

  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: await freshDatabase() });
    await pool.query(`
      create table account (id int primary key, owner text, currency text, balance int, version int default 0);
      insert into account values (1, 'ann', 'eur', 100), (2, 'bob', 'eur', 100), (3, 'cidney quine', 'eur', 100);
    `);
    profiler = createProfiler({ outputs: [], catalogue: 'pool' });
    profiler.instrument(pg);
  });

  afterAll(async () => {
    await profiler.close();
    await pool.end();
  });

  const lost = ({ findings }: Report) => findings.filter(({ detector }) => detector === 'lost-update');

  async function pay(id: number, amount: number, both: () => Promise<void> = async () => {}): Promise<void> {
    const { rows } = await pool.query('select balance from account where id = $1', [id]);
    await both();
    await pool.query('update account set balance = $1 where id = $2', [rows[0].balance - amount, id]);
  }

  it('two at a time lose one payment, and each is found', async () => {
    let waiting = 0;
    let go: () => void = () => {};
    const met = new Promise<void>((resolve) => {
      go = resolve;
    });
    const both = async () => {
      if (++waiting === 2) go();
      await met;
    };
    const captured = await Promise.all([
      profiler.capture('pay', () => pay(1, 30, both)),
      profiler.capture('pay', () => pay(1, 50, both)),
    ]);
    const { rows } = await pool.query('select balance from account where id = 1');
    expect([50, 70]).toContain(rows[0].balance);
    for (const { report } of captured) {
      const [finding, ...others] = lost(report);
      expect(others).toEqual([]);
      expect(finding).toMatchObject({ severity: 'error', source: [0], statements: [1] });
      expect(finding!.callSite?.function).toBe('pay');
    }
  });

  it('is likely by the version that the catalogue shows', async () => {
    const { report } = await profiler.capture('pay', () => pay(2, 10));
    expect(lost(report)).toMatchObject([{ confidence: 'likely', data: { origin: 'version', version: 'version' } }]);
  });

  it('is likely where a row is saved as it was read, but for one column', async () => {
    const { report } = await profiler.capture('save', async () => {
      const { rows } = await pool.query('select * from account where id = $1', [3]);
      const { owner, currency, balance } = rows[0];
      await pool.query('update account set owner = $1, currency = $2, balance = $3 where id = $4', [
        owner,
        currency,
        balance - 7,
        3,
      ]);
    });
    expect(lost(report)).toMatchObject([{ confidence: 'likely', data: { origin: 'row', kept: 2 } }]);
    expect(JSON.stringify(report)).not.toContain('cidney');
  });

  it('is likely where the amount is booked too', async () => {
    await pool.query('create table booking (account_id int, amount numeric)');
    const { report } = await profiler.capture('pay', async () => {
      await pay(2, 25);
      await pool.query('insert into booking values ($1, $2)', [2, -25]);
      await pool.query('insert into booking (account_id, amount) values ($1, $2)', [2, -25]);
    });
    expect(lost(report)).toMatchObject([{ confidence: 'likely', data: { origin: 'computed' } }]);
  });

  it('is silent where the row is locked, or compared', async () => {
    const { report } = await profiler.capture('pay', async () => {
      const client = await pool.connect();
      await client.query('begin');
      const { rows } = await client.query('select balance from account where id = $1 for update', [2]);
      await client.query('update account set balance = $1 where id = $2', [rows[0].balance - 1, 2]);
      await client.query('commit');
      client.release();
      const read = await pool.query('select balance, version from account where id = $1', [2]);
      await pool.query('update account set balance = $1, version = version + 1 where id = $2 and version = $3', [
        read.rows[0].balance - 1,
        2,
        read.rows[0].version,
      ]);
    });
    expect(lost(report)).toEqual([]);
  });
});
