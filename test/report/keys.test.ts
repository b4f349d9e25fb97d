// Keys of findings hold where code moves: captured from real code over a real PostgreSQL, as it is first, and as it is after somebody has worked on it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProfiler, type Profiler } from '../../src/index.js';
import {
  baselineText,
  EMPTY_BASELINE,
  judgeByBaseline,
  parseBaseline,
  withFindings,
} from '../../src/report/baseline.js';
import type { Report } from '../../src/report/report.js';
import { findingGroups } from '../../src/report/run.js';
import { freshDatabase } from '../postgres.js';
import { TIMELESS } from '../support/timeless.js';
import { runOf } from './run-of.js';

const require = createRequire(__filename);
let root: string;
let pool: pg.Pool;
let profiler: Profiler;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'queryscope-keys-'));
  pool = new pg.Pool({ connectionString: await freshDatabase() });
  await pool.query(`
    create table chat (id serial primary key, topic text);
    create table message (id serial primary key, chat_id int, text text);
    insert into chat (topic) select 'topic' from generate_series(1, 3);
    insert into message (chat_id) select id from chat`);
  profiler = createProfiler({ outputs: [], root, detectors: TIMELESS });
  profiler.instrument(pg);
});

afterAll(async () => {
  await profiler?.close();
  await pool?.end();
  rmSync(root, { recursive: true });
});

const FUNCTIONS = [
  `async function listChats(pool) {
  const { rows: chats } = await pool.query('select id from chat order by id');
  for (const chat of chats) {
    chat.messages = await pool.query('select text from message where chat_id = $1', [chat.id]);
  }
  return chats;
}`,
  `async function copyChats(pool) {
  const { rows } = await pool.query('select id, topic from chat where id <= 3');
  for (const { id, topic } of rows) {
    await pool.query('update chat set topic = $1 where id = $2', [topic + '!', id]);
  }
}`,
  `async function openChat(pool) {
  const { rows: [chat] } = await pool.query('insert into chat (topic) values ($1) returning id', ['new']);
  await pool.query('insert into message (chat_id, text) values ($1, $2)', [chat.id, 'hello']);
}`,
];
const EXPORTS = 'module.exports = { listChats, copyChats, openChat };\n';

type Code = Record<'listChats' | 'copyChats' | 'openChat', (pool: pg.Pool) => Promise<unknown>>;

/** What the code of a file is reported to do. */
async function reportsOf(file: string, text: string, label = 'GET /chats'): Promise<Report[]> {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const { listChats, copyChats, openChat } = require(path) as Code;
  const reports: Report[] = [];
  for (const work of [listChats, copyChats, openChat]) {
    reports.push((await profiler.capture(label, () => work(pool))).report);
  }
  return reports;
}

const keysOf = (reports: Report[]) =>
  findingGroups(runOf(...reports))
    .map(({ key }) => key)
    .sort();

it('hold where lines are added above, functions change places, a file moves to another folder, a label changes, and it is written otherwise', async () => {
  const before = await reportsOf('src/chats.cjs', `${FUNCTIONS.join('\n\n')}\n${EXPORTS}`);
  const keys = keysOf(before);
  expect(keys.map((key) => key.replace(/:[0-9a-f]{12,}/g, ':…'))).toMatchInlineSnapshot(`
    [
      "missing-transaction:…:-:openChat:chats.cjs",
      "n-plus-one:…:…:listChats:chats.cjs",
      "write-loop:…:…:copyChats:chats.cjs",
    ]
  `);
  const above = `// A comment.\nconst unused = () => 1;\n${'\n'.repeat(30)}`;
  const changes: [string, string, string?][] = [
    ['a/chats.cjs', `${above}${FUNCTIONS.join('\n\n')}\n${EXPORTS}`],
    ['b/chats.cjs', `${FUNCTIONS.toReversed().join('\n\n')}\n${EXPORTS}`],
    ['packages/api/src/deep/chats.cjs', `${FUNCTIONS.join('\n\n')}\n${EXPORTS}`],
    ['c/chats.cjs', `${FUNCTIONS.join('\n\n')}\n${EXPORTS}`, 'GET /other'],
    [
      'd/chats.cjs',
      `${FUNCTIONS.join('\n\n').replaceAll('  ', '\t').replaceAll('= await', '=\n\n await').replaceAll("'select ", "'SELECT   ")}\n${EXPORTS}`,
    ],
  ];
  for (const [file, text, label] of changes) expect(keysOf(await reportsOf(file, text, label))).toEqual(keys);

  const baseline = parseBaseline(
    baselineText(withFindings(EMPTY_BASELINE, runOf(...before), keys, { since: '2026-01-01' })),
  );
  const moved = runOf(
    ...(await reportsOf('e/chats.cjs', `${above}${FUNCTIONS.toReversed().join('\n\n')}\n${EXPORTS}`)),
  );
  const { fresh, known, gone } = judgeByBaseline(moved, baseline, { complete: true });
  expect([fresh, known.length, gone]).toEqual([[], keys.length, []]);
});

it('do not hold where the statement, its source, the function or the file is another', async () => {
  const text = `${FUNCTIONS.join('\n\n')}\n${EXPORTS}`;
  const keys = new Set(keysOf(await reportsOf('src/chats.cjs', text)));
  const changes: [string, string][] = [
    ['f/chats.cjs', text.replace('select text from message', 'select id, text from message')],
    ['g/chats.cjs', text.replace('select id from chat', 'select id, topic from chat')],
    ['h/chats.cjs', text.replaceAll('listChats', 'allChats').replace('{ allChats,', '{ listChats: allChats,')],
    ['i/rooms.cjs', text],
  ];
  for (const [file, changed] of changes) {
    const others = keysOf(await reportsOf(file, changed)).filter((key) => !keys.has(key));
    expect(others).toContainEqual(expect.stringMatching(/^n-plus-one:/));
  }
});
