// The output that writes the page: when, where, with what, and what it does where it cannot.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pageOf } from '../../src/html.js';
import type { PageModel } from '../../src/outputs/html/model.js';
import { htmlOutput } from '../../src/outputs/html.js';
import type { Report, Watch } from '../../src/report/report.js';
import { reportOf } from '../support/timeline.js';
import { galleryRun } from './html/drawn-runs.js';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'queryscope-html-'));
  file = join(directory, 'deep', 'report.html');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const LOOP = `select id from chat                           -- rows id=1,2 at test/outputs/html.test.ts:30 list
              select * from message where chat_id = $1      -- values 1 rows 1 at test/outputs/html.test.ts:31 list
              select * from message where chat_id = $1      -- values 2 rows 1 at test/outputs/html.test.ts:31 list`;

const loop = (id: string, over: Partial<Report['profile']> = {}): Report => {
  const report = reportOf(LOOP, { id, label: `GET /${id}` });
  return { ...report, profile: { ...report.profile, ...over } };
};

const watch: Watch = {
  root: process.cwd(),
  drivers: () => ['pg 8.23.1'],
  unattributed: () => 7,
  unsampled: () => ({ requests: 5, statements: 6 }),
  unjudged: () => ({ scopes: 2, statements: 9 }),
  idleAllows: () => [],
  tracers: () => [],
  pools: () => [],
  watchPools: () => () => {},
};

/** What the page at `path` says, as its own script reads it. */
function modelIn(path: string): PageModel {
  const [, packed = ''] = /<template id="model">([^<]*)</.exec(readFileSync(path, 'utf8')) ?? [];
  return JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString());
}

describe('the page', () => {
  test('is written when the output is closed, with all that was reported, and nothing is left beside it', async () => {
    const output = htmlOutput({ file, title: 'My run' });
    output.start?.(watch);
    await output.write(loop('a'), undefined);
    await output.write(loop('b'), undefined);
    expect(existsSync(file)).toBe(false);
    await output.close?.();
    const { title, summary, labels, processes, cards, gaps } = modelIn(file);
    expect(title).toBe('My run');
    expect(labels.map(({ label }) => label)).toEqual(['GET /a', 'GET /b']);
    expect(summary).toMatchObject({ statements: 6, unattributed: 7, counts: { warning: 1 } });
    expect(cards[0]).toMatchObject({ scopeCount: 2, headline: '3 statements where 2 do' });
    expect(cards[0]?.code[0]?.file).toBe('test/outputs/html.test.ts');
    expect(processes[0]).toMatchObject({ service: 'queryscope', drivers: ['pg 8.23.1'], unjudged: { scopes: 2 } });
    expect(gaps).toContainEqual({ what: 'Requests were left out by sampleRate.', count: 5 });
    expect(processes[0]?.endedAt).not.toBeNull();
    expect(readdirSync(join(directory, 'deep'))).toEqual(['report.html']);
  });

  test('has a scope inside another once', async () => {
    const output = htmlOutput({ file });
    const child = loop('child', { parent: 'test' });
    await output.write(child, undefined);
    await output.write({ ...loop('test', { kind: 'test' }), children: [child] }, undefined);
    await output.close?.();
    expect(modelIn(file).summary).toMatchObject({
      scopes: [
        { kind: 'request', count: 1 },
        { kind: 'test', count: 1 },
      ],
      statements: 6,
    });
  });

  test('is not written twice, and not at all where nothing began', async () => {
    const output = htmlOutput({ file });
    await output.close?.();
    expect(existsSync(file)).toBe(false);
    output.start?.(watch);
    await output.close?.();
    writeFileSync(file, 'mine');
    await output.close?.();
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('replaces the one of before', async () => {
    for (const id of ['first', 'second']) {
      const output = htmlOutput({ file });
      await output.write(loop(id), undefined);
      await output.close?.();
    }
    expect(modelIn(file).labels.map(({ label }) => label)).toEqual(['GET /second']);
  });

  test('is the same for the same run, also where that came back from the disk', () => {
    const run = galleryRun();
    expect(pageOf(run)).toBe(pageOf(run));
    expect(pageOf(JSON.parse(JSON.stringify(run)))).toBe(pageOf(run));
  });
});

describe('where it cannot be written', () => {
  test('closing says so, and leaves nothing', async () => {
    writeFileSync(join(directory, 'taken'), '');
    const output = htmlOutput({ file: join(directory, 'taken', 'report.html') });
    await output.write(loop('a'), undefined);
    await expect(output.close?.()).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});

describe('a process that ends', () => {
  const program = (path: string) => `
    const { createProfiler } = require('queryscope');
    const { htmlOutput } = require('queryscope/html');
    createProfiler({ enabled: true, outputs: [htmlOutput({ file: ${JSON.stringify(path)} })] });`;
  const run = (path: string) =>
    execFileSync(process.execPath, ['-e', program(path)], { encoding: 'utf8', stdio: 'pipe', cwd: process.cwd() });

  test('without closing anything leaves its page', () => {
    run(file);
    expect(modelIn(file)).toMatchObject({ summary: { statements: 0 }, cards: [] });
  });

  test('and was given no file leaves one in the directory of its run, and says where', () => {
    const env = {
      ...process.env,
      QUERYSCOPE_OUTPUT: 'html',
      QUERYSCOPE_DIR: directory,
      QUERYSCOPE_RUN: 'a-run',
      QUERYSCOPE: '1',
    };
    const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', "require('queryscope').createProfiler()"], {
      env,
      encoding: 'utf8',
    });
    const [page = ''] = readdirSync(join(directory, 'a-run'));
    expect(page).toMatch(/^queryscope-\d+\.html$/);
    expect({ stdout, stderr, status }).toEqual({
      stdout: '',
      stderr: `queryscope: the page is ${join(directory, 'a-run', page)}\n`,
      status: 0,
    });
  });

  test('ends as it would have where the page cannot be written', () => {
    writeFileSync(join(directory, 'taken'), '');
    expect(run(join(directory, 'taken', 'report.html'))).toBe('');
  });
});

test.each([
  [
    { file: 4 },
    "htmlOutput()'s 'file' takes a file; 4 came. Please write { file: 'queryscope.html' }, or leave it out for one in .queryscope.",
  ],
  [
    { file: 'a', title: [] },
    "htmlOutput()'s 'title' takes a text; an array came. Please leave it out for the service's name.",
  ],
  [{ file: 'a', flie: 'b' }, "htmlOutput() has no option 'flie'. There are: file, title."],
])('%j is refused', (options, message) => {
  expect(() => htmlOutput(options as never)).toThrow(message);
});
