// RESULTS.md is written by parts, on several Nodes, and read back for the README.

import { expect, it } from 'vitest';
import { judge } from '../../bench/budgets.js';
import { withBudgets } from '../../bench/readme-table.js';
import { textOf, verdictsIn, withPart } from '../../bench/results.js';

const ORDER = ['null', 'memory', 'analysis'];
const README = 'before\n<!-- budgets: written by `npm run bench` -->\nold\n<!-- /budgets -->\nafter\n';

const figure = (value: number, low = value, high = value) => ({ value, low, high });
const text = (...verdicts: ReturnType<typeof judge>[]) => textOf('Title', 'machine', { lines: ['a | b'], verdicts });

function results(...parts: [node: number, part: string, text: string][]): string {
  return parts.reduce((before, [node, part, body]) => withPart(before, node, part, body, ORDER), '');
}

it('breaks a budget only where the whole interval lies beyond its bound', () => {
  expect(judge('null-default', '', figure(0.7, 0.59, 0.8)).held).toBe(true);
  expect(judge('null-default', '', figure(0.7, 0.61, 0.8)).held).toBe(false);
  expect(judge('throughput', '', figure(90, 80, 95)).held).toBe(true);
  expect(judge('throughput', '', figure(90, 80, 93)).held).toBe(false);
});

it('takes no figure that is none for a budget that is held', () => {
  expect(judge('null-default', '', figure(Number.NaN)).held).toBe(false);
  expect(judge('throughput', '', figure(Number.NaN)).held).toBe(false);
});

it('reads back what it wrote', () => {
  const written = results([
    20,
    'analysis',
    text(judge('analysis', '10,000', figure(3.5)), judge('analysis-growth', '', figure(10.44))),
  ]);
  expect(verdictsIn(written)).toEqual([
    { node: 20, title: 'judging a scope', of: '10,000', value: '3.50', held: false },
    { node: 20, title: 'judging 100,000 statements', of: '', value: '10.4', held: true },
  ]);
});

it('replaces a part of one Node and keeps the rest, in the order of the parts', () => {
  const idle = (ns: number) => text(judge('null-idle', 'story', figure(ns, ns - 1, ns + 1)));
  const analysis = text(judge('analysis', '100', figure(2)));
  const written = results(
    [22, 'null', idle(20)],
    [20, 'analysis', analysis],
    [20, 'null', idle(10)],
    [20, 'null', idle(15)],
  );
  expect(verdictsIn(written).map(({ node, value }) => [node, value])).toEqual([
    [20, '15.0'],
    [20, '2.00'],
    [22, '20.0'],
  ]);
});

it('has a column for each Node in the README, and says what was not held', () => {
  const written = results(
    [
      20,
      'memory',
      text(judge('retained-default', 'story', figure(380)), judge('retained-default', 'shapes', figure(410))),
    ],
    [22, 'memory', text(judge('retained-default', 'story', figure(370)))],
  );
  const readme = withBudgets(README, written);
  expect(readme).toContain('| budget | bound | Node 20 | Node 22 |\n');
  expect(readme).toContain(
    '| kept until the request ends, default | at most 400 bytes a statement | 380, 410 ✖ | 370 |\n',
  );
  expect(readme).not.toContain('old');
  expect(withBudgets(readme, written)).toBe(readme);
});
