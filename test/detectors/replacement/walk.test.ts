// The replacement of walks against the walks themselves, on a real PostgreSQL: the same set of rows, for trees and for graphs
// with cycles, for every form of statement that one is written for.

import { parseSync } from 'libpg-query';
import { describe, expect, it } from 'vitest';
import { recursiveWalk } from '../../../src/detectors/recursive-walk.js';
import { viewOf } from '../../../src/profile/views.js';
import fc from '../../support/properties.js';
import { profileOf } from '../../support/timeline.js';
import { openDatabase } from './open-database.js';

interface Case {
  sql: string;
  /** The column of the rows that leads on. */
  by: string;
  /** Where to start, and what else is bound after it. */
  starts: (number | string)[];
  besides?: (number | string)[];
  /** The one statement. */
  instead: string;
  /** Does each step ask for a whole level? */
  levels?: true;
}

const SCHEMA = `
  create table folder (id int primary key, parent_id int, owner_id int, name text, deleted boolean default false, note json default '{}');
  create table users (id int primary key, username text);
  create table edge (parent_id int, child_id int, weight int);
  create table "Page" ("id" uuid primary key, "parentId" uuid, "title" text);
  create table "Link" ("parentKey" int, "end" int);
  insert into "Link" select n, n + 1 from generate_series(1, 9) n;
  insert into users select n, 'user ' || n from generate_series(1, 3) n;
  insert into folder (id, parent_id, owner_id, name, deleted)
    select n, nullif(n / 3, 0), 1 + n % 3, 'folder ' || (97 * n) % 41, n % 11 = 0 from generate_series(1, 40) n;
  insert into edge values (1, 2, 1), (1, 3, 2), (2, 4, 3), (3, 4, 4), (4, 1, 5), (4, 5, 6), (7, 5, 7);
  insert into "Page" select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    case when n > 1 then ('00000000-0000-4000-8000-' || lpad((n / 2)::text, 12, '0'))::uuid end, 'page ' || n from generate_series(1, 20) n;
`;

const page = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const WALKS: Record<string, Case> = {
  'down, all columns, one of them a type that cannot be compared': {
    sql: 'select * from folder where parent_id = $1',
    by: 'id',
    starts: [1],
    instead:
      'with recursive walk as (select parent_id as key from folder where parent_id = $1 union select id from folder, walk where parent_id = walk.key) ' +
      'select * from folder where parent_id in (select key from walk)',
  },
  'down, some columns, in an order': {
    sql: 'select id, name from folder where parent_id = $1 order by name desc',
    by: 'id',
    starts: [1],
    instead:
      'with recursive walk as (select parent_id as key from folder where parent_id = $1 union select id from folder, walk where parent_id = walk.key) ' +
      'select id, name from folder where parent_id in (select key from walk) order by name desc',
  },
  'down, with conditions that end a branch': {
    sql: 'select f.id, f.name from folder f where f.owner_id <> $2 and f.parent_id = $1 and not f.deleted and f.id < 30',
    by: 'id',
    starts: [1],
    besides: [2],
    instead:
      'with recursive walk as (select f.parent_id as key from folder f where f.owner_id <> $1 and f.parent_id = $2 and not f.deleted and f.id < $3 ' +
      'union select f.id from folder f, walk where f.owner_id <> $1 and f.parent_id = walk.key and not f.deleted and f.id < $3) ' +
      'select f.id, f.name from folder f where f.owner_id <> $1 and f.parent_id in (select key from walk) and not f.deleted and f.id < $3',
  },
  'down, from several roots': {
    sql: 'select id from folder where parent_id = $1',
    by: 'id',
    starts: [3, 4],
    instead:
      'with recursive walk as (select parent_id as key from folder where parent_id = any($1) union select id from folder, walk where parent_id = walk.key) ' +
      'select id from folder where parent_id in (select key from walk)',
  },
  'up, by the primary key with a LIMIT, as ORMs write': {
    sql: 'SELECT "f"."id", "f"."parent_id", "f"."name" FROM "folder" AS "f" WHERE ("f"."id" = $1) LIMIT 1',
    by: 'parent_id',
    starts: [37],
    instead:
      'with recursive walk as (select "f"."id" as key FROM "folder" AS "f" WHERE ("f"."id" = $1) union select "f"."parent_id" FROM "folder" AS "f", walk WHERE ("f"."id" = walk.key)) ' +
      'SELECT "f"."id", "f"."parent_id", "f"."name" FROM "folder" AS "f" WHERE ("f"."id" in (select key from walk))',
  },
  'with a join, the key under another name': {
    sql: 'select f.id as folder, f.name, u.username from folder f join users u on u.id = f.owner_id where f.parent_id = $1',
    by: 'folder',
    starts: [1],
    instead:
      'with recursive walk as (select f.parent_id as key from folder f join users u on u.id = f.owner_id where f.parent_id = $1 ' +
      'union select f.id from folder f join users u on u.id = f.owner_id, walk where f.parent_id = walk.key) ' +
      'select f.id as folder, f.name, u.username from folder f join users u on u.id = f.owner_id where f.parent_id in (select key from walk)',
  },
  'round a cycle, by edges that are no keys': {
    sql: 'select child_id, weight from edge where parent_id = $1',
    by: 'child_id',
    starts: [1],
    instead:
      'with recursive walk as (select parent_id as key from edge where parent_id = $1 union select child_id from edge, walk where parent_id = walk.key) ' +
      'select child_id, weight from edge where parent_id in (select key from walk)',
  },
  'quoted names and a cast': {
    sql: 'select * from "Page" where "parentId" = $1::uuid',
    by: 'id',
    starts: [page(1)],
    instead:
      'with recursive walk as (select "parentId" as key from "Page" where "parentId" = $1::uuid union select id from "Page", walk where "parentId" = walk.key) ' +
      'select * from "Page" where "parentId" in (select key from walk)',
  },
  'a column that only quotes make a name': {
    sql: 'select * from "Link" where "parentKey" = $1',
    by: 'end',
    starts: [1],
    instead:
      'with recursive walk as (select "parentKey" as key from "Link" where "parentKey" = $1 union select "end" from "Link", walk where "parentKey" = walk.key) ' +
      'select * from "Link" where "parentKey" in (select key from walk)',
  },
  'level by level': {
    sql: 'select id, name from folder where parent_id = any($1)',
    by: 'id',
    starts: [1],
    levels: true,
    instead:
      'with recursive walk as (select parent_id as key from folder where parent_id = any($1) union select id from folder, walk where parent_id = walk.key) ' +
      'select id, name from folder where parent_id in (select key from walk)',
  },
};

