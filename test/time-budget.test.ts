// What a busy process can afford, by clocks that the tests set: no time is measured here.

import { expect, test } from 'vitest';
import { TimeBudget } from '../src/time-budget.js';

function budget() {
  const now = { passed: 1_000, judging: 70 };
  const it = new TimeBudget({ passed: () => now.passed, judging: () => now.judging });
  return {
    /** So many ms go by, of which so many were judging. */
    after(passed: number, judging: number): number {
      now.passed += passed;
      now.judging += judging;
      return it.rate();
    },
  };
}

test('at first, and as long as it is calm, all can be afforded', () => {
  const { after } = budget();
  expect(after(0, 0)).toBe(1);
  for (let second = 0; second < 100; second++) expect(after(1_000, 7)).toBe(1);
});

test('a burst is afforded whole, and then as many as the time that goes by', () => {
  const { after } = budget();
  expect(after(100, 20)).toBe(1);
  const busy = after(100, 10);
  expect(busy).toBeGreaterThan(0);
  expect(busy).toBeLessThan(1);
  expect(after(100, 30)).toBe(0);
});

test('none is afforded until what was overspent is back, and all are when it has been calm for long enough', () => {
  const { after } = budget();
  expect(after(0, 100)).toBe(0);
  expect(after(3_000, 0)).toBe(0);
  const recovering = after(5_500, 0);
  expect(recovering).toBeGreaterThan(0);
  expect(recovering).toBeLessThan(1);
  expect(after(60_000, 0)).toBe(1);
});

test('what is saved has an end: a calm night buys no costly morning', () => {
  const { after } = budget();
  expect(after(8 * 3_600_000, 0)).toBe(1);
  expect(after(0, 40)).toBe(0);
});

test('where each recorded request costs the same, the share that is recorded settles at what is allowed', () => {
  const { after } = budget();
  const costMs = 0.16;
  let recorded = 0;
  let rate = 1;
  for (let ms = 0; ms < 60_000; ms++) {
    // One request a millisecond; drawn without chance.
    const before = Math.floor(recorded);
    recorded += rate;
    rate = after(1, (Math.floor(recorded) - before) * costMs);
  }
  const whole = recorded * costMs * 2.5;
  expect(whole / 60_000).toBeGreaterThan(0.019);
  expect(whole / 60_000).toBeLessThan(0.03);
});
