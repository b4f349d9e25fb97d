// `queryscope baseline` and the check by it: what is known passes, what is new fails, and nothing is guessed to be gone.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { queryscope } from './command.js';
import { chatsIn, fileIn, fixedChatsIn, scratch, silenceIn, transferIn } from './runs.js';

const { directory, remove } = scratch();
const at = (...names: string[]) => join(directory, ...names);
const FILE = '.queryscope-baseline.json';
let lazy: string;
let joined: string;
let fixed: string;
let torn: string;
/** A repository of its own for each test. */
let home: string;
let homes = 0;

beforeAll(async () => {
  lazy = await chatsIn(at('lazy'), '/chats');
  joined = await chatsIn(at('joined'), '/chats/joined');
  fixed = await fixedChatsIn(at('fixed'));
  torn = await transferIn(at('torn'));
});

beforeEach(() => {
  homes += 1;
  home = fileIn(at(`home-${homes}`), 'package.json', '{}');
});

afterAll(remove);

const run = (...args: string[]) => queryscope(args, { cwd: home });
const text = () => readFileSync(join(home, FILE), 'utf8');
const today = () => new Date().toISOString().slice(0, 10);

test('what fails is written, an entry a line, and passes from then on', async () => {
  expect((await run('check', lazy)).code).toBe(1);
  const before = today();
  const { code, stdout } = await run('baseline', lazy, '--reason', 'older than the check');
  // It may be midnight.
  const days = [before, today()];
  expect([code, stdout]).toEqual([0, `${FILE}: 2 added, 2 in all\n`]);
  const entries = text()
    .split('\n')
    .filter((line) => line.startsWith('{"key"'));
  expect(entries.length).toBe(2);
  const entry = JSON.parse(entries[0]!.slice(0, -1));
  expect(entry).toEqual({
    key: expect.stringMatching(/^n-plus-one:.*:lazyChats:chats\.ts$/),
    reason: 'older than the check',
    since: expect.toBeOneOf(days),
  });
  const known = await run('check', lazy);
  expect(known.code).toBe(0);
  expect(known.stdout).toContain(
    ` ○ n-plus-one · known  examples/chats/chats.ts:24   since ${entry.since}: older than`,
  );
  expect(known.stdout).toContain(' ✓ 0 new findings · 2 known\n');
  expect((await run('check', lazy, '--no-baseline')).code).toBe(1);
});

test('what is new fails beside it; to write again adds it and leaves the rest', async () => {
  await run('baseline', lazy, '--reason', 'first');
  const both = await run('check', lazy, joined);
  expect(both.code).toBe(1);
  expect(both.stdout).toContain(' ✖ 1 new finding, which fails · 2 known\n');
  expect((await run('baseline', lazy, joined, '--reason', 'second')).stdout).toBe(`${FILE}: 1 added, 3 in all\n`);
  expect(text().match(/"reason":"first"/g)?.length).toBe(2);
  const before = text();
  expect((await run('baseline', lazy)).stdout).toBe(`${FILE}: 0 added, 3 in all\n`);
  expect(text()).toBe(before);
});

test('what a run does not have is gone only if the run is complete, and struck off only then', async () => {
  await run('baseline', lazy, joined);
  expect((await run('check', fixed)).stdout).not.toContain('gone');
  const complete = await run('check', fixed, '--complete');
  expect(complete.code).toBe(0);
  expect(complete.stdout).toContain(' ✓ 0 new findings · 3 gone\n');
  const refused = await run('baseline', fixed, '--prune');
  expect([refused.code, refused.stderr]).toEqual([
    2,
    'queryscope: --prune needs --complete: only of a run that went everywhere is it known what is gone.\n',
  ]);
  expect((await run('baseline', joined, '--prune', '--complete')).stdout).toBe(
    `${FILE}: 0 added, 2 struck off, 1 in all\n`,
  );
});

test('several processes may write at once', async () => {
  await Promise.all([lazy, joined, torn, lazy].map((of) => run('baseline', of)));
  expect(text().match(/^\{"key"/gm)?.length).toBe(4);
  expect((await run('check', lazy, joined, torn)).code).toBe(0);
});

test('it is found from any folder of the repository, and by its name', async () => {
  await run('baseline', lazy);
  const below = fileIn(join(home, 'src', 'deep'), 'a.ts', '');
  expect((await queryscope(['check', lazy], { cwd: below })).code).toBe(0);
  expect((await run('baseline', lazy, '--file', 'other.json')).stdout).toBe('other.json: 2 added, 2 in all\n');
  expect((await run('check', lazy, '--baseline', 'other.json')).code).toBe(0);
  const missing = await run('check', lazy, '--baseline', 'none.json');
  expect([missing.code, missing.stderr]).toEqual([2, "queryscope: There is no baseline 'none.json'.\n"]);
});

test('a file that is none, and one of another rule, are exit code 2', async () => {
  writeFileSync(join(home, FILE), '{"key":');
  const broken = await run('check', lazy);
  expect([broken.code, broken.stdout]).toEqual([2, '']);
  expect(broken.stderr).toMatch(/^queryscope: \.queryscope-baseline\.json is no baseline: it is no JSON\. .*\n$/);
  writeFileSync(
    join(home, FILE),
    '[\n{"key":"a","reason":"b","since":"2026-01-01"},\n{"format":1,"shapeVersion":99}\n]\n',
  );
  const other = await run('check', lazy);
  expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/keys are of shape version 99/)]);
  expect((await run('baseline', lazy)).code).toBe(2);
});

test('a run that saw nothing is nothing to write down', async () => {
  const silent = await silenceIn(at('silent'));
  const { code, stderr } = await run('baseline', silent);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^queryscope: There is not one statement in /)]);
  expect(existsSync(join(home, FILE))).toBe(false);
});
