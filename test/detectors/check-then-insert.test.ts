// Rows inserted because a look-up found none: what is found, what holds others off, what the catalogue changes; and once on a real
// PostgreSQL, where two such requests at a time do leave two rows.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkThenInsert } from '../../src/detectors/check-then-insert.js';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';
import type { UniqueColumns } from '../../src/profile/types.js';
import { viewOf } from '../../src/profile/views.js';
import { freshDatabase } from '../postgres.js';
import { testDetector } from '../support/test-detector.js';
import { profileOf } from '../support/timeline.js';

const NONE = `select id from users where email = $1              -- values 'a' rows id=`;
const INSERT = `insert into users (email, name) values ($1, $2)    -- values 'a', 'A'`;

testDetector(checkThenInsert, {
  invalid: {
    'a SELECT without a row': `
      ${NONE}     !source
      ${INSERT}     !insert??`,
    'literals in both': `
      select id from users where email = 'a'            -- rows id=     !source
      insert into users (email) values ('a')            --     !insert??`,
    'a count of 0': `
      select count(*)::int as n from users where email = $1     -- values 'a' rows n=0     !source
      ${INSERT}     !insert??`,
    'a count as text, as the driver gives it': `
      select count(*) from users where email = $1       -- values 'a' rows count='0'     !source
      ${INSERT}     !insert??`,
    'EXISTS that is false': `
      select exists(select 1 from users where email = $1)       -- values 'a' rows exists=false     !source
      ${INSERT}     !insert??`,
    'an UPDATE of no row': `
      update users set name = $1 where email = $2       -- values 'A', 'a' affected 0     !source
      ${INSERT}     !insert??`,
    'a list of one': `
      select id from users where email in ($1)          -- values 'a' rows id=     !source
      ${INSERT}     !insert??`,
    'a schema in one of them': `
      select id from public.users where email = $1      -- values 'a' rows id=     !source
      ${INSERT}     !insert??`,
    'two columns, in another order, and one that is compared otherwise': `
      select 1 from invite where chat_id = $1 and user_id = $2 and until > $3 limit 1     -- values 3, 7, @2026-01-01T00:00:00Z rows 0     !source
      insert into invite (user_id, until, chat_id) values ($1, $2, $3)                    -- values 7, @2026-02-01T00:00:00Z, 3     !insert??`,
    'one transaction': `
      begin
      ${NONE}     !source
      ${INSERT}     !insert??
      commit`,
    'repeatable read, which sees no more': `
      begin isolation level repeatable read
      ${NONE}     !source
      ${INSERT}     !insert??
      commit`,
    'FOR UPDATE of no row': `
      begin
      select id from users where email = $1 for update  -- values 'a' rows id=     !source
      ${INSERT}     !insert??
      commit`,
    'a lock that was taken after the look-up': `
      begin
      ${NONE}     !source
      lock table users in share row exclusive mode
      ${INSERT}     !insert??
      commit`,
    'a lock of another transaction': `
      begin
      select id from chat where id = $1 for update      -- values 3 rows id=3
      commit
      ${NONE}     !source
      ${INSERT}     !insert??`,
    'a lock outside a transaction': `
      select pg_advisory_xact_lock($1)                  -- values 3
      ${NONE}     !source
      ${INSERT}     !insert??`,
    'an advisory lock that was given back': `
      select pg_advisory_lock($1)                       -- values 3
      select pg_advisory_unlock($1)                     -- values 3
      ${NONE}     !source
      ${INSERT}     !insert??`,
    'two serializable transactions': `
      begin isolation level serializable
      ${NONE}     !source
      commit
      begin isolation level serializable
      ${INSERT}     !insert??
      commit`,
    'each of several': `
      select id from tag where name = $1     -- values 'a' rows id=     !source
      insert into tag (name) values ($1)     -- values 'a'     !insert??
      select id from tag where name = $1     -- values 'b' rows id=4
      select id from tag where name = $1     -- values 'c' rows id=     !source
      insert into tag (name) values ($1)     -- values 'c'     !insert??`,
    'a list, and all of it': `
      select id from tag where name = any($1)           -- values ['a','b'] rows id=     !source
      insert into tag (name) values ($1), ($2)          -- values 'a', 'b'     !insert??`,
    'an INSERT that a unique constraint refused': `
      ${NONE}     !source
      ${INSERT} error 23505     !insert??`,
    'the narrower of two look-ups': `
      select * from member where chat_id = $1                     -- values 3 rows 0
      select 1 from member where chat_id = $1 and user_id = $2    -- values 3, 7 rows 0     !source
      insert into member (chat_id, user_id) values ($1, $2)       -- values 3, 7     !insert??`,
  },
  valid: {
    'ON CONFLICT': `
      ${NONE}
      insert into users (email) values ($1) on conflict do nothing     -- values 'a'`,
    'a row was found': `
      select id from users where email = $1             -- values 'a' rows id=3
      ${INSERT}`,
    'a count of 2': `
      select count(*) from users where email = $1       -- values 'a' rows count='2'
      ${INSERT}`,
    'a sum of 0, which is no answer to whether there is one': `
      select sum(amount) from entry where account_id = $1     -- values 7 rows sum='0'
      insert into entry (account_id, amount) values ($1, $2)  -- values 7, 5`,
    'another value': `
      select id from users where email = $1             -- values 'b' rows id=
      ${INSERT}`,
    'another column': `
      select id from users where name = $1              -- values 'a' rows id=
      ${INSERT}`,
    'another table': `
      select id from banned where email = $1            -- values 'a' rows id=
      ${INSERT}`,
    'a look-up that asked for more than is inserted': `
      select id from users where email = $1 and tenant_id = $2     -- values 'a', 4 rows id=
      ${INSERT}`,
    'a look-up by an expression': `
      select id from users where lower(email) = $1 and name = $2   -- values 'a', 'A' rows id=
      ${INSERT}`,
    NULL: `
      select id from users where email = $1             -- values null rows id=
      insert into users (email) values ($1)             -- values null`,
    'a join, which may be empty for another reason': `
      select u.id from users u join member m on m.user_id = u.id where u.email = $1     -- values 'a' rows id=
      ${INSERT}`,
    'both sent at a time': `
      select id from users where email = $1             -- values 'a' pending rows id=
      ${INSERT} pending`,
    'the INSERT first': `
      ${INSERT}
      ${NONE}`,
    'an INSERT that failed': `
      ${NONE}
      ${INSERT} error 23502`,
    'a serializable transaction': `
      begin isolation level serializable
      ${NONE}
      ${INSERT}
      commit`,
    'one that says so later': `
      begin
      set transaction isolation level serializable
      ${NONE}
      ${INSERT}
      commit`,
    'the table locked': `
      begin
      lock table users in share row exclusive mode
      ${NONE}
      ${INSERT}
      commit`,
    'an advisory lock of the transaction': `
      begin
      select pg_advisory_xact_lock(hashtext($1))        -- values 'a'
      ${NONE}
      ${INSERT}
      commit`,
    'an advisory lock of the session, on whatever connection': `
      select pg_advisory_lock($1)                       -- values 3 conn 2
      ${NONE}
      ${INSERT}
      select pg_advisory_unlock($1)                     -- values 3 conn 2`,
    'a row that all of them lock': `
      begin
      select id from chat where id = $1 for no key update         -- values 3 rows id=3
      select 1 from member where chat_id = $1 and user_id = $2    -- values 3, 7 rows 0
      insert into member (chat_id, user_id) values ($1, $2)       -- values 3, 7
      commit`,
    'looked for again under a lock': `
      ${NONE}
      begin
      lock table users in exclusive mode
      ${NONE}
      ${INSERT}
      commit`,
    'a list of what belongs to something': `
      select * from message where chat_id = $1 order by id              -- values 3 rows 0
      insert into message (chat_id, text) values ($1, $2)               -- values 3, 'hello'`,
    'a page': `
      select * from message where chat_id = $1 limit $2 offset $3       -- values 3, 20, 0 rows 0
      insert into message (chat_id, text) values ($1, $2)               -- values 3, 'hello'`,
  },
});

