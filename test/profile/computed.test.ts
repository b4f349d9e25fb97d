// Numbers that were made of the one read: what tells that, what does not, and how often numbers from outside look like it.

import { describe, expect, it } from 'vitest';
import type { Tie } from '../../src/profile/types.js';
import { profileOf } from '../support/timeline.js';

const computedIn = (timeline: string): string[] =>
  profileOf(timeline)
    .ties.filter(({ kind }) => kind === 'computed')
    .map(picture);

/** `account.balance of 0 → balance of 1` */
const picture = ({ from, to }: Tie) =>
  `${from.table}.${from.column} of ${from.statement} → ${to.column} of ${to.statement}`;

const READ = `select * from account where id = $1                             -- values 7 rows id=7 balance='100.10'`;
const OTHER = 'select * from account where id = $1                             -- values 8 rows id=8 balance=55';
const UPDATE = 'update account set balance = $1 where id = $2                   -- values';
const BOOK = 'insert into booking (account_id, amount) values ($1, $2)        -- values';
const ONE = ['account.balance of 0 → balance of 1'];
const TWO = ['account.balance of 0 → balance of 2', 'account.balance of 1 → balance of 3'];

describe('a number that was computed from the row', () => {
  it.each<[string, string[], string[]]>([
    ['an amount is booked beside its key', [READ, `${UPDATE} '70.1', 7`, `${BOOK} 7, '-30.00'`], ONE],
    ['it was booked before', [`${BOOK} 7, 30`, READ, `${UPDATE} 70.1, 7`], ['account.balance of 1 → balance of 2']],
    ['a large amount stands beside anything', [READ, `${UPDATE} 5100.1, 7`, `${BOOK} 9, 5000`], ONE],
    ['the sum over all rows stays', [READ, OTHER, `${UPDATE} 70.1, 7`, `${UPDATE} 85, 8`], TWO],
    [
      'its result has another name for it',
      ['select balance as b from account where id = $1 -- values 7 rows b=100', `${UPDATE} 70, 7`, `${BOOK} 7, 30`],
      ['account.b of 0 → balance of 1'],
    ],
  ])('is known where %s', (_, lines, ties) => {
    expect(computedIn(lines.join('\n'))).toEqual(ties);
  });

  it.each<[string, string[]]>([
    ['nothing tells the amount', [READ, `${UPDATE} 70.1, 7`]],
    ['a small amount stands beside another key', [READ, `${UPDATE} 70.1, 7`, `${BOOK} 9, 30`]],
    [
      'it is a key that is as large',
      [READ, `${UPDATE} 70.1, 7`, 'insert into log (account_id, user_id) values ($1, $2) -- values 7, 30'],
    ],
    [
      'only its own statement tells it',
      [READ, 'update account set balance = $1, spent = $2 where id = $3 -- values 70.1, 30, 7'],
    ],
    ['it changed by little', [READ, `${UPDATE} 109.1, 7`, `${BOOK} 7, 9`]],
    ['the sum changes', [READ, OTHER, `${UPDATE} 70.1, 7`, `${UPDATE} 80, 8`]],
    ['numbers only change places, as in a list that is sorted', [READ, OTHER, `${UPDATE} 55, 7`, `${UPDATE} 100.1, 8`]],
    ['another row was read', [READ, `${UPDATE} 70.1, 8`, `${BOOK} 8, 30`]],
    ['the row was read later', [`${UPDATE} 70.1, 7`, READ, `${BOOK} 7, 30`]],
    ['it is no number', [READ, `${UPDATE} 'none', 7`, `${BOOK} 7, 30`]],
    ['it is what it was', [READ, `${UPDATE} '100.10', 7`, `${BOOK} 7, 0`]],
  ])('is not where %s', (_, lines) => {
    expect(computedIn(lines.join('\n'))).toEqual([]);
  });
});

describe('numbers from outside that are saved over those read', () => {
  /** The same numbers in each run. */
  let seed = 7;
  const upTo = (most: number): number => {
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
    return 1 + Math.floor((seed / 2 ** 32) * most);
  };

  /** A form of so many rows, with another number written down beside the key of the first. */
  const form = (rows: number, most: number): string => {
    const lines = Array.from({ length: rows }, (_, row) => [
      `select id, price from item where id = $1 -- values ${100 + row} rows id=${100 + row} price=${upTo(most)}`,
      `update item set price = $1 where id = $2 -- values ${upTo(most)}, ${100 + row}`,
    ]);
    return [...lines.flat(), `insert into audit (item_id, level) values ($1, $2) -- values 100, ${upTo(most)}`].join(
      '\n',
    );
  };

  it.each([
    [10, 1, 0],
    [10, 20, 0],
    [100, 1, 0.02],
    [100, 2, 0.02],
    [100, 20, 0.02],
    [1_000, 2, 0.02],
    [1_000, 20, 0.02],
  ])('up to %i, %i rows: taken for computed in at most %f of the requests', (most, rows, bound) => {
    const requests = 400;
    const taken = Array.from({ length: requests }, () => computedIn(form(rows, most))).filter(
      ({ length }) => length > 0,
    );
    expect(taken.length / requests).toBeLessThanOrEqual(bound);
  });
});