/** Statements that WITH RECURSIVE would change the meaning of, or that are not plain enough to be sure. */
const WITHOUT: Record<string, [sql: string, by: string]> = {
  'a LIMIT for each step': ['select id from folder where parent_id = $1 limit 10', 'id'],
  'the newest by a LIMIT': ['select id, parent_id from folder where id = $1 order by name limit 1', 'parent_id'],
  OR: ['select id from folder where parent_id = $1 or owner_id = 3', 'id'],
  'GROUP BY': ['select id, count(*) from folder where parent_id = $1 group by id', 'id'],
  'FOR UPDATE': ['select id from folder where parent_id = $1 for update', 'id'],
  WITH: ['with f as (select * from folder) select id from f where parent_id = $1', 'id'],
  'a key that is an expression': ['select max(id) as id from folder where parent_id = $1', 'id'],
  'a star over several tables': [
    'select * from folder f join users u on u.id = f.owner_id where f.parent_id = $1',
    'id',
  ],
  'a column that is called as the walk calls its own': ['select id, key from folder where parent_id = $1', 'id'],
};

const client = openDatabase(SCHEMA);

describe('a walk', () => {
  it.each(Object.entries(WALKS))('%s', async (_, each) => {
    const walk = await walked(each);
    const instead = replacementOf(walk.timeline);
    expect(instead).toBe(each.instead);
    expect(() => parseSync(each.instead)).not.toThrow();
    const { rows } = await client.query(each.instead, bindingsOf(each));
    expect(walk.rows.length).toBeGreaterThan(2);
    expect(sorted(rows)).toEqual(sorted(walk.rows));
  });

  it('keeps the order of its statement over all rows', async () => {
    const each = WALKS['down, some columns, in an order'] as Case;
    const names = (await client.query(each.instead, [1])).rows.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(10);
    expect(names).toEqual(
      (await client.query('select unnest($1::text[]) as name order by 1 desc', [names])).rows.map(({ name }) => name),
    );
  });
});

