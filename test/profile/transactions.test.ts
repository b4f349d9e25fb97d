// The transaction model as pictures: statements with their transaction, then the transactions.

import { describe, expect, it } from 'vitest';
import { buildProfile } from '../../src/profile/build-profile.js';
import type { ConnectionNote } from '../../src/profile/note.js';
import { Recorder } from '../../src/profile/recorder.js';
import { runAtOnce } from '../../src/profile/slices.js';
import { CLOSING, SITES } from '../support/closing.js';

const connection = (): ConnectionNote => ({
  host: 'h',
  port: 5432,
  database: 'd',
  pool: null,
  native: false,
  statusSource: 'protocol',
});

/**
 * A line is `connection | sql`, with `tag ROLLBACK`, `error 23505` and the status bytes `I>T` after `--`; without bytes the texts alone decide.
 * The picture: each statement with its transaction, then the transactions.
 */
function model(script: string): string {
  let now = 0;
  const recorder = new Recorder({
    clock: () => now++,
    limits: { statements: 100, rowsPerStatement: 10, valuesPerScope: 100 },
  });
  const connections = new Map<string, ConnectionNote>();
  for (const line of script.trim().split('\n')) {
    const [, name = '', sql = '', remark = ''] = /^\s*(\w+) \| (.*?)(?:\s*-- (.*))?$/.exec(line) ?? [];
    if (!connections.has(name)) connections.set(name, connection());
    const note = recorder.note(sql, [], {
      connection: connections.get(name) ?? null,
      stack: null,
      waitMs: 0,
      via: null,
      late: false,
      allowed: null,
    });
    if (note === null) throw new Error('over the cap');
    const [, code] = /error (\w+)/.exec(remark) ?? [];
    const [, tag] = /tag (\w+)/.exec(remark) ?? [];
    const [, before, after] = /([ITE])>([ITE])/.exec(remark) ?? [];
    if (before !== undefined) recorder.status(note, before as 'I', after as 'I');
    if (code !== undefined) recorder.fail(note, Object.assign(new Error('no'), { code }));
    else
      recorder.answer(
        note,
        sql
          .split(';')
          .map(() => ({ command: tag ?? sql.split(' ')[0]?.toUpperCase(), rowCount: 0, rows: [], fields: [] })),
      );
  }
  const { statements, transactions } = runAtOnce(buildProfile(recorder, CLOSING, SITES));
  return [
    ...statements.map((statement) => `${statement.transaction ?? '-'} ${statement.sql}`),
    ...transactions.map(({ index, outcome, ambient, implicit, isolation, readOnly, failedBy, savepoints }) =>
      [
        `${index}: ${outcome}`,
        ambient && 'ambient',
        implicit && 'implicit',
        isolation,
        readOnly !== null && (readOnly ? 'read only' : 'read write'),
        failedBy !== null && `failed by ${failedBy}`,
        ...savepoints.map((s) => `${s.name} ${s.outcome}`),
      ]
        .filter(Boolean)
        .join(', '),
    ),
  ].join('\n');
}

const picture = (text: string): string => text.trim().replace(/^ +/gm, '');

describe('the transaction model', () => {
  it.each([
    ['autocommit', 'a | insert into t values (1)', '- insert into t values (?)'],
    [
      'begin to commit, and what comes after it',
      `a | begin -- I>T
       a | insert into t values (1) -- T>T
       a | commit -- T>I
       a | insert into t values (2) -- I>I`,
      `0 begin
       0 insert into t values (?)
       0 commit
       - insert into t values (?)
       0: committed`,
    ],
    [
      'a COMMIT that the server answers with ROLLBACK',
      `a | begin
       a | insert into t values (1) -- error 23505
       a | commit -- tag ROLLBACK`,
      `0 begin
       0 insert into t values (?)
       0 commit
       0: rolled back, failed by 1`,
    ],
    [
      'two connections side by side',
      `a | begin
       b | insert into t values (1)
       a | rollback`,
      `0 begin
       - insert into t values (?)
       0 rollback
       0: rolled back`,
    ],
    [
      'savepoints: rolled back to, released, and left to the end',
      `a | start transaction isolation level serializable
       a | savepoint one
       a | rollback to savepoint one
       a | savepoint two
       a | release two
       a | savepoint three
       a | commit`,
      `0 start transaction isolation level serializable
       0 savepoint one
       0 rollback to savepoint one
       0 savepoint two
       0 release two
       0 savepoint three
       0 commit
       0: committed, serializable, one rolled back, one released, two released, three released`,
    ],
    [
      'COMMIT AND CHAIN ends one and begins the next',
      `a | begin
       a | commit and chain
       a | insert into t values (1)
       a | rollback`,
      `0 begin
       0 commit and chain
       1 insert into t values (?)
       1 rollback
       0: committed
       1: rolled back`,
    ],
    [
      'a test that opened its own transaction before the scope',
      `a | savepoint s -- T>T
       a | insert into t values (1) -- T>T
       a | release s -- T>T`,
      `0 savepoint s
       0 insert into t values (?)
       0 release s
       0: left open, ambient, s released`,
    ],
    [
      'several statements in one text are one transaction',
      'a | insert into t values (1); insert into t values (2)',
      `0 insert into t values (?)
       0 insert into t values (?)
       0: committed, implicit`,
    ],
    [
      'and nothing of them stays where one fails',
      'a | insert into t values (1); insert into t values (2) -- error 23505',
      `0 insert into t values (?)
       0 insert into t values (?)
       0: rolled back, implicit, failed by 0`,
    ],
    [
      'where text and protocol differ the protocol is right',
      `a | call opens_one() -- I>T
       a | insert into t values (1) -- T>T
       a | call ends_it() -- T>I`,
      `0 call opens_one()
       0 insert into t values (?)
       0 call ends_it()
       0: committed`,
    ],
    [
      'BEGIN that failed opens nothing; BEGIN within one opens no second',
      `a | begin -- error 57P01
       a | begin
       a | begin
       a | end`,
      `- begin
       0 begin
       0 begin
       0 end
       0: committed`,
    ],
    ['left open', 'a | begin', '0 begin\n0: left open'],
  ])('%s', (_, script, expected) => {
    expect(model(script)).toBe(picture(expected));
  });
});