describe('with the catalogue', () => {
  const EXISTS = `select exists(select 1 from message where chat_id = $1)     -- values 3 rows exists=false`;
  const LIST = 'select * from message where chat_id = $1     -- values 3 rows 0';
  const MESSAGE = `insert into message (chat_id, text) values ($1, $2)     -- values 3, 'hello'`;

  function verdict(timeline: string, table: string, unique: UniqueColumns[], connections = [0]): string {
    const profile = profileOf(timeline);
    profile.catalogue = [{ table, connections, columns: ['id', 'email', 'name', 'chat_id'], unique }];
    const view = viewOf(profile);
    const { evidence } = checkThenInsert.detect(view);
    for (const each of evidence) expect(checkThenInsert.word(each, view).why).toContain(each.data.table);
    return evidence
      .map(({ severity, confidence, data }) => `${severity ?? 'error'} ${confidence}: ${data.guard}`)
      .join();
  }

  const users = `${NONE}\n${INSERT}`;
  const id = { columns: ['id'], plain: true };

  it('is likely where no unique constraint has the columns', () => {
    expect(verdict(users, 'users', [id])).toBe('error likely: none');
    expect(verdict(users, 'users', [])).toBe('error likely: none');
  });

  it('is information where one refuses the second', () => {
    expect(verdict(users, 'users', [id, { columns: ['email'], plain: true }])).toBe('info possible: unique');
    expect(verdict(`${NONE}\n${INSERT} error 23505`, 'users', [{ columns: ['email'], plain: true }])).toBe(
      'info possible: unique',
    );
  });

  it('is possible where one has more columns, or not all rows', () => {
    expect(verdict(users, 'users', [{ columns: ['tenant_id', 'email'], plain: true }])).toBe('error possible: partly');
    expect(verdict(users, 'users', [{ columns: ['email'], plain: false }])).toBe('error possible: partly');
  });

  it('is silent where the INSERT was refused by another constraint', () => {
    expect(verdict(`${NONE}\n${INSERT} error 23505`, 'users', [{ columns: ['name'], plain: true }])).toBe('');
  });

  it('is possible where there may be many: by one reference, or by a state beside it', () => {
    const unread = 'select count(*) from message where chat_id = $1 and is_read = false -- values 3 rows count=0';
    const post = 'insert into message (chat_id, is_read) values ($1, false) -- values 3';
    expect(verdict(`${LIST}\n${MESSAGE}`, 'message', [id])).toBe('error possible: none');
    expect(verdict(`${EXISTS}\n${MESSAGE}`, 'message', [id])).toBe('error possible: none');
    expect(verdict(`${unread}\n${post}`, 'message', [id])).toBe('error possible: none');
  });

  it('is likely of a pair of references', () => {
    const member = `
      select 1 from member where chat_id = $1 and user_id = $2     -- values 3, 7 rows 0
      insert into member (chat_id, user_id) values ($1, $2)        -- values 3, 7`;
    expect(verdict(member, 'member', [id])).toBe('error likely: none');
  });

  it('is possible where the transaction has changed a row before', () => {
    expect(verdict(`begin\nupdate chat set n = n + 1 -- affected 1\n${users}\ncommit`, 'users', [id])).toBe(
      'error possible: none',
    );
  });

  it('knows nothing of another table, or of another database', () => {
    expect(verdict(users, 'chat', [id])).toBe('error possible: unknown');
    expect(verdict(users, 'users', [id], [1])).toBe('error possible: unknown');
  });
});

