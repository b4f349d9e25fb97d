// The torn-write detector: what stayed though what belongs to it failed, and the failures that leave nothing behind.

import { describe, expect, test } from 'vitest';
import { tornWrite } from '../../src/detectors/torn-write.js';
import { testDetector } from '../support/test-detector.js';
import { reportOf, type ScopeFacts } from '../support/timeline.js';

testDetector(tornWrite, {
  invalid: {
    'a transfer whose second half failed, in a request that went on': `
      insert into transfer (account, amount) values ($1, $2)       -- values 7, -50 at transfer.ts:8 transfer               !torn?
      insert into transfer (account, amount) values ($1, $2)       -- values 9, 50 error 23514 at transfer.ts:9 transfer    !torn?`,
    'an article that failed after its user was made': `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7          !torn?
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x' error 23502     !torn?`,
    'a transaction that was rolled back after one that belongs to it': `
      begin
      insert into orders (total) values ($1) returning id          -- values 20 rows id=9           !torn?
      commit
      begin
      insert into order_line (order_id, sku) values ($1, $2)       -- values 9, 'a'                 !torn?
      insert into order_line (order_id, sku) values ($1, $2)       -- values 9, null error 23502    !torn?
      rollback`,
    'a loop that ended half way': `
      insert into tag (name) values ($1)                           -- values 'a'                    !torn?
      insert into tag (name) values ($1)                           -- values 'b'                    !torn?
      insert into tag (name) values ($1)                           -- values 'c' error 23514        !torn?`,
    'a key that was there already, in a request that went on': `
      insert into orders (total) values ($1) returning id          -- values 20 rows id=9           !torn??
      insert into coupon_use (order_id, code) values ($1, $2)      -- values 9, 'x' error 23505     !torn??`,
  },

  valid: {
    'nothing failed': `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'`,
    'the first one failed': `
      insert into users (name) values ($1) returning id            -- values 'a' error 23505
      insert into attempt (name) values ($1)                       -- values 'a'`,
    'one transaction': `
      begin
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x' error 23502
      rollback`,
    'a failure that has nothing to do with it': `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7 at users.ts:3 make
      insert into visit (page) values ($1)                         -- values '/' error 23502 at visits.ts:3 count`,
    'tried again': `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x' error 40P01
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'`,
    'undone by the app': `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x' error 23502
      delete from users where id = $1                              -- values 7`,
    'a read that failed': `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      select * from article where user_id = $1                     -- values 7 error 42P01`,
  },
});

describe('in a request that failed', () => {
  const FAILED: ScopeFacts = { outcome: { status: 500, error: null, aborted: false } };
  const tornIn = (timeline: string, facts: ScopeFacts = FAILED) =>
    reportOf(timeline, facts)
      .findings.filter(({ detector }) => detector === 'torn-write')
      .map(({ confidence, statements, message, why }) => [confidence, statements, message, why]);

  test('a transfer: proven, and it names the row that stayed', () => {
    const timeline = `
      insert into transfer (account, amount) values ($1, $2)       -- values 7, -50 at transfer.ts:8 transfer
      insert into transfer (account, amount) values ($1, $2)       -- values 9, 50 error 23514 at transfer.ts:9 transfer`;
    expect(tornIn(timeline)).toEqual([
      [
        'proven',
        [0, 1],
        'write 1 stayed, write 2 failed (23514)',
        'Still there: INSERT INTO transfer (1 row). It was committed before INSERT INTO transfer failed with 23514. What ties them: one function writes transfer twice, and amount cancels out.',
      ],
    ]);
  });

  test('a write that was committed before it: likely, since what should have followed was never sent', () => {
    const timeline = `
      insert into orders (total) values ($1) returning id          -- values 20 rows id=9
      select * from stock where sku = $1                           -- values 'a' error 42P01`;
    expect(tornIn(timeline)).toEqual([
      [
        'likely',
        [0],
        '1 write stayed, though the request failed (500)',
        'Still there: INSERT INTO orders (1 row). It was committed before the request ended with 500.',
      ],
    ]);
  });

  test('notes beside the work, and what was rolled back, are no matter', () => {
    expect(
      tornIn(`
      update session set seen_at = now() where id = $1             -- values 'x'
      begin
      insert into orders (total) values ($1) returning id          -- values 20 rows id=9
      rollback`),
    ).toEqual([]);
  });

  test('a job that ends in an error fails too; a request that is refused does not', () => {
    const timeline = 'insert into orders (total) values ($1)       -- values 20';
    const job = { outcome: { status: null, error: 'TypeError', aborted: false } };
    expect(tornIn(timeline, { ...job, kind: 'job' })).toEqual([
      [
        'likely',
        [0],
        '1 write stayed, though the job failed (TypeError)',
        'Still there: INSERT INTO orders (1 row). It was committed before the job ended with TypeError.',
      ],
    ]);
    expect(tornIn(timeline, { outcome: { status: 404, error: null, aborted: false } })).toEqual([]);
  });

  test('what was torn is not told again as a missing transaction', () => {
    const report = reportOf(
      `
      insert into users (name) values ($1) returning id            -- values 'a' rows id=7
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'x'
      insert into article (user_id, title) values ($1, $2)         -- values 7, 'y' error 23502`,
      FAILED,
    );
    expect(report.findings.map(({ detector, confidence }) => `${detector} ${confidence}`)).toEqual([
      'torn-write proven',
    ]);
  });
});
