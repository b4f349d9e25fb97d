// The workflow in the README, step by step as GitHub would run it: its commands exist, and what it uploads is what was written.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryscope } from './command.js';
import { chatsIn, scratch } from './runs.js';

const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
const [, workflow = ''] = /```yaml\n(on: pull_request\n[\s\S]*?)```/.exec(readme) ?? [];
const { directory, remove } = scratch();

beforeAll(async () => void (await chatsIn(join(directory, '.queryscope'), '/chats')));
afterAll(remove);

test('it reports, uploads that very file, and then fails', async () => {
  const commands = Array.from(workflow.matchAll(/- run: npx queryscope (.*)\n/g), ([, words]) =>
    (words as string).split(' '),
  );
  const env = { GITHUB_ACTIONS: 'true', QUERYSCOPE_DIR: join(directory, '.queryscope') };
  const codes: (number | null)[] = [];
  for (const words of commands) codes.push((await queryscope(words, { cwd: directory, env })).code);
  expect(codes).toEqual([0, 1]);
  const [, path] =
    /uses: actions\/upload-artifact@v\d+\n(?: .*\n)*? {10}path: (\S+)\n {10}archive: false\n/.exec(workflow) ?? [];
  expect(existsSync(join(directory, path as string))).toBe(true);
});

test('what the tests are run with is what queryscope reads', () => {
  const { exports } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'));
  const [, entry] = /NODE_OPTIONS: --import queryscope\/(\w+)\n/.exec(workflow) ?? [];
  expect(exports).toHaveProperty([`./${entry}`]);
  expect(workflow).toContain('QUERYSCOPE_OUTPUT: json\n');
});
