// SQLAlchemy's engine log in the formats in which it is written, and what it says beside plain statements.

import { expect, test } from 'vitest';
import { sqlalchemy } from '../../../src/logs/python/orm-formats.js';
import { type JudgedLog, judgeLog } from '../judged-log.js';

const textsOf = ({ reports }: JudgedLog): string[] =>
  reports.flatMap(({ profile }) => profile.statements.map(({ sql }) => sql));

const MESSAGES = [
  'BEGIN (implicit)',
  'SELECT a \nFROM t \nWHERE id = %(id_1)s',
  "[generated in 0.00013s] {'id_1': 5}",
  'COMMIT',
];

/** How a formatter writes the head of a line. */
const HEADS = {
  'echo=True': '2026-11-26 11:30:22,517 INFO sqlalchemy.engine.Engine ',
  'of 1.3': '2026-11-26 11:30:22,517 INFO sqlalchemy.engine.base.Engine ',
  'of basicConfig': 'INFO:sqlalchemy.engine.Engine:',
  'with dashes': '2026-11-26T11:30:22.517+01:00 - sqlalchemy.engine.Engine - INFO - ',
  'with brackets': '[2026-11-26 11:30:22,517] [MainThread] [INFO] [sqlalchemy.engine.Engine] ',
  'with where in the source': '2026-11-26 11:30:22,517 base.py:NUMBER INFO sqlalchemy.engine.Engine ',
  "with an engine's name": '2026-11-26 11:30:22,517 INFO sqlalchemy.engine.Engine.main ',
};

test.each(Object.entries(HEADS))('%s', async (_name, head) => {
  const judged = await judgeLog(
    sqlalchemy,
    MESSAGES.map((message, i) => `${head.replace('NUMBER', String(i))}${message}\n`).join(''),
  );
  expect(textsOf(judged)).toEqual(['BEGIN', 'SELECT a \nFROM t \nWHERE id = $1', 'COMMIT']);
  expect(judged.reports[0]?.profile.statements[1]?.slotKeys).toHaveLength(1);
  expect(judged.skips).toEqual([]);
  expect(sqlalchemy.recognise(Buffer.from(`${head}BEGIN (implicit)\nx`), { logLinePrefix: null })).toBe(true);
});

const log = (...messages: string[]) =>
  judgeLog(sqlalchemy, messages.map((message) => `${HEADS['echo=True']}${message}\n`).join(''));

test('values of 1.3, of a token, of many rows, and hidden ones', async () => {
  const judged = await log(
    'SELECT 1 FROM t WHERE a = %s',
    '(5,)',
    '[token] SELECT 2 FROM t WHERE a = %s',
    '[token] [cached since 0.01s ago] (5,)',
    'INSERT INTO t (a) VALUES (%(a)s)',
    "[no key 0.00013s] [{'a': 1}, {'a': 2}]",
    'INSERT INTO t (a) VALUES (%(a__0)s), (%(a__1)s) RETURNING t.id',
    "[generated in 0.00014s (insertmanyvalues) 1/2 (ordered; batch not supported)] {'a__0': 1, 'a__1': 2}",
    'INSERT INTO t (a) VALUES (%(a__0)s) RETURNING t.id',
    "[insertmanyvalues 2/2 (ordered; batch not supported)] {'a__0': 3}",
    'SELECT 3 FROM t WHERE a = %s',
    '[generated in 0.00013s] [SQL parameters hidden due to hide_parameters=True]',
    'SELECT 4 FROM t WHERE a = %s',
    '[generated in 0.00013s] (1, 2 ... 50 parameters truncated ... 99)',
  );
  const statements = judged.reports[0]?.profile.statements ?? [];
  expect(statements.map(({ sql }) => sql)).toEqual([
    'SELECT ? FROM t WHERE a = $1',
    'SELECT ? FROM t WHERE a = $1',
    'INSERT INTO t (a) VALUES ($1)',
    'INSERT INTO t (a) VALUES ($1), ($2) RETURNING t.id',
    'INSERT INTO t (a) VALUES ($1) RETURNING t.id',
    'SELECT ? FROM t WHERE a = $1',
    'SELECT ? FROM t WHERE a = $1',
  ]);
  expect(statements.map(({ slotKeys }) => slotKeys === null)).toEqual([false, false, false, false, false, true, true]);
  expect(statements[2]?.listSizes).toEqual([2]);
  expect(judged.skips).toEqual([]);
});

