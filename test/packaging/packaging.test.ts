// The package as its users get it: packed, installed from the tarball beside other versions of its neighbours, and used by a CommonJS
// app, an ES module, NestJS and ts-jest, all type-checked by the TypeScript that is common today.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exports as entries, version } from '../../package.json';
import { freshDatabase } from '../postgres.js';

const root = join(__dirname, '..', '..');
const place = mkdtempSync(join(tmpdir(), 'queryscope-packaging-'));
const apps = join(place, 'apps');
const packed = join(apps, 'node_modules', 'queryscope');
let tarball: string;
let databaseUrl: string;

beforeAll(async () => {
  if (!existsSync(join(root, 'dist'))) throw new Error('There is no dist/ to pack: run "npm run build" first.');
  cpSync(join(__dirname, 'apps'), apps, { recursive: true, filter: (file) => !file.endsWith('node_modules') });
  const [{ filename }] = JSON.parse(await npm(root, 'pack', '--json', '--pack-destination', place));
  tarball = join(place, filename);
  await npm(apps, 'ci', '--prefer-offline');
  await npm(apps, 'install', '--no-save', '--prefer-offline', tarball);
  await run('node', ['node_modules/typescript/bin/tsc'], apps);

  databaseUrl = await freshDatabase();
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`
    create table chat (id int primary key);
    create table message (chat_id int references chat, text text);
    insert into chat values (11), (12);
    insert into message values (11, 'one'), (12, 'two');
  `);
  await client.end();
}, 240_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

test('a CommonJS app in TypeScript, with one line of queryscope', async () => {
  const { stdout, stderr } = await app('commonjs/app.js');
  expect(stdout).toBe('200 [{"id":11},{"id":12}]\n');
  expect(stderr).toMatch(/n-plus-one · proven/);
  const lines = readFileSync(join(apps, 'commonjs', 'app.ts'), 'utf8').split('\n');
  const loop = lines.findIndex((line) => line.includes('select text from message')) + 1;
  expect(stderr).toMatch(new RegExp(`commonjs/app\\.ts:${loop}\\b`));
});

test('an ES module beside a require of the same package: one state', async () => {
  const { stdout, stderr } = await app('esm/app.mjs');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    'same exports': true,
    'same functions': true,
    statements: 3,
    findings: [expect.stringMatching(/^n-plus-one proven .*esm\/app\.mts$/)],
  });
});

test('a NestJS app with the middleware', async () => {
  const { stdout, stderr } = await app('nestjs/app.js');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    status: 200,
    label: 'GET /owners/:owner/chats',
    statements: 3,
    findings: [expect.stringMatching(/^n-plus-one proven .*nestjs\/app\.ts$/)],
  });
});

test('a ts-jest suite, in two module registries of one process', async () => {
  const { stderr } = await run('node', ['../node_modules/jest/bin/jest.js', '--runInBand', '--ci'], join(apps, 'jest'));
  expect(stderr).toContain('Test Suites: 2 passed, 2 total');
  expect(stderr).toContain('Tests:       4 passed, 4 total');
});

test('the command, by its name', async () => {
  const { stdout } = await run('npx', ['--no-install', 'queryscope', '--version'], apps);
  expect(stdout).toBe(`${version}\n`);
  await expect(run('npx', ['--no-install', 'queryscope', 'check', 'nowhere'], apps)).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^queryscope: There is no file or directory 'nowhere'/),
  });
});

test('the package holds what the app needs and nothing else', () => {
  const files = readdirSync(packed, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const kinds = files.map(({ parentPath, name }) => {
    const place = parentPath.slice(packed.length + 1).split('/')[0];
    return place ? `${place}/*${name.slice(name.indexOf('.'))}` : name;
  });
  expect([...new Set(kinds)].sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist/*.css',
    'dist/*.d.mts',
    'dist/*.d.ts',
    'dist/*.js',
    'dist/*.json',
    'dist/*.md',
    'dist/*.mjs',
    'dist/*.txt',
    'package.json',
  ]);
});

test('every detector page is where findings say that it is', () => {
  const pages = readdirSync(join(root, 'src', 'detectors')).filter((file) => file.endsWith('.md'));
  expect(pages).not.toEqual([]);
  expect(readdirSync(join(packed, 'dist', 'detectors')).filter((file) => file.endsWith('.md'))).toEqual(pages);
});

test('every entry point has its files', () => {
  const files = Object.values(entries).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry).flatMap((condition) => Object.values(condition)),
  );
  expect(files.filter((file) => !existsSync(join(packed, file)))).toEqual([]);
});

test('it loads without pg, express or any other optional peer', async () => {
  const alone = join(place, 'alone');
  mkdirSync(alone);
  writeFileSync(join(alone, 'package.json'), '{}');
  await npm(alone, 'install', '--prefer-offline', tarball);
  expect(existsSync(join(alone, 'node_modules', 'pg'))).toBe(false);
  const load =
    "require('queryscope'); require('queryscope/express'); require('queryscope/json'); require('queryscope/prisma'); require('queryscope/register'); Promise.all([import('queryscope'), import('queryscope/json'), import('queryscope/prisma'), import('queryscope/register')]).then(() => console.log('loaded'))";
  expect(await run('node', ['-e', load], alone)).toEqual({ stdout: 'loaded\n', stderr: '' });
});

/** Without install scripts: no package here needs its own, and ours (`prepack`) would build dist/ under the feet of other tests. */
async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund'], cwd);
  return stdout;
}

async function app(file: string) {
  return await run('node', ['--enable-source-maps', join('built', file)], apps);
}

async function run(command: string, args: string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  const { NODE_ENV, VITEST, ...env } = process.env;
  return await promisify(execFile)(command, args, {
    cwd,
    env: { ...env, DATABASE_URL: databaseUrl },
    timeout: 200_000,
  });
}
