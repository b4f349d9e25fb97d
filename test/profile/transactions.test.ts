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
 * A line is `connection | sql`, with `tag ROLLBACK`, `error 23505` (after so many parts: `error 23505 behind 2`), `unanswered` and the status bytes `I>T` after
 * `--`; without bytes the texts alone decide.
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
    const results = sql
      .split('; ')
      .map((part) => ({ command: tag ?? part.split(' ')[0]?.toUpperCase(), rowCount: 0, rows: [], fields: [] }));
    if (code !== undefined) {
      recorder.partly(note, results.slice(0, Number(/behind (\d)/.exec(remark)?.[1] ?? 0)));
      recorder.fail(note, Object.assign(new Error('no'), { code }));
    } else if (remark !== 'unanswered') recorder.answer(note, results);
  }
  const { statements, transactions } = runAtOnce(buildProfile(recorder, CLOSING, SITES));
  return [
    ...statements.map((statement) => `${statement.transaction ?? '-'} ${statement.sql}`),
    ...transactions.map(({ index, outcome, ambient, implicit, isolation, readOnly, failedBy, undone, savepoints }) =>
      [
        `${index}: ${outcome}`,
        ambient && 'ambient',
        implicit && 'implicit',
        isolation,
        readOnly !== null && (readOnly ? 'read only' : 'read write'),
        failedBy !== null && `failed by ${failedBy}`,
        undone.length > 0 && `undone ${undone}`,
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
    [
      'what ROLLBACK TO undid, and what was written again',
      `a | begin
       a | insert into t values (1)
       a | savepoint s
       a | insert into t values (2)
       a | insert into t values (3) -- error 23505
       a | rollback to s
       a | insert into t values (4)
       a | commit`,
      `0 begin
       0 insert into t values (?)
       0 savepoint s
       0 insert into t values (?)
       0 insert into t values (?)
       0 rollback to s
       0 insert into t values (?)
       0 commit
       0: committed, undone 3, s rolled back, s released`,
    ],
    [
      'a text that commits in its middle, and fails behind that',
      'a | insert into t values (1); commit; insert into t values (2); insert into u values (3) -- error 23505 behind 3',
      `0 insert into t values (?)
       - commit
       1 insert into t values (?)
       1 insert into u values (?)
       0: committed, implicit
       1: rolled back, implicit, failed by 3`,
    ],
    [
      'BEGIN in a text takes in what stands before it',
      `a | insert into t values (1); begin; insert into t values (2) -- I>T
       a | rollback -- T>I`,
      `0 insert into t values (?)
       0 begin
       0 insert into t values (?)
       0 rollback
       0: rolled back`,
    ],
    [
      'what other scopes did with the connection meanwhile',
      `a | begin -- I>T
       a | insert into t values (1) -- I>I
       a | insert into t values (2) -- T>T`,
      `0 begin
       - insert into t values (?)
       1 insert into t values (?)
       0: left open
       1: left open, ambient`,
    ],
    [
      'a COMMIT without an answer, one that broke off, and one that the driver gave up',
      `a | begin -- I>T
       a | commit -- unanswered
       b | begin
       b | commit -- error ECONNRESET
       c | begin -- I>T
       c | commit -- error ETIMEDOUT T>I`,
      `0 begin
       0 commit
       1 begin
       1 commit
       2 begin
       2 commit
       0: left open
       1: left open
       2: committed`,
    ],
    [
      'a server that ends the session',
      `a | begin
       a | insert into t values (1) -- error 57P01`,
      `0 begin
       0 insert into t values (?)
       0: rolled back, failed by 1`,
    ],
    [
      'a COMMIT that a deferred constraint refuses, and one that is no SQL',
      `a | begin
       a | commit -- error 23503
       b | begin -- I>T
       b | commit it -- error 42601 T>E
       b | rollback -- E>I`,
      `0 begin
       0 commit
       1 begin
       1 commit it
       1 rollback
       0: rolled back, failed by 1
       1: rolled back, failed by 3`,
    ],
    [
      'prepared on one connection, decided on another',
      `a | begin
       a | insert into t values (1)
       a | prepare transaction 'one'
       a | begin
       a | prepare transaction 'two'
       b | rollback prepared 'two'
       b | commit prepared 'one'`,
      `0 begin
       0 insert into t values (?)
       0 prepare transaction ?
       1 begin
       1 prepare transaction ?
       - rollback prepared ?
       - commit prepared ?
       0: committed
       1: rolled back`,
    ],
    [
      'isolation level and access: of the session, of the transaction, and of neither where they were rolled back',
      `a | begin
       a | set session characteristics as transaction isolation level serializable, read only
       a | rollback
       a | begin
       a | rollback
       a | set default_transaction_isolation to 'repeatable read'
       a | set session default_transaction_read_only = on
       a | begin read write
       a | commit
       a | begin
       a | set local transaction_read_only to off
       a | commit`,
      `0 begin
       0 set session characteristics as transaction isolation level serializable, read only
       0 rollback
       1 begin
       1 rollback
       - set default_transaction_isolation to ?
       - set session default_transaction_read_only = on
       2 begin read write
       2 commit
       3 begin
       3 set local transaction_read_only to off
       3 commit
       0: rolled back
       1: rolled back
       2: committed, repeatable read, read write
       3: committed, repeatable read, read write`,
    ],
  ])('%s', (_, script, expected) => {
    expect(model(script)).toBe(picture(expected));
  });
});
