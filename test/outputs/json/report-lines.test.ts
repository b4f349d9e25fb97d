// A report becomes a line and a report again: nothing is lost on the way, much is shared, and what points nowhere is refused.

import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../src/outputs/json/decode-report.js';
import { scopeText } from '../../../src/outputs/json/encode-report.js';
import { jsonText } from '../../../src/outputs/json/json-text.js';
import type { ScopeLine } from '../../../src/outputs/json/line.js';
import { inMicroseconds } from '../../../src/outputs/json/written-file.js';
import { runAtOnce } from '../../../src/profile/slices.js';
import type { Report } from '../../../src/report/report.js';
import fc from '../../support/properties.js';
import { fullReport, loopReport } from './example-lines.js';

const asIs = <T>(value: T): T => value;
const textOf = (report: Report) => runAtOnce(scopeText(report));
const back = (text: string) => reportOf(JSON.parse(text), asIs);

it('everything in a report comes back', () => {
  const report = fullReport();
  expect(back(textOf(report))).toEqual(inMicroseconds(report));
  const { statements, transactions, checkouts, flows, ties, activities } = report.profile;
  for (const list of [statements, transactions, checkouts, flows, ties, activities, report.children, report.findings])
    expect(list).not.toEqual([]);
  for (const member of ['values', 'listSizes', 'absent']) expect(statements.some((one) => member in one)).toBe(true);
  for (const member of ['through', 'resolver', 'assumed'])
    expect(statements.some(({ callSite }) => callSite !== null && member in callSite)).toBe(true);
  expect(statements.some(({ error }) => error !== null)).toBe(true);
  expect(transactions.some(({ savepoints }) => savepoints.length > 0)).toBe(true);
});

it('nothing is in a scope in which nothing happened', () => {
  const { profile, ...report } = loopReport(1);
  const empty = { ...report, findings: [], profile: { ...profile, statements: [], flows: [], connections: [] } };
  expect(back(textOf(empty))).toEqual(inMicroseconds(empty));
});

it('a statement of a loop takes 40 bytes at most', () => {
  const perStatement = (textOf(loopReport(1, 4_000)).length - textOf(loopReport(1, 2_000)).length) / 2_000;
  expect(perStatement).toBeLessThan(40);
});

it('the text is the one that JSON has for it, on one line', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(runAtOnce(jsonText(value))).toBe(JSON.stringify(value));
    }),
  );
  const many = {
    numbers: Array.from({ length: 2_000 }, (_, i) => i),
    mixed: [1, { a: [2] }, [3], 'x\u2028\ud800\0\n', {}],
    none: undefined,
  };
  const text = runAtOnce(jsonText(many));
  expect(text).toBe(JSON.stringify(many));
  expect(text).not.toContain('\n');
});

describe('a line that points beside a table', () => {
  const line = (): ScopeLine => JSON.parse(textOf(fullReport()));
  it.each<[string, (line: ScopeLine) => void]>([
    ['texts', ({ tables }) => tables.texts.pop()],
    ['shapes', ({ tables }) => tables.shapes.pop()],
    ['frames', ({ tables }) => tables.frames.splice(0)],
    ['call sites', ({ tables }) => tables.callSites.splice(0)],
    ['forms', ({ tables }) => tables.forms.pop()],
    ['forms of ties', ({ tables }) => tables.tieForms.splice(0)],
    ['connections', ({ report }) => report.profile.connections.pop()],
    [
      'transactions',
      ({ report }) =>
        Object.assign(report.profile.transactions, { count: 0, columns: emptied(report.profile.transactions.columns) }),
    ],
    ['statements, in a finding', ({ report }) => report.findings[0]?.statements.push(1_000)],
    ['statements, in a flow', ({ report }) => report.profile.flows[0]?.to.statements.push(1_000)],
    ['statements, of what is no work of the app', ({ report }) => report.infrastructure.push(-1_000)],
    ['the records of a column', ({ report }) => report.profile.statements.count++],
  ])('is refused: %s', (_, break_) => {
    const broken = line();
    expect(() => reportOf(structuredClone(broken), asIs)).not.toThrow();
    break_(broken);
    expect(() => reportOf(broken, asIs)).toThrow(RangeError);
  });
});

function emptied(columns: object): object {
  return Object.fromEntries(Object.keys(columns).map((name) => [name, []]));
}
