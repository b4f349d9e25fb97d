// Any statement of a loop against its replacement: drawn from a grammar, run on a real PostgreSQL, once per value and once
// for all. The rows of each key are the same, and so is what the writes leave behind.

import { parseSync } from 'libpg-query';
import { expect, it } from 'vitest';
import { batchFor } from '../../../src/detectors/replacement/replacement.js';
import type { Batch } from '../../../src/detectors/replacement/tokens.js';
import { viewOf } from '../../../src/profile/views.js';
import fc from '../../support/properties.js';
import { profileOf } from '../../support/timeline.js';
import { openDatabase } from './open-database.js';
import { bindingsOf, type Run, takesTwo, type Value } from './run-batch.js';

const SCHEMA = `
  create table author (id int primary key, name text);
  create table post (id serial primary key, author_id int, tenant_id smallint, title varchar(40), score numeric, done boolean default false,
    tag uuid, body jsonb, at timestamp, unique (tenant_id, title));
  insert into author select n, 'author ' || n from generate_series(1, 6) n;
  insert into post (author_id, tenant_id, title, score, done, tag, body, at)
    select nullif(1 + n % 7, 7), n % 3, 'Title ' || n, n * 1.5, n % 2 = 0, ('00000000-0000-0000-0000-00000000000' || n % 4)::uuid,
      jsonb_build_object('n', n), '2024-05-01'::timestamp + n * interval '1 hour'
    from generate_series(1, 30) n;
`;
const RUNS = Number(process.env.REPLACEMENT_RUNS ?? 400);

const client = openDatabase(SCHEMA);

/** A column that a loop asks by, as PostgreSQL calls its type, with values of it that have rows, and that have none. */
const KEYS: Record<string, { type: string; values: Value[] }> = {
  author_id: { type: 'int', values: [1, 2, 3, 4, 5, 6, 99] },
  tenant_id: { type: 'smallint', values: [0, 1, 2, 77] },
  id: { type: 'int', values: [1, 2, 3, 8, 9, 30, 31] },
  tag: { type: 'uuid', values: [0, 1, 2, 3, 9].map((n) => `00000000-0000-0000-0000-00000000000${n}`) },
  title: { type: 'text', values: ['Title 1', 'Title 2', 'Title 17', "it's none"] },
};

/** One loop: a text with places for its values, and the values of each turn. */
interface Loop {
  /** `:name` where a value goes. */
  template: string;
  turns: Record<string, Value>[];
  /** Bound to `$n`, or written into the text. */
  inline: boolean;
}

const quote = (value: Value): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

function runsOf({ template, turns, inline }: Loop): Run[] {
  return turns.map((turn) => {
    const values: Value[] = [];
    const places = new Map<string, number>();
    const sql = template.replace(/(?<!:):(\w+)/g, (_, name: string) => {
      const value = turn[name] as Value;
      if (inline) return quote(value);
      const place = places.get(name) ?? values.push(value);
      places.set(name, place);
      return `$${place}`;
    });
    return { sql, values };
  });
}

const from = (...texts: string[]) => fc.constantFrom(...texts);

/** Terms beside the key, with the values that they take: the same in each turn. */
const filter = from(
  '',
  'done',
  'not done',
  'score > 12',
  'score > :least',
  'score between 3 and 40',
  "title like 'Title 1%'",
  'title like :like',
  '(done or score > 20)',
  '(done or (score < :least and author_id is not null))',
  'tenant_id in (0, 1)',
  'author_id is distinct from 3',
  "at >= '2024-05-01'::timestamp",
  'exists (select 1 from author where author.id = post.author_id)',
);
const CONSTANTS = { least: 10, like: 'Title %', size: 2, start: 1, word: 'none' };

const keys = fc.shuffledSubarray(Object.keys(KEYS), { minLength: 1, maxLength: 2 });

/** Turns with different keys; of two columns also pairs that share one of them. */
const turnsOf = (columns: readonly string[], extra: Record<string, fc.Arbitrary<Value>> = {}) =>
  fc.uniqueArray(
    fc.record({
      ...Object.fromEntries(columns.map((column) => [column, fc.constantFrom(...(KEYS[column]?.values ?? []))])),
      ...extra,
    }),
    { minLength: 2, maxLength: 5, selector: (turn) => columns.map((column) => turn[column]).join(' ') },
  );

