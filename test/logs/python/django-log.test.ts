// Django's log in the formats in which it is written, and what it says beside plain statements.

import { expect, test } from 'vitest';
import { django } from '../../../src/logs/python/orm-formats.js';
import { type JudgedLog, judgeLog } from '../judged-log.js';

const textsOf = ({ reports }: JudgedLog): string[] =>
  reports.flatMap(({ profile }) => profile.statements.map(({ sql }) => sql));

/** How a formatter writes the head of a line. */
const HEADS = {
  "Django's own": '',
  'of basicConfig': 'DEBUG:django.db.backends:',
  'with its moment': '2026-11-26 11:30:22,517 DEBUG django.db.backends ',
  'with brackets': '[2026-11-26 11:30:22,517] DEBUG [django.db.backends:123] ',
  'verbose, of the documentation': 'DEBUG 2026-11-26 11:30:22,517 utils 4242 140001 ',
};

test.each(Object.entries(HEADS))('%s', async (_name, head) => {
  const text = `${head}(0.012) SELECT "t"."a" FROM "t" WHERE "t"."id" = 5; args=(5,); alias=default\n`;
  const judged = await judgeLog(django, text);
  expect(textsOf(judged)).toEqual(['SELECT "t"."a" FROM "t" WHERE "t"."id" = ?']);
  expect(judged.reports[0]?.profile.statements[0]).toMatchObject({ slotKeys: [0], durationMs: 12 });
  expect(judged.skips).toEqual([]);
  expect(django.recognise(Buffer.from(`${text}x`), { logLinePrefix: null })).toBe(true);
});

test('texts over lines, many times over, with operators that look like placeholders, and of several databases', async () => {
  const judged = await judgeLog(
    django,
    `(0.001) SELECT a
FROM t WHERE b = '; args=(1)'; args=('; args=(1)',); alias=default
(0.001) SELECT data ? 'a' FROM t; args=('a',); alias=default
(0.001) 2 times: INSERT INTO t (a) VALUES (%s); args=[(1,), (2,)]; alias=other
(0.001) SELECT 1; args=None
`,
  );
  judged.reports.sort((a, b) => a.profile.label.localeCompare(b.profile.label));
  expect(judged.reports.map(({ profile }) => [profile.label, ...profile.statements.map(({ sql }) => sql)])).toEqual([
    ['django default', 'SELECT a\nFROM t WHERE b = ?', 'SELECT data ? ? FROM t', 'SELECT ?'],
    ['django other', 'INSERT INTO t (a) VALUES ($1)'],
  ]);
  expect(judged.reports[1]?.profile.statements[0]?.listSizes).toEqual([2]);
  expect(judged.skips).toEqual([]);
});

test('what is not understood is counted, with the first place', async () => {
  const judged = await judgeLog(
    django,
    'Watching for file changes\n(0.001) SELECT 1\n(0.001) SELECT 2; args=(); alias=default\n[26/Nov/2026 11:30:22] done\n(0.001) SEL',
  );
  expect(textsOf(judged)).toEqual(['SELECT ?']);
  expect(judged.skips).toEqual([
    "2 lines are not Django's database backend's (first: 1.log line 1)",
    '2 statements are cut (first: 1.log line 3)',
  ]);
});
