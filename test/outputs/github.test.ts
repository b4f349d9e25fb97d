// Workflow commands, read back by the runner's own rules: nothing that a text contains becomes a command, a property or another line.

import { expect, test } from 'vitest';
import { annotationsOf, inertText } from '../../src/outputs/github.js';
import type { Run } from '../../src/report/run.js';
import { chatsRun, joined, runOf, transferRun } from '../support/example-run.js';
import { HOSTILE } from '../support/hostile.js';
import { baselineOf, judged } from '../support/judged.js';
import { finding, profile, report, site } from './console/reports.js';

interface Command {
  name: string;
  properties: Record<string, string>;
  message: string;
}

/** As actions/runner reads it (ActionCommand.TryParseV2): one line, properties apart by commas, escapes undone. */
function commandIn(line: string): Command {
  expect(line).not.toMatch(/[\r\n]/);
  const [, name, properties = '', message] = /^::([a-z]+) (.*?)::(.*)$/s.exec(line) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const pairs = properties.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), unescaped(pair.slice(at + 1), { '%3A': ':', '%2C': ',' })] as const;
  });
  return { name, properties: Object.fromEntries(pairs), message: unescaped(message, {}) };
}

function unescaped(text: string, more: Record<string, string>): string {
  const escapes: Record<string, string> = { ...more, '%0D': '\r', '%0A': '\n', '%25': '%' };
  return text.replace(/%[0-9A-F]{2}/g, (code) => escapes[code] ?? code);
}

const commands = (run: Run) => annotationsOf(judged(run)).map(commandIn);

test('the examples: at their lines, the worst first', async () => {
  const told = commands(joined(await chatsRun('/chats'), await transferRun()));
  expect(told.map(({ name, properties }) => [name, properties])).toEqual([
    ['error', { file: 'examples/transfer/transfer.ts', line: '11', title: 'torn-write · proven' }],
    ['warning', { file: 'examples/chats/chats.ts', line: '22', title: 'n-plus-one · proven' }],
    ['warning', { file: 'examples/chats/chats.ts', line: '24', title: 'n-plus-one · proven' }],
  ]);
  expect(told[2]?.message.split('\n').at(-1)).toBe('Instead: select username, id from users where id = any($1)');
});

function findings(many: number, over: (index: number) => object = () => ({})): Run {
  const all = Array.from({ length: many }, (_, index) =>
    finding({ id: index + 1, statements: [0], message: `finding ${index + 1}`, ...over(index) }),
  );
  return runOf([report(profile('GET /', [{ sql: 'select 1' }]), all)]);
}

test('nine and one for the rest: a step shows no more', () => {
  expect(commands(findings(9)).length).toBe(9);
  const told = commands(findings(25));
  expect(told.length).toBe(10);
  expect(told[9]).toEqual({
    name: 'warning',
    properties: { title: 'queryscope' },
    message: '16 findings more: the job summary has them.',
  });
});

test('those that fail stand before those that do not; what is only possible or known is not told', () => {
  const run = findings(3, (index) => [{ severity: 'info' }, { confidence: 'possible' }, {}][index] as object);
  expect(commands(run).map(({ name, message }) => `${name} ${message.split('\n')[0]}`)).toEqual([
    'warning Finding 3.',
    'notice Finding 1.',
  ]);
  const known = judged(run, { baseline: baselineOf('key 3') });
  expect(annotationsOf(known).length).toBe(1);
});

test('blindness is an error, before all findings', () => {
  const losses = [{ code: 'format-newer' as const, message: 'a.jsonl is newer', count: 1 }];
  const told = commands({ ...findings(12), losses });
  expect(told[0]).toEqual({ name: 'error', properties: { title: 'queryscope' }, message: 'a.jsonl is newer' });
  expect(told.length).toBe(10);
  expect(told[9]?.message).toBe('4 findings more: the job summary has them.');
});

test('whatever texts contain stays text', () => {
  const loop = finding({
    id: 1,
    statements: [0],
    detector: HOSTILE,
    message: HOSTILE,
    callSite: site(`${HOSTILE},line=9`, 1),
  });
  const [told, ...more] = commands(runOf([report(profile(HOSTILE, [{ sql: HOSTILE }]), [loop])]));
  expect(more).toEqual([]);
  expect(told?.name).toBe('warning');
  expect(Object.keys(told?.properties ?? {})).toEqual(['file', 'line', 'title']);
  expect(told?.properties.line).toBe('1');
  expect(told?.properties.file).toContain('%0A%25');
  expect(told?.properties.title).toContain('::error file=x::stolen');
  expect(told?.message).toContain('%0A%25');
});

test('text for the log stands where the runner obeys nothing', () => {
  const text = 'GET /\n::add-mask::a\n';
  expect(inertText(text, 'token')).toBe(`::stop-commands::token\n${text}::token::\n`);
});
