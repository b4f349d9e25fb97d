// The baseline: what it says of a run, how it is written so that git can merge it, and what is said of a file that is none.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QueryscopeError } from '../../src/errors.js';
import {
  BASELINE_FILE,
  type Baseline,
  baselineText,
  DEFAULT_REASON,
  EMPTY_BASELINE,
  judgeByBaseline,
  mergedBaselines,
  parseBaseline,
  prunedBaseline,
  withFindings,
} from '../../src/report/baseline.js';
import { findingGroups } from '../../src/report/run.js';
import { loopOn, ofShapeVersion, runOf } from './run-of.js';

const since = '2026-01-01';
const keysIn = (run: ReturnType<typeof runOf>) => findingGroups(run).map(({ key }) => key);
const whole = (run: ReturnType<typeof runOf>, options: { reason?: string; since: string } = { since }) =>
  withFindings(EMPTY_BASELINE, run, keysIn(run), options);
const entry = (key: string, reason = 'a reason', date = since) => ({ key, reason, since: date });
const listed = (...entries: Baseline['entries']): Baseline => ({ shapeVersion: 1, entries });

const message = runOf(loopOn('message'));
const both = runOf(loopOn('message'), loopOn('reaction'));
const [messageKey] = keysIn(message) as [string];
const [reactionKey] = keysIn(both).filter((key) => key !== messageKey) as [string];

describe('a run by its baseline', () => {
  it('has known findings and fresh ones', () => {
    const { fresh, known, gone, incomparable } = judgeByBaseline(both, whole(message, { since, reason: 'old code' }), {
      complete: false,
    });
    expect([fresh.map(({ key }) => key), known.map(({ group, entry }) => [group.key, entry])]).toEqual([
      [reactionKey],
      [[messageKey, { key: messageKey, reason: 'old code', since }]],
    ]);
    expect([gone, incomparable]).toEqual([null, null]);
  });

  it('has gone ones only where it is complete', () => {
    const baseline = whole(both);
    expect(judgeByBaseline(message, baseline, { complete: false }).gone).toBeNull();
    expect(judgeByBaseline(message, baseline, { complete: true }).gone).toEqual([
      { key: reactionKey, reason: DEFAULT_REASON, since },
    ]);
    expect(prunedBaseline(baseline, message)).toEqual(whole(message));
    expect(prunedBaseline(baseline, both)).toEqual(baseline);
  });

  it('of shapes by other rules is not judged, and nothing of it is gone', () => {
    const other = runOf(ofShapeVersion(999, loopOn('message')));
    const { fresh, known, gone, incomparable } = judgeByBaseline(other, whole(both), { complete: true });
    expect([fresh.length, known, gone, incomparable]).toEqual([
      1,
      [],
      null,
      expect.stringContaining('of shape version 1, and those of the run of 999'),
    ]);
    expect(() => withFindings(whole(message), other, keysIn(other), { since })).toThrow(QueryscopeError);
    const mixed = runOf(loopOn('message'), ofShapeVersion(999, loopOn('reaction')));
    expect(() => whole(mixed)).toThrow('of 1 and 999');
  });

  it('takes findings in, and leaves what it has as it is', () => {
    const old = whole(message, { since: '2025-05-05', reason: 'old code' });
    const updated = withFindings(old, both, keysIn(both), { since });
    expect(updated.entries).toEqual(
      [
        { key: messageKey, reason: 'old code', since: '2025-05-05' },
        { key: reactionKey, reason: DEFAULT_REASON, since },
      ].sort((a, b) => (a.key < b.key ? -1 : 1)),
    );
  });
});

