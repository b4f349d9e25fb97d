// How statements are divided into scopes, and how sure that is.

import { describe, expect, test } from 'vitest';
import { type LogScope, LogScopes } from '../../src/logs/log-scopes.js';
import type { LoggedStatement, LogSession } from '../../src/logs/logged-statement.js';

const session = (name: string, begun = false): LogSession => ({ name, connection: null, label: name, begun });

const sent = (by: LogSession, startMs: number, text: string): LoggedStatement => ({
  session: by,
  text,
  values: null,
  startMs,
  endMs: startMs + 1,
  error: null,
  rows: null,
  virtualTransaction: null,
});

/** `division label: statement | statement` */
const shown = (scopes: Iterable<LogScope>): string[] =>
  Array.from(scopes, ({ division, label, statements }) => {
    const texts = statements.map(({ text }) => text.replace(/ ?\/\*.*?\*\/ ?/, ''));
    return `${division} ${label}: ${texts.join(' | ')}`;
  });

function divided(statements: readonly LoggedStatement[], limits = { statements: 100, pauseMs: 100 }): string[] {
  const scopes = new LogScopes(limits);
  return shown([...statements.flatMap((statement) => [...scopes.take(statement)]), ...scopes.end()]);
}

const [a, b] = [session('a'), session('b')];
const trace = (id: string) => `/*traceparent='00-${id.repeat(32)}-c532cb4098ac3dd2-01'*/`;

test('a pause divides a session, and sessions are apart', () => {
  expect(
    divided([
      sent(a, 0, '1'),
      sent(b, 1, '2'),
      sent(a, 2, '3'),
      sent(a, 102, '4'),
      sent(a, 203, '5'),
      sent(b, 300, '6'),
    ]),
  ).toEqual(['pause a: 1 | 3 | 4', 'pause b: 2', 'pause a: 5', 'pause b: 6']);
});

test('a session from its beginning to its end is one scope where it never paused', () => {
  const [whole, paused, unseen] = [session('whole', true), session('paused', true), session('unseen', true)];
  const scopes = new LogScopes({ statements: 100, pauseMs: 100 });
  const taken = [
    sent(whole, 0, '1'),
    sent(paused, 0, '2'),
    sent(unseen, 0, '3'),
    sent(whole, 50, '4'),
    sent(paused, 500, '5'),
  ].flatMap((statement) => [...scopes.take(statement)]);
  const over = [...scopes.over(whole, true), ...scopes.over(paused, true), ...scopes.over(unseen, false)];
  expect(shown([...taken, ...over])).toEqual([
    'pause paused: 2',
    'session whole: 1 | 4',
    'pause paused: 5',
    'pause unseen: 3',
  ]);
});

describe('traces', () => {
  test('one goes over sessions and pauses, with what its transactions begin and end with', () => {
    const scopes = divided([
      sent(a, 0, 'begin'),
      sent(a, 1, `1 ${trace('1')}`),
      sent(b, 2, `2 ${trace('2')}`),
      sent(a, 3, 'commit'),
      sent(b, 900, 'begin'),
      sent(b, 901, `3 ${trace('1')}`),
      sent(b, 902, 'commit'),
      sent(b, 903, '4'),
    ]);
    expect(scopes.toSorted()).toEqual(['pause b: 4', 'trace a: begin | 1 | commit | begin | 3 | commit', 'trace b: 2']);
  });

  test('one that is quiet for long is over while the log goes on', () => {
    const scopes = new LogScopes({ statements: 100, pauseMs: 100 });
    const over = [sent(a, 0, `1 ${trace('1')}`), sent(b, 10, '2'), sent(b, 31_000, '3')].flatMap((statement) => [
      ...scopes.take(statement),
    ]);
    expect(shown(over)).toEqual(['pause b: 2', 'trace a: 1']);
  });
});

test('a route is a scope as far as its session goes on with it', () => {
  const route = (name: string) => `/*route='${name}'*/`;
  expect(
    divided([
      sent(a, 0, `1 ${route('/x')}`),
      sent(a, 2, `2 ${route('/x')}`),
      sent(a, 4, `3 ${route('/y')}`),
      sent(a, 6, '4'),
      sent(a, 8, `5 ${route('/y')}`),
    ]),
  ).toEqual(['tags /x: 1 | 2', 'tags /y: 3', 'pause a: 4', 'tags /y: 5']);
});

describe('requests that are said to be answered', () => {
  const answered = { label: 'GET /chats', status: 200 };

  test('one alone is a scope up to there, and to the end of its transaction', () => {
    const scopes = new LogScopes({ statements: 100, pauseMs: 100 });
    const first = [sent(a, 0, '1'), sent(a, 1, '2')].flatMap((statement) => [...scopes.take(statement)]);
    const second = [...scopes.answered(answered), ...scopes.take(sent(a, 2, 'begin')), ...scopes.take(sent(a, 3, '3'))];
    const third = [...scopes.answered({ label: 'POST /chats', status: 500 }), ...scopes.take(sent(a, 4, 'commit'))];
    expect(shown([...first, ...second])).toEqual(['request GET /chats: 1 | 2']);
    expect(third.map(({ status, kind }) => [status, kind])).toEqual([[500, 'request']]);
    expect(shown(third)).toEqual(['request POST /chats: begin | 3 | commit']);
    expect([...scopes.end()]).toEqual([]);
  });

  test('of two at once nobody knows which', () => {
    const scopes = new LogScopes({ statements: 100, pauseMs: 100 });
    for (const statement of [sent(a, 0, '1'), sent(b, 1, '2')]) expect([...scopes.take(statement)]).toEqual([]);
    expect([...scopes.answered(answered)]).toEqual([]);
    expect(shown(scopes.end())).toEqual(['pause a: 1', 'pause b: 2']);
  });

  test('a session that has been silent is not under way', () => {
    const scopes = new LogScopes({ statements: 100, pauseMs: 100 });
    for (const statement of [sent(a, 0, '1'), sent(b, 500, '2')]) expect([...scopes.take(statement)]).toEqual([]);
    expect(shown(scopes.answered(answered))).toEqual(['request GET /chats: 2']);
  });
});

test('what is over the cap is counted, and texts that wait are bounded', () => {
  const scopes = new LogScopes({ statements: 2, pauseMs: 100 });
  for (let i = 0; i < 5; i++) expect([...scopes.take(sent(a, i, 'select 1'))]).toEqual([]);
  expect(Array.from(scopes.end(), ({ statements, dropped }) => [statements.length, dropped])).toEqual([[2, 3]]);

  const long = 'x'.repeat(1_000_000);
  let waiting = 0;
  let most = 0;
  for (let i = 0; i < 200; i++) {
    waiting += 1;
    for (const _over of scopes.take(sent(session(`s${i}`), i, long))) waiting -= 1;
    most = Math.max(most, waiting);
  }
  expect(most).toBeLessThan(70);
});