const condition = (columns: readonly string[], owner: string, casts: boolean, brackets: boolean) =>
  columns
    .map((column) => `${owner}${column} = :${column}${casts ? `::${KEYS[column]?.type}` : ''}`)
    .map((term) => (brackets ? `(${term})` : term));

const reads: fc.Arbitrary<Loop> = fc
  .record({
    columns: keys,
    source: from(
      'post',
      'post',
      'post p',
      'post as p',
      'author a join post p on a.id = p.author_id',
      'post p left join author a on a.id = p.author_id',
    ),
    list: from(
      '*',
      'p.*',
      'id, title',
      'title',
      'p.title, p.author_id',
      'author_id as "authorId", tenant_id, title',
      'count(*)',
      'count(*)::int as n, max(score)',
      'coalesce(sum(score), 0) as total',
      'stddev(score)',
      "string_agg(title, ', ' order by title)",
      'distinct done',
      'distinct on (done) done, title',
      'title, row_number() over (order by p.title) as place',
      '1',
      '1 as one',
      'upper(title) as id',
      'coalesce(title, :word) as t',
      'p.*, a.name',
      'a.*',
      'json_agg(title order by title)',
      "case when done then 'a' else 'b' end as x",
      'score / 2.0 as half',
    ),
    filter,
    first: fc.boolean(),
    group: fc.boolean(),
    order: from('', 'title', 'title desc', 'score desc, title'),
    limit: from('', '', '', 'limit 1', 'limit :size', 'limit 2 offset 1', 'fetch first 2 rows only'),
    casts: fc.boolean(),
    brackets: fc.boolean(),
    exists: fc.integer({ max: 9, min: 0 }),
    inline: fc.boolean(),
  })
  .chain((draw) => {
    const joined = draw.source.includes('join');
    const owner = draw.source === 'post' ? '' : 'p.';
    const own = (text: string) =>
      joined ? text.replace(/(?<![.:\w'])(id|title|author_id|tenant_id)(?![\w'.])/g, 'p.$1') : text;
    const list =
      draw.source === 'post' ? draw.list.replaceAll('p.', '').replace(', a.name', '').replace('a.*', '*') : draw.list;
    const terms = condition(draw.columns, owner, draw.casts, draw.brackets);
    if (draw.filter !== '')
      terms.splice(
        draw.first ? 0 : terms.length,
        0,
        draw.source === 'post' ? draw.filter : draw.filter.replace('post.', 'p.'),
      );
    const isAggregate = /^(count|coalesce\(sum|stddev|string_agg|json_agg)/.test(list);
    const group = isAggregate && draw.group ? ' group by done' : '';
    const isWhole = isAggregate || /^distinct/.test(list);
    // A page needs an order that leaves no choice.
    const order = isWhole ? '' : draw.limit !== '' && !draw.order.includes('title') ? 'title' : draw.order;
    const tail = `${order === '' ? '' : ` order by ${owner}${order}`}${draw.limit === '' || isWhole ? '' : ` ${draw.limit}`}`;
    const body = `from ${draw.source} where ${own(terms.join(' and '))}`;
    const distinctOn = list.startsWith('distinct on') ? ` order by done, ${owner}title` : '';
    const template =
      draw.exists === 0
        ? `select exists(select 1 ${body}) as found`
        : `select ${own(list)} ${body}${group}${distinctOn}${tail}`;
    return turnsOf(draw.columns).map((turns) => ({
      template,
      turns: turns.map((turn) => ({ ...turn, ...CONSTANTS })),
      inline: draw.inline && !draw.casts,
    }));
  });

const text = from('Title 1', 'new', "it's", '{"a": "b,c"}', '', '\\x');

const writes: fc.Arbitrary<Loop> = fc.oneof(
  fc
    .record({
      head: from(
        'insert into post (title, tenant_id, author_id) values (:new, :tenant_id, :author_id)',
        'insert into post (title, tenant_id, author_id, at) values (:new::text, :tenant_id::smallint, :author_id::int, default)',
        'insert into post (title, tenant_id, score) values (lower(:new), :tenant_id, :author_id + 1)',
        'insert into post (title, tenant_id, body) values (:new, :tenant_id, to_jsonb(:author_id::int))',
        'insert into post (title, tenant_id, done) values (coalesce(:new, :word), :tenant_id, true)',
      ),
      conflict: from(
        '',
        ' on conflict do nothing',
        ' on conflict (tenant_id, title) do update set author_id = excluded.author_id',
        ' on conflict (tenant_id, title) do update set score = post.score + 1 where post.score > :least',
        ' on conflict (tenant_id, title) do update set author_id = :author_id, done = true',
      ),
      returning: from('', ' returning id', ' returning *'),
      turns: turnsOf(['tenant_id', 'author_id'], { new: text }),
      inline: fc.boolean(),
    })
    .map(({ head, conflict, returning, turns, inline }) => ({
      template: head + conflict + returning,
      turns: turns.map((turn) => ({ ...CONSTANTS, ...turn })),
      inline,
    })),
  fc
    .record({
      columns: keys,
      set: from(
        'done = true',
        'score = score + 1',
        'title = :new',
        'title = :new, done = true',
        'title = :new::text, score = score - :least',
        'score = score - :step',
        'score = post.score * :step, done = not done',
        'body = :json',
        'at = :time, body = null',
        'author_id = :step',
        'score = :step, author_id = null',
        'score = coalesce(score, :step)',
        '(title, score) = (:new, :step)',
      ),
      filter,
      first: fc.boolean(),
      casts: fc.boolean(),
      brackets: fc.boolean(),
      alias: from('post', 'post', 'public.post'),
      returning: from('', ' returning id', ' returning *', ' returning post.id, title, score as s'),
      inline: fc.boolean(),
    })
    .chain(({ columns, set, filter, first, casts, brackets, alias, returning, inline }) => {
      const terms = condition(columns, '', casts, brackets);
      if (filter !== '') terms.splice(first ? 0 : terms.length, 0, filter);
      return turnsOf(columns, {
        new: text,
        step: fc.integer({ min: 1, max: 50 }),
        json: from('{"a": [1, "x,y"]}', '"\\"{}"', 'null', '[]'),
        time: from('2024-05-01 10:00:00.123', '2025-12-31'),
      }).map((turns) => ({
        template: `update ${alias} set ${set} where ${terms.join(' and ')}${returning}`,
        turns: turns.map((turn) => ({ ...CONSTANTS, ...turn })),
        inline: inline && !casts,
      }));
    }),
  fc
    .record({ columns: keys, filter, returning: from('', ' returning *'), casts: fc.boolean(), inline: fc.boolean() })
    .chain(({ columns, filter, returning, casts, inline }) => {
      const terms = [...condition(columns, '', casts, false), ...(filter === '' ? [] : [filter])];
      return turnsOf(columns).map((turns) => ({
        template: `delete from post where ${terms.join(' and ')}${returning}`,
        turns: turns.map((turn) => ({ ...CONSTANTS, ...turn })),
        inline: inline && !casts,
      }));
    }),
);

const written = { reads: 0, writes: 0 };

it('a read has the same rows for each key', async () => {
  await fc.assert(
    fc.asyncProperty(reads, async (loop) => {
      const runs = runsOf(loop);
      const answers = await answersOf(runs);
      if (answers === null) return;
      const batch = replacementOf(
        runs,
        answers.map(({ rows }) => rows.length),
      );
      if (batch === null) return;
      written.reads++;
      expectSameRows(loop, answers, await run(batch.sql, bindingsOf(batch, runs)));
    }),
    { numRuns: RUNS },
  );
  expect(written.reads).toBeGreaterThan(RUNS / 2);
}, 120_000);

it('a write leaves the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(writes, async (loop) => {
      const runs = runsOf(loop);
      const one = await undone(async () => {
        const returned: unknown[] = [];
        for (const { sql, values } of runs) returned.push(...(await run(sql, values)).rows);
        return returned;
      });
      if (one === null) return;
      const batch = replacementOf(
        runs,
        runs.map(() => 0),
      );
      if (batch === null) return;
      written.writes++;
      const all = await undone(async () => {
        if (!takesTwo(batch)) return (await run(batch.sql, bindingsOf(batch, runs))).rows;
        const returned: unknown[] = [];
        for (let i = 0; i < runs.length; i += 2) {
          const pair = runs.slice(i, i + 2);
          const { sql, values } =
            pair.length === 2 ? { sql: batch.sql, values: bindingsOf(batch, pair) } : (pair[0] as Run);
          returned.push(...(await run(sql, values)).rows);
        }
        return returned;
      });
      expect(all, batch.sql).toEqual(one);
    }),
    { numRuns: RUNS },
  );
  expect(written.writes).toBeGreaterThan(RUNS / 2);
}, 120_000);

