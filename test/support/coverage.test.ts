// A cost that changes because V8 changed its mind would make tests of growth fail, or pass, by chance.

import { afterAll, expect, it } from 'vitest';
import { parseText } from '../../src/sql/parse.js';
import { Coverage } from './coverage.js';

const coverage = new Coverage(/\/src\/sql\//);
afterAll(() => coverage.close());

function stepsOf(text: string): number {
  coverage.take();
  parseText(text);
  return coverage.steps();
}

it('counts the same before and after a function has become hot', () => {
  const text = (i: number) => `select id, name from users where id = ${100_000 + i} and name = 'a'`;
  for (let i = 0; i < 10; i++) parseText(text(i)); // caches have filled
  const cold = stepsOf(text(10));
  for (let i = 11; i < 20_000; i++) parseText(text(i));
  expect(stepsOf(text(20_000))).toBe(cold);
});

it('counts what happens inside a function, and not its calls alone', () => {
  const lists = [10, 20].map((length) => stepsOf(`select ${Array(length).fill('a').join(', ')} from t`)) as [
    number,
    number,
  ];
  expect(lists[1]).toBeGreaterThan(1.5 * lists[0]);
});