describe('there is none for', () => {
  it.each(Object.entries(WITHOUT))('%s', (_, [sql, by]) => {
    const step = (value: number, next: string) => `${sql} -- values ${value} rows ${by}=${next}`;
    const timeline = [step(1, '2,3'), step(2, '4'), step(4, ''), step(3, '')].join('\n');
    expect(replacementOf(timeline)).toBeNull();
  });

  it('steps that differ in more than one value', () => {
    const step = (value: number, depth: number, next: string) =>
      `select id from folder where parent_id = $1 and owner_id = $2 -- values ${value}, ${depth} rows id=${next}`;
    expect(replacementOf([step(1, 1, '2,3'), step(2, 2, '4'), step(3, 2, ''), step(4, 3, '')].join('\n'))).toBeNull();
  });
});

describe('of random graphs', () => {
  /** Edges between eleven rows: trees, forests, cycles, rows that point at themselves. */
  const row = fc.integer({ min: 1, max: 11 });
  const isOpen = fc.integer({ min: 0, max: 5 }).map((drawn) => drawn > 0);
  const edges = fc.array(fc.tuple(row, row, isOpen), { minLength: 8, maxLength: 25 });
  const sql = 'select child_id, open from link where parent_id = $1 and open';

  it('the rows of the walk are the rows of its replacement', async () => {
    await client.query('create temp table link (parent_id int, child_id int, open boolean)');
    let walks = 0;
    await fc.assert(
      fc.asyncProperty(
        edges,
        fc.integer({ min: 1, max: 11 }),
        fc.constantFrom('deep', 'wide'),
        async (all, start, way) => {
          await client.query('truncate link');
          await client.query('insert into link select * from unnest($1::int[], $2::int[], $3::bool[])', [
            all.map(([parent]) => parent),
            all.map(([, child]) => child),
            all.map(([, , open]) => open),
          ]);
          const walk = await walked({ sql, by: 'child_id', starts: [start], instead: '' }, way);
          const instead = replacementOf(walk.timeline);
          if (instead === undefined) {
            // Too short to be a walk: nothing that three steps could show.
            expect(walk.steps).toBeLessThan(3);
            return;
          }
          walks++;
          const { rows } = await client.query(instead as string, [start]);
          expect(new Set(sorted(rows))).toEqual(new Set(sorted(walk.rows)));
        },
      ),
      { numRuns: 150 },
    );
    expect(walks).toBeGreaterThan(50);
  });
});

/** What the walk's finding offers; null: nothing; undefined: no walk was found. */
function replacementOf(timeline: string): string | null | undefined {
  const view = viewOf(profileOf(timeline));
  const [evidence, ...more] = recursiveWalk.detect(view).evidence;
  expect(more).toEqual([]);
  return evidence && recursiveWalk.word(evidence, view).replacement;
}

/** Walks as an app does, never asking twice, and writes down what it sent. */
async function walked(
  { sql, by, starts, besides = [], levels }: Case,
  way: 'deep' | 'wide' = 'wide',
): Promise<{ timeline: string; rows: object[]; steps: number }> {
  const lines: string[] = [];
  const rows: object[] = [];
  const seen = new Set<unknown>(starts);
  let waiting: unknown[] = [...starts];
  if (starts.length > 1) lines.push(`select id as folder_id from users -- rows folder_id=${starts}`);
  while (waiting.length > 0) {
    const asked = levels ? waiting : way === 'deep' ? waiting.pop() : waiting.shift();
    if (levels) waiting = [];
    const answer = (await client.query(sql, [asked, ...besides])).rows;
    const next = answer.map((row) => row[by]);
    lines.push(
      `${sql} -- values ${[levels ? `[${asked}]` : asked, ...besides]} rows ${by}=${next.map((one) => one ?? 'null')}`,
    );
    rows.push(...answer);
    for (const one of next) {
      if (one === null || seen.has(one)) continue;
      seen.add(one);
      waiting.push(one);
    }
  }
  return { timeline: lines.join('\n'), rows, steps: lines.length };
}

/** As the replacement numbers them: in the order of the text, literals bound too. */
function bindingsOf({ sql, starts, besides = [], levels }: Case): unknown[] {
  const start = levels || starts.length > 1 ? starts : starts[0];
  return besides.length === 0
    ? [start]
    : [...besides, start, ...[...sql.matchAll(/ < (\d+)/g)].map(([, n]) => Number(n))];
}

function sorted(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