interface Answer {
  rows: unknown[][];
  fields: { name: string }[];
}

async function run(sql: string, values: readonly unknown[]): Promise<Answer> {
  return client.query({ text: sql, values: values as unknown[], rowMode: 'array' });
}

/** What each turn answers; null where the grammar drew a statement that PostgreSQL refuses. */
async function answersOf(runs: readonly Run[]): Promise<Answer[] | null> {
  const answers: Answer[] = [];
  for (const { sql, values } of runs) {
    try {
      answers.push(await run(sql, values));
    } catch {
      return null;
    }
  }
  return answers;
}

function replacementOf(runs: readonly Run[], rows: readonly number[]): Batch | null {
  const timeline = runs
    .map(
      ({ sql, values }, i) =>
        `${sql} -- ${values.length > 0 ? `values ${values.map(quote).join(', ')}` : ''} rows ${rows[i]}`,
    )
    .join('\n');
  const repeat = viewOf(profileOf(timeline)).repeats.find(({ statements }) => statements.length === runs.length);
  const batch = repeat === undefined ? null : batchFor(repeat);
  if (batch !== null) expect(() => parseSync(batch.sql), batch.sql).not.toThrow();
  return batch;
}

/** What transactions return and make of the table, before they are rolled back; null where PostgreSQL refuses one of the statements. */
async function undone(work: () => Promise<unknown[]>): Promise<{ returned: string[]; left: string[] } | null> {
  await client.query("begin; select setval(pg_get_serial_sequence('post', 'id'), 1000)");
  try {
    const returned = await work();
    const left = await client.query('select to_jsonb(post) as row from post');
    return { returned: sorted(returned), left: sorted(left.rows) };
  } catch {
    return null;
  } finally {
    await client.query('rollback');
  }
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** The batch's rows that have a turn's key are what that turn answered. */
function expectSameRows({ template, turns }: Loop, answers: readonly Answer[], batch: Answer): void {
  const columns = [...template.matchAll(/= :(\w+)/g)]
    .map((match) => match[1] as string)
    .filter((name) => name in KEYS && new Set(turns.map((turn) => turn[name])).size > 1);
  const [first] = answers as [Answer];
  const width = first.fields.length;
  const asks = /^select (exists|1\b)/.test(template);
  const places = columns.map((column) => {
    const names = [column, `key_${column}`, column === 'author_id' ? 'authorId' : column];
    const place = batch.fields.findLastIndex(({ name }) => names.includes(name));
    expect(place, `${column} in the rows of ${template}`).toBeGreaterThanOrEqual(0);
    return place;
  });
  let taken = 0;
  for (const [i, turn] of turns.entries()) {
    const own = batch.rows.filter((row) =>
      columns.every((column, k) => String(row[places[k] as number]) === String(turn[column])),
    );
    taken += own.length;
    const expected = (answers[i] as Answer).rows;
    if (asks) {
      const counts = expected.filter(([one]) => one !== false).length;
      expect(own.length, template).toBe(/exists|limit|fetch/.test(template) ? Math.min(1, counts) : counts);
    } else if (own.length > 0 || !isOfNoRows(expected)) {
      expect(sorted(own.map((row) => row.slice(0, width))), template).toEqual(sorted(expected));
    }
  }
  expect(taken, 'rows of no turn').toBe(batch.rows.length);
}

/** What an aggregate says of no rows: a batch has no row for it. */
function isOfNoRows(rows: readonly unknown[][]): boolean {
  return rows.length === 1 && (rows[0] as unknown[]).every((value) => value === null || Number(value) === 0);
}
