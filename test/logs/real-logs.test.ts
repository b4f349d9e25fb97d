// The story in the logs that the real tools wrote of it: Django, SQLAlchemy and the PostgreSQL that they asked. `golden/` says in which versions;
// `real-tools/` is how they were made.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { csvlog, jsonlog, stderr } from '../../src/logs/postgres/server-formats.js';
import { django, sqlalchemy } from '../../src/logs/python/orm-formats.js';
import { judgeLog, told } from './judged-log.js';

const golden = (path: string) => readFileSync(join(__dirname, 'golden', path), 'utf8');

/** One read of the chats, one for each of their messages, one for each sender. */
const TREE = '23 statements: n-plus-one likely 2, n-plus-one likely 20';

/** Lazily, eagerly, the transfer in autocommit and as one unit: by Django, then by SQLAlchemy, each act in a session of its own. */
const BY_SERVER = [
  TREE,
  '3 statements: nothing',
  '2 statements: missing-transaction likely 2',
  '2 statements: nothing',
  TREE,
  '3 statements: nothing',
  '2 statements: missing-transaction likely 2',
  '2 statements: nothing',
];

describe("the server's log of both", () => {
  const prefix = '%m [%p] %q%u@%d app=%a session=%c vxid=%v ';

  test.each([
    ['csvlog', csvlog, 'story.csv'],
    ['jsonlog', jsonlog, 'story.json'],
    ['stderr', stderr, 'story.log'],
  ])('%s: the loop of 20 of 23 and the transfer, and nothing of what is well', async (_name, format, file) => {
    const judged = await judgeLog(format, golden(`debian-12/${file}`), { logLinePrefix: prefix });
    expect(told(judged)).toEqual(BY_SERVER);
    expect(judged.skips).toEqual([]);
    for (const { profile } of judged.reports) {
      expect(profile.source).toBe('log');
      expect(profile.visible).toEqual({ values: true, rows: false, connections: true, callSites: false });
    }
    expect(JSON.stringify(judged.reports)).not.toMatch(/"values":\[|proven/);
  });

  test('the atomic transfer is one transaction, which committed', async () => {
    const { reports } = await judgeLog(csvlog, golden('debian-12/story.csv'));
    const atomic = reports.filter(({ profile }) => profile.statements.length === 4);
    expect(atomic.map(({ profile }) => profile.transactions.map(({ outcome }) => outcome))).toEqual([
      ['committed'],
      ['committed'],
    ]);
    expect(atomic.map(({ profile }) => profile.label.replace(/ on .*/, ''))).toEqual(['django', 'sqlalchemy']);
  });

  test('without its session, what began and ended where is a guess: at most possible, but in a transaction or by values', async () => {
    const log = golden('debian-12/story.log').replace(/.*(?:connection|disconnection).*\n/g, '');
    const guessed = await judgeLog(stderr, log, { logLinePrefix: prefix });
    expect(told(guessed)).toEqual(
      BY_SERVER.map((line, act) => (act === 0 ? line.replaceAll('likely', 'possible') : line)),
    );
    expect([guessed.skips, guessed.guessed]).toEqual([[], 8]);
    const given = await judgeLog(stderr, log, { logLinePrefix: prefix, pauseMs: 250 });
    expect([told(given), given.guessed]).toEqual([BY_SERVER, 0]);
  });
});

describe.each(['debian-12', 'newer'])('%s', (folder) => {
  test("SQLAlchemy's engine: its session is one transaction, and so is the loop", async () => {
    const judged = await judgeLog(sqlalchemy, golden(`${folder}/sqlalchemy.log`));
    expect(told(judged)).toEqual([
      TREE,
      '3 statements: nothing',
      '2 statements: missing-transaction likely 2',
      '2 statements: nothing',
    ]);
    expect([judged.skips, judged.guessed]).toEqual([[], 4]);
  });

  test('at DEBUG it has the rows too: the whole tree, proven', async () => {
    const judged = await judgeLog(sqlalchemy, golden(`${folder}/sqlalchemy-rows.log`));
    expect(told(judged)).toEqual(['23 statements: n-plus-one proven 2, n-plus-one proven 20']);
    const [report] = judged.reports;
    expect(report?.findings[0]?.message).toBe('23 statements where 3 do');
    expect(report?.findings[1]?.parent).toBe(report?.findings[0]?.id);
    expect(report?.profile.visible.rows).toBe(true);
    expect(JSON.stringify(report)).not.toMatch(/message 1\b/);
  });
});

test("Django's log before 4.2 shows no transaction, so nothing is said of any", async () => {
  const judged = await judgeLog(django, golden('debian-12/django.log'));
  expect(told(judged)).toEqual([TREE, '3 statements: nothing', '2 statements: nothing', '2 statements: nothing']);
  expect(judged.reports.map(({ profile }) => [profile.label, profile.kind, profile.outcome.status])).toEqual([
    ['GET /lazy', 'request', 200],
    ['GET /eager', 'request', 200],
    ['GET /transfer', 'request', 200],
    ['GET /atomic', 'request', 200],
  ]);
  expect(judged.reports.map(({ profile }) => profile.visible.connections)).toEqual([false, false, false, false]);
});

test("Django's log from 4.2 on shows them, from the first that it has", async () => {
  const log = golden('newer/django.log');
  expect(told(await judgeLog(django, log)).slice(2)).toEqual(['2 statements: nothing', '2 statements: nothing']);
  const judged = await judgeLog(django, [log, log.replaceAll(' 12:07:', ' 12:09:')]);
  expect(told(judged).slice(4)).toEqual([
    TREE,
    '3 statements: nothing',
    '2 statements: missing-transaction likely 2',
    '2 statements: nothing',
  ]);
  expect(judged.reports.at(-1)?.profile.transactions.map(({ outcome }) => outcome)).toEqual(['committed']);
});

test("without the server's lines, Django's requests are divided by pauses", async () => {
  const log = golden('newer/django.log').replace(/.*django\.server.*\n/g, '');
  const guessed = await judgeLog(django, log);
  expect(told(guessed)[0]).toBe(TREE.replaceAll('likely', 'possible'));
  expect(told(await judgeLog(django, log, { pauseMs: 200 }))[0]).toBe(TREE);
});
