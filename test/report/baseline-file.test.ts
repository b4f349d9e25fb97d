// The baseline as a file: several processes change it at once and nothing is lost; a process that was killed while it held the file keeps nobody out.

import { execFile, execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Baseline, baselineText, EMPTY_BASELINE, mergedBaselines } from '../../src/report/baseline.js';
import { readBaseline, updateBaseline } from '../../src/report/baseline-file.js';
import { compile, temporaryDirectory } from '../capture/compiled.js';

const compiled = temporaryDirectory();
const APP = join(compiled.path, 'test/report/updating-app.js');
beforeAll(() => compile([join(__dirname, 'updating-app.ts')], join(__dirname, '../..'), compiled.path));
afterAll(() => compiled.remove());

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'queryscope-baseline-'));
  file = join(dir, 'baseline.json');
});
afterEach(() => rmSync(dir, { recursive: true }));

const run = promisify(execFile);
const adding = (key: string) => (baseline: Baseline) =>
  mergedBaselines(baseline, { shapeVersion: 1, entries: [{ key, reason: 'for the test', since: '2026-01-01' }] });
const keys = async () => (await readBaseline(file))?.entries.map(({ key }) => key);

it('is null where there is none, and made by the first change', async () => {
  expect(await readBaseline(file)).toBeNull();
  const changed = await updateBaseline(file, adding('one'));
  expect(await readBaseline(file)).toEqual(changed);
  expect(readFileSync(file, 'utf8')).toBe(baselineText(changed));
  expect(readdirSync(dir)).toEqual(['baseline.json']);
});

it('is left alone by a change of nothing, and by one that fails', async () => {
  await updateBaseline(file, adding('one'));
  const { mtimeMs, ino } = lstatSync(file);
  await updateBaseline(file, adding('one'));
  await expect(
    updateBaseline(file, () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(lstatSync(file)).toMatchObject({ mtimeMs, ino });
  expect(readdirSync(dir)).toEqual(['baseline.json']);
});

it('is not written over where it is none', async () => {
  writeFileSync(file, '{"mine":true}');
  await expect(updateBaseline(file, adding('one'))).rejects.toMatchObject({ code: 'bad-baseline' });
  expect([readFileSync(file, 'utf8'), readdirSync(dir)]).toEqual(['{"mine":true}', ['baseline.json']]);
});

it('stays a link where it is one', async () => {
  const link = join(dir, 'link.json');
  writeFileSync(file, baselineText(EMPTY_BASELINE));
  symlinkSync(file, link);
  await updateBaseline(link, adding('one'));
  expect([lstatSync(link).isSymbolicLink(), await keys()]).toEqual([true, ['one']]);
});

describe('several processes', () => {
  const start = (name: string, times = 10) => run(process.execPath, [APP, file, name, String(times)]);
  const all = (...names: string[]) => names.flatMap((name) => Array.from({ length: 10 }, (_, i) => `${name}-${i}`));

  it('change it one after the other, and whoever reads meanwhile sees a whole one', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    let atWork = true;
    const changes = Promise.all(names.map((name) => start(name))).finally(() => {
      atWork = false;
    });
    let most = 0;
    while (atWork) {
      const seen = (await readBaseline(file))?.entries.length ?? 0;
      expect(seen).toBeGreaterThanOrEqual(most);
      most = seen;
    }
    await changes;
    expect(await keys()).toEqual(all(...names));
    expect(readdirSync(dir)).toEqual(['baseline.json']);
  });

  it('are not kept out by one that was killed', async () => {
    const pid = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
    writeFileSync(`${file}.lock`, JSON.stringify({ pid, host: hostname() }));
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => start(name)));
    expect(await keys()).toEqual(all('a', 'b', 'c', 'd'));
    expect(readdirSync(dir)).toEqual(['baseline.json']);
  });
});

describe('a lock', () => {
  const soon = { patienceMs: 100 };
  const lock = (text: string, ageMs = 0) => {
    writeFileSync(`${file}.lock`, text);
    const then = new Date(Date.now() - ageMs);
    utimesSync(`${file}.lock`, then, then);
  };

  it.each([
    ['of a process that runs', JSON.stringify({ pid: process.pid, host: hostname() }), 1e9],
    ['of another machine', JSON.stringify({ pid: 1, host: 'elsewhere' }), 1_000],
    ['that is being written', '', 1_000],
  ])('%s is waited for, and then said', async (_, text, ageMs) => {
    lock(text, ageMs);
    const updating = updateBaseline(file, adding('one'), soon);
    await expect(updating).rejects.toMatchObject({
      code: 'baseline-locked',
      message: expect.stringContaining(`delete ${file}.lock`),
    });
    expect([await readBaseline(file), readFileSync(`${file}.lock`, 'utf8')]).toEqual([null, text]);
  });

  it.each([
    ['of another machine', JSON.stringify({ pid: 1, host: 'elsewhere' })],
    ['that was never written', ''],
  ])('%s is broken after a while', async (_, text) => {
    lock(text, 3_600_000);
    await updateBaseline(file, adding('one'));
    expect([await keys(), readdirSync(dir)]).toEqual([['one'], ['baseline.json']]);
  });
});
