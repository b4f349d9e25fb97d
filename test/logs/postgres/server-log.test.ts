// What a server's log says of statements beside the plain case: the ways in which each version and setting tells of errors, durations and sessions.

import { describe, expect, test } from 'vitest';
import { csvlog, jsonlog, stderr } from '../../../src/logs/postgres/server-formats.js';
import type { Statement } from '../../../src/profile/types.js';
import { type JudgedLog, judgeLog, told } from '../judged-log.js';

let clock = 0;

/** Lines of one session, a millisecond apart, behind the default prefix; what is behind a tab, and errors' parts, follow at once. */
function logOf(text: string, { pid = 42, stepMs = 1 } = {}): string {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.replace(/^ {4}/, ''));
  return lines
    .map((line) => {
      if (line.startsWith('\t')) return line;
      if (!/^(?:DETAIL|CONTEXT|STATEMENT|HINT)/.test(line)) clock += stepMs;
      return `${new Date(clock).toISOString().replace('T', ' ').replace('Z', ' UTC')} [${pid}] ${line}`;
    })
    .map((line) => `${line}\n`)
    .join('');
}

const statementsOf = ({ reports }: JudgedLog): Statement[] => reports.flatMap(({ profile }) => profile.statements);
const textsOf = (judged: JudgedLog): string[] => statementsOf(judged).map(({ sql }) => sql);

