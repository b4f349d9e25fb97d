// Writing where it is not easy: a process that ends at once, is killed, or has no room; many processes and threads in one directory. The app is a real
// process each time, and feels nothing.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Run, readRun } from '../../../src/json.js';
import { inMicroseconds } from '../../../src/outputs/json/written-file.js';
import { compile, temporaryDirectory } from '../../capture/compiled.js';
import { loopReport } from './example-lines.js';
import type { WritingOrder } from './writing-app.js';

const root = join(__dirname, '../../..');
/** Compiled, because threads know no loader. */
const compiled = temporaryDirectory();
const APP = join(compiled.path, 'test/outputs/json/writing-app.js');

let dir: string;
const running = new Set<ChildProcess>();

beforeAll(() => compile([join(__dirname, 'writing-app.ts')], root, compiled.path));
afterAll(() => compiled.remove());

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'queryscope-writing-'));
});

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  rmSync(dir, { recursive: true });
});

type Order = Omit<WritingOrder, 'dir'>;

/** Starts the app; `limit`: how large a file it may write, in blocks of 512 bytes. */
function start(
  order: Order,
  limit?: number,
): { child: ChildProcess; said: () => string; ended: Promise<number | string | null> } {
  const args = [APP, JSON.stringify({ dir, ...order })];
  const limited = ['-c', `ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, ...args];
  const child = spawn(limit === undefined ? process.execPath : 'sh', limit === undefined ? args : limited, {
    env: {
      ...process.env,
      QUERYSCOPE_RUN: 'a-run',
      NODE_OPTIONS: '',
      OTEL_SERVICE_NAME: 'app',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (text += part));
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return code ?? signal;
  });
  return { child, said: () => text, ended };
}

async function run(order: Order, limit?: number): Promise<{ code: number | string | null; said: string; run: Run }> {
  const { said, ended } = start(order, limit);
  const code = await ended;
  return { code, said: said(), run: await readRun(dir) };
}

const numbersIn = ({ reports }: Run) => reports.map(({ profile }) => Number(profile.id.replace('scope-', '')));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const lossesOf = ({ losses }: Run) => losses.map(({ code, count }) => `${code} ${count}`);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resume) => setTimeout(resume, 10));
}

describe('a process that ends by itself', () => {
  it.each([
    ['close', 0],
    ['exit', 0],
    ['throw', 1],
    ['idle', 0],
  ] as const)('has written everything: %s', async (end, expected) => {
    const { code, run: written } = await run({ reports: 40, rows: 200, end });
    expect([code, numbersIn(written), lossesOf(written)]).toEqual([expected, range(0, 40), []]);
    expect(written.processes).toMatchObject([
      {
        service: 'app',
        drivers: ['pg 8.23.1'],
        unattributed: 3,
        unsampled: { requests: 5, statements: 6 },
        unjudged: { scopes: 1, statements: 2 },
        endedAt: expect.any(String),
      },
    ]);
    expect(written.reports[3]).toEqual(inMicroseconds(loopReport(3, 200)));
  });

  it('and saw nothing is known to have been there', async () => {
    const { run: written } = await run({ reports: 0, rows: 0, end: 'idle' });
    expect([written.processes.length, written.reports, written.losses]).toEqual([1, [], []]);
  });

  it('by a signal that the app handles has written everything', async () => {
    const { child, said, ended } = start({ reports: 40, rows: 200, end: 'on signal' });
    await until(() => said().includes('done'));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    const written = await readRun(dir);
    expect([numbersIn(written), lossesOf(written)]).toEqual([range(0, 40), []]);
  });

  it('by a signal that nobody handles dies of it, as it would without us', async () => {
    const { child, said, ended } = start({ reports: 3, rows: 2, end: 'go on' });
    await until(() => said().includes('done'));
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGTERM');
    expect(lossesOf(await readRun(dir))).toContain('not-ended 1');
  });
});

describe('a process that is killed while it writes', () => {
  it.each([1, 2, 3])('loses what it had not written, and that is said (%i)', async () => {
    const { child, ended } = start({ reports: 1, rows: 3_000, end: 'go on' });
    const folder = join(dir, 'a-run');
    const written = () =>
      existsSync(folder) ? readdirSync(folder).map((name) => statSync(join(folder, name)).size) : [];
    await until(() => written().some((size) => size > 500_000));
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    const left = await readRun(dir);
    expect(numbersIn(left)).toEqual(range(0, left.reports.length));
    expect(left.reports.length).toBeGreaterThan(3);
    for (const report of left.reports) expect(report.profile.statements).toHaveLength(3_001);
    expect(lossesOf(left).filter((loss) => loss !== 'line-truncated 1')).toEqual(['not-ended 1']);
  });
});

describe('a disk without room', () => {
  const BLOCK = 512;

  it('costs the app nothing; is told once, and counted', async () => {
    const { code, said, run: written } = await run({ reports: 60, rows: 200, end: 'close' }, 200);
    expect([code, said.match(/queryscope: .*/g), said.includes('the app is done')]).toEqual([
      0,
      [expect.stringContaining("queryscope: the output 'json' failed, which was kept from the app: EFBIG")],
      true,
    ]);
    const kept = written.reports.length;
    expect(kept).toBeGreaterThan(3);
    expect(numbersIn(written)).toEqual(range(0, kept));
    expect(lossesOf(written)).toEqual([`write-failed ${60 - kept}`]);
    const [file] = readdirSync(join(dir, 'a-run')).map((name) => join(dir, 'a-run', name));
    expect(statSync(file as string).size).toBeLessThanOrEqual(200 * BLOCK);
    expect(readFileSync(file as string, 'utf8').endsWith('\n')).toBe(true);
  });

  it('for the one scope there is, when nothing else waits', async () => {
    const { code, said, run: written } = await run({ reports: 1, rows: 200, end: 'close' }, 4);
    expect([code, said.match(/queryscope: /g)?.length, said.includes('the app is done')]).toEqual([0, 1, true]);
    expect([numbersIn(written), lossesOf(written)]).toEqual([[], ['write-failed 1']]);
  });

  it('from the first line on is told once', async () => {
    const { code, said, run: written } = await run({ reports: 20, rows: 5, end: 'close' }, 0);
    expect([code, said.match(/queryscope: /g)?.length, said.includes('the app is done')]).toEqual([0, 1, true]);
    expect([numbersIn(written), lossesOf(written)]).toEqual([[], ['file-unreadable 1']]);
    expect(readdirSync(join(dir, 'a-run')).map((name) => statSync(join(dir, 'a-run', name)).size)).toEqual([0]);
  });
});

describe('a bound', () => {
  it('on what a run may have leaves scopes out, told once and counted', async () => {
    const { code, said, run: written } = await run({ reports: 60, rows: 200, maxBytes: 100_000, end: 'close' });
    expect([code, said.match(/queryscope: .*/g)]).toEqual([
      0,
      [expect.stringContaining('a run may have 100000 bytes')],
    ]);
    const kept = written.reports.length;
    expect(kept).toBeGreaterThan(3);
    expect(lossesOf(written)).toEqual([`over-limit ${60 - kept}`]);
  });

  it('on what a run may have counts the other processes', async () => {
    const { run: written } = await run({ reports: 60, rows: 200, maxBytes: 400_000, end: 'close', children: 3 });
    const bytes = readdirSync(join(dir, 'a-run')).map((name) => statSync(join(dir, 'a-run', name)).size);
    expect(bytes).toHaveLength(4);
    expect(bytes.reduce((a, b) => a + b)).toBeLessThan(500_000);
    expect(written.reports.length + written.losses.reduce((sum, { count }) => sum + count, 0)).toBe(240);
  });

  it('on what waits leaves scopes out where the disk is slower than the app', async () => {
    const { code, run: written } = await run({ reports: 60, rows: 5_000, end: 'close' });
    const kept = written.reports.length;
    expect(code).toBe(0);
    expect(kept).toBeGreaterThan(10);
    expect(lossesOf(written)).toEqual([`over-limit ${60 - kept}`]);
  });
});

describe('many writers in one directory', () => {
  it('have a file each, processes and threads alike', async () => {
    const { code, run: written } = await run({ reports: 30, rows: 50, end: 'exit', threads: 3, children: 3 });
    expect([code, written.processes.length, written.losses]).toEqual([0, 7, []]);
    expect(readdirSync(join(dir, 'a-run'))).toHaveLength(7);
    expect(numbersIn(written).sort((a, b) => a - b)).toEqual(
      range(0, 7).flatMap((part) => range(part * 1_000, part * 1_000 + 30)),
    );
  });
});
