// What fails, what is known, what is gone, and when nothing can be said.

import { describe, expect, it } from 'vitest';
import { failOnOf, fails } from '../../src/report/fail-on.js';
import type { Loss, Run } from '../../src/report/run.js';
import { finding, profile, report } from '../outputs/console/reports.js';
import { runOf } from '../support/example-run.js';
import { baselineOf, judged } from '../support/judged.js';

describe('what fails', () => {
  const all = ['error', 'warning', 'info'].flatMap((severity) =>
    ['proven', 'likely', 'possible'].map((confidence) => ({ severity, confidence, detector: 'n-plus-one' }) as never),
  );
  const failing = (text: string) =>
    all
      .filter((one) => fails(one, failOnOf(text), new Set()))
      .map(({ severity, confidence }: { severity: string; confidence: string }) => `${severity}:${confidence}`);

  it.each([
    ['warning', ['error:proven', 'error:likely', 'warning:proven', 'warning:likely']],
    ['error', ['error:proven', 'error:likely']],
    ['error:proven', ['error:proven']],
    [
      'warning:possible',
      ['error:proven', 'error:likely', 'error:possible', 'warning:proven', 'warning:likely', 'warning:possible'],
    ],
    ['info:proven', ['error:proven', 'warning:proven', 'info:proven']],
    ['never', []],
  ])('by %s', (text, expected) => expect(failing(text)).toEqual(expected));

  it('is nothing that goes by the clock', () => {
    const slow = { severity: 'error', confidence: 'proven', detector: 'slow-statement' } as const;
    expect(fails(slow, failOnOf('info:possible'), new Set(['slow-statement']))).toBe(false);
    const run = runOf([
      report(profile('GET /', [{ sql: 'select 1' }]), [finding({ id: 1, statements: [0], ...slow })]),
    ]);
    expect(judged(run).outcome).toBe('clean');
  });

  it.each(['warn', 'error:', 'error:sure', 'error:proven:x', '', 'Never'])("is not told by '%s'", (text) => {
    expect(() => failOnOf(text)).toThrow(/^What fails is told as error, warning, info or never/);
  });
});

describe('the baseline', () => {
  const run = runOf([
    report(
      profile('GET /', [{ sql: 'select 1' }]),
      [1, 2].map((id) => finding({ id, statements: [0] })),
    ),
  ]);

  it('has what is known pass, and what is new fail', () => {
    const { outcome, groups } = judged(run, { baseline: baselineOf('key 1') });
    expect([outcome, groups.map((group) => [group.key, group.fails])]).toEqual([
      'findings',
      [
        ['key 1', false],
        ['key 2', true],
      ],
    ]);
    expect(judged(run, { baseline: baselineOf('key 1', 'key 2') }).outcome).toBe('clean');
  });

  it('says nothing of a run whose shapes are read by another rule', () => {
    const { outcome, blindness } = judged(run, { baseline: { ...baselineOf('key 1', 'key 2'), shapeVersion: 2 } });
    expect([outcome, blindness]).toEqual([
      'blind',
      [
        'the baseline says nothing of this run, as its keys are of shape version 2, and those of the run of 1: write it anew',
      ],
    ]);
  });

  it('has gone what a complete run does not have, and guesses nothing of another', () => {
    const baseline = baselineOf('key 1', 'key 3');
    expect(judged(run, { baseline }).gone).toEqual([]);
    expect(judged(run, { baseline, complete: true }).gone.map(({ key }) => key)).toEqual(['key 3']);
  });
});

it('tells how many findings are allowed, each once', () => {
  const allowed = [1, 2].map((id) => ({ finding: finding({ id, statements: [0] }), reason: 'small', until: null }));
  const scope = { ...report(profile('GET /', [{ sql: 'select 1' }])), suppressed: allowed };
  expect(judged(runOf([scope, scope])).allowed).toBe(2);
});

describe('when nothing can be said', () => {
  const [process] = runOf([]).processes as [Run['processes'][number]];
  const empty = report(profile('GET /', []));
  const blindness = (run: Run) => judged(run).blindness;

  it('nobody reported, or saw no scope', () => {
    expect(blindness(runOf([], { processes: [] }))).toEqual(['no request, job or test was seen in what was read']);
    expect(blindness(runOf([], { processes: [process, { ...process, unattributed: 7 }] }))).toEqual([
      'no request, job or test was seen in 2 processes that reported; 7 ran outside any request, job or test',
    ]);
  });

  it('no statement was seen, with the reason that can be found', () => {
    const sampled = { ...process, unsampled: { requests: 8, statements: 30 } };
    expect(blindness(runOf([], { processes: [sampled] }))).toEqual([
      'no request, job or test was seen in the one process that reported; 8 requests were left out by sampleRate',
    ]);
    expect(blindness(runOf([empty]))).toEqual([
      'not one statement was seen; if the app did query, it has another copy of pg: hand its pool to profiler.wrap(pool)',
    ]);
    expect(blindness(runOf([empty], { processes: [{ ...process, drivers: [] }] }))).toEqual([
      'not one statement was seen; no pg was found: hand it to profiler.instrument(pg)',
    ]);
    const unjudged = { scopes: 1, statements: 3 };
    expect(blindness(runOf([empty], { processes: [{ ...process, unjudged }] }))).toEqual([
      'not one statement was seen; 3 ran in what was not over when its process ended',
    ]);
  });

  it('is no reason where that is allowed; what cannot be read always is', () => {
    const losses: Loss[] = [
      { code: 'line-truncated', message: 'cut', count: 1 },
      { code: 'file-unreadable', message: 'unreadable', count: 1 },
    ];
    expect(judged(runOf([]), { allowEmpty: true }).outcome).toBe('clean');
    expect(judged(runOf([], { losses }), { allowEmpty: true }).blindness).toEqual(['unreadable']);
  });

  it('a statement over the cap was seen', () => {
    expect(judged(runOf([report(profile('GET /', [], { dropped: 1 }))])).outcome).toBe('clean');
  });
});
