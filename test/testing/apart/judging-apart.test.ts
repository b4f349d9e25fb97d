// Scopes that are judged in another process than their tests', over a real socket and on a real database: the run is the one that it would have been, and whatever becomes of
// the line, nothing is lost in silence.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createListener } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { forgetSites } from '../../../src/capture/site-memory.js';
import { readRun } from '../../../src/json.js';
import { RunReader } from '../../../src/outputs/json/read-run.js';
import type { WrittenFile } from '../../../src/outputs/json/written-file.js';
import type { Finding } from '../../../src/report/report.js';
import type { Run } from '../../../src/report/run.js';
import { frameOf } from '../../../src/testing/apart/frames.js';
import { JudgeServer } from '../../../src/testing/apart/judge-server.js';
import type { Hello, JudgePlace } from '../../../src/testing/apart/messages.js';
import { openTest } from '../../../src/testing/running-tests.js';
import { joinSuite } from '../../../src/testing/suite-worker.js';
import { closeTestProfiler } from '../../../src/testing/test-profiler.js';
import { allow, capture } from '../../../src/testing.js';
import { freshDatabase } from '../../postgres.js';
import { TIMELESS } from '../../support/timeless.js';

const place = mkdtempSync(join(tmpdir(), 'queryscope-apart-'));
let runs = 0;
let pool: pg.Pool;
let server: Server;
let judges: JudgeServer;
/** What it said of each file, or where that lies. */
const written: (WrittenFile | string)[] = [];

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 4 });
  await pool.query(
    'create table item (id int primary key, parent_id int, made timestamptz default now(), data bytea, doc jsonb)',
  );
  await pool.query(`insert into item select n, n / 2, now(), '\\x00', '{"a": 1}' from generate_series(4, 9) n`);
  judges = (await JudgeServer.listen(async (file) => void written.push(file))) as JudgeServer;
});

afterEach(() => closeTestProfiler());

afterAll(async () => {
  judges.close();
  await pool.end();
  rmSync(place, { recursive: true, force: true });
});

type Tests = Readonly<Record<string, () => unknown>>;

