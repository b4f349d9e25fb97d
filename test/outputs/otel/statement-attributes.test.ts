// The conventions as a table: what is said of each kind of statement, under which names, and what is never said.

import { describe, expect, test } from 'vitest';
import { statementAttributes } from '../../../src/outputs/otel/statement-attributes.js';
import type { Connection, Statement } from '../../../src/profile/types.js';
import { profileOf } from '../../support/timeline.js';

const CONNECTION: Connection = {
  host: 'db.example.com',
  port: 5432,
  database: 'shop',
  pool: 0,
  native: false,
  statusSource: 'protocol',
};
const SILENT = { values: false, rows: false };

/** The attributes of a timeline's first text, without those of the place in the code. */
function attributesOf(timeline: string, { connection = CONNECTION, disclosure = SILENT, sample = false } = {}) {
  const { statements } = profileOf(timeline, { sample });
  const text = statements.filter(({ batch }) => batch === (statements[0] as Statement).batch);
  const {
    'code.file.path': _file,
    'code.line.number': _line,
    'code.column.number': _column,
    'queryscope.shape': shape,
    ...rest
  } = statementAttributes(
    text.length > 0 && text[0]?.batch !== null ? text : statements.slice(0, 1),
    connection,
    disclosure,
  );
  return rest;
}

const BASE = { 'db.system.name': 'postgresql', 'db.namespace': 'shop', 'server.address': 'db.example.com' };

describe('a statement', () => {
  test.each<[what: string, timeline: string, expected: Record<string, unknown>]>([
    [
      'parameters stay as they are',
      'SELECT * FROM users WHERE id = $1 -- values 7',
      { 'db.query.summary': 'SELECT users', 'db.query.text': 'SELECT * FROM users WHERE id = $1' },
    ],
    [
      'literals do not',
      "select * from users where name = 'Ada' and age > 36",
      { 'db.query.summary': 'select users', 'db.query.text': 'select * from users where name = ? and age > ?' },
    ],
    [
      'a write',
      'insert into orders (id) values ($1) -- values 1',
      { 'db.query.summary': 'insert orders', 'db.query.text': 'insert into orders (id) values ($1)' },
    ],
    [
      'the control of a transaction',
      'begin isolation level serializable',
      { 'db.query.summary': 'begin', 'db.query.text': 'begin isolation level serializable' },
    ],
    [
      'several in one text',
      'select 1; delete from a',
      {
        'db.query.summary': 'select delete a',
        'db.query.text': 'select ?; delete from a',
        'db.operation.batch.size': 2,
      },
    ],
    [
      'the same twice in one text',
      'select 1; select 2',
      { 'db.query.summary': 'select', 'db.query.text': 'select ?', 'db.operation.batch.size': 2 },
    ],
    [
      'a server error',
      'select 1 -- error 23505',
      {
        'db.query.summary': 'select',
        'db.query.text': 'select ?',
        'db.response.status_code': '23505',
        'error.type': '23505',
      },
    ],
    [
      "an error of the driver's own",
      'select 1 -- error ECONNRESET',
      { 'db.query.summary': 'select', 'db.query.text': 'select ?', 'error.type': 'ECONNRESET' },
    ],
    ['a text that says nothing', "select 'unbalanced", { 'db.query.text': '?' }],
  ])('%s', (_what, timeline, expected) => {
    const attributes = attributesOf(timeline);
    // In the text that says nothing there is no summary to expect.
    expect(attributes).toEqual({ ...BASE, ...expected });
  });

  test.each<[what: string, connection: Connection, expected: Record<string, unknown>]>([
    [
      'a port of its own',
      { ...CONNECTION, port: 6432 },
      { 'server.address': 'db.example.com', 'server.port': 6432, 'db.namespace': 'shop' },
    ],
    [
      'a socket',
      { ...CONNECTION, host: '/var/run/postgresql' },
      { 'server.address': '/var/run/postgresql', 'db.namespace': 'shop' },
    ],
    ['nothing known', { ...CONNECTION, host: '', port: 0, database: '' }, {}],
  ])('%s', (_what, connection, expected) => {
    expect(attributesOf('select 1', { connection })).toEqual({
      'db.system.name': 'postgresql',
      'db.query.summary': 'select',
      'db.query.text': 'select ?',
      ...expected,
    });
  });

  test('rows and values are told where they are asked for, values of one statement alone', () => {
    const disclosure = { values: true, rows: true };
    expect(
      attributesOf("select * from a where b = $1 and c = 'x' -- values 7 rows id=1..3", { disclosure, sample: true }),
    ).toMatchObject({
      'db.query.text': "select * from a where b = $1 and c = 'x'",
      'db.query.parameter.0': '7',
      'db.response.returned_rows': 3,
    });
    const batch = attributesOf('select 1; select 2', { disclosure, sample: true });
    expect(Object.keys(batch).filter((name) => name.startsWith('db.query.parameter'))).toEqual([]);
  });

  test('sampled literals are not told where the output was not asked for them', () => {
    expect(attributesOf("select * from a where c = 'x'", { sample: true })).toMatchObject({
      'db.query.text': 'select * from a where c = ?',
    });
  });

  test('a very long text is cut', () => {
    const text = String(
      attributesOf(`select ${Array.from({ length: 4_000 }, (_, i) => `column_${i}`).join(', ')} from t`)[
        'db.query.text'
      ],
    );
    expect([text.length, text.at(-1)]).toEqual([16_385, '…']);
  });
});
