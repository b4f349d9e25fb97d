// `queryscope diff`: the table that one would paste into a pull request, and what it does not say.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryscope } from './command.js';
import { chatsIn, damage, fileIn, fixedChatsIn, scratch, silenceIn } from './runs.js';

const { directory, remove } = scratch();
const at = (...names: string[]) => join(directory, ...names);
let before: string;
let after: string;

beforeAll(async () => {
  before = await chatsIn(at('before'), '/chats', '/chats/batched', '/chats/joined');
  after = await fixedChatsIn(at('after'));
});

afterAll(remove);

const diff = (args: readonly string[]) => queryscope(['diff', ...args], { cwd: directory });

test('the fix, as a table in Markdown', async () => {
  const { code, stdout, stderr } = await diff([before, after]);
  expect([code, stderr]).toEqual([0, '']);
  await expect(stdout).toMatchFileSnapshot('golden/diff.md');
});

test('the fix alone, as the README shows it', async () => {
  const [lazy, batched] = [await chatsIn(at('lazy'), '/chats'), await fixedChatsIn(at('batched'), ['/chats'])];
  const { stdout } = await diff([lazy, batched]);
  await expect(stdout).toMatchFileSnapshot('golden/fix.md');
});

test('the fix undone, on a terminal, and as a failure where that is asked for', async () => {
  const { code, stdout } = await diff([after, before, '--format', 'console', '--fail-on', 'warning']);
  expect(code).toBe(1);
  await expect(stdout).toMatchFileSnapshot('golden/diff.txt');
  expect((await diff([after, before, '--fail-on', 'error'])).code).toBe(0);
});

test('for scripts, by key', async () => {
  const { stdout } = await diff([before, after, '-o', '-', '-f', 'json']);
  const { fresh, fixed, unseen, labels } = JSON.parse(stdout);
  expect([fresh.length, fixed.length, unseen.length]).toEqual([0, 2, 1]);
  expect(fixed[0].key).toMatch(/^n-plus-one:[0-9a-f]{16}:[0-9a-f]{16}:lazyChats:chats\.ts$/);
  expect(labels.find(({ label }: { label: string }) => label === 'GET /chats')).toMatchObject({ change: 'fewer' });
});

test('a run beside itself says nothing', async () => {
  const { stdout } = await diff([before, before]);
  expect(stdout).toBe(
    '### queryscope: no finding is new, fixed or changed\n\n3 labels send as many statements as before.\n\n',
  );
});

test('a run in which nothing was seen fixes nothing', async () => {
  const silent = await silenceIn(at('silent'));
  const { code, stdout, stderr } = await diff([before, silent]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(
    /^queryscope: There is not one statement in .*silent.*\. --allow-empty takes that for a run\.\n$/,
  );
  expect((await diff([before, silent, '--allow-empty'])).code).toBe(0);
});

test('what cannot be read is exit code 2, whatever the rest says', async () => {
  const garbled = await fixedChatsIn(at('garbled'));
  damage(garbled, 'not a line of ours\n');
  const { code, stderr } = await diff([before, garbled]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^queryscope: .*garbled/);
});

test('it takes two runs', async () => {
  for (const words of [[], [before], [before, after, before]]) {
    expect(await diff(words)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'queryscope: diff takes two runs: queryscope diff BASE HEAD.\n',
    });
  }
});

test('into a file, by its extension', async () => {
  fileIn(at('out'), 'readme.txt', '');
  expect((await diff([before, after, '-o', 'out/diff.md'])).stdout).toBe('');
  expect(readFileSync(at('out', 'diff.md'), 'utf8')).toMatch(/^### queryscope: 2 fixed\n/);
});
