// What is said of BEGIN, COMMIT, locks and settings, held against PostgreSQL's own word on random programs: its warnings, its refusals, its
// command tags and the state after each statement.

import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProfiler, type Profiler } from '../../src/index.js';
import type { Report } from '../../src/report/report.js';
import { parse } from '../../src/sql/parse.js';
import { freshDatabase } from '../postgres.js';
import fc from '../support/properties.js';

/** Programs drawn; `.ci/full` draws more. */
const RUNS = Number(process.env.QUERYSCOPE_RUNS ?? 300);

const BEGINS = ['begin', 'start transaction isolation level serializable'];
const ENDS = ['commit', 'rollback', 'end', 'abort'];
const SETTINGS = [
  "set local app.tenant = '7'",
  'set transaction isolation level serializable',
  'set constraints all deferred',
];
const REFUSED_OUTSIDE = [
  'savepoint a',
  'rollback to savepoint a',
  'release a',
  'lock table account in share mode',
  'declare c cursor for select 1',
  'savepoint a; select 1',
];
const LOCKS = ['select * from account where id = 1 for update', 'select pg_advisory_xact_lock(7)'];
const OTHERS = [
  'insert into entry (n) values (1)',
  'insert into entry (n) values (-1)',
  'select * from entry limit 1',
  // One transaction by themselves, and one that begins another.
  "set local app.tenant = '7'; select * from entry limit 1",
  'insert into entry (n) values (2); select * from account for update; insert into entry (n) values (3)',
  "set local app.tenant = '7'; begin; insert into entry (n) values (4)",
  'begin; insert into entry (n) values (5); commit',
  // PostgreSQL warns of this one, and commits.
  'insert into entry (n) values (6); commit',
];

/** Which client sends what; a client that comes again is the same one. */
const program = fc.array(
  fc.tuple(
    fc.nat(1),
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...BEGINS, ...ENDS) },
      { weight: 2, arbitrary: fc.constantFrom(...SETTINGS, ...REFUSED_OUTSIDE, ...LOCKS) },
      { weight: 3, arbitrary: fc.constantFrom(...OTHERS) },
    ),
  ),
  { minLength: 1, maxLength: 14 },
);

let pool: pg.Pool;
let clients: pg.PoolClient[];
let profiler: Profiler;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 2 });
  clients = [await pool.connect(), await pool.connect()];
  await clients[0]!.query(`
    create table account (id int primary key);
    insert into account values (1);
    create table entry (n int check (n > 0))`);
  profiler = createProfiler({ outputs: [] });
  profiler.instrument(pg);
});

afterAll(async () => {
  await profiler.close();
  for (const client of clients) client.release();
  await pool.end();
});

/** What the server said of one text. */
interface Told {
  sql: string;
  /** SQLSTATEs: 25001, there is a transaction already; 25P01, there is none. */
  warnings: string[];
  error: string | null;
  command: string | null;
  /** The state after it. */
  status: string | null;
}

async function play(sends: readonly (readonly [number, string])[]): Promise<{ report: Report; told: Told[] }> {
  const told: Told[] = [];
  for (const client of clients)
    for (const reset of ['rollback', 'discard all', "set lock_timeout = '2ms'"]) await client.query(reset);
  const { report } = await profiler.capture('program', async () => {
    for (const [which, sql] of sends) told.push(await send(clients[which]!, sql));
  });
  return { report, told };
}

async function send(client: pg.PoolClient, sql: string): Promise<Told> {
  const told: Told = { sql, warnings: [], error: null, command: null, status: null };
  const listen = ({ code }: { code?: string | undefined }) => told.warnings.push(code ?? '');
  client.on('notice', listen);
  try {
    told.command = (await client.query(sql)).command;
  } catch (error) {
    told.error = (error as { code: string }).code;
    // An error comes before the state does.
    while (!(client as unknown as { readyForQuery: boolean }).readyForQuery) await new Promise(setImmediate);
  }
  told.status = (client as unknown as { getTransactionStatus(): string | null }).getTransactionStatus();
  client.off('notice', listen);
  return told;
}

/** Which texts of the program this detector names, by their places in it. */
function namedBy(detector: string, { findings, dismissals }: Report, told: readonly Told[]): number[] {
  const places = told.flatMap(({ sql }, place) => parse(sql).statements.map(() => place));
  const named = [...findings, ...dismissals].filter((each) => each.detector === detector);
  return [...new Set(named.flatMap(({ statements }) => statements.map((index) => places[index]!)))].sort(
    (a, b) => a - b,
  );
}

const placesWhere = (told: readonly Told[], holds: (one: Told) => boolean): number[] =>
  told.flatMap((one, place) => (holds(one) ? [place] : []));

/** Runs programs, and shows one that is judged wrongly by what the server said of each text. */
async function inAnyProgram(judge: (report: Report, told: readonly Told[]) => void): Promise<void> {
  await fc.assert(
    fc.asyncProperty(program, async (sends) => {
      const { report, told } = await play(sends);
      judge(report, told);
    }),
    { numRuns: RUNS },
  );
}

it('what has no effect outside a transaction is what PostgreSQL warns of, refuses, or has let go of by the end of the statement', async () => {
  await inAnyProgram((report, told) => {
    const hasNone = ({ sql, warnings, error, status }: Told) =>
      (SETTINGS.includes(sql) && warnings.includes('25P01')) ||
      (REFUSED_OUTSIDE.includes(sql) && error === '25P01') ||
      (LOCKS.includes(sql) && error === null && status === 'I');
    expect([namedBy('ineffective-lock', report, told), told]).toEqual([placesWhere(told, hasNone), told]);
  });
});

it('a BEGIN and an end are out of place where PostgreSQL warns of them', async () => {
  await inAnyProgram((report, told) => {
    const named = namedBy('nested-transaction', report, told);
    const begunAgain = placesWhere(told, ({ warnings }) => warnings.includes('25001'));
    const isEnd = ({ sql, warnings }: Told) => ENDS.includes(sql) && warnings.includes('25P01');
    const nothingToCommit = placesWhere(told, (one) => isEnd(one) && one.command === 'COMMIT');
    expect([named, told]).toEqual([expect.arrayContaining([...begunAgain, ...nothingToCommit]), told]);
    const alone = report.findings
      .filter(({ data }) => data.kind === 'alone')
      .map(({ statements }) => statements.length);
    if (begunAgain.length === 0 && placesWhere(told, isEnd).length === 0) expect([named, alone]).toEqual([[], []]);
  });
});

it('a transaction is lost in silence where PostgreSQL answers COMMIT with ROLLBACK', async () => {
  await inAnyProgram((report, told) => {
    const named = namedBy('silent-rollback', report, told);
    const answered = placesWhere(told, ({ sql, command }) => /^(commit|end)$/.test(sql) && command === 'ROLLBACK');
    expect([named, told]).toEqual([expect.arrayContaining(answered), told]);
    const refused = placesWhere(told, ({ error }) => error === '25P02');
    if (answered.length + refused.length === 0) expect(named).toEqual([]);
    for (const { confidence } of report.findings.filter(({ detector }) => detector === 'silent-rollback'))
      expect(confidence).toBe('proven');
  });
});
