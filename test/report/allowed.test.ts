// Which allowances cover what is found between units: each of them may be missing but one, so that one is right alone.

import { expect, test } from 'vitest';
import { type Allowed, allowancesFor } from '../../src/report/allowed.js';
import type { Finding } from '../../src/report/report.js';
import { profileOf } from '../support/timeline.js';

const allowance = (reason: string, until: string | null = null): Allowed => ({
  detector: 'missing-transaction',
  reason,
  until,
});

/** The reasons that cover a finding of all writes of the timeline. */
function reasonsFor(timeline: string, allow: Allowed[], detector = 'missing-transaction'): string[] {
  const profile = profileOf(timeline);
  const statements = profile.statements.flatMap(({ shape, index }) => (shape.writes.length > 0 ? index : []));
  return allowancesFor({ detector, statements } as Finding, profile, allow).map(({ reason }) => reason);
}

const ORDER = 'insert into orders (total) values (20)';
const AUDIT = 'insert into audit (text) values (1)';
const TOUCH = 'update session set seen = true';

test.each<[string, string, Allowed[], string[]]>([
  [
    'around the write that may be missing',
    `${ORDER}
     ${AUDIT}     -- allow 0`,
    [allowance('a trail')],
    ['a trail'],
  ],
  [
    'around both',
    `${ORDER}     -- allow 0
     ${AUDIT}     -- allow 0`,
    [allowance('a trail')],
    ['a trail'],
  ],
  [
    'together around all but one',
    `${TOUCH}     -- allow 1
     ${ORDER}
     ${AUDIT}     -- allow 0`,
    [allowance('a trail'), allowance('a touch')],
    ['a trail', 'a touch'],
  ],
  [
    'around all but one transaction',
    `begin
     ${ORDER}
     ${ORDER}
     commit
     ${AUDIT}     -- allow 0`,
    [allowance('a trail')],
    ['a trail'],
  ],
  [
    'not where two others are left',
    `${TOUCH}
     ${ORDER}
     ${AUDIT}     -- allow 0`,
    [allowance('a trail')],
    [],
  ],
  [
    'not where two transactions are left',
    `begin
     ${ORDER}
     commit
     begin
     ${ORDER}
     commit
     ${AUDIT}     -- allow 0`,
    [allowance('a trail')],
    [],
  ],
  ['not around none, though all is one statement', `${ORDER}`, [allowance('a trail')], []],
  [
    'not for another detector',
    `${ORDER}
     ${AUDIT}     -- allow 0`,
    [{ ...allowance('a trail'), detector: 'write-loop' }],
    [],
  ],
  [
    'by one that has ended beside one that holds',
    `${ORDER}
     ${AUDIT}     -- allow 0 allow 1`,
    [allowance('once', '2024-01-01'), allowance('a trail')],
    ['a trail', 'once'],
  ],
  [
    'by one that has ended, which alone is then told',
    `${TOUCH}     -- allow 1
     ${ORDER}
     ${AUDIT}     -- allow 0`,
    [allowance('once', '2024-01-01'), allowance('a touch')],
    ['once'],
  ],
])('%s', (_, timeline, allow, reasons) => {
  expect(reasonsFor(timeline, allow)).toEqual(reasons);
});

test('what is found in one statement or one loop has to be allowed as a whole', () => {
  const lines = `
    ${ORDER}
    ${AUDIT}     -- allow 0`;
  expect(reasonsFor(lines, [{ ...allowance('a trail'), detector: 'write-loop' }], 'write-loop')).toEqual([]);
});
