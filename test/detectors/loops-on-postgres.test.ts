// Loops as apps write them, captured from a real PostgreSQL: found with their source, and replaced by the very SQL that the
// report gives, which answers what the loop did.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { TIMELESS } from '../support/timeless.js';

type Row = Record<string, unknown>;

let pool: pg.Pool;
let profiler: Profiler;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase() });
  await pool.query(`
    create table chat (id int primary key, name text, tag_ids int[]);
    create table tag (id int primary key, name text);
    create table post (id int primary key, title text);
    create table photo (id int primary key, url text);
    create table comment (id int primary key, subject_type text, subject_id int);
    create table message (id int primary key, chat_id int, text text, is_read boolean);
    create table invoice (tenant_id int, number int, primary key (tenant_id, number));
    create table line (id int primary key, tenant_id int, number int, item text);
    insert into tag select n, 'tag ' || n from generate_series(1, 9) n;
    insert into chat values (1, 'a', '{3,5}'), (2, 'b', '{9,1}'), (3, 'c', '{4,3}');
    insert into post select n, 'post ' || n from generate_series(1, 5) n;
    insert into photo select n, 'photo ' || n from generate_series(1, 5) n;
    insert into comment values (1, 'Post', 2), (2, 'Photo', 2), (3, 'Post', 4), (4, 'Photo', 1);
    insert into message select n, 1 + n % 2, 'text ' || n, n % 3 = 0 from generate_series(1, 12) n;
    insert into invoice values (1, 10), (1, 11), (2, 10);
    insert into line select n, 1 + n % 2, 10 + n % 2, 'item ' || n from generate_series(1, 8) n;
  `);
  profiler = createProfiler({ outputs: [], detectors: TIMELESS });
  profiler.instrument(pg);
});

afterAll(async () => {
  await profiler.close();
  await pool.end();
});

const rowsOf = async (sql: string, values: unknown[] = []): Promise<Row[]> => (await pool.query(sql, values)).rows;

/** Captures a loop, and asserts that nothing was missed. */
async function captured<T>(loop: () => Promise<T>): Promise<{ result: T; report: Report }> {
  const { result, report } = await profiler.capture('loop', loop);
  expect(report.profile.dropped + report.profile.unattributed).toBe(0);
  return { result, report };
}

function only(report: Report): { replacement: string; data: Record<string, unknown>; source: number[] } {
  expect(report.findings.map(({ detector, confidence }) => `${detector} ${confidence}`)).toHaveLength(1);
  const [finding] = report.findings;
  if (finding?.replacement == null) throw new Error('no replacement');
  return { ...finding, replacement: finding.replacement };
}

describe('on PostgreSQL', () => {
  it('an array in each row, asked for whole', async () => {
    const { result, report } = await captured(async () => {
      const names: Row[] = [];
      for (const chat of await rowsOf('select id, tag_ids from chat order by id'))
        names.push(...(await rowsOf('select name from tag where id = any($1) order by id', [chat.tag_ids])));
      return names;
    });
    const { replacement, data, source } = only(report);
    expect([report.findings[0]?.confidence, data.proof, source]).toEqual([
      'proven',
      '3 of 3 tag.id are chat.tag_ids',
      [0],
    ]);
    const rows = await rowsOf(replacement, [[3, 5, 9, 1, 4]]);
    expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(result.map(({ name }) => name)));
  });

  it('a row of each type: one loop for each table', async () => {
    const { report } = await captured(async () => {
      for (const { subject_type, subject_id } of await rowsOf('select * from comment order by id'))
        await rowsOf(
          subject_type === 'Post' ? 'select * from post where id = $1' : 'select * from photo where id = $1',
          [subject_id],
        );
    });
    expect(report.findings.map(({ confidence, data, source }) => [confidence, data.proof, source])).toEqual([
      ['proven', '2 of 2 post.id are comment.subject_id', [0]],
      ['proven', '2 of 2 photo.id are comment.subject_id', [0]],
    ]);
  });

  it('a composite key', async () => {
    const { result, report } = await captured(async () => {
      const lines: Row[] = [];
      for (const { tenant_id, number } of await rowsOf('select * from invoice order by 1, 2'))
        lines.push(
          ...(await rowsOf('select item from line where tenant_id = $1 and number = $2', [tenant_id, number])),
        );
      return lines;
    });
    const { replacement, data } = only(report);
    expect(data.proof).toBe('3 of 3 (tenant_id, line.number) are (invoice.tenant_id, invoice.number)');
    const rows = await rowsOf(replacement, [
      [1, 1, 2],
      [10, 11, 10],
    ]);
    expect(rows.map(({ item }) => item).sort()).toEqual(result.map(({ item }) => item).sort());
  });

  it.each<[string, string, (row: Row | undefined) => unknown]>([
    ['a count', 'select count(*)::int as n from message where chat_id = $1', (row) => row?.n ?? 0],
    [
      'an EXISTS',
      'select exists(select from message where chat_id = $1 and is_read) as found',
      (row) => row !== undefined && row.found !== false,
    ],
    ['a probe', 'select 1 as one from message where chat_id = $1 limit 1', (row) => row !== undefined],
    ['the newest', 'select text from message where chat_id = $1 order by id desc limit 1', (row) => row?.text],
    ['the second', 'select text from message where chat_id = $1 order by id offset 1 limit 1', (row) => row?.text],
    ['a sum', 'select sum(id)::int as sum from message where chat_id = $1', (row) => row?.sum ?? null],
  ])('%s per row, with a parent that has none', async (_, sql, answer) => {
    const { result, report } = await captured(async () => {
      const answers: unknown[] = [];
      for (const { id } of await rowsOf('select id from chat order by id'))
        answers.push(answer((await rowsOf(sql, [id]))[0]));
      return answers;
    });
    const { replacement } = only(report);
    // The literals of the text are parameters there, after the keys or before them.
    const values = Array.from({ length: (replacement.match(/\$\d+/g) ?? []).length }, (__, i) =>
      i === 0 ? [1, 2, 3] : 1,
    );
    const rows = await rowsOf(replacement, values);
    expect([1, 2, 3].map((id) => answer(rows.find(({ chat_id }) => chat_id === id)))).toEqual(result);
  });

  it('rows inserted one by one', async () => {
    const { report } = await captured(async () => {
      for (const id of [21, 22, 23])
        await rowsOf('insert into tag (id, name) values ($1, upper($2)) returning *', [id, `new ${id}`]);
    });
    const { replacement } = only(report);
    expect(await rowsOf(replacement, [24, 'new 24', 25, 'new 25'])).toEqual([
      { id: 24, name: 'NEW 24' },
      { id: 25, name: 'NEW 25' },
    ]);
  });

  it('rows updated one by one', async () => {
    const { report } = await captured(async () => {
      for (const { id } of await rowsOf('select id from chat'))
        await rowsOf('update chat set name = $1 where id = $2', [`name ${id}`, id]);
    });
    const { replacement } = only(report);
    await rowsOf(replacement, [
      ['x', "it's", null],
      [1, 2, 3],
    ]);
    expect(await rowsOf('select name from chat order by id')).toEqual([
      { name: 'x' },
      { name: "it's" },
      { name: null },
    ]);
  });
});