describe('its text', () => {
  it('has an entry a line, sorted, each line ended alike', () => {
    expect(baselineText(listed(entry('b:"quoted"'), entry('a')))).toMatchInlineSnapshot(`
      "[
      {"key":"a","reason":"a reason","since":"2026-01-01"},
      {"key":"b:\\"quoted\\"","reason":"a reason","since":"2026-01-01"},
      {"format":1,"shapeVersion":1}
      ]
      "
    `);
    expect(baselineText(EMPTY_BASELINE)).toMatchInlineSnapshot(`
      "[
      {"format":1,"shapeVersion":null}
      ]
      "
    `);
  });

  it('is read as it was written', () => {
    for (const baseline of [whole(both), EMPTY_BASELINE, listed(entry('a', 'Grund: „ß“ \u2028 \n x'))])
      expect(parseBaseline(baselineText(baseline))).toEqual(baseline);
    expect(parseBaseline(baselineText(whole(both)).replaceAll('\n', '\r\n'))).toEqual(whole(both));
  });

  it('may have been merged: out of order, doubled, with two last lines', () => {
    const text = `[
{"key":"b","reason":"${DEFAULT_REASON}","since":"2026-02-02"},
{"key":"a","reason":"a reason","since":"2026-03-03"},
{"format":1,"shapeVersion":1},
{"key":"b","reason":"ours","since":"2026-03-03"},
{"format":1,"shapeVersion":1}
]`;
    expect(parseBaseline(text)).toEqual(listed(entry('a', 'a reason', '2026-03-03'), entry('b', 'ours', '2026-02-02')));
  });

  it.each<[string, string, string]>([
    ['empty', '', 'is no JSON'],
    ['an object', '{}', 'holds an object in place of a list'],
    ['an empty list', '[]', 'does not say { "format": 1 }'],
    ['newer', '[{"format":2}]', 'has format 2, and this queryscope reads format 1. Please update queryscope'],
    ['a strange version', '[{"format":1,"shapeVersion":"x"}]', 'shapeVersion is a string'],
    ['no object', '[7,{"format":1}]', '7 stands in entry 1'],
    ['no key', '[{"reason":"x","since":"2026-01-01"},{"format":1}]', 'no key in entry 1'],
    ['no reason', '[{"key":"a","reason":" ","since":"2026-01-01"},{"format":1}]', 'no reason in entry 1'],
    ['no date', '[{"key":"a","reason":"x","since":"soon"},{"format":1}]', 'no date such as'],
    [
      'in conflict',
      '[\n<<<<<<< HEAD\n{"key":"a"},\n=======\n>>>>>>> other\n{"format":1}\n]',
      'git left a conflict at line 2',
    ],
  ])('is refused where it is %s', (_, text, said) => {
    expect(() => parseBaseline(text, 'here.json')).toThrow(QueryscopeError);
    expect(() => parseBaseline(text, 'here.json')).toThrow(said);
    expect(() => parseBaseline(text, 'here.json')).toThrow('here.json is no baseline: ');
  });
});

it('of two branches: of one finding the earlier date and the reason that somebody gave', () => {
  const a = listed(entry('one', DEFAULT_REASON, '2026-02-02'), entry('two', 'mine', '2026-02-02'));
  const b = listed(
    entry('one', 'known to be two rows', '2026-01-01'),
    entry('three'),
    entry('two', 'theirs', '2026-03-03'),
  );
  expect(mergedBaselines(a, b)).toEqual(
    listed(entry('one', 'known to be two rows', '2026-01-01'), entry('three'), entry('two', 'mine', '2026-02-02')),
  );
});

describe('two branches, merged by git', () => {
  let dir: string;
  const git = (...args: string[]) => {
    const settings = [
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@localhost',
      '-c',
      'commit.gpgsign=false',
      '-c',
      'init.defaultBranch=main',
    ];
    return execFileSync('git', [...settings, ...args], {
      cwd: dir,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  const write = (...keys: string[]) =>
    writeFileSync(join(dir, BASELINE_FILE), baselineText(listed(...keys.map((key) => entry(key)))));
  const commit = (...keys: string[]) => {
    write(...keys);
    git('add', '-A');
    git('commit', '-q', '-m', keys.join());
  };
  const merged = () => parseBaseline(readFileSync(join(dir, BASELINE_FILE), 'utf8')).entries.map(({ key }) => key);

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'queryscope-merge-'));
    git('init', '-q');
    commit('b', 'd', 'f', 'h', 'k');
    git('checkout', '-q', '-b', 'other');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('are the lines of both, also at the beginning and at the end', () => {
    commit('b', 'd', 'e', 'f', 'h', 'k', 'z');
    git('checkout', '-q', 'main');
    commit('a', 'b', 'd', 'f', 'i', 'k');
    git('merge', '-q', 'other', '-m', 'both');
    expect(merged()).toEqual(['a', 'b', 'd', 'e', 'f', 'i', 'k', 'z']);
  });

  it('are the lines of both in one place too, where git is told so', () => {
    writeFileSync(join(dir, '.gitattributes'), `${BASELINE_FILE} merge=union\n`);
    commit('b', 'd', 'f', 'h', 'k', 'x', 'y');
    git('checkout', '-q', 'main');
    writeFileSync(join(dir, '.gitattributes'), `${BASELINE_FILE} merge=union\n`);
    commit('b', 'd', 'f', 'h', 'k', 'w', 'y', 'z');
    git('merge', '-q', 'other', '-m', 'both');
    expect(merged()).toEqual(['b', 'd', 'f', 'h', 'k', 'w', 'x', 'y', 'z']);
  });

  it('are a conflict that says what to do where git is not', () => {
    commit('b', 'd', 'f', 'h', 'k', 'x');
    git('checkout', '-q', 'main');
    commit('b', 'd', 'f', 'h', 'k', 'w');
    expect(() => git('merge', '-q', 'other', '-m', 'both')).toThrow();
    const file = join(dir, BASELINE_FILE);
    expect(merged).toThrow('keep the entries of both sides and take the marks away');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^(?:<|=|>){7}.*\n/gm, ''));
    expect(merged()).toEqual(['b', 'd', 'f', 'h', 'k', 'w', 'x']);
  });
});
