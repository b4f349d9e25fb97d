// What a run could not show: summed over scopes and processes, and nothing of it twice.

import { expect, test } from 'vitest';
import { gapsIn } from '../../src/outputs/drawing/run-words.js';
import type { Notice } from '../../src/profile/types.js';
import type { IdleAllow } from '../../src/report/report.js';
import type { Run } from '../../src/report/run.js';
import { gapsOf } from '../../src/report/run-gaps.js';
import { finding, profile, report } from '../outputs/console/reports.js';
import { runOf } from '../support/example-run.js';

const [process] = runOf([]).processes as [Run['processes'][number]];
const notice = (count: number, message = 'more statements were sent', code: Notice['code'] = 'statements-dropped') => ({
  code,
  message,
  count,
});
const scope = (...notices: Notice[]) => report(profile('GET /', [{ sql: 'select 1' }], { notices }));

test('notices of all scopes, those inside others too, equal ones as one', () => {
  const inside = { ...scope(), children: [scope(notice(2)), scope(notice(3, 'rows were cut', 'rows-cut'))] };
  const unused = notice(1, 'an allow had nothing to allow here', 'allow-unused');
  const run = runOf([scope(notice(5), unused), inside]);
  expect(gapsOf(run).notices).toEqual([notice(7), notice(3, 'rows were cut', 'rows-cut')]);
  expect(gapsIn(run, [])).toEqual(['7× more statements were sent', '3× rows were cut']);
  const many = runOf([scope(...Array.from({ length: 7 }, (_, index) => notice(9 - index, `notice ${index}`)))]);
  expect(gapsIn(many, []).slice(4)).toEqual(['5× notice 4', '2 more notices in the report']);
});

test('an allowance is idle where no process had a use for it', () => {
  const idle = (reason: string): IdleAllow => ({
    detector: 'n-plus-one',
    reason,
    until: null,
    ended: false,
    outside: false,
  });
  const suppressed = [{ finding: finding({ id: 1, statements: [0] }), reason: 'used elsewhere', until: null }];
  const processes = [['used elsewhere', 'idle'], ['idle']].map((reasons) => ({
    ...process,
    idleAllows: reasons.map(idle),
  }));
  const run = runOf([{ ...scope(), suppressed }], { processes });
  expect(gapsOf(run).idleAllows).toEqual([idle('idle')]);
  expect(gapsIn(run, [])).toEqual(['the allow for n-plus-one had nothing to allow: idle']);
});

test('what nobody judged, of all processes', () => {
  const processes = [1, 2].map((statements) => ({ ...process, unjudged: { scopes: 1, statements } }));
  expect(gapsIn(runOf([], { processes }), [])).toEqual([
    '3 statements ran in 2 requests or jobs that were not over when their process ended: nobody judged them',
  ]);
});

test('losses, but for those that are said elsewhere', () => {
  const losses = ['a', 'b'].map((message) => ({ code: 'not-ended' as const, message, count: 2 }));
  expect(gapsIn(runOf([], { losses }), ['a'])).toEqual(['2× b']);
});
