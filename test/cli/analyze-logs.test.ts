// `queryscope analyze` on logs as users run it: each format is known by what stands in it, the story fails the build, and what was guessed is said.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { queryscope } from './command.js';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'queryscope-analyze-logs-'));
});

afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const golden = (path: string) => readFileSync(join(__dirname, '../logs/golden', path));
const run = (...args: string[]) => queryscope(['analyze', ...args], { cwd });

const PREFIX = ['--log-line-prefix', '%m [%p] %q%u@%d app=%a session=%c vxid=%v '];

test.each([
  ['csvlog', 'debian-12/story.csv', []],
  ['jsonlog', 'debian-12/story.json', []],
  ['stderr', 'debian-12/story.log', PREFIX],
  ["SQLAlchemy's", 'debian-12/sqlalchemy.log', []],
  ["Django's", 'debian-12/django.log', []],
])('%s: recognised, and the story fails', async (_name, path, flags) => {
  writeFileSync(join(cwd, 'some.log'), golden(path));
  const { code, stdout, stderr } = await run('some.log', ...flags);
  expect([code, stderr]).toEqual([1, '']);
  expect(stdout).toContain('n-plus-one · likely   23 statements where 3 do');
  expect(stdout).toContain('└─ 20×');
  expect(stdout.includes('missing-transaction · likely')).toBe(!path.includes('django'));
  expect(stdout).not.toMatch(/message 1|user 11/);
});

test('what rests on pauses alone is told as possible, and does not fail until the pause is given', async () => {
  const log = golden('newer/django.log')
    .toString()
    .replace(/.*django\.server.*\n/g, '');
  writeFileSync(join(cwd, 'django.log'), log.split('\n').slice(0, 23).join('\n'));
  const guessed = await run('django.log');
  expect(guessed.code).toBe(0);
  expect(guessed.stdout).toContain('n-plus-one · possible');
  expect(guessed.stdout.replace(/\s+/g, ' ')).toContain('divided by the pauses of a session alone');
  const given = await run('django.log', '--pause', '0.3');
  expect(given.code).toBe(1);
  expect(given.stdout).toContain('n-plus-one · likely   23 statements where 3 do');
  expect(given.stdout).not.toContain('pauses of a session');
});

test('rotated and compressed, a session goes on from one file to the next', async () => {
  const text = golden('debian-12/story.csv').toString();
  const middle = text.indexOf('\n', text.length / 4) + 1;
  writeFileSync(join(cwd, 'postgresql-2026-11-26_110000.csv.gz'), gzipSync(text.slice(0, middle)));
  writeFileSync(join(cwd, 'postgresql-2026-11-26_120000.csv'), text.slice(middle));
  const { code, stdout } = await run('postgresql-*.csv*');
  expect(code).toBe(1);
  expect(stdout).toContain('8 jobs');
  expect(stdout).toContain('77 statements');
});

test.each([
  [['--pause', '0'], '--pause takes seconds, more than 0'],
  [['--from', 'jsonlogs'], 'Did you mean jsonlog?'],
])('%j is refused', async (flags, words) => {
  writeFileSync(join(cwd, 'some.log'), golden('debian-12/story.csv'));
  const { code, stderr } = await run('some.log', ...flags);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('a prefix that nobody can guess is asked for', async () => {
  writeFileSync(join(cwd, 'some.log'), golden('debian-12/story.log'));
  const { code, stderr } = await run('some.log');
  expect(code).toBe(2);
  expect(stderr.replace(/\s+/g, ' ')).toContain('lines do not begin as log_line_prefix says (--log-line-prefix');
});

test('a log without a statement that is understood is no clean one', async () => {
  writeFileSync(
    join(cwd, 'some.log'),
    '2026-11-26 11:30:22.517 UTC [42] LOG:  checkpoint starting: time\nsome noise\n',
  );
  const { code, stderr } = await run('some.log');
  expect(code).toBe(2);
  expect(stderr).toContain('nothing can be said: 0 statements');
  expect(stderr.replace(/\s+/g, ' ')).toContain('lines do not begin as log_line_prefix says');
});
