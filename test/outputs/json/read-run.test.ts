// Reading runs that are large, broken, or from elsewhere: what can be read is, what cannot is counted and named, and the order of files does not show.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QueryscopeError } from '../../../src/index.js';
import { readRun, reportsOf } from '../../../src/json.js';
import { scopeLineOf } from '../../../src/outputs/json/encode-report.js';
import type { Line, ProcessLine, StateLine } from '../../../src/outputs/json/line.js';
import { inMicroseconds } from '../../../src/outputs/json/written-file.js';
import { runAtOnce } from '../../../src/profile/slices.js';
import type { Report } from '../../../src/report/report.js';
import fc from '../../support/properties.js';
import { exampleLines, loopReport } from './example-lines.js';

const [processLine, , stateLine] = exampleLines() as [ProcessLine, Line, StateLine];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'queryscope-read-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const scope = (report: Report): Line => runAtOnce(scopeLineOf(report));
const textOf = (lines: readonly (Line | string)[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');

function put(name: string, lines: readonly (Line | string)[] | string): string {
  const file = join(dir, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, typeof lines === 'string' ? lines : textOf(lines));
  return file;
}

const ended: Line = { ...stateLine, losses: [] };
/** A first line: another process each time. */
let made = 0;
const begun = (startedAt = '2026-01-01T00:00:00.000Z'): Line => ({
  ...processLine,
  id: `process-${made++}`,
  startedAt,
});
const whole = (...reports: Report[]) => [begun(), ...reports.map(scope), ended];
const idsIn = (reports: readonly Report[]) => reports.map(({ profile }) => profile.id);
const lossesOf = ({ losses }: { losses: readonly { code: string; count: number }[] }) =>
  losses.map(({ code, count }) => `${code} ${count}`);

describe('what is put together', () => {
  it('is in the order in which scopes began, whichever file they are in and whichever is named first', async () => {
    const files = [
      put('b.jsonl', whole(loopReport(3), loopReport(1))),
      put('a.jsonl', whole(loopReport(2), loopReport(0))),
    ];
    const run = await readRun(files);
    expect(idsIn(run.reports)).toEqual(['scope-0', 'scope-1', 'scope-2', 'scope-3']);
    expect(await readRun(files.toReversed())).toEqual(run);
    expect(await readRun(dir)).toEqual(run);
  });

  it('counts once what is given twice, and takes the complete copy', async () => {
    const lines = whole(loopReport(1), loopReport(2));
    const file = put('b.jsonl', lines);
    put('copy/b.jsonl', lines);
    put('a.jsonl', lines.slice(0, 2));
    const run = await readRun([dir, file]);
    expect([idsIn(run.reports), run.processes.length, run.losses]).toEqual([['scope-1', 'scope-2'], 1, []]);
  });

  it('nests a scope in the one around it, also where another process wrote that, and never in itself', async () => {
    const inside = (number: number, parent: string) => {
      const report = loopReport(number);
      return { ...report, profile: { ...report.profile, parent } };
    };
    put('test.jsonl', whole(loopReport(1, 2, 'a test')));
    put('server.jsonl', whole(inside(4, 'scope-1'), inside(3, 'scope-1'), inside(5, 'elsewhere')));
    put('strange.jsonl', whole(inside(7, 'scope-7'), inside(8, 'scope-9'), inside(9, 'scope-8')));
    const run = await readRun(dir);
    expect(idsIn(run.reports)).toEqual(['scope-1', 'scope-5', 'scope-7', 'scope-8', 'scope-9']);
    expect(idsIn(run.reports[0]!.children)).toEqual(['scope-3', 'scope-4']);
    expect([...reportsOf(run)]).toHaveLength(7);
  });

  it('takes of a line that two processes saw differently what the later one saw', async () => {
    const sources = (text: string): Line =>
      JSON.parse(`{"is":"sources","files":{"a.ts":{"1":"same","2":"${text}"},"__proto__":{"3":"x"}}}`);
    put('a.jsonl', [begun('2026-01-02T00:00:00.000Z'), sources('later'), ended]);
    put('b.jsonl', [begun('2026-01-01T00:00:00.000Z'), sources('earlier'), ended]);
    const { sources: read } = await readRun(dir);
    expect(Object.entries(read)).toEqual([
      ['a.ts', { 1: 'same', 2: 'later' }],
      ['__proto__', { 3: 'x' }],
    ]);
  });

  it('keeps a text that some would take for two lines', async () => {
    const report = loopReport(1, 2, 'a\u2028b\u2029c\u0085d\re\0\ud800');
    put('a.jsonl', whole(report));
    expect((await readRun(dir)).reports).toEqual([inMicroseconds(report)]);
  });

  it('is a thousand files', async () => {
    const progress: number[] = [];
    for (let i = 0; i < 1_000; i++) put(`shard-${i % 7}/${i}.jsonl`, whole(loopReport(i)));
    const run = await readRun(dir, { onProgress: (read, files) => progress.push(read / files) });
    expect(idsIn(run.reports)).toEqual(Array.from({ length: 1_000 }, (_, i) => `scope-${i}`));
    expect([run.processes.length, run.losses, progress.length, progress.at(-1)]).toEqual([1_000, [], 1_000, 1]);
  });

  it('is nothing where nothing was written', async () => {
    expect(await readRun(dir)).toEqual({ processes: [], reports: [], sources: {}, losses: [] });
  });
});

describe('what is broken', () => {
  it('at its end, wherever: whole lines are read, the rest is said', async () => {
    const text = textOf(whole(loopReport(0), loopReport(1), loopReport(2)));
    const lineEnds = [...text.matchAll(/\n/g)].map(({ index }) => index);
    const cuts = [...lineEnds.flatMap((end) => [end - 1, end, end + 1]), 0, 1, 40, 2_000, 5_000];
    for (const cut of cuts) {
      put('a.jsonl', text.slice(0, cut));
      const run = await readRun(dir);
      const wholeLines = lineEnds.filter((end) => end < cut).length;
      expect(run.reports).toHaveLength(Math.min(3, Math.max(0, wholeLines - 1)));
      const isCut = cut > 0 && !lineEnds.includes(cut - 1);
      expect(lossesOf(run)).toEqual([
        ...(isCut ? ['line-truncated 1'] : []),
        ...(wholeLines === 0 ? ['file-unreadable 1'] : wholeLines < 5 ? ['not-ended 1'] : []),
      ]);
    }
  });

  it('anywhere: nothing is thrown, and a report that is read has all its parts', async () => {
    const text = textOf(whole(loopReport(0, 2), loopReport(1, 2)));
    const change = fc.record({ at: fc.nat(text.length - 1), put: fc.string({ maxLength: 3 }), cut: fc.nat(3) });
    let damaged = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let broken = text;
        for (const { at, put: piece, cut } of changes) broken = broken.slice(0, at) + piece + broken.slice(at + cut);
        put('a.jsonl', broken);
        const run = await readRun(dir);
        for (const { profile, findings } of reportsOf(run)) {
          for (const { shape, sql } of profile.statements)
            expect([typeof shape.text, typeof sql]).toEqual(['string', 'string']);
          for (const { statements } of findings)
            expect(statements.every((index) => index in profile.statements)).toBe(true);
        }
        if (run.losses.length > 0) damaged++;
      }),
      { numRuns: 300 },
    );
    expect(damaged).toBeGreaterThan(100);
  });

  it.each<[string, string]>([
    ['no JSON', '{"is":"scope","tables":'],
    ['two lines that ran into each other', `${JSON.stringify(ended)}${JSON.stringify(ended)}`],
    ['another kind of line', '{"is":"gossip"}'],
    ['a second beginning', JSON.stringify(processLine)],
    ['not what the schema asks for', '{"is":"state","endedAt":7}'],
    ['beside its tables', JSON.stringify(scope(loopReport(5))).replace(/"form":\[0,/, '"form":[9,')],
  ])('in a line is left out and counted: %s', async (_, line) => {
    put('a.jsonl', [processLine, scope(loopReport(1)), line, line, scope(loopReport(2)), ended]);
    const run = await readRun(dir);
    expect([idsIn(run.reports), lossesOf(run)]).toEqual([['scope-1', 'scope-2'], ['line-unreadable 2']]);
  });

  it('is told once for all files that have it, with the name of one', async () => {
    for (const name of ['a', 'b', 'c']) put(`${name}.jsonl`, [begun()]);
    const { losses } = await readRun(dir);
    expect(losses).toEqual([
      {
        code: 'not-ended',
        message: `the process did not end by itself, or still runs, so its last scopes may be missing: ${join(dir, 'a.jsonl')} and 2 more`,
        count: 3,
      },
    ]);
  });

  it('as its writer knew is passed on', async () => {
    put('a.jsonl', [processLine, stateLine]);
    const { losses } = await readRun(dir);
    expect(losses).toEqual([
      { code: 'write-failed', message: `scopes could not be written (ENOSPC): ${join(dir, 'a.jsonl')}`, count: 1 },
    ]);
  });

  it.each([
    ['empty', ''],
    ['of something else', '{"level":30,"msg":"listening"}\n'],
    ['no text', '\x7fELF\0\0\0'],
  ])('is a file that is %s', async (_, text) => {
    put('a.jsonl', text);
    put('b.jsonl', whole(loopReport(1)));
    const run = await readRun(dir);
    expect(run.reports).toHaveLength(1);
    expect(lossesOf(run)).toContain('file-unreadable 1');
  });
});

it('refuses a newer format by its name, and reads the rest', async () => {
  put('a.jsonl', ['{"is":"process","format":2,"queryscope":"9.0.0","new":true}', '{"is":"scope"}']);
  put('b.jsonl', whole(loopReport(1)));
  const run = await readRun(dir);
  expect([run.reports.length, run.processes.length, run.losses]).toEqual([
    1,
    1,
    [
      {
        code: 'format-newer',
        message: `written by queryscope 9.0.0 in format 2, and this is 0.1.0, which reads format 1; update queryscope: ${join(dir, 'a.jsonl')}`,
        count: 1,
      },
    ],
  ]);
});

it('says what is wrong with a path that does not exist', async () => {
  const reading = readRun([dir, join(dir, 'none')]);
  await expect(reading).rejects.toThrow(QueryscopeError);
  await expect(reading).rejects.toMatchObject({
    code: 'not-a-run',
    message: expect.stringContaining(`'${join(dir, 'none')}'`),
  });
});
