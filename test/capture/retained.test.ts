// What a request keeps in memory for each statement until it ends, and that what the driver answered is nobody's but the app's afterwards. In a process of its
// own, whose garbage is collected on demand: bytes are counted, so no clock can make this fail.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { freshDatabase } from '../postgres.js';
import type { Retained } from './retaining-app.js';

let retained: Retained;

beforeAll(async () => {
  const { NODE_ENV, VITEST, NODE_OPTIONS, ...env } = process.env;
  const args = ['--expose-gc', '--import', 'tsx', join(__dirname, 'retaining-app.ts'), await freshDatabase()];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 100_000 });
  retained = JSON.parse(stdout) as Retained;
}, 120_000);

describe.each(['story', 'shapes'] as const)('a request that is open (%s)', (workload) => {
  it('keeps at most 250 bytes a statement without call sites, and 400 with', () => {
    const { never, auto } = retained.bytes[workload];
    expect(never.statement).toBeGreaterThan(50);
    expect(never.statement).toBeLessThan(250);
    expect(auto.statement).toBeLessThan(400);
  });

  it('keeps at most 6,000 bytes besides', () => {
    const { never, auto } = retained.bytes[workload];
    expect(never.request).toBeLessThan(6_000);
    expect(auto.request).toBeLessThan(6_000);
  });
});

test('nothing holds what the driver answered once a scope has closed, also where its report is kept', () => {
  expect(retained.results).toEqual({ made: 460, collected: 460, reports: 20 });
});
