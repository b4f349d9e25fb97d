// The lines at the start and at the end of a process, and what they say of one that was blind.

import { expect, test } from 'vitest';
import { exitText, startText, type Tally } from '../../../src/outputs/console/process-lines.js';

const look = { width: 80, color: false };
const tally = (over: Partial<Tally>): Tally => ({
  scopes: { request: 3, job: 0, test: 0 },
  statements: 29,
  unattributed: 0,
  unsampled: { requests: 0, statements: 0 },
  unjudged: { scopes: 0, statements: 0 },
  findings: 2,
  idleAllows: [],
  ...over,
});

test.each([
  ['what is watched', ['pg 8.23.1'], 'queryscope   watching pg 8.23.1 · clean requests print nothing\n\n'],
  [
    'several copies',
    ['pg 8.23.1', 'pg 8.8.0'],
    'queryscope   watching pg 8.23.1, pg 8.8.0 · clean requests print nothing\n\n',
  ],
  ['nothing yet', [], 'queryscope   on, but no pg has been loaded or instrumented yet\n\n'],
])('start: %s', (_name, drivers, expected) => {
  expect(startText(drivers, look)).toBe(expected);
});

test.each([
  ['all seen', {}, ['pg'], ['queryscope   3 requests · 29 statements, none outside · 2 findings']],
  [
    'one of each',
    { scopes: { request: 1, job: 1, test: 1 }, statements: 1, findings: 1 },
    ['pg'],
    ['queryscope   1 request, 1 job, 1 test · 1 statement, none outside · 1 finding'],
  ],
  [
    'statements outside',
    { unattributed: 7 },
    ['pg'],
    [
      'queryscope   3 requests · 29 statements · 2 findings',
      '           ▲ 7 statements ran outside any request, job or test: nobody judged',
      '             them',
    ],
  ],
  [
    'requests left out',
    { unsampled: { requests: 1200, statements: 9 } },
    ['pg'],
    [
      'queryscope   3 requests · 1,200 requests left out by sampleRate · 29 statements,',
      '             none outside · 2 findings',
    ],
  ],
  [
    'blind, pg patched',
    { statements: 0, findings: 0 },
    ['pg'],
    [
      'queryscope   3 requests · 0 statements',
      '           ▲ not one statement was seen: if the app did query, it has another',
      '             copy of pg; hand its pool to profiler.wrap(pool)',
    ],
  ],
  [
    'blind, no pg',
    { statements: 0, findings: 0 },
    [],
    [
      'queryscope   3 requests · 0 statements',
      '           ▲ not one statement was seen, as no pg was found: hand it to',
      '             profiler.instrument(pg)',
    ],
  ],
  [
    'allowances without an effect',
    {
      idleAllows: [
        { detector: 'n-plus-one', reason: 'two sides at most', until: null, ended: false, outside: false },
        {
          detector: 'write-loop',
          reason: 'until the import is rewritten',
          until: '2026-01-31',
          ended: true,
          outside: false,
        },
        { detector: 'n-plus-one', reason: 'a warm-up', until: '2026-01-31', ended: false, outside: true },
      ],
    },
    ['pg'],
    [
      'queryscope   3 requests · 29 statements, none outside · 2 findings',
      '           ▲ the allow for n-plus-one had nothing to allow: two sides at most',
      '           ▲ the allow for write-loop ended on 2026-01-31: until the import is',
      '             rewritten',
      '           ▲ the allow for n-plus-one was around code outside any request, job',
      '             or test: a warm-up',
    ],
  ],
  [
    'many of them',
    {
      idleAllows: Array.from({ length: 7 }, (_, i) => ({
        detector: 'n-plus-one',
        reason: `r${i}\u001b[2J`,
        until: null,
        ended: false,
        outside: false,
      })),
    },
    ['pg'],
    [
      'queryscope   3 requests · 29 statements, none outside · 2 findings',
      ...[0, 1, 2, 3, 4].map((i) => `           ▲ the allow for n-plus-one had nothing to allow: r${i}␛[2J`),
      '           ▲ 2 more allows without an effect',
    ],
  ],
  [
    'statements whose request was not over',
    { scopes: { request: 0, job: 0, test: 0 }, statements: 0, findings: 0, unjudged: { scopes: 1, statements: 13 } },
    ['pg'],
    [
      'queryscope   0 requests · 0 statements',
      '           ▲ 13 statements ran in a request or job that was not over when the',
      '             process ended: nobody judged them',
    ],
  ],
  [
    'scopes that were not over, beside others',
    { unjudged: { scopes: 2, statements: 1 } },
    ['pg'],
    [
      'queryscope   3 requests · 29 statements, none outside · 2 findings',
      '           ▲ 1 statement ran in 2 requests or jobs that were not over when the',
      '             process ended: nobody judged them',
    ],
  ],
  [
    'no request at all',
    { scopes: { request: 0, job: 0, test: 0 }, statements: 0, findings: 0 },
    ['pg'],
    ['queryscope   0 requests · 0 statements'],
  ],
])('end: %s', (_name, over, drivers, expected) => {
  expect(exitText(tally(over), drivers, look).trimEnd().split('\n')).toEqual(expected);
});
