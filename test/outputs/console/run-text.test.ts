// What the console says about a whole run: each finding once with the scopes that had it, the rest in a line each, the verdict last.

import { expect, test } from 'vitest';
import { runText } from '../../../src/outputs/console/run-text.js';
import type { Run } from '../../../src/report/run.js';
import { readCollected } from '../../../src/report/source-lines.js';
import type { Judgement } from '../../../src/report/verdict.js';
import { chatsRun, joined, runOf, transferRun } from '../../support/example-run.js';
import { CONTROLS, HOSTILE } from '../../support/hostile.js';
import { baselineOf, judged } from '../../support/judged.js';
import { finding, profile, report, site } from './reports.js';

const text = (run: Run, over: Partial<Judgement> = {}, width = 100) =>
  runText(run, judged(run, over), { width, color: false, read: readCollected(run.sources) });

test('the examples as one run', async () => {
  const run = joined(await chatsRun('/chats', '/chats/joined', '/chats'), await transferRun());
  const untimed = text(run).replace(/[\d.,]+ of [\d.,]+ ms/g, '… of … ms');
  await expect(untimed).toMatchFileSnapshot('golden/run.txt');
});

test('a finding that hangs in a tree is drawn there, and nowhere again', async () => {
  const drawn = text(await chatsRun('/chats', '/chats'));
  expect(drawn.match(/select username from users/g)?.length).toBe(1);
  expect(drawn).toContain('   seen     in 2 requests: GET /chats\n');
});

test('where it was seen: scopes by their kind, four labels by name', () => {
  const loop = finding({ id: 1, statements: [0], key: 'one' });
  const scopes = ['a', 'b', 'c', 'd', 'e', 'e'].map((label, index) =>
    report(profile(label, [{ sql: 'select 1' }], { kind: index === 0 ? 'job' : 'request' }), [loop]),
  );
  expect(text(runOf(scopes))).toContain('   seen     in 5 requests, 1 job: a, b, c, d, and 1 more label\n');
});

test('what is only possible, known or gone takes a line', () => {
  const all = [
    finding({ id: 1, statements: [0], confidence: 'possible', message: 'perhaps', callSite: site('a.ts', 1) }),
    finding({ id: 2, statements: [0], message: 'as ever', callSite: site('b.ts', 2) }),
  ];
  const run = runOf([report(profile('GET /', [{ sql: 'select 1' }]), all)]);
  const baseline = baselineOf('key 2', 'key 3');
  expect(text(run, { baseline, complete: true })).toBe(
    ` ○ n-plus-one · possible   perhaps  a.ts:1

 ○ n-plus-one · known  b.ts:2   since 2026-01-01: two rows

 ✓ gone, known since 2026-01-01   key 3

 ✓ 1 new finding, none of which fails · 1 known · 1 gone
   1 request · 1 statement
`,
  );
});

test('what is missing is said below the verdict', () => {
  const losses = [{ code: 'not-ended' as const, message: 'the end of api-12.jsonl is missing', count: 3 }];
  const run = runOf([report(profile('GET /', [{ sql: 'select 1' }]))], { losses });
  expect(text(run)).toBe(' ✓ 0 findings\n   1 request · 1 statement\n ▲ 3× the end of api-12.jsonl is missing\n');
});

test('services, processes and statements outside are said where they matter', () => {
  const [process] = runOf([]).processes as [Run['processes'][number]];
  const processes = ['web', 'api', 'api'].map((service) => ({ ...process, service, unattributed: 2 }));
  const run = runOf([report(profile('GET /', [{ sql: 'select 1' }]))], { processes });
  expect(text(run)).toBe(
    ' ✓ 0 findings\n   1 request · 1 statement · 6 statements outside any scope · services api, web · 3 processes\n',
  );
});

test('whatever texts contain, a terminal can only print it', () => {
  const all = [
    finding({ id: 1, statements: [0], detector: HOSTILE, message: HOSTILE, why: HOSTILE, callSite: site(HOSTILE, 1) }),
    finding({ id: 2, statements: [0], message: HOSTILE, confidence: 'possible' }),
    finding({ id: 3, statements: [0] }),
  ];
  const run = runOf([report(profile(HOSTILE, [{ sql: HOSTILE }]), all)], {
    losses: [{ code: 'write-failed', message: HOSTILE, count: 1 }],
  });
  const drawn = text(run, {
    baseline: baselineOf('key 3', HOSTILE),
    complete: true,
  });
  for (const line of drawn.split('\n')) expect(line).not.toMatch(CONTROLS);
});
