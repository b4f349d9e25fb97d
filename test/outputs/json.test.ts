// Runs on disk: what an app reports over a real PostgreSQL is what is read back, from one process and from many.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  allow,
  createProfiler,
  type Profiler,
  type ProfilerOptions,
  QueryscopeError,
  type Report,
} from '../../src/index.js';
import { jsonOutput, readRun } from '../../src/json.js';
import { MADE_UP } from '../../src/outputs/json/run-name.js';
import { inMicroseconds } from '../../src/outputs/json/written-file.js';
import { compileSource, temporaryDirectory } from '../capture/compiled.js';
import { freshDatabase } from '../postgres.js';

let pool: pg.Pool;
let databaseUrl: string;
let directory: string;
const open: Profiler[] = [];

beforeAll(async () => {
  databaseUrl = await freshDatabase();
  pool = new pg.Pool({ connectionString: databaseUrl });
  await pool.query(`
    create table chat (id serial primary key, title text);
    create table message (id serial primary key, chat_id int not null, text text);
    insert into chat select from generate_series(1, 3);
    insert into message (chat_id) select id from chat`);
});

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'queryscope-json-'));
  vi.stubEnv('QUERYSCOPE_RUN', 'a-run');
});

afterEach(async () => {
  for (const profiler of open.splice(0)) await profiler.close();
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

afterAll(() => pool.end());

/** A profiler that writes, and what it reports. */
function writing(options: ProfilerOptions = {}): { profiler: Profiler; reports: Report[] } {
  const profiler = createProfiler({ outputs: [jsonOutput({ dir: directory })], ...options });
  open.push(profiler);
  profiler.instrument(pg);
  const reports: Report[] = [];
  profiler.onReport((report) => {
    if (report.profile.parent === null || report.profile.label.startsWith('after')) reports.push(report);
  });
  return { profiler, reports };
}

async function loop(): Promise<void> {
  const { rows } = await pool.query('select id from chat');
  for (const { id } of rows) await pool.query('select id from message where chat_id = $1', [id]);
}

/** A bit of everything that a report can hold. */
async function everything(profiler: Profiler): Promise<void> {
  await loop();
  await allow({ detector: 'n-plus-one', reason: 'for the test' }, loop);
  const client = await pool.connect();
  await client.query('begin isolation level serializable');
  const { rows } = await client.query("insert into chat (title) values ('one') returning id");
  await client.query('savepoint one');
  await client.query('insert into message (chat_id, text) values ($1, $2)', [rows[0].id, 'two']);
  await client.query('rollback to one');
  await client.query('commit');
  client.release();
  await pool.query('select nothing from nowhere').catch(() => {});
  await pool.query('select 1; select 2');
  await pool.query('select id from chat where id = any($1)', [[1, 2, 3]]);
  await pool.query('select count(*) from chat where id = 0');
  await profiler.capture('inner', loop);
}

const fileIn = (run: string) => readdirSync(run).map((name) => join(run, name));

describe('a run of one process', () => {
  it.each(['none', 'sample'] as const)('is read back as it was reported, values: %s', async (values) => {
    const { profiler, reports } = writing({ values });
    await profiler.capture('everything', () => everything(profiler));
    await profiler.capture('nothing', () => undefined);
    await profiler.close();
    const run = await readRun(directory);
    expect(run.reports).toEqual(reports.map(inMicroseconds));
    const [{ findings, suppressed, children, profile }] = reports as [Report];
    expect(
      [findings, suppressed, children, profile.flows, profile.ties, profile.transactions].map(
        (list) => list.length > 0,
      ),
    ).toEqual(Array(6).fill(true));
    expect(run.losses).toEqual([]);
  });

  it('shares what statements share', async () => {
    const { profiler } = writing();
    for (const label of ['one', 'two']) await profiler.capture(label, loop);
    await profiler.close();
    const [one, two] = (await readRun(directory)).reports.map(({ profile }) => profile.statements);
    expect(one?.[1]?.shape).toBe(one?.[2]?.shape);
    expect(one?.[1]?.shape).toBe(two?.[2]?.shape);
    expect(one?.[1]?.callSite).toBe(two?.[1]?.callSite);
  });

  it('says who wrote', async () => {
    vi.stubEnv('OTEL_SERVICE_NAME', 'shop');
    vi.stubEnv('GITHUB_SHA', 'f00dfacef00dfacef00dfacef00dfacef00dface');
    const { profiler } = writing();
    await pool.query('select 1');
    await profiler.close();
    const { processes } = await readRun(directory);
    expect(processes).toEqual([
      {
        service: 'shop',
        version: '0.1.0',
        commit: 'f00dfacef00dfacef00dfacef00dfacef00dface',
        runtime: `node ${process.versions.node}`,
        queryscope: '0.1.0',
        pid: process.pid,
        startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        endedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        drivers: [expect.stringMatching(/^pg 8\./)],
        unattributed: expect.any(Number),
        unsampled: { requests: 0, statements: 0 },
        unjudged: { scopes: 0, statements: 0 },
        idleAllows: [],
      },
    ]);
    expect(processes[0]?.unattributed).toBeGreaterThan(0);
    expect(fileIn(join(directory, 'a-run'))).toEqual([expect.stringMatching(/a-run\/shop-\d+-[0-9a-f]{8}\.jsonl$/)]);
  });

  it('has the source around what findings name', async () => {
    const { profiler } = writing();
    await profiler.capture('loop', loop);
    await profiler.close();
    const { reports, sources } = await readRun(directory);
    const { file, line } = reports[0]!.findings[0]!.callSite!;
    const lines = readFileSync(__filename, 'utf8').split('\n');
    expect(file).toBe('test/outputs/json.test.ts');
    expect(sources[file]?.[line]).toBe(lines[line - 1]);
    expect(sources[file]?.[line]).toContain('for (const { id } of rows)');
  });

  it('holds no value that was not asked for', async () => {
    const { profiler } = writing();
    const secret = 'hunter2hunter2';
    await profiler.capture('secret', async () => {
      await pool.query(`select $1::text, '${secret}x'`, [secret]);
      await pool.query(`select '${secret}'::int`).catch(() => {});
    });
    await profiler.close();
    const [file] = fileIn(join(directory, 'a-run'));
    expect(readFileSync(file as string, 'utf8')).not.toContain(secret);
  });
});

describe('without a line about it in the app', () => {
  const compiled = temporaryDirectory();
  afterAll(() => compiled.remove());

  it('QUERYSCOPE_OUTPUT has a process and those it starts write one run into the repository, and git sees none of it', async () => {
    const source = compileSource(['index.ts'], compiled.path);
    const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, encoding: 'utf8' });
    git('init', '-q');
    const app = `
      const cluster = require('node:cluster');
      const { once } = require('node:events');
      const pg = require(${JSON.stringify(require.resolve('pg'))});
      const { createProfiler } = require(${JSON.stringify(join(source, 'index.js'))});
      async function main() {
        const profiler = createProfiler();
        profiler.instrument(pg);
        const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
        if (cluster.isPrimary) await Promise.all([cluster.fork(), cluster.fork()].map((worker) => once(worker, 'exit')));
        await profiler.capture(cluster.isPrimary ? 'primary' : 'worker', () => pool.query('select 1'));
        await pool.end();
        if (!cluster.isPrimary) process.exit();
      }
      main();`;
    mkdirSync(join(directory, 'packages/api'), { recursive: true });
    writeFileSync(join(directory, 'packages/api/app.cjs'), app);
    const settings = { PATH: process.env.PATH, QUERYSCOPE_OUTPUT: 'json', DATABASE_URL: databaseUrl };
    execFileSync(process.execPath, ['app.cjs'], { cwd: join(directory, 'packages/api'), env: settings });
    const runs = readdirSync(join(directory, '.queryscope')).filter((name) => name !== '.gitignore');
    expect(runs).toEqual([expect.stringMatching(MADE_UP)]);
    const run = await readRun(join(directory, '.queryscope'));
    expect([run.processes.length, run.reports.map(({ profile }) => profile.label).sort(), run.losses]).toEqual([
      3,
      ['primary', 'worker', 'worker'],
      [],
    ]);
    expect(git('status', '--porcelain', '--untracked-files=all')).toBe('?? packages/api/app.cjs\n');
  });

  it('a process that only starts others names the run of them all', () => {
    const source = compileSource(['register.ts'], compiled.path);
    const child = `require(${JSON.stringify(require.resolve('pg'))})`;
    const parent = `for (let i = 0; i < 2; i++) require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(child)}])`;
    const settings = {
      PATH: process.env.PATH,
      NODE_OPTIONS: `--require ${join(source, 'register.js')}`,
      QUERYSCOPE_OUTPUT: 'json',
      QUERYSCOPE_DIR: directory,
    };
    execFileSync(process.execPath, ['-e', parent], { cwd: directory, env: settings });
    const runs = readdirSync(directory);
    expect(runs.map((run) => readdirSync(join(directory, run)).length)).toEqual([2]);
  });

  it('QUERYSCOPE_DIR says where, unless the code does', async () => {
    vi.stubEnv('QUERYSCOPE_DIR', join(directory, 'by-variable'));
    for (const output of [jsonOutput(), jsonOutput({ dir: join(directory, 'by-option') })]) {
      const { profiler } = writing({ outputs: [output] });
      await profiler.capture('one', loop);
      await profiler.close();
    }
    expect(readdirSync(directory).sort()).toEqual(['by-option', 'by-variable']);
  });
});

it.each<[string, object, string]>([
  ['an option that there is none', { directory: 'x' }, "has no option 'directory'. There are: dir, maxBytes."],
  ['no directory', { dir: 7 }, "'dir' takes a directory; 7 came"],
  ['an empty directory', { dir: '' }, "'dir' takes a directory; a string came"],
  ['no number of bytes', { maxBytes: 0.5 }, "'maxBytes' takes a whole number of bytes; 0.5 came"],
])('refuses %s', (_, options, message) => {
  expect(() => jsonOutput(options)).toThrow(QueryscopeError);
  expect(() => jsonOutput(options)).toThrow(message);
});

it('starts another file where it is used again after it was closed, and writes where nobody started it', async () => {
  const output = jsonOutput({ dir: directory });
  for (const enabled of [true, true, false]) {
    const { profiler } = writing({ outputs: [output], enabled });
    await profiler.capture('again', loop);
    await profiler.close();
  }
  await output.close?.();
  const { processes, reports, losses } = await readRun(directory);
  expect([processes.length, reports.length, losses]).toEqual([3, 3, []]);
});
