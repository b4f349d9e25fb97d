// What is kept of any number of reports: all while they are few, then the first and the worst of each label with the same findings, the others as figures, within a bound.

import { expect, test } from 'vitest';
import { type KeptLimits, KeptReports } from '../../src/analyze/kept-reports.js';
import type { Finding, Report } from '../../src/report/report.js';
import { findingGroups } from '../../src/report/run.js';
import { totalsOf } from '../../src/report/run-totals.js';

let made = 0;

/** A report with so many statements, all of which each of its findings names. */
function report(label: string, statements: number, ...keys: string[]): Report {
  made += 1;
  const profile = {
    id: String(made),
    kind: 'request',
    label,
    startedAt: new Date(made).toISOString(),
    statements: Array.from({ length: statements }, () => ({})),
    dropped: 0,
  };
  const findings = keys.map((key) => ({
    key,
    severity: 'warning',
    confidence: 'likely',
    statements: Array.from({ length: statements }, (_, index) => index),
    data: {},
  }));
  return {
    format: 1,
    profile: profile as unknown as Report['profile'],
    children: [],
    findings: findings as unknown as Finding[],
    dismissals: [],
    suppressed: [],
    infrastructure: [],
  };
}

/** Folded from the first on, unless it is said otherwise. */
function keptOf(reports: readonly Report[], limits: Partial<KeptLimits> = { scopes: 0 }): KeptReports {
  const kept = new KeptReports(limits);
  for (const each of reports) kept.add(each);
  return kept;
}

const sizes = (kept: KeptReports) =>
  kept.reports().map(({ profile, alike }) => [profile.statements.length, alike ?? null]);

test('all of them, in the order in which they began, while they are few', () => {
  const all = Array.from({ length: 10 }, () => report('GET /a', 5, 'loop'));
  expect(keptOf([...all].reverse(), { scopes: 10 }).reports()).toEqual(all);
  expect(sizes(keptOf(all, { scopes: 9 }))).toEqual([[5, { scopes: 9, statements: 45 }]]);
  expect(sizes(keptOf(all, { statements: 49 }))).toEqual([[5, { scopes: 9, statements: 45 }]]);
});

test('the first, the worst, and the sum of the others', () => {
  const kept = keptOf([5, 9, 7, 20, 6].map((size) => report('GET /a', size, 'loop')));
  expect(sizes(kept)).toEqual([
    [5, { scopes: 3, statements: 22 }],
    [20, null],
  ]);
});

test('another label, or other findings, are kept apart; one that is alone stands for itself', () => {
  const kept = keptOf([
    report('GET /a', 5, 'loop'),
    report('GET /b', 5, 'loop'),
    report('GET /a', 6, 'loop', 'other'),
    report('GET /a', 3),
    report('GET /a', 2),
  ]);
  expect(sizes(kept)).toEqual([
    [5, null],
    [5, null],
    [6, null],
    [3, { scopes: 1, statements: 2 }],
  ]);
});

test('figures of a run and of each finding are those of all', () => {
  const all = Array.from({ length: 1_000 }, (_, index) =>
    report(`GET /${index % 3}`, 1 + (index % 7), ...(index % 2 === 0 ? ['loop'] : [])),
  );
  const run = { processes: [], sources: {}, losses: [] };
  const whole = { ...run, reports: all };
  const kept = { ...run, reports: keptOf(all).reports() };
  expect(kept.reports.length).toBeLessThan(13);
  expect(totalsOf(kept)).toEqual({ ...totalsOf(whole), alike: 1_000 - kept.reports.length });
  const told = (reports: Report[]) =>
    findingGroups({ reports }).map(({ key, scopes, labels, worst }) => [
      key,
      scopes,
      labels,
      worst.finding.statements.length,
    ]);
  expect(told(kept.reports)).toEqual(told(all));
});

test('no more statements are held than may be, and what had no room is counted', () => {
  const kept = keptOf(
    [
      ...Array.from({ length: 50 }, (_, index) => report(`clean ${index}`, 10)),
      ...Array.from({ length: 50 }, (_, index) => report(`found ${index}`, 10, 'loop')),
    ],
    { scopes: 0, statements: 200 },
  );
  const held = kept.reports();
  expect(held.reduce((sum, { profile }) => sum + profile.statements.length, 0)).toBeLessThanOrEqual(200);
  // A quarter is the most that scopes without findings take.
  expect(held.filter(({ findings }) => findings.length === 0)).toHaveLength(5);
  expect(kept.overflow).toEqual({ clean: 45, withFindings: 35 });
});
