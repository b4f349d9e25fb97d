// How queryscope/register is started: by --import or --require, with loaders before and after it, with options from a file, or not at
// all. Processes as users start them, with real HTTP and a real PostgreSQL.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../postgres.js';
import { type Installed, installApps } from './installed.js';
import { RunningApp } from './running-app.js';

let installed: Installed;
let database: string;

beforeAll(async () => {
  [installed, database] = await Promise.all([installApps(), freshDatabase()]);
}, 240_000);

const REGISTER = 'queryscope/register';

/** Starts an app, asks it for two users, one after the other; answers a line for each report. */
async function visited(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  const app = await RunningApp.start(installed.apps, file, { DATABASE: database, ...env }, args);
  try {
    for (const id of [7, 8]) {
      const response = await fetch(`http://127.0.0.1:${app.port}/users/${id}`);
      await response.text();
    }
    const lines = (await app.reported(2)).map(({ profile }) => {
      const whose = profile.statements.map(({ values }) => values?.join()).join(' ');
      return `${profile.label} ${profile.outcome.status} · ${whose}`;
    });
    // Reports are understood in slices, and may overtake each other.
    return lines.sort();
  } finally {
    await app.stop();
  }
}

const three = ['GET /users/:id 200 · 7 7 7', 'GET /users/:id 200 · 8 8 8'];
const one = ['GET /users/:id 200 · 7', 'GET /users/:id 200 · 8'];

describe('pg is watched, and requests are scopes', () => {
  test.each<[how: string, file: string, args: string[], expected: string[]]>([
    ['--import, an app that requires', 'plain.cjs', ['--import', REGISTER], three],
    ['--import, an app that imports', 'koa3.mjs', ['--import', REGISTER], three],
    ['--require, an app that requires', 'plain.cjs', ['--require', REGISTER], three],
    ['--require, an app that imports', 'koa3.mjs', ['--require', REGISTER], three],
    ['both', 'plain.cjs', ['--require', REGISTER, '--import', REGISTER], three],
    ['tsx before, an ES module', 'typed.mts', ['--import', 'tsx', '--import', REGISTER], one],
    ['tsx after, an ES module', 'typed.mts', ['--import', REGISTER, '--import', 'tsx'], one],
    ['tsx before, CommonJS', 'typed.cts', ['--import', 'tsx', '--import', REGISTER], one],
    ['tsx after, CommonJS', 'typed.cts', ['--import', REGISTER, '--import', 'tsx'], one],
    ['--require before tsx, an ES module', 'typed.mts', ['--require', REGISTER, '--import', 'tsx'], one],
    ['--require before tsx, CommonJS', 'typed.cts', ['--require', REGISTER, '--import', 'tsx'], one],
    [
      'a loader that reads CommonJS before, required',
      'plain.cjs',
      ['--import', './commonjs-loader.mjs', '--import', REGISTER],
      three,
    ],
    [
      'a loader that reads CommonJS before, imported',
      'koa3.mjs',
      ['--import', './commonjs-loader.mjs', '--import', REGISTER],
      three,
    ],
    [
      'a loader that reads CommonJS after, required',
      'plain.cjs',
      ['--import', REGISTER, '--import', './commonjs-loader.mjs'],
      three,
    ],
    [
      'a loader that reads CommonJS after, imported',
      'koa3.mjs',
      ['--import', REGISTER, '--import', './commonjs-loader.mjs'],
      three,
    ],
    [
      '--require before a loader that reads CommonJS',
      'koa3.mjs',
      ['--require', REGISTER, '--import', './commonjs-loader.mjs'],
      three,
    ],
    ['several copies of pg', 'copies.mjs', ['--import', REGISTER], three],
    ['several copies of pg, tsx after', 'copies.mjs', ['--import', REGISTER, '--import', 'tsx'], three],
    ['by require, in an app that listens already', 'late.cjs', [], three],
  ])('%s', async (_how, file, args, expected) => {
    expect(await visited(file, args)).toEqual(expected);
  });

  test.each<[how: string, file: string, args: string[], options: string, expected: string[]]>([
    ['--import', 'plain.cjs', [], `--import ${REGISTER}`, three],
    ['--require', 'koa3.mjs', [], `--require ${REGISTER}`, three],
    ['tsx after', 'typed.mts', ['--import', 'tsx'], `--import ${REGISTER}`, one],
    ['tsx before', 'typed.mts', [], `--import tsx --import ${REGISTER}`, one],
  ])('NODE_OPTIONS: %s', async (_how, file, args, options, expected) => {
    expect(await visited(file, args, { NODE_OPTIONS: options })).toEqual(expected);
  });
});

