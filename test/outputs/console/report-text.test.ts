// What the console draws, as golden files: each report at three widths, with and without colour. Update them with
// `npx vitest run test/outputs -u`, and read the difference.

import { describe, expect, test } from 'vitest';
import { consoleText, isToldAgain, namesIn } from '../../../src/outputs/console/report-text.js';
import { cellsOf } from '../../../src/outputs/drawing/cells.js';
import type { Report } from '../../../src/report/report.js';
import * as reports from './reports.js';

const { read } = reports;
const drawn = {
  story: reports.story,
  'join-per-chat': reports.joinPerChat,
  duplicate: reports.duplicate,
  'write-loop': reports.writeLoop,
  likely: reports.likely,
  'failed-request': reports.failedRequest,
  notices: reports.notices,
  'long-sql': reports.longSql,
  'wide-characters': reports.wideCharacters,
  'no-call-site': reports.noCallSite,
  'one-sender': reports.oneSender,
  'several-files': reports.severalFiles,
  hostile: reports.hostile,
  'recursive-walk': reports.walk,
  'single-statements': reports.single,
  budget: reports.budget,
  units: reports.units,
  'many-units': reports.manyUnits,
};
const WIDTHS = [60, 80, 120];

function gallery(report: Report, color: boolean): string {
  const draw = (width: number) => `${'─'.repeat(width)}\n${consoleText(report, { width, color, read })}`;
  return WIDTHS.map(draw).join('');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const SGR = /\u001b\[\d+m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

describe.each(Object.entries(drawn))('%s', (name, report) => {
  test('plain', async () => {
    await expect(gallery(report, false)).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  test('in colour', async () => {
    await expect(gallery(report, true)).toMatchFileSnapshot(`golden/${name}.ansi`);
  });

  test('colour changes nothing but colour', () => {
    expect(gallery(report, true).replace(SGR, '')).toBe(gallery(report, false));
  });

  test('no control character is sent', () => {
    expect(gallery(report, false)).not.toMatch(CONTROL);
  });

  test('no line is wider than the terminal, but for SQL to be copied', () => {
    for (const width of WIDTHS) {
      const lines = consoleText(report, { width, color: false, read }).split('\n');
      const wide = lines.filter((line) => cellsOf(line) > width).map((line) => line.trim());
      expect(wide.filter((line) => !/^(unnest\(|"audit" \()/.test(line))).toEqual([]);
    }
  });
});

describe('once per process', () => {
  const seenBy = (...said: Report[]) => {
    const seen = new Map<string, number>();
    for (const name of said.flatMap(namesIn)) seen.set(name, (seen.get(name) ?? 0) + 1);
    return seen;
  };
  const text = (report: Report, seen: ReadonlyMap<string, number>) =>
    consoleText(report, { width: 80, color: false, seen, read });

  test('a request that says nothing new takes one line', () => {
    expect(text(reports.story, seenBy(reports.story, reports.story))).toBe(
      'GET /chats   ▲ n-plus-one again (3×)  src/chats.ts:13 src/chats.ts:15\n',
    );
  });

  test('what is new is told in full, the rest below it', () => {
    const { findings } = reports.failedRequest;
    const known = { ...reports.failedRequest, findings: findings.filter(({ id }) => id > 1) };
    const lines = text(reports.failedRequest, seenBy(known)).split('\n');
    expect(lines).toContain(' ✖ torn-write · proven   write 1 stayed, write 2 failed (23514)');
    expect(lines).toContain(' ▲ n-plus-one again (2×)  src/chats.ts:13 src/chats.ts:15');
    expect(lines.join('\n')).not.toContain('lost-update');
  });

  test('a tree with a new branch is told in full', () => {
    const root = { ...reports.story, findings: reports.story.findings.slice(0, 1) };
    expect(text(reports.story, seenBy(root))).toBe(text(reports.story, new Map()));
  });

  test('ever more seldom', () => {
    const told = Array.from({ length: 1000 }, (_, index) => index + 1).filter(isToldAgain);
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 200, 500, 1000]);
    const seen = new Map(namesIn(reports.story).map((name) => [name, 10]));
    expect(text(reports.story, seen)).toBe('');
  });

  test('not where its key comes from another line: handlers without a name have one key in a file', () => {
    const elsewhere: Report = {
      ...reports.story,
      findings: reports.story.findings.map((finding) => ({
        ...finding,
        callSite: finding.callSite && { ...finding.callSite, line: finding.callSite.line + 20 },
      })),
    };
    const said = text(elsewhere, new Map(namesIn(reports.story).map((name) => [name, 1])));
    expect(said).toContain('▲ n-plus-one · proven');
    expect(said).not.toContain('again');
  });

  test('a notice is told once', () => {
    expect(text(reports.notices, seenBy(reports.notices))).toBe('');
  });
});

describe('nothing', () => {
  test('is said of a clean request', () => {
    expect(consoleText(reports.clean, { width: 80, color: true })).toBe('');
  });

  test('is said of dismissals and allowances alone', () => {
    const { dismissals, suppressed } = reports.failedRequest;
    expect(consoleText({ ...reports.clean, dismissals, suppressed }, { width: 80, color: true })).toBe('');
  });
});

test('an allow that had nothing to allow does not make a clean request speak', () => {
  const { notices } = reports.budget.profile;
  const report = { ...reports.clean, profile: { ...reports.clean.profile, notices } };
  expect(consoleText(report, { width: 80, color: false })).toBe('');
});

test('a narrow terminal gets at least 40 cells, a wide one no more than 120', () => {
  const at = (width: number) => consoleText(reports.longSql, { width, color: false, read });
  expect(at(1)).toBe(at(40));
  expect(at(500)).toBe(at(120));
});

test('what hangs below one source stands in the order in which it was sent', () => {
  const runs = ['chat', 'message', 'participant'].map((table) => ({ sql: `select id from ${table}`, times: 2 }));
  const loop = (id: number, statements: number[], replacement: string) =>
    reports.finding({ id, source: [0, 1], statements, message: 'a loop', replacement });
  const text = consoleText(
    reports.report(reports.profile('GET /chats', runs), [
      loop(1, [4, 5], 'select 2 from participant'),
      loop(2, [2, 3], 'select 1 from message'),
    ]),
    { width: 80, color: false },
  );
  expect(text.match(/from \w+/g)).toEqual(
    ['chat', 'message', 'participant', 'message', 'participant'].map((t) => `from ${t}`),
  );
});

test('a deep tree keeps its SQL readable', () => {
  const depth = 6;
  const runs = Array.from({ length: depth + 1 }, (_, index) => ({
    sql: `select id from level_${index} where parent = $1`,
  }));
  const findings = Array.from({ length: depth }, (_, index) =>
    reports.finding({
      id: index + 1,
      parent: index === 0 ? null : index,
      source: [index],
      statements: [index + 1],
      message: 'deep',
    }),
  );
  const text = consoleText(reports.report(reports.profile('GET /deep', runs), findings), { width: 60, color: false });
  expect(text).toContain('select … from level_6 …');
});

test('a report of 100,000 statements in one finding is drawn at once', () => {
  const times = 100_000;
  const statements = Array.from({ length: times }, (_, index) => index);
  const report = reports.report(reports.profile('GET /many', [{ sql: 'select 1 from t where id = $1', times }]), [
    reports.finding({ id: 1, statements, message: 'many' }),
  ]);
  expect(consoleText(report, { width: 80, color: false })).toContain('100,000×  select 1 from t where id=$1');
});