test('what the DBAPI is not sent is no statement', async () => {
  const judged = await log(
    'BEGIN (implicit; DBAPI should not BEGIN due to autocommit mode)',
    'INSERT INTO t (a) VALUES (%(a)s)',
    "[raw sql] {'a': 1}",
    'COMMIT using DBAPI connection.commit(), has no effect due to autocommit mode',
    'ROLLBACK using DBAPI connection.rollback(); set skip_autocommit_rollback to prevent fully',
    'ROLLBACK will be skipped by skip_autocommit_rollback',
  );
  expect(textsOf(judged)).toEqual(['INSERT INTO t (a) VALUES ($1)']);
  expect(judged.skips).toEqual([]);
});

test('threads that the formatter tells apart are sessions of their own', async () => {
  const line = (thread: string, message: string) =>
    `2026-11-26 11:30:22,517 [${thread}] INFO sqlalchemy.engine.Engine ${message}\n`;
  const judged = await judgeLog(
    sqlalchemy,
    [
      line('one', 'SELECT a \nFROM t'),
      line('two', 'SELECT b \nFROM t'),
      line('one', '[raw sql] ()'),
      line('two', '[raw sql] ()'),
    ].join(''),
  );
  expect(judged.reports.map(({ profile }) => [profile.label, ...profile.statements.map(({ sql }) => sql)])).toEqual([
    ['sqlalchemy one', 'SELECT a \nFROM t'],
    ['sqlalchemy two', 'SELECT b \nFROM t'],
  ]);
});

test('names without end are no threads', async () => {
  const lines = Array.from(
    { length: 3_000 },
    (_, i) => `[request ${i}] INFO sqlalchemy.engine.Engine BEGIN (implicit)\n`,
  );
  const judged = await judgeLog(sqlalchemy, lines.join(''));
  expect(new Set(judged.reports.map(({ profile }) => profile.label)).size).toBe(1_001);
});

test('what is not understood is counted, with the first place', async () => {
  const text = `Starting\n${HEADS['echo=True']}[raw sql] ()\n${HEADS['echo=True']}SELECT 1 ... 20 characters truncated ... x\n${HEADS['echo=True']}[raw sql] ()\n${HEADS['echo=True']}SELECT 2\n`;
  expect((await judgeLog(sqlalchemy, text)).skips).toEqual([
    "1 lines are not SQLAlchemy's engine's (first: 1.log line 1)",
    '1 values are of a statement that is missing (first: 1.log line 2)',
    '1 statements were shortened by SQLAlchemy (first: 1.log line 4)',
    '1 messages are no statement, or lack its values (first: 1.log line 5)',
  ]);
});

test('rows that do not fit their columns prove nothing', async () => {
  const judged = await log('SELECT t.id FROM t', '[raw sql] ()', "Col ('id',)", 'Row (1, 2)', 'Row (1,)', 'Row (…)');
  expect(judged.reports[0]?.profile.statements[0]?.rows).toBe(1);
});

test('rows that were read on between other statements are taken back, as it is not known whose they are', async () => {
  const inner = (id: number) => [
    'select id from t where id = ?',
    `[cached since 0.0003s ago] (${id},)`,
    "Col ('id',)",
    `Row (${id},)`,
  ];
  const judged = await log(
    'BEGIN (implicit)',
    ...['select id from t', '[generated in 0.00018s] ()', "Col ('id',)", 'Row (1,)'],
    ...[...inner(1), 'Row (2,)', ...inner(2), 'Row (3,)', ...inner(3)],
    'ROLLBACK',
  );
  expect(judged.reports[0]?.profile.statements.map(({ rows }) => rows)).toEqual([null, null, null, null, null, null]);
  expect(judged.reports[0]?.findings.filter(({ confidence }) => confidence === 'proven')).toEqual([]);
  expect(judged.skips).toEqual([
    '1 rows were read while other statements ran, so that it is not known whose they are (first: 1.log line 12)',
  ]);
});

test('no statement says how long it took, so nothing is said by the clock', async () => {
  const line = (second: number, message: string) =>
    `2026-11-26 11:30:0${second},000 INFO sqlalchemy.engine.Engine ${message}\n`;
  const text = [
    line(0, 'BEGIN (implicit)'),
    line(1, 'UPDATE t SET a = %(a)s'),
    line(1, "[raw sql] {'a': 1}"),
    line(5, 'UPDATE u SET a = %(a)s'),
    line(5, "[raw sql] {'a': 1}"),
    line(9, 'COMMIT'),
  ].join('');
  const { reports } = await judgeLog(sqlalchemy, text);
  expect(reports.map(({ profile, findings }) => [profile.statements.length, findings])).toEqual([[4, []]]);
});
