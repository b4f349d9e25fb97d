// Which files are meant by words of a command line, and that rotated sets come in the order of time, by the names that tools give them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesOf } from '../../src/sources/file-order.js';

/** As logrotate, the collector's file exporter and PostgreSQL name them; each list from the oldest on. */
const SETS = {
  logrotate: ['app.log.10.gz', 'app.log.2.gz', 'app.log.1', 'app.log'],
  dated: ['web.log-20260101.gz', 'web.log-20260102', 'web.log'],
  collector: ['data-2026-09-14T05-02-14.173.json', 'data-2026-09-14T05-02-15.001.json', 'data.json'],
  postgresql: [
    'postgresql-2026-01-02_000000.csv',
    'postgresql-2026-01-02_120000.csv',
    'postgresql-2026-01-03_000000.csv',
  ],
};

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'queryscope-order-'));
  for (const name of Object.values(SETS).flat()) writeFileSync(join(directory, name), '');
  writeFileSync(join(directory, '.hidden'), '');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const named = async (...words: string[]) => {
  const files = await filesOf(words.map((word) => (word === '-' ? word : join(directory, word))));
  return files.map((file) => file.replace(`${directory}/`, ''));
};

test.each(Object.entries(SETS))('a set of %s', async (_, set) => {
  expect(await named(...[...set].sort())).toEqual(set);
  expect(await named(...[...set].reverse())).toEqual(set);
});

test('patterns, directories, and each file once', async () => {
  expect(await named('app*')).toEqual(SETS.logrotate);
  expect(await named('app.log.?', 'app.log.1')).toEqual(['app.log.1']);
  expect((await named('.')).sort()).toEqual(Object.values(SETS).flat().sort());
});

test('sets stand in the order in which they were named, standard input among them', async () => {
  expect(await named('web.log', '-', 'app.log', 'web.log-20260102')).toEqual([
    'web.log-20260102',
    'web.log',
    '-',
    'app.log',
  ]);
});

test('what is not there is refused', async () => {
  await expect(named('nothing.json')).rejects.toMatchObject({ code: 'not-a-source' });
  await expect(named('no*.json')).rejects.toThrow(/There is no file '.*no\*\.json' to analyze/);
});
