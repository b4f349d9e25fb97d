// The ties between writes as pictures: which value of which statement came from where, and how sure that is.

import { describe, expect, it } from 'vitest';
import type { Tie } from '../../src/profile/types.js';
import { profileOf } from '../support/timeline.js';

/** `users.id of 0 → user_id of 1: returned, certain` */
function picture({ from, to, kind, strength }: Tie): string {
  const source = from.column === null ? `${from.table}.$${from.parameter}` : `${from.table}.${from.column}`;
  return `${source} of ${from.statement} → ${to.column ?? `$${to.parameter}`} of ${to.statement}: ${kind}, ${strength}`;
}

const tiesOf = (timeline: string): string[] => profileOf(timeline).ties.map(picture);

describe('a write is tied to the one before it', () => {
  it.each([
    [
      'by the id that it returned',
      `insert into users (name) values ($1) returning id           -- values 'a' rows id=7
       insert into article (user_id, title) values ($1, $2)        -- values 7, 'x'
       insert into article (user_id, title) values ($1, $2)        -- values 7, 'y'`,
      ['users.id of 0 → user_id of 1: returned, certain', 'users.id of 0 → user_id of 2: returned, certain'],
    ],
    [
      'by all that it returned',
      `insert into users (name) values ($1) returning *            -- values 'a' rows id=7 name='a'
       update users set name = $1 where id = $2                    -- values 'b', 7`,
      ['users.id of 0 → id of 1: returned, certain'],
    ],
    [
      'by the id of a person, under the name of what that is to the row',
      `insert into users (name) values ($1) returning id           -- values 'a' rows id=7
       insert into article (author_id, title) values ($1, $2)      -- values 7, 'x'
       insert into article (title, created_by) values ($1, $2)     -- values 'y', 7`,
      ['users.id of 0 → author_id of 1: returned, certain', 'users.id of 0 → created_by of 2: returned, certain'],
    ],
    [
      'by the id of a row that any row may be to another, less surely',
      `insert into folder (name) values ($1) returning id          -- values 'a' rows id=7
       insert into file (parent_id) values ($1)                    -- values 7`,
      ['folder.id of 0 → parent_id of 1: returned, strong'],
    ],
    [
      'by an id that nobody meets by chance, whatever the names',
      `insert into users (name) values ($1) returning id           -- values 'a' rows id=0b6a3a52-43a8-4c0e-9a57-1d8f1a0c5b11
       insert into article (written_by) values ($1)                -- values 0b6a3a52-43a8-4c0e-9a57-1d8f1a0c5b11`,
      ['users.id of 0 → written_by of 1: returned, certain'],
    ],
    [
      'by an id that is also a number that it was given, where its name tells it',
      `insert into orders (user_id) values ($1) returning id       -- values 1 rows id=1
       insert into line (order_id, quantity) values ($1, $2)       -- values 1, 3`,
      ['orders.id of 0 → order_id of 1: returned, certain'],
    ],
    [
      'by one of the ids of several rows',
      `insert into post (title) values ($1), ($2) returning id               -- values 'a', 'b' rows id=7,9
       insert into post_tag (post_id, tag) values ($1, $2), ($3, $4)         -- values 9, 'x', 7, 'x'`,
      ['post.id of 0 → post_id of 1: returned, certain'],
    ],
    [
      'by an amount that leaves one row and reaches another',
      `insert into transfer (account, amount) values ($1, $2)      -- values 7, -50
       insert into transfer (account, amount) values ($1, $2)      -- values 9, 50`,
      ['transfer.$2 of 0 → amount of 1: opposite, strong'],
    ],
    [
      'by an amount that is taken away and added',
      `update account set balance = balance - $1 where id = $2     -- values 50, 7
       update account set balance = balance + $1 where id = $2     -- values 50, 9`,
      ['account.$1 of 0 → $1 of 1: opposite, strong'],
    ],
    [
      'by what was read from the column that it writes',
      `select id, name, balance from account where id = $1         -- values 7 rows id=7 name='a' balance=12.5
       update account set name = $1, balance = $2 where id = $3    -- values 'a', 20, 7`,
      ['account.name of 0 → name of 1: read, certain'],
    ],
  ])('%s', (_what, timeline, expected) => {
    expect(tiesOf(timeline)).toEqual(expected);
  });
});

describe('nothing is tied', () => {
  it.each([
    [
      'by a value that both were given',
      `insert into orders (user_id, total) values ($1, $2) returning *       -- values 3, 20 rows id=9 user_id=3 total=20
       insert into visit (user_id) values ($1)                               -- values 3`,
    ],
    [
      'by an id that both were given',
      `insert into users (id, name) values ($1, $2) returning *    -- values 7, 'a' rows id=7 name='a'
       insert into article (user_id) values ($1)                   -- values 7`,
    ],
    [
      'by a number that the app had read before, under a name that says nothing',
      `select id from users where token = $1                       -- values 't-17' rows id=1
       insert into orders (total) values ($1) returning id         -- values 20 rows id=1
       insert into visit (parent_id) values ($1)                   -- values 1`,
    ],
    [
      'by a number that the app had asked for before, under a name that says nothing',
      `select name from users where id = $1                        -- values 1
       insert into orders (total) values ($1) returning id         -- values 20 rows id=1
       insert into visit (parent_id) values ($1)                   -- values 1`,
    ],
    [
      'by the id of what is no person, or of a person where the name is of something else',
      `insert into orders (total) values ($1) returning id         -- values 20 rows id=7
       insert into note (author_id) values ($1)                    -- values 7
       insert into users (name) values ($1) returning id           -- values 'a' rows id=9
       insert into transfer (account_id) values ($1)               -- values 9`,
    ],
    [
      'by an id that is a number of something else',
      `insert into orders (total) values ($1) returning id         -- values 20 rows id=5
       insert into line (quantity) values ($1)                     -- values 5`,
    ],
    [
      'by the key of another table',
      `insert into orders (total) values ($1) returning id         -- values 20 rows id=5
       select id from users where id = 5                           -- rows id=5
       update visit set seen = $1 where user_id = $2               -- values true, 5`,
    ],
    [
      'by an id that was returned later',
      `insert into article (user_id) values ($1)                   -- values 7 pending
       insert into users (name) values ($1) returning id           -- values 'a' rows id=7 pending`,
    ],
    [
      'by zero, or by opposites in two columns',
      `insert into transfer (account, amount) values ($1, $2)      -- values 7, 0
       insert into transfer (account, amount) values ($1, $2)      -- values 9, 0
       insert into fee (account, charge) values ($1, $2)           -- values -7, 1`,
    ],
    [
      'of a read',
      `insert into users (name) values ($1) returning id           -- values 'a' rows id=7
       select * from article where user_id = $1                    -- values 7`,
    ],
  ])('%s', (_what, timeline) => {
    expect(tiesOf(timeline)).toEqual([]);
  });
});
