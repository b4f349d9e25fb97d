// The example as its reader runs it, and its page against what it draws.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FINDING, OWN } from '../../src/outputs/otel/attributes.js';

const ROOT = join(__dirname, '../..');
const FOLDER = join(ROOT, 'examples/opentelemetry');

test('draws what its page shows', async () => {
  const page = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  const [, drawn = ''] = /```\n(GET\n[\s\S]*?)```/.exec(page) ?? [];
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [require.resolve('tsx/cli'), join(FOLDER, 'demo.ts')],
    { cwd: ROOT },
  );
  // A busy machine has waits for a connection, and statements that take long, that an idle one has not.
  const lines = stdout.split('\n').filter((line) => !/queryscope\.pool\.wait|! slow-statement/.test(line));
  expect(lines.join('\n').replace(/^ {2}/gm, '')).toBe(`What the collector got:\n\n${drawn}`);
  expect(stderr).toBe('');
});

test('the attributes that its page lists are those that there are', () => {
  const page = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  const source = readFileSync(join(ROOT, 'src/outputs/otel/attributes.ts'), 'utf8');
  const scope = [...source.matchAll(/\/\*\* Scope: .*\*\/\n\s+(\w+):/g)].map(
    ([, name]) => OWN[name as keyof typeof OWN],
  );
  const finding = Object.values(FINDING).map((name) => name.replace('queryscope.finding.', ''));
  expect([...scope, ...finding].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  expect(scope.length).toBeGreaterThan(10);
});
