// The notation itself: what is written arrives in the profile, and what cannot be read is told with its line.

import { describe, expect, it } from 'vitest';
import { profileOf } from './timeline.js';
import { readTimeline } from './timeline-notes.js';

describe('a line', () => {
  it('may be SQL alone', () => {
    expect(readTimeline('select 1')).toMatchObject([
      { sql: 'select 1', notes: '', marks: [], values: null, rows: null },
    ]);
  });

  it('has its notes in any order, and its marks apart', () => {
    const [line] = readTimeline(
      "select $1 -- took 5 values 1, 'a''b', [1,3..5], null, -2.5 rows id=1..3 name='x y',z,null !loop2? conn 2 ~poll",
    );
    expect(line).toMatchObject({
      notes: "took 5 values 1, 'a''b', [1,3..5], null, -2.5 rows id=1..3 name='x y',z,null conn 2",
      marks: ['!loop2?', '~poll'],
      values: [1, "a'b", [1, 3, 4, 5], null, -2.5],
      took: 5,
      connection: 2,
    });
    expect(line?.rows).toEqual(
      new Map<string, unknown[]>([
        ['id', [1, 2, 3]],
        ['name', ['x y', 'z', null]],
      ]),
    );
  });

  it('has its stack, innermost first', () => {
    expect(readTimeline('select 1 -- at db.ts:3 query < async app.ts:5 late')[0]).toMatchObject({
      frames: [
        { file: 'db.ts', line: 3, function: 'query' },
        { file: 'app.ts', line: 5, function: null, async: true },
      ],
      late: true,
    });
  });

  it.each([
    ['select 1 -- rowz id=1', 'timeline line 1: expected a note that is known at "id=1"'],
    ['select 1\nselect 2 -- rows', 'timeline line 2: expected columns at ""'],
    ['select 1 -- at chats', 'timeline line 1: expected file:line at "chats"'],
    ['select 1 -- values [1', 'timeline line 1: expected ] at ""'],
  ])('that cannot be read is told: %s', (text, message) => {
    expect(() => readTimeline(text)).toThrow(message);
  });
});

describe('a timeline', () => {
  it('is played as a driver would: answers, tags, times, transactions', () => {
    const { statements, transactions, connections } = profileOf(`
      begin
      insert into chat (name) values ($1) returning id     -- values 'a' rows id=7 took 3
      insert into chat (name) values ($1)                  -- values 'a' error 23505
      commit
      select * from chat                                   -- conn 2 pause 100 rows 4`);
    const told = statements.map(({ command, rows, affected, error, startMs, durationMs, transaction, connection }) =>
      [command, rows, affected, error?.code ?? null, startMs, durationMs, transaction, connection].join(' '),
    );
    expect(told).toEqual([
      'BEGIN 0   0 1 0 0',
      'INSERT 1 1  1 3 0 0',
      '   23505 4 1 0 0',
      'ROLLBACK 0   5 1 0 0',
      'SELECT 4   106 1  1',
    ]);
    expect(transactions.map(({ outcome }) => outcome)).toEqual(['rolled back']);
    expect(connections).toHaveLength(2);
  });

  it('sends neighbouring pending lines in parallel', () => {
    const { statements } = profileOf(`
      select 1     -- pending took 5
      select 2     -- pending took 2
      select 3`);
    expect(statements.map(({ startMs, durationMs }) => [startMs, durationMs])).toEqual([
      [0, 5],
      [0, 5],
      [5, 1],
    ]);
  });
});
