// Drawn programs of writes, transactions, savepoints, retries and compensations, side by side or one after the other: what a proof says that stayed is
// what the table holds, and it calls whole just what is whole.

import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProfiler, type Profiler, type Proof, type ProofRun } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import fc from '../support/properties.js';

/** A piece of a program. `id` names a write: each time it is sent it writes a row of its own. */
type Piece =
  | { kind: 'write'; id: number; form: 'values' | 'text' }
  | { kind: 'text'; ids: number[] }
  | { kind: 'transaction'; body: Piece[]; end: 'commit' | 'rollback' }
  | { kind: 'savepoint'; body: Piece[]; end: 'release' | 'undo' }
  | { kind: 'retry' | 'swallow' | 'beside'; body: Piece[] }
  | { kind: 'compensate'; id: number; body: Piece[] };

const write: fc.Arbitrary<Piece> = fc.record({
  kind: fc.constant('write' as const),
  id: fc.constant(0),
  form: fc.constantFrom('values' as const, 'text' as const),
});
const text: fc.Arbitrary<Piece> = fc.record({
  kind: fc.constant('text' as const),
  ids: fc.array(fc.constant(0), { minLength: 2, maxLength: 3 }),
});

/** Inside a transaction: all on its client. */
const { inside } = fc.letrec<{ inside: Piece; bodyInside: Piece[] }>((tie) => ({
  bodyInside: fc.array(tie('inside'), { minLength: 1, maxLength: 2 }),
  inside: fc.oneof(
    { maxDepth: 2 },
    { weight: 5, arbitrary: write },
    { weight: 1, arbitrary: text },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('savepoint' as const),
        body: tie('bodyInside'),
        end: fc.constantFrom('release' as const, 'release' as const, 'undo' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('swallow' as const), body: tie('bodyInside') }) },
  ),
}));
const transaction: fc.Arbitrary<Piece> = fc.record({
  kind: fc.constant('transaction' as const),
  body: fc.array(inside, { minLength: 1, maxLength: 2 }),
  end: fc.constantFrom('commit' as const, 'commit' as const, 'commit' as const, 'rollback' as const),
});
const { piece } = fc.letrec<{ piece: Piece; body: Piece[] }>((tie) => ({
  body: fc.array(tie('piece'), { minLength: 1, maxLength: 2 }),
  piece: fc.oneof(
    { maxDepth: 2 },
    { weight: 3, arbitrary: write },
    { weight: 1, arbitrary: text },
    { weight: 3, arbitrary: transaction },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('retry' as const, 'swallow' as const, 'beside' as const),
        body: tie('body'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('compensate' as const), id: fc.constant(0), body: tie('body') }),
    },
  ),
}));
const programs = fc.array(piece, { minLength: 1, maxLength: 2 });

/** Each is run some ten times; .ci/full draws 1,000. */
const PROGRAMS = Number(process.env.QUERYSCOPE_RUNS ?? 200);

let pool: pg.Pool;
let checker: pg.Client;
let profiler: Profiler;

beforeAll(async () => {
  const connectionString = await freshDatabase();
  // What is committed need not outlive the server.
  const options = '-c synchronous_commit=off';
  pool = new pg.Pool({ connectionString, options, max: 4 });
  checker = new pg.Client({ connectionString, options });
  await checker.connect();
  await checker.query('create table w (tag int primary key)');
  profiler = createProfiler({ outputs: [], enabled: true, values: 'sample' });
  profiler.instrument(pg);
});
afterAll(async () => {
  await profiler?.close();
  await pool?.end();
  await checker?.end();
});

type Sender = Pick<pg.Pool, 'query'>;

/** Runs one program again and again, and knows of each row which write it is. */
class Machine {
  readonly #program: readonly Piece[];
  /** Of each row: the write that it is. */
  readonly writes = new Map<number, string>();
  /** Of each run: the rows that were there after it. */
  readonly left: { before: number; tags: number[] }[] = [];
  #began = 0;

  constructor(program: readonly Piece[]) {
    this.#program = program;
  }

  readonly run = (): Promise<void> => {
    this.#began = tags;
    return this.#all(this.#program, pool, '');
  };

