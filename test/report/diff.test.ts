// What changed between two runs, finding by finding and label by label.

import { describe, expect, it } from 'vitest';
import { type Diff, type DiffOptions, diffOf } from '../../src/report/diff.js';
import type { Report } from '../../src/report/report.js';
import { loopOn, ofShapeVersion, plainRequest, runOf } from './run-of.js';

const diff = (base: Report[], head: Report[], options?: DiffOptions) => diffOf(runOf(...base), runOf(...head), options);
/** How many findings are what. */
const counts = ({ fresh, fixed, allowed, unseen, changed }: Diff) => ({
  fresh: fresh.length,
  fixed: fixed.length,
  allowed: allowed.length,
  unseen: unseen.length,
  changed: changed.length,
});
const none = { fresh: 0, fixed: 0, allowed: 0, unseen: 0, changed: 0 };

describe('a finding', () => {
  it('that is in both is nothing', () => {
    expect(counts(diff([loopOn('message')], [loopOn('message')]))).toEqual(none);
  });

  it('is new, also on a label that is', () => {
    expect(counts(diff([plainRequest('GET /chats', 1)], [loopOn('message')]))).toEqual({ ...none, fresh: 1 });
    expect(counts(diff([plainRequest('GET /', 1)], [plainRequest('GET /', 1), loopOn('message')]))).toEqual({
      ...none,
      fresh: 1,
    });
  });

  it('is fixed where each of its labels ran without it', () => {
    const base = [loopOn('message', 'GET /a'), loopOn('message', 'GET /b')];
    const both = diff(base, [plainRequest('GET /a', 1), plainRequest('GET /b', 1)]);
    expect(counts(both)).toEqual({ ...none, fixed: 1 });
    expect(both.fixed[0]?.labels).toEqual(['GET /a', 'GET /b']);
    expect(counts(diff(base, [plainRequest('GET /a', 1)]))).toEqual({ ...none, unseen: 1 });
  });

  it('is allowed where it is set apart now', () => {
    const { findings, ...report } = loopOn('message');
    const suppressed = findings.map((finding) => ({ finding, reason: 'for the test', until: null }));
    expect(counts(diff([loopOn('message')], [{ ...report, findings: [], suppressed }]))).toEqual({
      ...none,
      allowed: 1,
    });
  });

  it('is changed where it is larger, or otherwise judged', () => {
    const { changed } = diff([loopOn('message', 'GET /', 3)], [loopOn('message', 'GET /', 8)]);
    expect(changed.map(({ base, head }) => [base, head].map(({ worst }) => worst.finding.statements.length))).toEqual([
      [3, 8],
    ]);
    const { findings, ...report } = loopOn('message');
    const milder = { ...report, findings: findings.map((finding) => ({ ...finding, confidence: 'likely' as const })) };
    expect(counts(diff([loopOn('message')], [milder]))).toEqual({ ...none, changed: 1 });
  });

  it('is not told of where it goes by the clock', () => {
    const { findings, ...report } = loopOn('message');
    const slow = {
      ...report,
      findings: findings.map((finding) => ({ ...finding, detector: 'slow-statement', key: 'slow' })),
    };
    const clockDetectors = new Set(['slow-statement']);
    expect(counts(diff([plainRequest('GET /chats', 1)], [slow], { clockDetectors }))).toEqual(none);
    expect(counts(diff([slow], [plainRequest('GET /chats', 1)], { clockDetectors }))).toEqual(none);
    expect(counts(diff([slow], [plainRequest('GET /chats', 1)]))).toEqual({ ...none, fixed: 1 });
  });

  it('cannot be known again by other rules for shapes; labels can', () => {
    const { labels, ...rest } = diff([loopOn('message')], [ofShapeVersion(999, loopOn('message', 'GET /chats', 9))]);
    expect(counts({ ...rest, labels })).toEqual(none);
    expect([rest.incomparable, labels.map(({ change }) => change)]).toEqual([
      expect.stringContaining('1 in base, 999 in head'),
      ['more'],
    ]);
  });
});

describe('the statements of a label', () => {
  const requests = (label: string, ...statements: number[]) => statements.map((count) => plainRequest(label, count));
  const shown = ({ labels }: Diff) =>
    labels.map(({ label, base, head, change }) => {
      const side = (counts: typeof base) =>
        counts === null ? '-' : `${counts.scopes}× ${counts.median}/${counts.max}`;
      return `${label}: ${side(base)} → ${side(head)} ${change}`;
    });

  it('are compared by their median and their largest number, what grew most first', () => {
    const base = [
      ...requests('GET /a', 3, 3, 9),
      ...requests('GET /b', 2, 2),
      ...requests('GET /c', 4, 5),
      ...requests('GET /d', 8),
      ...requests('GET /gone', 7),
      ...requests('GET /same', 1, 2),
    ];
    const head = [
      ...requests('GET /a', 3, 3, 12),
      ...requests('GET /b', 12, 12, 1),
      ...requests('GET /c', 4, 5, 5, 4),
      ...requests('GET /d', 1),
      ...requests('GET /new', 20),
      ...requests('GET /same', 2, 1),
    ];
    expect(shown(diff(base, head))).toMatchInlineSnapshot(`
      [
        "GET /b: 2× 2/2 → 3× 12/12 more",
        "GET /a: 3× 3/9 → 3× 3/12 more",
        "GET /c: 2× 4/5 → 4× 4/5 same",
        "GET /gone: 1× 7/7 → - gone",
        "GET /new: - → 1× 20/20 new",
        "GET /same: 2× 1/2 → 2× 1/2 same",
        "GET /d: 1× 8/8 → 1× 1/1 fewer",
      ]
    `);
  });

  it('count those over a cap, and leave out what is no work of the app', () => {
    const report = plainRequest('GET /', 5);
    const changed = { ...report, infrastructure: [0, 1], profile: { ...report.profile, dropped: 100 } };
    expect(shown(diff([report], [changed]))).toEqual(['GET /: 1× 5/5 → 1× 103/103 more']);
  });

  it('are of a kind: a test is no request of its name', () => {
    const report = plainRequest('chats', 5);
    const test = { ...report, profile: { ...report.profile, kind: 'test' as const } };
    expect(shown(diff([report], [test]))).toEqual(['chats: 1× 5/5 → - gone', 'chats: - → 1× 5/5 new']);
  });
});
