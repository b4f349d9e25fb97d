// SARIF as its readers get it: valid by the official schema, and saying where, what feeds it, and what to send instead.

import { readFileSync } from 'node:fs';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { type SarifLog, sarifOf } from '../../src/outputs/sarif.js';
import type { Run } from '../../src/report/run.js';
import { chatsRun, joined, runOf, transferRun } from '../support/example-run.js';
import { CONTROLS, HOSTILE } from '../support/hostile.js';
import { baselineOf, judged, RULES } from '../support/judged.js';
import { finding, profile, report, site } from './console/reports.js';

const schema = JSON.parse(
  readFileSync(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'),
);
const ajv = addFormats(new Ajv({ strict: false, allErrors: true, unicodeRegExp: false }));
const validate = ajv.compile(schema);

/** The log, once it is valid, and what a reader parses of it. */
function sarif(run: Run, ...more: Parameters<typeof judged> extends [Run, ...infer Rest] ? Rest : never): SarifLog {
  const log = JSON.parse(JSON.stringify(sarifOf(run, judged(run, ...more), { version: '0.1.0', rules: RULES })));
  validate(log);
  expect(validate.errors ?? []).toEqual([]);
  return log;
}

test('the examples: valid, with the line, what feeds it, the way of the values and the statement to send', async () => {
  const {
    runs: [{ results, tool, invocations }],
  } = sarif(joined(await chatsRun('/chats'), await transferRun()));
  expect(tool.driver.rules.map(({ id }) => id)).toEqual(['n-plus-one', 'torn-write']);
  expect(tool.driver.rules[0]?.help.markdown).toContain('# n-plus-one');
  expect(invocations).toEqual([{ executionSuccessful: true, toolExecutionNotifications: [] }]);
  const lines = results.map(({ ruleId, ruleIndex, level, locations: [{ physicalLocation: at }] }) => [
    tool.driver.rules[ruleIndex]?.id === ruleId,
    `${level} ${ruleId} ${at.artifactLocation.uri}:${at.region.startLine}`,
    at.region.snippet?.text.trim(),
  ]);
  expect(lines).toEqual([
    [
      true,
      'error torn-write examples/transfer/transfer.ts:11',
      "await db.query('insert into transfer (account_id, amount) values ($1, $2)', [destination, amount]);",
    ],
    [true, 'warning n-plus-one examples/chats/chats.ts:22', 'chat.messages = await messagesOf(pool, chat.id);'],
    [
      true,
      'warning n-plus-one examples/chats/chats.ts:24',
      'message.sender = await usernameOf(pool, message.sender_id);',
    ],
  ]);
  const [torn, chats] = results;
  expect(torn?.relatedLocations?.map(({ id, physicalLocation }) => [id, physicalLocation.region.startLine])).toEqual([
    [1, 10],
  ]);
  expect(
    chats?.relatedLocations?.map(({ physicalLocation, message }) => [physicalLocation.region.startLine, message]),
  ).toEqual([[20, { text: 'Its rows are the values: select id from chat' }]]);
  const steps = chats?.codeFlows?.[0]?.threadFlows[0]?.locations.map(
    ({ location }) => location.physicalLocation.region.startLine,
  );
  expect(steps).toEqual([20, 22]);
  expect(chats?.message.text).toMatch(
    /^23 statements where 3 do\. Proven, in 1 request: GET \/chats\. .* Instead: select .* any\(\$1\)$/,
  );
});

test('a fix writes the statement above the loop, and leaves the code below it as it stands', async () => {
  const run = await chatsRun('/chats/joined');
  const [{ results }] = sarif(run).runs;
  const [fix] = results[0]?.fixes ?? [];
  const source = Object.values(run.sources['examples/chats/chats.ts'] ?? {});
  const change = fix?.artifactChanges[0];
  expect(change?.artifactLocation.uri).toBe('examples/chats/chats.ts');
  const { deletedRegion: region, insertedContent } = change!.replacements[0];
  expect([region.startLine, region.startColumn]).toEqual([region.endLine, region.endColumn]);
  const fixed = [
    ...source.slice(0, region.startLine - 1),
    ...insertedContent.text.split('\n').slice(0, -1),
    ...source.slice(region.startLine - 1),
  ];
  expect(insertedContent.text).toMatch(/^(?: {4}\/\/ .*\n)+$/);
  expect(fixed.slice(region.startLine - 1, region.startLine + 2)).toEqual([
    '    // One statement for all of them:',
    `    // ${results[0]?.properties.replacement}`,
    '    chat.messages = await messagesWithSenders(pool, chat.id);',
  ]);
});

test('no fix where a comment could be text: templates, JSX, a line that did not come with the run', () => {
  const at = (file: string, line: string) => {
    const place = site(file, 1);
    const loop = finding({ id: 1, statements: [0], callSite: place, replacement: 'select 1' });
    const sources = line === '' ? {} : { [file]: { 1: line } };
    const run = runOf([report(profile('GET /', [{ sql: 'select 1', at: place }]), [loop])], { sources });
    return sarif(run).runs[0].results[0]?.fixes?.length ?? 0;
  };
  expect(at('a.ts', '  await query();')).toBe(1);
  expect(at('a.mjs', '  await query();')).toBe(1);
  expect(at('a.ts', '  await query(`x`);')).toBe(0);
  expect(at('a.tsx', '  await query();')).toBe(0);
  expect(at('a.ts', '')).toBe(0);
});

test('the fingerprint is the key: it stays where lines, folders and counts change', () => {
  const at = (file: string, line: number, times: number) => {
    const place = site(file, line);
    const loop = finding({ id: 1, statements: [0], callSite: place, key: 'n-plus-one:a:b:f:chats.ts' });
    return sarif(runOf([report(profile('GET /', [{ sql: 'select 1', at: place, times }]), [loop])])).runs[0].results[0];
  };
  const before = at('src/chats.ts', 3, 2)?.partialFingerprints;
  expect(before).toEqual({ 'queryscopeKey/v1': 'n-plus-one:a:b:f:chats.ts' });
  expect(at('lib/deep/chats.ts', 99, 7)?.partialFingerprints).toEqual(before);
});

test('with a baseline each result says whether it is new', () => {
  const two = [1, 2].map((id) => finding({ id, statements: [0], key: `key ${id}` }));
  const run = runOf([report(profile('GET /', [{ sql: 'select 1' }]), two)]);
  const known = baselineOf('key 1');
  expect(sarif(run, { baseline: known }).runs[0].results.map(({ baselineState }) => baselineState)).toEqual([
    'unchanged',
    'new',
  ]);
  expect(sarif(run).runs[0].results.map(({ baselineState }) => baselineState)).toEqual([undefined, undefined]);
});

test('what is only possible or waste is a note', () => {
  const levels = (over: object) =>
    sarif(runOf([report(profile('GET /', [{ sql: 'select 1' }]), [finding({ id: 1, statements: [0], ...over })])]))
      .runs[0].results[0]?.level;
  expect(levels({ severity: 'error', confidence: 'proven' })).toBe('error');
  expect(levels({ severity: 'error', confidence: 'possible' })).toBe('note');
  expect(levels({ severity: 'info', confidence: 'proven' })).toBe('note');
});

test('without a line of the app it still names a file, and says why', () => {
  const run = runOf([report(profile('GET /', [{ sql: 'select 1' }]), [finding({ id: 1, statements: [0] })])]);
  const [location] = sarif(run).runs[0].results[0]!.locations;
  expect(location.physicalLocation.artifactLocation.uri).toBe('package.json');
  expect(location.message?.text).toBe('No line of the app was on the stack.');
});

test('files outside the repository, and of any name, are URIs', () => {
  const uri = (file: string) => {
    const run = runOf([
      report(profile('GET /', [{ sql: 'select 1' }]), [finding({ id: 1, statements: [0], callSite: site(file, 1) })]),
    ]);
    return sarif(run).runs[0].results[0]!.locations[0].physicalLocation.artifactLocation;
  };
  expect(uri('src/a b#c?.ts')).toEqual({ uri: 'src/a%20b%23c%3F.ts', uriBaseId: '%SRCROOT%' });
  expect(uri('/srv/app.js')).toEqual({ uri: 'file:///srv/app.js' });
  expect(uri('C:/app/é.js')).toEqual({ uri: 'file:///C:/app/%C3%A9.js' });
});

test('at most 5,000 results, the worst; the rest is said', () => {
  const many = Array.from({ length: 5_003 }, (_, index) =>
    finding({ id: index + 1, statements: [0], severity: index < 3 ? 'info' : 'warning' }),
  );
  const [{ results, invocations }] = sarif(runOf([report(profile('GET /', [{ sql: 'select 1' }]), many)])).runs;
  expect(results.length).toBe(5_000);
  expect(results.every(({ level }) => level === 'warning')).toBe(true);
  expect(invocations[0].toolExecutionNotifications).toEqual([
    { level: 'warning', message: { text: '3 findings left out: code scanning shows 5,000.' } },
  ]);
});

test('losses and blindness are notifications', () => {
  const losses = [
    { code: 'line-truncated' as const, message: 'one scope was cut short', count: 1 },
    { code: 'format-newer' as const, message: 'a.jsonl is newer', count: 1 },
  ];
  const [{ invocations }] = sarif(runOf([], { losses })).runs;
  expect(invocations[0]).toEqual({
    executionSuccessful: false,
    toolExecutionNotifications: [
      { level: 'error', message: { text: 'no request, job or test was seen in the one process that reported' } },
      { level: 'error', message: { text: 'a.jsonl is newer' } },
      { level: 'warning', message: { text: 'one scope was cut short' } },
    ],
  });
});

test('whatever texts contain, the log stays valid, without placeholders, links or control characters', () => {
  const place = site(HOSTILE, 1, HOSTILE);
  const loop = finding({
    id: 1,
    statements: [0],
    source: [0],
    callSite: place,
    detector: HOSTILE,
    message: HOSTILE,
    why: HOSTILE,
    advice: HOSTILE,
    replacement: HOSTILE,
    key: HOSTILE,
  });
  const run = runOf([report(profile(HOSTILE, [{ sql: HOSTILE, at: place }]), [loop])], {
    sources: { [HOSTILE]: { 1: HOSTILE } },
    losses: [{ code: 'write-failed', message: HOSTILE, count: 1 }],
  });
  const [{ results, invocations }] = sarif(run).runs;
  const texts = [results[0]!.message.text, invocations[0].toolExecutionNotifications[0]!.message.text];
  for (const text of texts) expect(text).not.toMatch(CONTROLS);
  expect(results[0]?.message.text).not.toMatch(/(?<!\{)\{\d+\}|(?<!\\)\[[^[\]]*\]\(/);
});