it('says what the race is, without a value', () => {
  const view = viewOf(profileOf(`${NONE}\n${INSERT}`));
  const [evidence] = checkThenInsert.detect(view).evidence;
  expect(evidence).toMatchObject({ data: { count: 1, table: 'users', columns: 'email', guard: 'unknown' } });
  expect(checkThenInsert.word(evidence!, view)).toEqual({
    message: 'insert into users after a look-up by email found no row',
    why: 'Two requests that look at the same time both find none, and both insert: no lock, no ON CONFLICT and no serializable transaction holds one of them off. Whether users has a unique constraint over email is not known: without one both rows stay, with one the second is refused (23505).',
    advice:
      'Have a unique constraint over (email). Let the INSERT itself find out: ON CONFLICT DO NOTHING returns no row where there was one, ON CONFLICT DO UPDATE returns it.',
    replacement: null,
  });
});

describe('on a real PostgreSQL', () => {
  let pool: pg.Pool;
  let profiler: Profiler;

  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: await freshDatabase() });
    await pool.query('create table users (id serial primary key, email text)');
    profiler = createProfiler({ outputs: [] });
    profiler.instrument(pg);
  });

  afterAll(async () => {
    await profiler.close();
    await pool.end();
  });

  const races = ({ findings }: Report) => findings.filter(({ detector }) => detector === 'check-then-insert');

  /** Registers an address unless it is known; `both` is waited for between the look-up and the INSERT. */
  async function register(look: string, email: string, both: () => Promise<void> = async () => {}): Promise<void> {
    const { rows } = await pool.query(look, [email]);
    const [first] = rows.map((row) => Object.values(row)[0]);
    await both();
    if (!first || first === '0') await pool.query('insert into users (email) values ($1)', [email]);
  }

  it.each([
    'select id from users where email = $1',
    'select count(*) from users where email = $1',
    'select exists(select 1 from users where email = $1)',
  ])('%s', async (look) => {
    const first = await profiler.capture('register', () => register(look, look));
    expect(races(first.report)).toMatchObject([
      { severity: 'error', confidence: 'possible', source: [0], statements: [1] },
    ]);
    expect(races(first.report)[0]!.callSite?.function).toBe('register');
    const again = await profiler.capture('register', () => register(look, look));
    expect(again.report.profile.statements).toHaveLength(1);
    expect(races(again.report)).toEqual([]);
  });

  it('two at a time leave two rows, and each is found', async () => {
    let waiting = 0;
    let go: () => void = () => {};
    const met = new Promise<void>((resolve) => {
      go = resolve;
    });
    const both = async () => {
      if (++waiting === 2) go();
      await met;
    };
    const one = () =>
      profiler.capture('register', () => register('select id from users where email = $1', 'twin@example.com', both));
    const captured = await Promise.all([one(), one()]);
    const { rows } = await pool.query("select id from users where email = 'twin@example.com'");
    expect(rows).toHaveLength(2);
    for (const { report } of captured) {
      expect(races(report)).toHaveLength(1);
      expect(JSON.stringify(report)).not.toContain('twin');
    }
  });
});
