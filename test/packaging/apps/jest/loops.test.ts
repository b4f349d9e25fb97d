// A ts-jest suite: Jest gives every test file modules of its own, so pg and queryscope are loaded once more in each.

import * as pg from 'pg';
import { createProfiler } from 'queryscope';

const profiler = createProfiler({ outputs: [] });
profiler.instrument(pg);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

afterAll(async () => {
  await pool.end();
  await profiler.close();
});

test('a statement per row is found', async () => {
  const { report } = await profiler.capture('loop', async () => {
    const chats = await pool.query<{ id: number }>('select id from chat');
    for (const { id } of chats.rows) {
      await pool.query('select text from message where chat_id = $1', [id]);
    }
  });
  expect(report.profile.statements).toHaveLength(3);
  expect(report.findings.map(({ detector, confidence, callSite }) => [detector, confidence, callSite?.file])).toEqual([
    ['n-plus-one', 'proven', expect.stringMatching(/loops\.test\.ts$/)],
  ]);
});

test('one statement for all rows is not', async () => {
  const { report } = await profiler.capture('batch', async () => {
    const chats = await pool.query<{ id: number }>('select id from chat');
    await pool.query('select text from message where chat_id = any($1)', [chats.rows.map(({ id }) => id)]);
  });
  expect(report.profile.statements).toHaveLength(2);
  expect(report.findings).toEqual([]);
});