  readonly reset = async (): Promise<void> => {
    const { rows } = await checker.query('select tag from w');
    this.left.push({ before: this.#began, tags: rows.map(({ tag }) => tag as number) });
    await checker.query('delete from w');
  };

  /** What was there after a run, as writes; one that is there twice is so twice. */
  idsOf(found: readonly number[]): string[] {
    return found.map((tag) => this.writes.get(tag)!).sort();
  }

  async #all(pieces: readonly Piece[], sender: Sender, path: string): Promise<void> {
    for (const [i, one] of pieces.entries()) await this.#one(one, sender, `${path}/${i}`);
  }

  async #one(piece: Piece, sender: Sender, path: string): Promise<unknown> {
    switch (piece.kind) {
      case 'write':
        return this.#write(sender, path, piece.form);
      case 'text':
        return sender.query(
          piece.ids.map((_, i) => `insert into w (tag) values (${this.#tag(`${path}.${i}`)})`).join('; '),
        );
      case 'transaction':
        return this.#transaction(piece.body, piece.end, path);
      case 'savepoint':
        return this.#savepoint(piece, sender, path);
      case 'retry':
        return this.#all(piece.body, sender, path).catch(() => this.#all(piece.body, sender, path));
      case 'swallow':
        return this.#all(piece.body, sender, path).catch(() => {});
      case 'beside':
        return Promise.all(piece.body.map((one, i) => this.#one(one, sender, `${path}|${i}`)));
      case 'compensate':
        return this.#compensate(piece.body, sender, path);
    }
  }

  #tag(path: string): number {
    this.writes.set(++tags, path);
    return tags;
  }

  async #write(sender: Sender, path: string, form: 'values' | 'text'): Promise<number> {
    const tag = this.#tag(path);
    if (form === 'values') await sender.query('insert into w (tag) values ($1)', [tag]);
    else await sender.query(`insert into w (tag) values (${tag})`);
    return tag;
  }

  async #transaction(body: readonly Piece[], end: string, path: string): Promise<void> {
    const client = await pool.connect();
    if (!client.listeners('error').includes(ignore)) client.on('error', ignore);
    try {
      await client.query('begin');
      await this.#all(body, client, path);
      await client.query(end);
    } catch (error) {
      await client.query('rollback').catch(ignore);
      throw error;
    } finally {
      client.release();
    }
  }

  async #savepoint({ body, end }: Piece & { kind: 'savepoint' }, client: Sender, path: string): Promise<void> {
    await client.query('savepoint here');
    try {
      await this.#all(body, client, path);
      await client.query(end === 'release' ? 'release here' : 'rollback to here');
    } catch {
      await client.query('rollback to here');
    }
  }

  async #compensate(body: readonly Piece[], sender: Sender, path: string): Promise<void> {
    const tag = await this.#write(sender, path, 'values');
    try {
      await this.#all(body, sender, path);
    } catch (error) {
      await sender.query('delete from w where tag = $1', [tag]);
      throw error;
    }
  }
}

let tags = 0;

const ignore = (): void => {};

/** The rows that a run says are there: what it says stayed, one after the other. */
function toldBy({ stayed }: ProofRun): number[] {
  const there = new Set<number>();
  for (const { sql, values, deed } of stayed) {
    const tag = Number(/values \((\d+)\)/.exec(sql)?.[1] ?? values?.[0]);
    if (deed.startsWith('DELETE')) there.delete(tag);
    else there.add(tag);
  }
  return [...there].sort((a, b) => a - b);
}

/** The rows that were there after a run: those of the call that sent its statements. */
function foundAfter({ report }: ProofRun, { left }: Machine): number[] {
  const sent = report.profile.statements.flatMap(({ sql, values = [] }) =>
    [...`${sql} ${values}`.matchAll(/\b\d+\b/g)].map(Number),
  );
  const last = Math.max(...sent);
  return left.findLast(({ before }) => before < last)!.tags.sort((a, b) => a - b);
}

function check(proof: Proof, machine: Machine): number {
  const made = machine.idsOf(machine.left[0]!.tags).join();
  for (const run of proof.runs) {
    const name = `${run.at} ${run.failed} ${run.how}: ${run.outcome}`;
    const found = foundAfter(run, machine);
    expect([name, toldBy(run)]).toEqual([name, found]);
    const there = machine.idsOf(found).join();
    expect([name, run.atomic, run.crashed]).toEqual([name, there === '' || there === made, false]);
  }
  return proof.runs.length;
}

it(`what it says stayed is what the table holds, on ${PROGRAMS} programs`, { timeout: 600_000 }, async () => {
  const outcomes = new Map<string, number>();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(programs, async (program) => {
      const machine = new Machine(program);
      const proof = await profiler
        .proveAtomic(machine.run, { label: 'a program', reset: machine.reset })
        .catch((error: Error) => error.message);
      if (typeof proof === 'string') {
        // What is rolled back, or undone, when all goes well, has written nothing.
        expect([proof, machine.left[0]?.tags]).toEqual([expect.stringContaining('none of them wrote anything'), []]);
        return;
      }
      expect([proof.stopped, proof.untried]).toEqual([null, []]);
      runs += check(proof, machine);
      for (const { outcome } of proof.runs) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }),
    { numRuns: PROGRAMS },
  );
  expect(runs).toBeGreaterThan(PROGRAMS * 3);
  expect([...outcomes.keys()].sort()).toEqual([
    'compensated',
    'done twice',
    'retried',
    'rolled back',
    'savepoint',
    'swallowed',
    'torn',
    'unknown',
  ]);
  expect([pool.waitingCount, pool.totalCount - pool.idleCount]).toEqual([0, 0]);
});