describe('executions', () => {
  test('what comes before one, and what is fetched of it later, is none of its own', async () => {
    const judged = await judgeLog(
      stderr,
      logOf(`
    LOG:  duration: 0.1 ms  parse s1: select $1
    LOG:  duration: 0.1 ms  bind s1/c1: select $1
    DETAIL:  Parameters: $1 = '5'
    LOG:  duration: 2.5 ms  execute s1/c1: select $1
    DETAIL:  Parameters: $1 = '5'
    LOG:  duration: 0.1 ms  execute fetch from s1/c1: select $1
    DETAIL:  Parameters: $1 = '5'
    LOG:  duration: 0.1 ms  execute a:b: select 2`),
    );
    expect(textsOf(judged)).toEqual(['select $1', 'select ?']);
    expect(statementsOf(judged)[0]?.durationMs).toBeCloseTo(2.5, 6);
  });

  test('a duration by itself is that of the statement under way, else of a parse or a bind', async () => {
    const judged = await judgeLog(
      stderr,
      logOf(`
    LOG:  duration: 7.000 ms
    LOG:  duration: 7.000 ms
    LOG:  execute <unnamed>: select a from t where id = $1
    DETAIL:  parameters: $1 = '5'
    LOG:  duration: 3.000 ms
    LOG:  statement: select 1
    LOG:  duration: 4.000 ms`),
    );
    expect(statementsOf(judged).map(({ durationMs }) => Math.round(durationMs))).toEqual([3, 4]);
  });

  test('without durations each is as long as nothing', async () => {
    const judged = await judgeLog(stderr, logOf('LOG:  statement: select 1\nLOG:  statement: select 2'));
    expect(statementsOf(judged).map(({ startMs, durationMs }) => [startMs, durationMs])).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  test('a text goes over lines', async () => {
    const judged = await judgeLog(
      stderr,
      logOf(
        "LOG:  duration: 1.000 ms  statement: select a\n\tfrom t\n\t\n\twhere b = 'x\n\ty'\nLOG:  statement: select 1",
      ),
    );
    expect(textsOf(judged)).toEqual(['select a\nfrom t\n\nwhere b = ?', 'select ?']);
  });
});

describe('errors', () => {
  test('a statement that failed is told with the error, once, with its values where they are logged', async () => {
    const log = `
    LOG:  statement: insert into t values (1)
    ERROR:  duplicate key value violates unique constraint "t_pkey"
    DETAIL:  Key (id)=(1) already exists.
    STATEMENT:  insert into t values (1)
    ERROR:  duplicate key value violates unique constraint "t_pkey"
    CONTEXT:  unnamed portal with parameters: $1 = '1', $2 = 'x'
    STATEMENT:  insert into t values ($1, $2)
    ERROR:  division by zero
    CONTEXT:  extended query with parameters: $1 = '1'
    STATEMENT:  select 1 / $1`;
    const statements = statementsOf(await judgeLog(stderr, logOf(log)));
    expect(statements.map(({ sql, error }) => [sql, error])).toEqual([
      ['insert into t values (?)', { code: null }],
      ['insert into t values ($1, $2)', { code: null }],
      ['select ? / $1', { code: null }],
    ]);
    expect(statements[0]?.slotKeys).toEqual([statements[1]?.slotKeys?.[0]]);
  });

  test('what it undoes is known without its code', async () => {
    const judged = await judgeLog(
      stderr,
      logOf(`
    LOG:  statement: begin
    LOG:  statement: insert into t values (1)
    ERROR:  duplicate key value violates unique constraint "t_pkey"
    STATEMENT:  insert into t values (1)
    LOG:  statement: commit`),
    );
    expect(judged.reports[0]?.profile.transactions).toMatchObject([
      { outcome: 'rolled back', failedBy: 1, ambient: false },
    ]);
  });

  test('one that is not about a statement is no statement', async () => {
    const judged = await judgeLog(stderr, logOf('FATAL:  password authentication failed for user "ada"'));
    expect(judged).toEqual({ reports: [], skips: [], guessed: 0 });
  });

  test('a session that the server ends is over, with what it had open', async () => {
    const log = `
    LOG:  statement: begin
    LOG:  statement: insert into t values (1)
    LOG:  duration: 1.000 ms
    FATAL:  terminating connection due to administrator command`;
    const { reports } = await judgeLog(stderr, logOf(log) + logOf('LOG:  statement: select 1'));
    expect(reports.map(({ profile }) => profile.statements.length)).toEqual([2, 1]);
  });
});

describe('sessions', () => {
  test('two that take turns are two scopes, and a number that comes again is another session', async () => {
    const one = (number: number) => logOf(`LOG:  statement: select * from a where id = ${number}`, { pid: 1 });
    const other = (number: number) => logOf(`LOG:  statement: select * from b where id = ${number}`, { pid: 2 });
    const again = logOf('LOG:  connection received: host=127.0.0.1 port=56628', { pid: 1 });
    const { reports } = await judgeLog(stderr, one(1) + other(1) + one(2) + other(2) + again + one(3));
    expect(reports.map(({ profile }) => profile.statements.map(({ sql }) => sql.slice(14, 15)).join(''))).toEqual([
      'aa',
      'bb',
      'a',
    ]);
  });

  test('a loop of one that was silent before and after is possible, one whole session of it is likely', async () => {
    const loop = ['select * from a', ...Array.from({ length: 6 }, (_, i) => `select * from b where a_id = ${i}`)];
    const lines = loop.map((sql) => `LOG:  duration: 0.200 ms  statement: ${sql}`).join('\n');
    expect(told(await judgeLog(stderr, logOf(lines)))).toEqual(['7 statements: n-plus-one possible 6']);
    const whole = `LOG:  connection authorized: user=ada database=shop\n${lines}\nLOG:  disconnection: session time: 0:00:00.031 user=ada database=shop host=127.0.0.1 port=56628`;
    expect(told(await judgeLog(stderr, logOf(whole)))).toEqual(['7 statements: n-plus-one likely 6']);
  });

  test('two requests on one session are no loop of either', async () => {
    const request = `LOG:  duration: 0.200 ms  statement: select * from users where id = 1
    LOG:  duration: 0.200 ms  statement: insert into visit (user_id) values (1)`;
    const busy = await judgeLog(stderr, logOf(Array.from({ length: 2 }, () => request).join('\n')));
    expect(
      busy.reports.flatMap(({ findings }) => findings.filter(({ confidence }) => confidence !== 'possible')),
    ).toEqual([]);
    const slow = await judgeLog(stderr, logOf(Array.from({ length: 9 }, () => request).join('\n'), { stepMs: 250 }));
    expect(new Set(slow.reports.map(({ profile }) => profile.statements.length))).toEqual(new Set([1]));
    const longer = await judgeLog(stderr, logOf(Array.from({ length: 9 }, () => request).join('\n'), { stepMs: 250 }), {
      pauseMs: 300,
    });
    expect(longer.reports).toHaveLength(1);
  });

  test('writes that bind one key are of one request where nothing stands between them', async () => {
    const write = (table: string) => `LOG:  statement: insert into ${table} (author_id, n) values (7, 1)`;
    const apart = [write('article'), 'LOG:  statement: select * from session where id = 1', write('note')];
    expect(told(await judgeLog(stderr, logOf(apart.join('\n'))))).toEqual([
      '3 statements: missing-transaction possible 2',
    ]);
    expect(told(await judgeLog(stderr, logOf([write('article'), write('note')].join('\n'))))).toEqual([
      '2 statements: missing-transaction likely 2',
    ]);
    const unrelated = [
      'LOG:  statement: insert into a (n) values (1)',
      'LOG:  statement: insert into b (m) values (2)',
    ];
    expect(told(await judgeLog(stderr, logOf(unrelated.join('\n'))))).toEqual(['2 statements: nothing']);
  });

  test('a transaction is not divided, however long it pauses', async () => {
    const log =
      'LOG:  statement: begin\nLOG:  statement: select 1\nLOG:  statement: select 2\nLOG:  statement: commit\nLOG:  statement: select 3';
    const { reports } = await judgeLog(stderr, logOf(log, { stepMs: 1_000 }));
    expect(reports.map(({ profile }) => profile.statements.length)).toEqual([4, 1]);
  });

  test('by its virtual number a transaction is seen whose beginning is not', async () => {
    const prefix = '%m [%p] %v ';
    const line = (transaction: string, sql: string) =>
      logOf(`LOG:  duration: 1.000 ms  statement: ${sql}`).replace('[42] ', `[42] ${transaction} `);
    const judged = await judgeLog(
      stderr,
      line('3/7', 'insert into a (n) values (1)') +
        line('3/7', 'insert into b (n) values (1)') +
        line('3/0', 'insert into c (n) values (1)') +
        line('3/0', 'insert into d (n) values (1)'),
      { logLinePrefix: prefix },
    );
    const { statements, transactions } = judged.reports[0]?.profile ?? { statements: [], transactions: [] };
    expect(statements.map(({ transaction }) => transaction)).toEqual([0, 0, null, null]);
    expect(transactions).toMatchObject([{ ambient: true, outcome: 'left open' }]);
  });
});

describe('what is not understood', () => {
  test('another language is counted, its errors are read by their codes', async () => {
    const judged = await judgeLog(stderr, logOf('LOG:  Dauer: 0,123 ms  Anweisung: select 1\nLOG:  Dauer: 0.123 ms'));
    expect(judged.skips).toEqual([
      '2 entries are in another language than English (lc_messages) (first: 1.log line 2)',
    ]);
    const record = (severity: string, state: string, message: string, statement: string) =>
      `2026-11-26 11:30:22.517 UTC,"ada","shop",42,"127.0.0.1:1",6b08.3ed3,3,"INSERT",2026-11-26 11:30:22 UTC,3/7,0,${severity},${state},"${message}",,,,,,"${statement}",,,"app","client backend",,0\n`;
    const german = await judgeLog(
      csvlog,
      record('FEHLER', '23505', 'doppelter Schlüsselwert', 'insert into t values (1)'),
    );
    expect(statementsOf(german).map(({ error }) => error)).toEqual([{ code: '23505' }]);
  });

  test('lines that begin otherwise are counted from the first on', async () => {
    const judged = await judgeLog(
      stderr,
      `Some banner\n${logOf('LOG:  statement: select 1')}Another line\n\tand more of it\n`,
    );
    expect(textsOf(judged)).toEqual(['select ?']);
    expect(judged.skips).toEqual([
      '3 lines do not begin as log_line_prefix says (--log-line-prefix, as it stands in postgresql.conf) (first: 1.log line 1)',
    ]);
  });

  test('a record that is cut does not take the next along, in either form', async () => {
    const csv = (sql: string) =>
      `2026-11-26 11:30:22.517 UTC,"ada","shop",42,"127.0.0.1:1",6b08.3ed3,3,"SELECT",2026-11-26 11:30:22 UTC,3/7,0,LOG,00000,"statement: ${sql}",,,,,,,,,"app","client backend",,0\n`;
    const cut = await judgeLog(
      csvlog,
      `${csv('select 1')}${csv('select\n2').slice(0, 140)}\n${csv('select 3')}${csv('select 4').slice(0, 80)}`,
    );
    expect(textsOf(cut)).toEqual(['select ?', 'select ?']);
    expect(cut.skips).toEqual(['2 records of csvlog are cut (first: 1.log line 3)']);
    const json =
      '{"timestamp":"2026-11-26 11:30:22.517 UTC","pid":42,"session_id":"1.2","error_severity":"LOG","message":"statement: select 1"}\n';
    const half = await judgeLog(jsonlog, json + json.slice(0, 90) + json + json);
    expect(half.skips).toEqual(['1 lines are no whole record of jsonlog (first: 1.log line 2)']);
    expect(textsOf(half)).toHaveLength(2);
  });

  test('a log that was written into a table is not read out of the record that did so', async () => {
    const inner = '2026-11-26 11:30:22.517 UTC,""ada"",""shop"",42,""127.0.0.1:1""';
    const record = `2026-11-26 11:30:22.517 UTC,"ada","shop",42,"127.0.0.1:1",6b08.3ed3,3,"INSERT",2026-11-26 11:30:22 UTC,3/7,0,LOG,00000,"statement: insert into log values ('\n${inner}\n')",,,,,,,,,"app","client backend",,0\n`;
    const judged = await judgeLog(csvlog, record);
    expect([textsOf(judged), judged.skips]).toEqual([['insert into log values (?)'], []]);
  });
});
