// `queryscope analyze` as users run it: its exit codes, its formats, the run that it writes for the other commands, and files that are not as they should be.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { http, requestOf, SERVER, sql } from '../traces/request.js';
import { queryscope } from './command.js';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'queryscope-analyze-'));
});

afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const write = (name: string, content: string | Buffer) => writeFileSync(join(cwd, name), content);
const run = (...args: string[]) => queryscope(args, { cwd });

/** Requests of so many statements each, of one shape. */
function traces(...turns: number[]): string {
  return turns
    .map((count, number) => {
      const trace = String(number + 1);
      const statements = Array.from({ length: count }, (_, turn) => ({
        id: `s${turn}`,
        parent: 'r',
        trace,
        at: [turn, turn + 1] as const,
        attributes: sql('select name from users where id = $1'),
      }));
      const request = { id: 'r', trace, kind: SERVER, at: [0, 900] as const, attributes: http('/users') };
      return `${JSON.stringify(requestOf([request, ...statements]))}\n`;
    })
    .join('');
}

test('findings end with 1, and say in how many requests they were seen', async () => {
  write('traces.json', traces(20, 20, 20));
  const { code, stdout } = await run('analyze', 'traces.json');
  expect(code).toBe(1);
  expect(stdout).toContain('n-plus-one · likely   20 statements where 1 does');
  expect(stdout).toContain('in 3 requests: shop: GET /users');
  expect(stdout).toContain('3 requests · 60 statements');
});

test('clean files end with 0; what was found may be told to fail nothing', async () => {
  write('clean.json', traces(1, 1));
  write('loop.json', traces(20));
  expect((await run('analyze', 'clean.json')).code).toBe(0);
  expect((await run('analyze', 'loop.json', '--fail-on', 'error')).code).toBe(0);
});

test.each([
  ['no file', ['nothing.json'], /There is no file 'nothing\.json' to analyze/],
  ['no word', [], /analyze takes files/],
  ['an empty file', ['empty.json'], /nothing can be said: 0 statements[\s\S]*files are empty: empty\.json/],
  [
    'nothing but broken lines',
    ['broken.json', '--from', 'otlp'],
    /nothing can be said[\s\S]*3× lines could not be read as JSON: broken\.json line 1/,
  ],
  ['a file of no format', ['broken.json'], /files are in no format that is known/],
  [
    'a format that there is not',
    ['empty.json', '--from', 'oltp'],
    /There is no format 'oltp' to read\. Did you mean otlp\?/,
  ],
  ['a window of nothing', ['empty.json', '--window', '0'], /--window takes seconds/],
])('%s ends with 2', async (_, args, message) => {
  write('empty.json', '');
  write('broken.json', 'a\nb\nc\n');
  const { code, stderr } = await run('analyze', ...args);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test('files without a statement may be taken for clean', async () => {
  write('empty.json', '');
  expect((await run('analyze', 'empty.json', '--allow-empty')).code).toBe(0);
});

test('a file that is of no format makes blind, whatever stands in the others', async () => {
  write('loop.json', traces(20));
  write('other.txt', 'none');
  const { code, stdout, stderr } = await run('analyze', 'loop.json', 'other.txt');
  expect(stdout).toContain('n-plus-one');
  expect(stderr).toContain('files are in no format that is known');
  expect(code).toBe(2);
});

test('broken lines are told, and change nothing else', async () => {
  write('mixed.json', `${traces(20)}{"resourceSpans":\n${traces(1)}`);
  const { code, stdout } = await run('analyze', 'mixed.json');
  expect(stdout.replace(/\s+/g, ' ')).toContain('lines could not be read as JSON: mixed.json line 2');
  expect(code).toBe(1);
});

test('standard input, packed', async () => {
  const child = spawn(process.execPath, [join(__dirname, '..', '..', 'dist', 'cli', 'main.js'), 'analyze', '-'], {
    cwd,
  });
  child.stdin.end(gzipSync(traces(20)));
  const [stdout] = await Promise.all([text(child.stdout), new Promise((ended) => child.on('close', ended))]);
  expect(stdout).toContain('1 request · 20 statements');
  expect(child.exitCode).toBe(1);
});

test('formats by the extension of the file', async () => {
  write('traces.json', traces(20, 1));
  for (const [name, expected] of [
    ['out.html', /^<!doctype html>/i],
    ['out.sarif', /"occurrenceCount": 1/],
    ['out.xml', /<failure type="warning"/],
    ['out.md', /n-plus-one/],
    ['out.json', /"outcome": "findings"/],
  ] as const) {
    const { code } = await run('analyze', 'traces.json', '-o', name);
    expect(code).toBe(1);
    expect(readFileSync(join(cwd, name), 'utf8')).toMatch(expected);
  }
});

test('a directory takes the run: check, report, diff and baseline say the same of it', async () => {
  write('base.json', traces(1, 1, 1, 1));
  write('head.json', traces(20, 1, 20, 20, 1));
  expect((await run('analyze', 'base.json', '-o', 'base/')).code).toBe(0);
  const analyzed = await run('analyze', 'head.json', '-o', 'head', '-f', 'json');
  const checked = await run('check', 'head', '-f', 'json');
  expect(checked.code).toBe(1);
  const { gaps: _, ...said } = JSON.parse(analyzed.stdout);
  const { gaps: __, ...read } = JSON.parse(checked.stdout);
  expect(read).toEqual(said);
  expect(said.watched).toMatchObject({ scopes: { request: 5 }, statements: 62 });

  const diff = JSON.parse((await run('diff', 'base', 'head', '-f', 'json')).stdout);
  expect(diff.fresh).toMatchObject([{ detector: 'n-plus-one', scopes: 3 }]);
  expect(diff.labels).toMatchObject([
    { label: 'shop: GET /users', base: { scopes: 4, median: 1, max: 1 }, head: { scopes: 5, median: 20, max: 20 } },
  ]);
  expect((await run('report', 'head', '-o', 'page.html')).code).toBe(0);
  expect((await run('baseline', 'head', '--file', 'known.json')).code).toBe(0);
  expect((await run('analyze', 'head.json', '--baseline', 'known.json')).code).toBe(0);
});

test('no value and no literal is written, unless it is asked for', async () => {
  write('traces.json', traces(3).replaceAll('where id = $1', "where name = 'Ada Lovelace'"));
  await run('analyze', 'traces.json', '-o', 'plain');
  await run('analyze', 'traces.json', '-o', 'sampled', '--sample');
  const written = (directory: string) => readFileSync(join(cwd, directory, 'analyzed.jsonl'), 'utf8');
  expect(written('plain')).not.toContain('Lovelace');
  expect(written('sampled')).toContain('Ada Lovelace');
});

test('what the config file allows and sets holds here too', async () => {
  write('traces.json', traces(20));
  write(
    'queryscope.config.json',
    JSON.stringify({
      detectors: { 'n-plus-one': false },
      allow: [{ detector: 'duplicate-statement', reason: 'known' }],
    }),
  );
  expect((await run('analyze', 'traces.json')).code).toBe(0);
});