test('beside express() and a profiler of the app: one scope, its route, each report once to each output', async () => {
  const app = await RunningApp.start(installed.apps, 'with-express.cjs', { DATABASE: database });
  const response = await fetch(`http://127.0.0.1:${app.port}/shops/corner/items/9?token=secret`);
  expect(await response.json()).toEqual({ statements: 3, parent: true });
  // Two outputs have it: the one of the config file, and the app's own.
  const reports = await app.reported(2);
  expect(reports.map(({ profile, children }) => [profile.label, children.map((child) => child.profile.label)])).toEqual(
    [
      ['GET /shops/:shop/items/:item', ['inside']],
      ['GET /shops/:shop/items/:item', ['inside']],
    ],
  );
  expect(new Set(reports.map(({ profile }) => profile.id)).size).toBe(1);
  expect(await app.counts()).toEqual({ open: 0, outside: 0 });
  await app.stop();
});

/** Runs Node in a directory of its own inside the apps; answers what it said. */
async function said(
  files: Record<string, string>,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { NODE_ENV, VITEST, NODE_OPTIONS, ...inherited } = process.env;
  const place = mkdtempSync(join(installed.apps, 'said-'));
  // The repository ends here: what lies further up is not read.
  mkdirSync(join(place, '.git'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
  try {
    const options = { cwd: place, env: { ...inherited, DATABASE: database, ...env } };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args], options);
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  } finally {
    rmSync(place, { recursive: true });
  }
}

const WITH_REGISTER = ['--import', REGISTER, '-e', 'console.log("ran")'];
const OFF = 'queryscope: off, because NODE_ENV is production; QUERYSCOPE=1 or the option `enabled` turns it on\n';
/** Says whether the servers of node:http were touched. */
const TOUCHED = 'console.log(Object.hasOwn(require("node:http").Server.prototype, "emit"))';

describe('in a process', () => {
  test('that has neither pg nor a request it says nothing', async () => {
    expect(await said({}, WITH_REGISTER)).toEqual({ code: 0, stdout: 'ran\n', stderr: '' });
  });

  test('that loads pg it says what it watches, and at the end what it saw', async () => {
    const { stderr } = await said({}, ['--import', REGISTER, '-e', "require('pg')"]);
    expect(stderr).toMatch(/^queryscope {3}watching pg 8\.23\.1 · .*\nqueryscope {3}0 requests/s);
  });

  test.each<[env: Record<string, string>, touched: boolean, said: string]>([
    [{}, true, ''],
    [{ NODE_ENV: 'development' }, true, ''],
    [{ NODE_ENV: 'production' }, false, OFF],
    [{ NODE_ENV: 'production', QUERYSCOPE: '1' }, true, ''],
    [{ QUERYSCOPE: '0' }, false, ''],
  ])('with %j it is on: %s', async (env, touched, stderr) => {
    const result = await said({}, ['--import', REGISTER, '-e', TOUCHED], env);
    expect(result).toEqual({ code: 0, stdout: `${touched}\n`, stderr });
  });
});

/** Options that show: the servers stay as they are. */
const CONFIGURED = "{ enabled: false, detectors: { 'n-plus-one': false } }";

