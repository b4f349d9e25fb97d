// Which runs are removed: old ones that nobody named, and nothing else.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { forgetOldRuns } from '../../../src/outputs/json/old-runs.js';

const DAY = 24 * 60 * 60 * 1_000;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'queryscope-old-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function run(name: string, ageMs: number, file = 'app-1-00000000.jsonl'): string {
  mkdirSync(join(dir, name), { recursive: true });
  const path = join(dir, name, file);
  writeFileSync(path, '');
  const then = new Date(Date.now() - ageMs);
  utimesSync(path, then, then);
  return name;
}

const named = (number: number) => `20260101-0000${String(number).padStart(2, '0')}-abcdef`;

it('keeps the latest twenty, whatever is young, named or holds more than runs, and removes the rest', async () => {
  const old = [0, 1, 2, 3, 4].map((i) => run(named(i), 30 * DAY));
  run(named(0), 30 * DAY, 'app-1.html');
  const young = run(named(5), DAY);
  const withMore = run(named(6), 30 * DAY);
  run(withMore, 30 * DAY, 'notes.txt');
  const latest = Array.from({ length: 20 }, (_, i) => run(named(10 + i), 30 * DAY));
  const others = [run('nightly', 90 * DAY), run('github-1-1', 90 * DAY)];
  await forgetOldRuns(dir);
  expect(readdirSync(dir).sort()).toEqual([young, withMore, ...latest, ...others].sort());
  expect(old).toHaveLength(5);
  await forgetOldRuns(join(dir, 'nowhere'));
});
