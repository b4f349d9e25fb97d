// The plugin in suites of its own, each run by Vitest as a user runs it: what it captures, what fails by a baseline, what it says, and what it leaves alone.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { queryscope } from '../../src/vitest-plugin.js';
import { freshDatabase } from '../postgres.js';

const root = join(__dirname, '..', '..');
// Inside the checkout, so that the suites find the package by its own name.
mkdirSync(join(root, '.queryscope'), { recursive: true });
const place = mkdtempSync(join(root, '.queryscope', 'plugin-'));
const runs = join(place, 'runs');
const baseline = join(place, 'baseline.json');
let database: string;

beforeAll(async () => {
  database = await freshDatabase();
});

beforeEach(() => {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

/** What each file begins with. */
const HEAD = `
  import pg from 'pg';
  import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
  const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 3 });
  afterAll(() => pool.end());
  const loop = async (table) => {
    const { rows } = await pool.query('select id from generate_series(3, 5) id');
    for (const { id } of rows) await pool.query('select $1::int as ' + table, [id]);
  };
`;

function suite(files: Record<string, string>, config = '{}', options = ''): void {
  for (const [name, code] of Object.entries(files)) writeFileSync(join(place, name), HEAD + code);
  writeFileSync(
    join(place, 'vitest.config.mjs'),
    `import { queryscope } from 'queryscope/vitest/plugin';
     export default { plugins: [queryscope({ dir: ${JSON.stringify(runs)}, baseline: ${JSON.stringify(baseline)}${options} })],
       test: { include: ['*.test.mjs'], dir: ${JSON.stringify(place)}, ...${config} } };`,
  );
}

async function command(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; said: string }> {
  const { VITEST, NODE_ENV, GITHUB_ACTIONS, QUERYSCOPE_RUN, ...inherited } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: place,
    env: { ...inherited, NO_COLOR: '1', DATABASE: database, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, said: out + err };
}

const vitest = (env?: Record<string, string>, ...args: string[]) =>
  command([join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args], env);

/** The last lines, which are the plugin's. */
const summaryOf = (said: string) => said.slice(said.lastIndexOf('queryscope   ')).trimEnd();

describe('a baseline', () => {
  test('that is not there fails nothing, and the command that writes one is told', async () => {
    suite({ 'a.test.mjs': `test('loops', () => loop('item'));` });
    const { code, said } = await vitest();
    expect([code, said]).toEqual([0, said]);
    expect(summaryOf(said)).toMatch(
      /^queryscope {3}1 test · 4 statements · 1 finding\n +▲ n-plus-one {2}\S*a\.test\.mjs:\d+ {2}in 1 scope\n/,
    );
    const [, told] = /npx queryscope (baseline .*?) accepts what there is/.exec(summaryOf(said)) ?? [];
    const written = await command([join(root, 'dist/cli/main.js'), ...(told ?? '').split(' ')]);
    expect([written.code, written.said, existsSync(baseline)]).toEqual([0, written.said, true]);
  });

  test('that has a finding lets its test pass, and a new one fails its own', async () => {
    suite({ 'a.test.mjs': `test('loops', () => loop('item'));` });
    await vitest();
    const [run] = readdirSync(runs) as [string];
    const written = await command([join(root, 'dist/cli/main.js'), 'baseline', '--file', baseline, join(runs, run)]);
    expect([written.code, written.said, existsSync(baseline)]).toEqual([0, written.said, true]);

    const accepted = await vitest();
    expect([accepted.code, accepted.said]).toEqual([0, accepted.said]);
    expect(summaryOf(accepted.said)).toMatch(/^queryscope {3}1 test · 4 statements · 0 new findings, 1 accepted\n/);
    expect(summaryOf(accepted.said)).not.toContain('npx queryscope baseline');

    suite({
      'a.test.mjs': `
        test('loops', () => loop('item'));
        test('loops anew', () => loop('other'));
        test('is fine', () => pool.query('select 1'));`,
    });
    const { code, said } = await vitest();
    expect([code, said]).toEqual([1, said]);
    expect(said).toMatch(/FAIL .*a\.test\.mjs > loops anew\n/);
    expect(said).not.toMatch(/FAIL .*a\.test\.mjs > (?:loops|is fine)\n/);
    expect(said).toContain(`1 finding not in ${baseline}`);
    expect(said).toMatch(/ 3× {2}select \$1::int as other/);
    expect(summaryOf(said)).toMatch(/ · 1 new finding, 1 accepted\n/);
  });
});

describe.each([
  ['forks', '{ pool: "forks" }'],
  ['threads', '{ pool: "threads" }'],
  ['threads without isolation', '{ pool: "threads", isolate: false, maxWorkers: 1 }'],
  ['forks without isolation', '{ pool: "forks", isolate: false, maxWorkers: 1 }'],
  ['threads with a context for each file', '{ pool: "vmThreads", maxWorkers: 1 }'],
  ['forks with a context for each file', '{ pool: "vmForks", maxWorkers: 1 }'],
])('in %s', (_, config) => {
  test('each test of each file is captured, and no hook is', async () => {
    const tests = `
      beforeEach(async () => { await pool.query('select 0 as before'); });
      afterEach(() => pool.query('select 0 as after'));
      describe('inside', () => {
        beforeEach(() => pool.query('select 0 as inner'));
        test('one', () => pool.query('select 1'));
        test.concurrent('two', async () => { await pool.query('select 2'); await pool.query('select 2'); });
        test.concurrent('three', () => pool.query('select 3'));
      });
      test.fails('four', async () => { await pool.query('select 4'); throw new Error('as expected'); });
      test.skip('never', () => pool.query('select 5'));
      test('five', { retry: 1 }, async ({ task }) => { await pool.query('select 6'); if (task.result.retryCount === 0) throw new Error('once'); });
    `;
    suite({ 'a.test.mjs': tests, 'b.test.mjs': tests, 'c.test.mjs': tests }, config);
    const { code, said } = await vitest();
    expect([code, said]).toEqual([0, said]);
    // Five tests of which one is run twice, with seven statements, in three files.
    expect(summaryOf(said)).toMatch(/^queryscope {3}18 tests · 21 statements · 0 findings\n/);
  });
});

test.each(['list', 'parallel'])('hooks are in no capture where they run as sequence.hooks: %s', async (hooks) => {
  suite(
    {
      'a.test.mjs': `
        beforeEach(async () => { await pool.query('select 0 as before'); });
        afterEach(() => pool.query('select 0 as after'));
        describe('inside', () => {
          beforeEach(() => pool.query('select 0 as inner'));
          afterEach(() => pool.query('select 0 as inner_after'));
          test('one', () => pool.query('select 1'));
          test('two', () => pool.query('select 2'));
        });`,
    },
    `{ sequence: { hooks: '${hooks}' } }`,
  );
  const { code, said } = await vitest();
  expect([code, said]).toEqual([0, said]);
  expect(summaryOf(said)).toMatch(/^queryscope {3}2 tests · 2 statements · 0 findings\n/);
});

test('a mock in the place of pg is watched like any test that sends nothing', async () => {
  suite({
    'a.test.mjs': `
      import { vi } from 'vitest';
      vi.mock('pg', () => ({ default: { Pool: class { async query() { return { rows: [{ id: 1 }] }; } async end() {} } } }));
      test('is answered by the mock', async () => { expect((await pool.query('select 1')).rows).toEqual([{ id: 1 }]); });`,
  });
  const { code, said } = await vitest();
  expect([code, said]).toEqual([0, said]);
  expect(summaryOf(said)).toBe(
    'queryscope   not one statement was captured: no test sent one through a pg that is watched',
  );
});

test('a second run of one process is a run of its own', async () => {
  suite({ 'a.test.mjs': `test('loops', () => loop('item'));` });
  writeFileSync(
    join(place, 'twice.mjs'),
    `import { startVitest } from 'vitest/node';
     const vitest = await startVitest('test', [], { watch: true, config: ${JSON.stringify(join(place, 'vitest.config.mjs'))} });
     await vitest.rerunFiles();
     await vitest.close();
     process.exit();`,
  );
  const { said } = await command([join(place, 'twice.mjs')]);
  expect(said.match(/^queryscope {3}.*$/gm)).toEqual(Array(2).fill('queryscope   1 test · 4 statements · 1 finding'));
  const directories = readdirSync(runs);
  expect([directories.length, said]).toEqual([2, said]);
  for (const directory of directories) {
    expect(
      readdirSync(join(runs, directory))
        .map((file) => file.replace(/.*\./, ''))
        .sort(),
    ).toEqual(['html', 'jsonl']);
  }
});

test('the projects of a workspace are one run, wherever they and their tests lie', async () => {
  const packages = ['chats', 'orders'].map((name) => join(place, name));
  const project = (root: string) =>
    `{ root: ${JSON.stringify(root)}, plugins: [queryscope({ dir: 'runs', baseline: 'none.json' })], test: { name: ${JSON.stringify(root)}, include: ['*.test.mjs'] } }`;
  for (const root of packages) {
    mkdirSync(root);
    writeFileSync(join(root, 'a.test.mjs'), `${HEAD}test('sends', () => pool.query('select 1'));`);
  }
  writeFileSync(
    join(place, 'vitest.config.mjs'),
    `import { queryscope } from 'queryscope/vitest/plugin';
     export default { test: { projects: [${packages.map(project).join(', ')}] } };`,
  );
  const { code, said } = await vitest();
  expect([code, said]).toEqual([0, said]);
  expect(said.match(/^queryscope {3}.*$/gm)).toEqual(['queryscope   2 tests · 2 statements · 0 findings']);
  expect(readdirSync(runs)).toHaveLength(1);
});

describe('beside what the user has', () => {
  test('reporters stay, and setup files', async () => {
    writeFileSync(join(place, 'own-setup.mjs'), `globalThis.ownSetup = true;`);
    suite(
      {
        'a.test.mjs': `test('is set up', async () => { expect(globalThis.ownSetup).toBe(true); await pool.query('select 1'); });`,
      },
      '{ setupFiles: ["own-setup.mjs"], reporters: ["tap"] }',
    );
    const { code, said } = await vitest();
    expect([code, said]).toEqual([0, said]);
    expect(said).toContain('TAP version 13');
    expect(summaryOf(said)).toMatch(/^queryscope {3}1 test · 1 statement · 0 findings\n/);
  });

  test('GitHub has annotations at the lines', async () => {
    suite({ 'a.test.mjs': `test('loops', () => loop('item'));` });
    const { said } = await vitest({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: '' }, '--reporter=default');
    expect(said).toMatch(/^::warning file=\S*a\.test\.mjs,line=\d+,title=n-plus-one · likely::/m);
    expect((await vitest()).said).not.toContain('::warning');
  });

  test('a suite that sends nothing is told so', async () => {
    suite({ 'a.test.mjs': `test('sends nothing', () => {});` });
    const { code, said } = await vitest();
    expect(code).toBe(0);
    expect(summaryOf(said)).toBe(
      'queryscope   not one statement was captured: no test sent one through a pg that is watched',
    );
  });

  test('the page and the lines of the run lie where they are told to', async () => {
    suite({ 'a.test.mjs': `test('loops', () => loop('item'));` });
    const { said } = await vitest({ QUERYSCOPE_RUN: 'named' });
    expect(
      readdirSync(join(runs, 'named'))
        .map((file) => file.replace(/.*\./, ''))
        .sort(),
    ).toEqual(['html', 'jsonl']);
    expect(readFileSync(join(runs, 'named', 'report.html'), 'utf8')).toContain('n-plus-one');
    expect(said).toContain('report.html');
  });
});

test.each<[unknown, string]>([
  [{ dirs: 'x' }, "queryscope() has no option 'dirs'. There are: dir, baseline."],
  [{ dir: 5 }, "queryscope()'s 'dir' takes a path; 5 came."],
  [{ baseline: '' }, "queryscope()'s 'baseline' takes a path; a string came."],
  ['dir', 'queryscope() takes an object of options; a string came.'],
])('%j makes no sense', (options, message) => {
  expect(() => queryscope(options as object)).toThrow(message);
});