describe('options come from a file', () => {
  test.each<[file: string, text: string, args: string[]]>([
    ['queryscope.config.json', '{ "enabled": false }', []],
    ['queryscope.config.cjs', `module.exports = ${CONFIGURED};`, []],
    ['queryscope.config.js', `module.exports = ${CONFIGURED};`, []],
    ['queryscope.config.mjs', `export default ${CONFIGURED};`, []],
    ['queryscope.config.ts', `const options: object = ${CONFIGURED}; export default options;`, ['--import', 'tsx']],
  ])('%s', async (file, text, args) => {
    // Node loads what is required before what is imported, so no loader can stand before --require.
    for (const how of args.length === 0 ? ['--import', '--require'] : ['--import']) {
      const result = await said({ [file]: text }, [...args, how, REGISTER, '-e', TOUCHED]);
      expect(result).toEqual({ code: 0, stdout: 'false\n', stderr: '' });
    }
  });

  test('an ES module that imports queryscope has the same one', async () => {
    const config = `
      import { consoleOutput } from 'queryscope';
      export default { outputs: [{ name: 'own', start: () => console.log('started'), write() {} }, consoleOutput()] };`;
    const { code, stdout } = await said({ 'queryscope.config.mjs': config }, [
      '--require',
      REGISTER,
      '-e',
      "require('pg')",
    ]);
    expect([code, stdout]).toEqual([0, 'started\n']);
  });

  test('of the nearest directory up to the root of the repository', async () => {
    const inside = `process.chdir('inner'); require('${REGISTER}'); ${TOUCHED}`;
    const nest = "const fs = require('fs'); fs.mkdirSync('inner');";
    const outer = { 'queryscope.config.json': '{ "enabled": false }' };
    expect(await said(outer, ['-e', nest + inside])).toMatchObject({ stdout: 'false\n' });
    const own = "fs.writeFileSync('inner/queryscope.config.json', '{}');";
    expect(await said(outer, ['-e', nest + own + inside])).toMatchObject({ stdout: 'true\n' });
    const root = "fs.mkdirSync('inner/.git');";
    expect(await said(outer, ['-e', nest + root + inside])).toMatchObject({ stdout: 'true\n' });
  });

  test.each<[what: string, files: Record<string, string>, expected: RegExp]>([
    [
      'an unknown option',
      { 'queryscope.config.json': '{ "value": "none" }' },
      /queryscope\.config\.json: There is no option 'value'\. Did you mean 'values'\?.*unknown-option/s,
    ],
    [
      'a bad value',
      { 'queryscope.config.cjs': 'module.exports = { sampleRate: 2 };' },
      /queryscope\.config\.cjs: Option 'sampleRate' takes a number from 0 to 1, 'auto', or a function of the request that answers one of these; 2 came/,
    ],
    [
      'no options at all',
      { 'queryscope.config.mjs': 'export default 7;' },
      /queryscope\.config\.mjs: Option 'options' takes an object of options; 7 came/,
    ],
    [
      'two files',
      { 'queryscope.config.json': '{}', 'queryscope.config.cjs': '' },
      /There is to be one config file; queryscope\.config\.cjs and queryscope\.config\.json lie side by side\. Keep one\./,
    ],
    [
      'a file that throws',
      { 'queryscope.config.cjs': '\nthrow new TypeError("secret");' },
      /queryscope\.config\.cjs could not be loaded: TypeError at line 2, column 7\./,
    ],
    [
      'a module that throws',
      { 'queryscope.config.mjs': '\nexport default JSON.parse("secret");' },
      /queryscope\.config\.mjs could not be loaded: SyntaxError at line 2, column 21\./,
    ],
    [
      'a syntax error',
      { 'queryscope.config.cjs': 'module.exports = {\n  outputs: [\n};' },
      /queryscope\.config\.cjs could not be loaded: SyntaxError: Unexpected token '}' at line 3\./,
    ],
    [
      'a syntax error in a module',
      { 'queryscope.config.mjs': 'export default {\n  outputs: [\n};' },
      /could not be loaded: SyntaxError: Unexpected token '}' \(node --check queryscope\.config\.mjs says where\)\./,
    ],
    [
      'JSON with a comma too many',
      { 'queryscope.config.json': '{\n  "enabled": false,\n}' },
      /queryscope\.config\.json could not be loaded: it is no JSON at line 3, column 1\./,
    ],
    [
      'a module that is not there',
      { 'queryscope.config.cjs': '\nmodule.exports = require("./options.cjs");' },
      /queryscope\.config\.cjs could not be loaded: Cannot find module '\.\/options\.cjs' at line 2, column 18\./,
    ],
    [
      'a file that awaits',
      { 'queryscope.config.mjs': 'await 0; export default {};' },
      /queryscope\.config\.mjs could not be loaded: it awaits at its top level/,
    ],
  ])('%s is an error at the start', async (_what, files, expected) => {
    const { code, stdout, stderr } = await said(files, WITH_REGISTER);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(/QueryscopeError/);
  });

  test('TypeScript that nothing loads is an error that says what to do', async () => {
    // No `type`: Node finds out by itself which kind of module it is.
    const files = {
      'package.json': '{}',
      'queryscope.config.ts': 'const options: object = { enabled: false }; export default options;',
    };
    const { code, stdout, stderr } = await said(files, ['--import', REGISTER, '-e', TOUCHED]);
    if ((process.features as { typescript?: unknown }).typescript) {
      expect([code, stdout]).toEqual([0, 'false\n']);
    } else {
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /queryscope\.config\.ts needs a Node\.js that loads TypeScript .*, node --import tsx --import queryscope\/register/,
      );
    }
  });
});