/** Runs tests as a worker of a suite does. Answers the run's directory. */
async function runSuite(judge: JudgePlace | null, tests: Tests): Promise<string> {
  const run = `run-${++runs}`;
  // As in a process that has run no file yet.
  forgetSites();
  await joinSuite({ dir: place, run, baseline: join(place, 'none.json'), judge });
  // Of each file anew, since what is patched is put back.
  server = createServer(async (req, res) => {
    const { rows } = await pool.query('select id from item order by id');
    for (const { id } of rows) await pool.query('select made from item where id = $1', [id]);
    res.end(req.url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  for (const [name, work] of Object.entries(tests)) {
    // What begins in one millisecond is in no order in a run.
    for (const before = Date.now(); Date.now() === before; ) await new Promise(setImmediate);
    const open = await openTest({}, name);
    await open.run(async () => {
      open.begin();
      await work();
      open.leave();
    });
    open.end();
  }
  await closeTestProfiler();
  await new Promise((resolve) => server.close(resolve));
  await judges.settled();
  return join(place, run);
}

/** A value that nobody is to read, nor finds in the lines of this file. */
const SECRET = randomUUID();

const TESTS: Tests = {
  async 'a loop'() {
    const { rows } = await pool.query('select id, parent_id, made, data, doc from item order by id');
    for (const { id } of rows) await pool.query('select * from item where parent_id = $1', [id]);
  },
  async 'writes apart'() {
    await pool.query('insert into item (id, parent_id) values ($1, $2)', [20, 4]);
    await pool.query('update item set parent_id = $2 where id = $1', [4, 20]);
    await pool.query('delete from item where id = 20');
  },
  async 'values of all kinds'() {
    const made = new Date(86_400_000 * 9_000);
    await pool.query('select id from item where made > $1 or data = $2', [made, Buffer.from('x')]);
    await pool.query('select id from item where id = any($1) and $2::text is not null', [[4, 5], SECRET]);
    await pool.query('select json_agg(json_build_object($1::text, id)) from item', ['id']);
    await pool.query('select 1 / $1::int', [0]).catch(() => {});
  },
  async 'a client of its own'() {
    const client = await pool.connect();
    await client.query('begin');
    await client.query('select id from item where id = $1 for update', [4]);
    await client.query('rollback');
    client.release();
  },
  async 'a request to its own server'() {
    await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/items`)).text();
  },
  'what is allowed': () =>
    allow({ detector: 'n-plus-one', reason: 'three rows at most' }, async () => {
      const { rows } = await pool.query('select id from item order by id limit 3');
      for (const { id } of rows) await pool.query('select doc from item where id = $1', [id]);
    }),
  nothing() {},
};

/** The suite's, judged by each: from one line, since call sites show it. */
async function runsOf(...judgedBy: readonly [JudgePlace | null, JudgePlace]): Promise<[Run, Run]> {
  const all: Run[] = [];
  for (const judge of judgedBy) all.push(await readRun(await runSuite(judge, TESTS)));
  return all as [Run, Run];
}

/** What is the same each time; what goes by the clock is not. */
function lasting({ processes, reports, losses }: Run): unknown {
  const names = new Map<string, string>();
  const isTime = /^(?:.*Ms|ms|startedAt|endedAt|port|host|database)$/;
  const plain = JSON.stringify({ processes, reports, losses }, (key, value) => {
    if (isTime.test(key)) return 0;
    if (key === 'findings') return value.filter(({ detector }: Finding) => !(detector in TIMELESS));
    if (typeof value !== 'string' || !/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value)) return value;
    if (!names.has(value)) names.set(value, `id ${names.size}`);
    return names.get(value);
  });
  return JSON.parse(plain.replaceAll(/127\.0\.0\.1:\d+/g, 'server'));
}

test('a suite that is judged apart is the run that it would be otherwise', async () => {
  const [here, apart] = await runsOf(null, judges.place);
  expect(here.reports.map(({ profile }) => profile.label)).toEqual(Object.keys(TESTS));
  expect(here.reports.flatMap(({ findings }) => findings.map(({ detector }) => detector))).toContain('n-plus-one');
  expect(here.reports.flatMap(({ children }) => children.map(({ profile }) => profile.label))).toEqual(['GET /items']);
  expect(here.reports.some(({ suppressed }) => suppressed.length > 0)).toBe(true);
  expect(lasting(apart)).toEqual(lasting(here));
  expect([apart.processes.length, apart.processes[0]?.pid, apart.losses]).toEqual([1, process.pid, []]);
});

test('a run in hand is the one that is read from the disk', async () => {
  const directory = await runSuite(judges.place, TESTS);
  const reader = new RunReader();
  for (const file of written.filter((each) => typeof each !== 'string')) {
    if (file.path.startsWith(directory)) await reader.take(file);
  }
  // Nothing is left to read.
  await reader.read(directory, { onProgress: (read) => expect.unreachable(`file ${read} was read`) });
  const inHand = reader.run();
  expect(inHand.reports.length).toBe(Object.keys(TESTS).length);
  expect(inHand).toEqual(await readRun(directory));
});

test('a report that a test asks for is made in its own process, and is in the run as well', async () => {
  const seen: number[] = [];
  const directory = await runSuite(judges.place, {
    'one of its own': async () => {
      const { report } = await capture('inside', () => pool.query('select 1'));
      seen.push(report.profile.statements.length);
      await pool.query('select 2');
    },
    another: () => pool.query('select 3'),
  });
  const { reports, processes, losses } = await readRun(directory);
  expect(seen).toEqual([1]);
  expect(
    reports.map(({ profile, children }) => [
      profile.label,
      profile.statements.length,
      children.map((child) => child.profile.label),
    ]),
  ).toEqual([
    ['one of its own', 1, ['inside']],
    ['another', 1, []],
  ]);
  expect([processes.length, losses]).toEqual([1, []]);
});

test('no value of a statement is written anywhere', async () => {
  const directory = await runSuite(judges.place, TESTS);
  for (const file of readdirSync(directory)) expect(readFileSync(join(directory, file), 'utf8')).not.toContain(SECRET);
});

test('where nobody judges a process does it by itself', async () => {
  const gone = (await JudgeServer.listen()) as JudgeServer;
  gone.close();
  const [here, alone] = await runsOf(null, gone.place);
  expect(lasting(alone)).toEqual(lasting(here));
});

test('where the line breaks a process goes on by itself', async () => {
  const deaf = createListener((socket) => socket.on('error', () => {}).on('data', () => socket.destroy()));
  const broken = new Promise((resolve) => {
    deaf.once('connection', (socket) => socket.once('close', resolve));
  });
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
  const { port } = deaf.address() as AddressInfo;
  const directory = await runSuite(
    { port, secret: 'any' },
    {
      async 'that waits for the break'() {
        await broken;
        // The other end of the line hears of it some turns later.
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      },
      'after it': () => pool.query('select 1'),
    },
  );
  deaf.close();
  const { reports, losses } = await readRun(directory);
  expect(reports.map(({ profile }) => profile.label)).toContain('after it');
  expect(losses).toEqual([]);
});

/** A process that says hello, and is gone. */
async function sayHello(place: JudgePlace, over: Partial<Hello>, ...after: Buffer[]): Promise<void> {
  const hello: Hello = {
    is: 'hello',
    secret: place.secret,
    directory: place.secret,
    root: process.cwd(),
    pid: 4_711,
    cwd: process.cwd(),
    node: '20.0.0',
    service: 'gone',
    startedAt: new Date(0).toISOString(),
    detectors: {},
    ...over,
  };
  const socket = connect(place.port, '127.0.0.1');
  await new Promise<void>((resolve) => {
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.write(frameOf(hello));
    for (const part of after) socket.write(part);
    socket.end();
    socket.resume();
  });
  await judges.settled();
}

test('a process that is gone without a goodbye is in the run as one that did not end', async () => {
  const directory = join(place, 'gone');
  await sayHello(judges.place, { directory }, Buffer.from([200, 0, 0, 0, 1]));
  const { processes, losses } = await readRun(directory);
  expect(processes).toMatchObject([{ pid: 4_711, service: 'gone', runtime: 'node 20.0.0', endedAt: null }]);
  expect(losses.map(({ code }) => code)).toEqual(['not-ended']);
  // What it would have gone on to say is nowhere: its file is for whoever reads it.
  expect(written.at(-1)).toMatch(/\.jsonl$/);
});

test('who does not know the secret is not heard', async () => {
  const directory = join(place, 'stranger');
  await sayHello(judges.place, { directory, secret: 'guessed' });
  expect(readdirSync(place)).not.toContain('stranger');
});

test('a line that is never closed is not waited for for ever', async () => {
  const socket = connect(judges.place.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
  await new Promise((resolve) => socket.on('connect', resolve));
  // It has arrived there by the time that another one's message was answered.
  await sayHello(judges.place, { directory: join(place, 'after') });
  await judges.settled();
  await closed;
});

test('a process that closes scopes faster than they are judged judges by itself, and all of them are in the run', async () => {
  const statements = 400;
  const tests = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [
      `number ${n}`,
      () => Promise.all(Array.from({ length: statements }, (_, i) => pool.query('select $1::int + $2::int', [n, i]))),
    ]),
  );
  const { reports, processes, losses } = await readRun(await runSuite(judges.place, tests));
  expect(reports.map(({ profile }) => profile.statements.length)).toEqual(Array(40).fill(statements));
  expect([processes.length, losses]).toEqual([1, []]);
});
