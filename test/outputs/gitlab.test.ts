// GitLab's Code Quality report: what its documentation asks of each issue, and a fingerprint that stays where lines change.

import { expect, test } from 'vitest';
import { type GitlabIssue, gitlabOf } from '../../src/outputs/gitlab.js';
import type { Run } from '../../src/report/run.js';
import { chatsRun, joined, runOf, transferRun } from '../support/example-run.js';
import { CONTROLS, HOSTILE } from '../support/hostile.js';
import { judged } from '../support/judged.js';
import { finding, profile, report, site } from './console/reports.js';

/** The issues, once each has what GitLab requires. */
function gitlab(run: Run): GitlabIssue[] {
  const issues: GitlabIssue[] = JSON.parse(JSON.stringify(gitlabOf(judged(run))));
  for (const { description, check_name, fingerprint, severity, location } of issues) {
    expect(description).not.toBe('');
    expect(description).not.toMatch(CONTROLS);
    expect(check_name).not.toBe('');
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(['info', 'minor', 'major', 'critical', 'blocker']).toContain(severity);
    expect(location.path).not.toMatch(/^\.?\//);
    expect(location.lines.begin).toBeGreaterThanOrEqual(1);
  }
  expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length);
  return issues;
}

test('the examples: one issue a finding, at its line', async () => {
  const issues = gitlab(joined(await chatsRun('/chats'), await transferRun()));
  expect(
    issues.map(
      ({ severity, check_name, location }) => `${severity} ${check_name} ${location.path}:${location.lines.begin}`,
    ),
  ).toEqual([
    'critical torn-write examples/transfer/transfer.ts:11',
    'major n-plus-one examples/chats/chats.ts:22',
    'major n-plus-one examples/chats/chats.ts:24',
  ]);
  expect(issues[1]?.description).toMatch(
    /^23 statements where 3 do\. Proven, in 1 request: GET \/chats\. .* Instead: select /,
  );
});

test('the fingerprint stays where lines and folders change, and goes with the key', () => {
  const at = (file: string, line: number, key: string) => {
    const loop = finding({ id: 1, statements: [0], callSite: site(file, line), key });
    return gitlab(runOf([report(profile('GET /', [{ sql: 'select 1' }]), [loop])]))[0]?.fingerprint;
  };
  expect(at('lib/chats.ts', 99, 'a')).toBe(at('src/chats.ts', 3, 'a'));
  expect(at('src/chats.ts', 3, 'b')).not.toBe(at('src/chats.ts', 3, 'a'));
});

test('waste and what is only possible is info; without a line it still names a file', () => {
  const one = (over: object) =>
    gitlab(
      runOf([
        report(profile('GET /', [{ sql: 'select 1' }]), [finding({ id: 1, statements: [0], message: 'x', ...over })]),
      ]),
    )[0];
  expect(one({ severity: 'info' })?.severity).toBe('info');
  expect(one({ severity: 'error', confidence: 'possible' })?.severity).toBe('info');
  expect(one({})?.location).toEqual({ path: 'package.json', lines: { begin: 1 } });
});

test('whatever texts contain, descriptions are one line of text', () => {
  const loop = finding({
    id: 1,
    statements: [0],
    message: HOSTILE,
    why: HOSTILE,
    replacement: HOSTILE,
    callSite: site('a.ts', 1),
  });
  expect(gitlab(runOf([report(profile(HOSTILE, [{ sql: HOSTILE }]), [loop])])).length).toBe(1);
});
