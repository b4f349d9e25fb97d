// The line that opens what is said of a request: its time and how it ended.

import { expect, test } from 'vitest';
import { plain } from '../../../src/outputs/console/paint.js';
import { requestLine } from '../../../src/outputs/console/request-line.js';
import type { Profile } from '../../../src/profile/types.js';
import { profile } from './reports.js';

/** A request with a statement for each pair of start and duration, in ms. */
function timed(durationMs: number, spans: readonly [number | null, number][]): Profile {
  const base = profile('GET /x', [{ sql: 'select 1', times: spans.length }], { durationMs });
  const statements = base.statements.map((statement, index) => {
    const [startMs, durationMs] = spans[index] as [number | null, number];
    return { ...statement, startMs, durationMs };
  });
  return { ...base, statements };
}

test.each([
  [
    'one after the other',
    50,
    [
      [0, 10],
      [20, 10],
    ],
    '20 of 50 ms',
  ],
  [
    'at the same time',
    50,
    [
      [0, 10],
      [5, 10],
      [2, 3],
    ],
    '15 of 50 ms',
  ],
  [
    'in any order',
    50,
    [
      [30, 10],
      [0, 10],
    ],
    '20 of 50 ms',
  ],
  [
    'with unknown starts',
    50,
    [
      [null, 10],
      [null, 15],
    ],
    '25 of 50 ms',
  ],
  [
    'no more than all',
    20,
    [
      [0, 15],
      [null, 15],
    ],
    '20 of 20 ms',
  ],
  ['shorter than 10 ms', 9.94, [[0, 0.04]], '0.0 of 9.9 ms'],
  ['longer than a second', 2_345.6, [[0, 1_234.5]], '1,235 of 2,346 ms'],
] as [string, number, [number | null, number][], string][])(
  'time in PostgreSQL, %s',
  (_name, durationMs, spans, expected) => {
    const statements = `${spans.length} statement${spans.length === 1 ? '' : 's'}`;
    expect(requestLine(timed(durationMs, spans), 80, plain)).toEqual([
      `GET /x   ${statements} · ${expected} in PostgreSQL`,
    ]);
  },
);

test.each([
  ['nothing for what is usual', { status: 302, error: null, aborted: false }, 'GET /x   1 statement'],
  ['a status of failure', { status: 404, error: null, aborted: false }, 'GET /x   404 · 1 statement'],
  [
    'an error and its status',
    { status: 500, error: 'TypeError', aborted: false },
    'GET /x   500 · TypeError · 1 statement',
  ],
  ['a client that left', { status: null, error: null, aborted: true }, 'GET /x   aborted · 1 statement'],
])('the outcome: %s', (_name, outcome, expected) => {
  expect(requestLine(profile('GET /x', [{ sql: 'select 1' }], { outcome, durationMs: 0 }), 80, plain)).toEqual([
    expected,
  ]);
});

test('what the driver or an ORM added is a number beside the statements', () => {
  const sent = profile('GET /x', [{ sql: 'set search_path to app' }, { sql: 'select 1' }], { durationMs: 0 });
  expect(requestLine(sent, 80, plain, 1)).toEqual(['GET /x   1 statement + 1 infrastructure']);
});

test('spans may be of any database', () => {
  const traced: Profile = { ...timed(50, [[0, 10]]), source: 'otel' };
  expect(requestLine(traced, 80, plain)).toEqual(['GET /x   1 statement · 10 of 50 ms in the database']);
});
