// What is left of a process's allowances at its end: those that ended, those that never matched, and none that did.

import { expect, it } from 'vitest';
import { AllowanceLedger } from '../../src/report/allowance-ledger.js';
import type { Allowed } from '../../src/report/allowed.js';
import { reportOf } from '../support/timeline.js';

const LOOP = `
  select id from chat                          -- rows id=1,2
  select * from message where chat_id = $1     -- values 1 allow 0
  select * from message where chat_id = $1     -- values 2 allow 0`;

const allowed = (over: Partial<Allowed> = {}): Allowed => ({
  detector: 'n-plus-one',
  reason: 'two at most',
  until: null,
  ...over,
});

function idleAfter(...scopes: [allow: Allowed[], timeline: string, day?: string][]) {
  const ledger = new AllowanceLedger();
  for (const [allow, timeline, day = '2026-01-01'] of scopes) {
    ledger.note(allow, reportOf(timeline, { startedAt: new Date(`${day}T12:00:00Z`) }, { allow }));
  }
  return ledger.idle();
}

it('is none that matched once, in whatever scope', () => {
  expect(idleAfter([[allowed()], 'select 1'], [[allowed()], LOOP], [[allowed()], 'select 1'])).toEqual([]);
});

it('is one that never matched', () => {
  expect(idleAfter([[allowed()], 'select 1 -- allow 0'])).toEqual([{ ...allowed(), ended: false, outside: false }]);
});

it('is one whose finding another one of the same detector covered', () => {
  const other = allowed({ reason: 'another' });
  expect(idleAfter([[allowed(), other], LOOP])).toEqual([{ ...other, ended: false, outside: false }]);
});

it('is one that has ended, though it matched before', () => {
  const dated = allowed({ until: '2026-01-31' });
  expect(idleAfter([[dated], LOOP])).toEqual([]);
  expect(idleAfter([[dated], LOOP], [[dated], LOOP, '2026-02-01'])).toEqual([
    { ...dated, ended: true, outside: false },
  ]);
});

it('is one that no scope had, unless an equal one was in a scope', () => {
  const ledger = new AllowanceLedger();
  ledger.note([allowed()], reportOf(LOOP, {}, { allow: [allowed()] }));
  const stray = allowed({ reason: 'at start-up' });
  expect(ledger.idle([allowed(), stray, { ...stray }])).toEqual([{ ...stray, ended: false, outside: true }]);
});

it('is bounded, however many reasons an app makes up', () => {
  const many = Array.from({ length: 1_500 }, (_, i) => allowed({ reason: `request ${i}` }));
  expect(idleAfter([many, 'select 1'])).toHaveLength(1_000);
});
