// The example suites as users run them: Vitest 4 in this checkout, Vitest 5 and Jest with the packed package, and node:test. Each runner passes and fails the same tests,
// and says the same of those that fail.

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../postgres.js';

const root = join(__dirname, '..', '..');
const examples = join(root, 'examples');
const place = mkdtempSync(join(tmpdir(), 'queryscope-suites-'));

beforeAll(async () => {
  if (!existsSync(join(root, 'dist'))) throw new Error('There is no dist/ to pack: run "npm run build" first.');
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(__dirname, 'apps', file), join(place, file));
  for (const example of ['chats', 'transfer', 'vitest', 'jest'])
    cpSync(join(examples, example), join(place, example), { recursive: true });
  const [{ filename }] = JSON.parse(
    await done('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', place], root),
  );
  await done('npm', ['ci', '--prefer-offline'], place);
  await done('npm', ['install', '--no-save', '--prefer-offline', join(place, filename)], place);
}, 240_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Ran {
  code: number | null;
  out: string;
  /** What it wrote to stdout and stderr. */
  said: string;
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Ran> {
  const { NODE_ENV, VITEST, VITEST_MODE, VITEST_POOL_ID, VITEST_WORKER_ID, QUERYSCOPE_LINK, ...inherited } =
    process.env;
  const child = spawn(command, args, {
    cwd,
    env: { ...inherited, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, out, said: out + err };
}

async function done(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, out, said } = await run(command, args, cwd);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${said}`);
  return out;
}

/** What each test came to. */
type Results = Record<string, string>;

const STORY: Results = {
  'at once: three statements': 'passed',
  'lazily: a statement per row': 'failed',
  'joined: three statements, for now': 'passed',
  'joined: a loop still': 'failed',
  'at once: the same for more chats': 'passed',
  'lazily: more for more chats': 'failed',
  'in one transaction: nothing is lost': 'passed',
  'one after the other: half of it stays': 'failed',
};

/** What is said of the failures, whoever says it. */
function expectStory({ code, said }: Ran, results: Results): void {
  expect([said, results]).toEqual([said, STORY]);
  expect(code).toBe(1);
  for (const line of [
    '1×         select id from chat                     ',
    '└─ 2×      select … from message where chat_id=$1  ',
    '   └─ 20×  select username from users where id=$1  ',
    'chat.messages = await messagesOf(pool, chat.id);',
    'message.sender = await usernameOf(pool, message.sender_id);',
    'chats/chats.ts:22',
    'chats/chats.ts:24',
    '… from users   where id = any($1)',
    'they grow with n and m: 1 + n + n·m',
    'n = 1,000, m = 7: 8,001 statements',
    '3 statements where 2 do',
    'expected the data to be whole whichever write fails; it is not where write 2 fails',
    'transfer/transfer.ts:11',
  ]) {
    expect(said).toContain(line);
  }
}

/** The lines at the end, and the page that they name. */
function expectSummary(said: string, cwd: string): void {
  const summary = said.slice(said.lastIndexOf('queryscope   '));
  expect(summary).toMatch(/^queryscope {3}\d+ tests · \d+ statements · \d+ findings\n/);
  expect(summary).toContain('▲ n-plus-one');
  expect(summary).toContain('npx queryscope baseline');
  const page = /report {4}(\S+\.html)/.exec(summary)?.[1] as string;
  expect(readFileSync(join(cwd, page), 'utf8')).toMatch(/^<!doctype html>/);
}

interface JsonReport {
  testResults: { assertionResults: { title: string; status: string }[] }[];
}

function resultsIn(file: string): Results {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as JsonReport;
  return Object.fromEntries(
    testResults.flatMap(({ assertionResults }) => assertionResults.map(({ title, status }) => [title, status])),
  );
}

const vitestArgs = (bin: string, output: string) => [
  bin,
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${output}`,
];

describe('the story in', () => {
  test('Vitest 4', async () => {
    const output = join(place, 'vitest-4.json');
    const [cwd, runs] = [join(examples, 'vitest'), join(place, 'runs-4')];
    const env = { DATABASE_URL: await freshDatabase(), QUERYSCOPE_DIR: runs };
    const ran = await run(process.execPath, vitestArgs(join(root, 'node_modules/vitest/vitest.mjs'), output), cwd, env);
    expectStory(ran, resultsIn(output));
    expectSummary(ran.said, cwd);
  });

  // Vitest 5 itself runs on no older one.
  if (Number(process.versions.node.split('.')[0]) >= 22) {
    test('Vitest 5', async () => {
      const output = join(place, 'vitest-5.json');
      const cwd = join(place, 'vitest');
      const env = { DATABASE_URL: await freshDatabase() };
      const ran = await run(
        process.execPath,
        vitestArgs(join(place, 'node_modules/vitest/vitest.mjs'), output),
        cwd,
        env,
      );
      expectStory(ran, resultsIn(output));
      expectSummary(ran.said, cwd);
    });
  }

  test('Jest 30, with ts-jest and CommonJS', async () => {
    const output = join(place, 'jest.json');
    const cwd = join(place, 'jest');
    const args = [join(place, 'node_modules/jest/bin/jest.js'), '--ci', '--json', `--outputFile=${output}`];
    const ran = await run(process.execPath, args, cwd, { DATABASE_URL: await freshDatabase() });
    expectStory(ran, resultsIn(output));
    expectSummary(ran.said, cwd);
  });

  test('node:test', async () => {
    const files = ['examples/node-test/chats.test.ts', 'examples/node-test/transfer.test.ts'];
    const runs = join(place, 'runs-node');
    const env = {
      DATABASE_URL: await freshDatabase(),
      QUERYSCOPE_OUTPUT: 'json',
      QUERYSCOPE_DIR: runs,
      QUERYSCOPE_RUN: 'story',
    };
    const ran = await run(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=tap', ...files], root, env);
    const results = [...ran.said.matchAll(/^ *(not )?ok \d+ - (.+)$/gm)].map(([, not, title]) => [
      title,
      not ? 'failed' : 'passed',
    ]);
    expectStory(ran, Object.fromEntries(results.filter(([title]) => !title?.endsWith('.test.ts'))));

    const checked = await run(process.execPath, ['dist/cli/main.js', 'check', join(runs, 'story')], root);
    expect(checked.said).toContain('n-plus-one · proven');
    expect(checked.code).toBe(1);
  });
});

describe('types', () => {
  /** Compiles one file in a directory; answers what the compiler says. */
  async function compiled(directory: string, name: string, code: string, skipLibCheck = false): Promise<string> {
    writeFileSync(join(directory, name), code);
    const types = name.startsWith('jest') ? ['node', 'jest'] : ['node'];
    const compilerOptions = { target: 'es2022', module: 'node20', strict: true, noEmit: true, skipLibCheck, types };
    writeFileSync(join(directory, `${name}.json`), JSON.stringify({ compilerOptions, files: [name] }));
    const compiler = join(directory, 'node_modules/typescript/bin/tsc');
    return (await run(process.execPath, [compiler, '-p', `${name}.json`], directory)).said;
  }

  const USE = `
    declare const report: import('queryscope/testing').Report;
    expect(report).toHaveNoNPlusOne();
    expect(report).not.toBeAtomic({ except: ['torn-write'], failOn: 'error:proven' });
    expect(report).toHaveStatementCount({ max: 4, insert: { min: 1 }, select: 2 }, { allowNone: true });
    expect({ report }).toEqual({ report: expect.toHaveStatementCount(4) });
    expect({ report }).toEqual({ report: expect.not.toHaveNoFindings() });
    expect(report).toMatchStatementsSnapshot('lists');
    expect(report).toMatchStatementsInlineSnapshot(\`x\`);
    const scaled: Promise<void> = expect(() => 1).toScaleConstantly({ scales: { n: [1, 2], m: [3, 4] }, populate: ({ n, m }) => n + m });
    const survived: Promise<void> = expect(() => 1).toSurviveFailures({ reset: () => {} });
    // @ts-expect-error no such detector
    expect(report).toHaveNoFindings({ except: 'n+1' });
    // @ts-expect-error no such verb
    expect(report).toHaveStatementCount({ selekt: 4 });
    // @ts-expect-error a count is needed
    expect(report).toHaveStatementCount();
    // @ts-expect-error scales are numbers
    expect(() => 1).toScaleConstantly({ scales: ['2'] });
    // @ts-expect-error no such parameter
    expect(() => 1).toScaleConstantly({ scales: { n: [1, 2] }, populate: ({ x }) => x });
    // @ts-expect-error no such matcher
    expect(report).toHaveNoNPlusTwo();
  `;

  const VITEST = `
    import { expect, test } from 'queryscope/vitest';
    import { queryscope as plugin } from 'queryscope/vitest/plugin';
    import { defineConfig } from 'vitest/config';
    test('fixture', async ({ queryscope }) => {
      expect(await queryscope.report()).toHaveNoNPlusOne();
      const { result } = await queryscope.capture(() => 4);
      result.toFixed();
    });
    defineConfig({ plugins: [plugin({ baseline: 'file' })] });
    // @ts-expect-error no such option
    plugin({ file: 'file' });
  `;

  const JEST = `
    import { queryscope } from 'queryscope/jest';
    test('capture', async () => expect(await queryscope.report()).toHaveNoNPlusOne());
  `;

  /** Of a library that adds matchers to both. Its own declarations are not of Vitest 5, and are not looked at. */
  const OTHERS = `
    declare const document: unknown;
    expect(document).toBeInTheDocument();
    expect(document).not.toHaveNoFindings();
  `;

  test.each([
    ['vitest-types.mts', VITEST],
    ['vitest-types.cts', VITEST.replace(/^.*(?:plugin|defineConfig|no such option).*$/gm, '')],
    ['jest-types.cts', JEST],
    ['jest-types.mts', JEST],
  ])('of Vitest 5 and Jest: %s', async (name, code) => {
    expect(await compiled(place, name, code + USE)).toBe('');
  });

  test.each([
    ['vitest-others.mts', `import '@testing-library/jest-dom/vitest'; ${VITEST}`],
    ['jest-others.cts', `import '@testing-library/jest-dom'; ${JEST}`],
  ])('beside the matchers of others: %s', async (name, code) => {
    expect(await compiled(place, name, code + USE + OTHERS, true)).toBe('');
  });

  test('of Vitest 4', async () => {
    const scratch = mkdtempSync(join(root, 'node_modules', '.cache-'));
    const code = `
      import { expect, test } from 'queryscope/vitest';
      ${USE}
      test('fixture', async ({ queryscope }) => expect(await queryscope.report()).toHaveNoNPlusOne());
    `;
    writeFileSync(join(scratch, 'vitest-types.mts'), code);
    const config = {
      extends: join(root, 'tsconfig.json'),
      include: ['*.mts'],
      compilerOptions: { noUnusedLocals: false },
    };
    writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(config));
    const { said } = await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', scratch], root);
    rmSync(scratch, { recursive: true });
    expect(said).toBe('');
  });
});
