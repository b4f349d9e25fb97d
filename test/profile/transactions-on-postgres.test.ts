// The transaction model against the server itself: which writes were one transaction, and which of them stayed, as PostgreSQL tells
// it: a trigger tells each write's transaction in a NOTICE, also where it is rolled back, and the rows that are there were committed.

import { setImmediate as turn } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../examples/database.js';
import { releasePatches } from '../../src/capture/patches.js';
import { driverOfModule, patchDriver } from '../../src/capture/pg-module.js';
import { openScope, type Scope } from '../../src/capture/scope.js';
import { buildProfile } from '../../src/profile/build-profile.js';
import type { Note } from '../../src/profile/note.js';
import { runAtOnce } from '../../src/profile/slices.js';
import type { Profile, Statement, Transaction } from '../../src/profile/types.js';
import { RecordingKeeper } from '../capture/recording.js';
import { CLOSING, SITES } from '../support/closing.js';
import fc from '../support/properties.js';

/** `w`: each row knows the transaction that wrote it. A tag below 0 is refused at once, a `later` below 0 as its transaction commits. */
const SCHEMA = `
  create table known (id int primary key);
  create table w (
    tag int primary key check (tag >= 0),
    later int references known deferrable initially deferred,
    xid xid8
  );
  create function tell() returns trigger language plpgsql as $$
    begin
      new.xid := pg_current_xact_id();
      raise notice 'wrote % %', new.tag, new.xid;
      return new;
    end $$;
  create trigger tell before insert on w for each row execute function tell();
  create procedure writes_and_commits(tag int) language plpgsql as $$
    begin insert into w (tag) values (tag); commit; end $$;
`;

/** Profiles twice over: by the protocol, and by what a driver shows that hides it. */
class ProfileKeeper extends RecordingKeeper {
  readonly profiles: { protocol: Profile; text: Profile }[] = [];

  override async conclude(scope: Scope): Promise<unknown> {
    const build = () => runAtOnce(buildProfile(scope.recorder, { ...CLOSING, sample: true }, SITES));
    const protocol = build();
    for (const note of scope.recorder.notes) hideProtocol(note);
    this.profiles.push({ protocol, text: build() });
    return super.conclude(scope);
  }
}

function hideProtocol(note: Note): void {
  note.statusBefore = null;
  note.statusAfter = null;
  if (note.error !== null) note.answers = null;
}

let database: Database;
let checker: pg.Client;
const holder = {};
/** By tag: the transaction that wrote it, whatever became of it. */
const told = new Map<number, string>();
const clients: pg.Client[] = [];
let tags = 0;

beforeAll(async () => {
  database = await openDatabase({ settings: { max_prepared_transactions: '20' } });
  patchDriver(driverOfModule(pg)!, holder);
  checker = await connected();
  await checker.query(SCHEMA);
});

afterAll(async () => {
  for (const client of clients) await client.end();
  releasePatches(holder);
  await database.stop();
});

async function connected(options: object = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url, ...options });
  client.on('notice', ({ message = '' }) => {
    const [, tag, xid] = /^wrote (-?\d+) (\d+)$/.exec(message) ?? [];
    if (tag !== undefined) told.set(Number(tag), xid as string);
  });
  await client.connect();
  clients.push(client);
  return client;
}

/** A write as a program has it: its tag comes when it is sent. */
const WRITE = 'insert into w (tag) values (#)';
const BOUND = 'insert into w (tag) values ($1)';
const REFUSED_LATER = 'insert into w (tag, later) values (#, -1)';
const REFUSED = 'insert into w (tag) values (-#)';

function send(client: pg.Client, step: string): Promise<unknown> {
  const text = step.replaceAll('#', () => `${++tags}`);
  const sent = text.includes('$1') ? client.query(text, [++tags]) : client.query(text);
  return sent.catch(() => {});
}

interface Program {
  /** Of each connection: its steps, and from which on the second scope sends them. */
  connections: { steps: string[]; handedOver: number }[];
  pipeline: boolean;
  /** Each statement is sent when the one before it has its answer, or all at once. */
  waits: boolean;
}

interface Run {
  profiles: { protocol: Profile; text: Profile }[];
  /** Tags of rows that are there. */
  kept: ReadonlySet<number>;
}

/** Runs all connections at once, in two scopes that are open at the same time. */
async function run({ connections, pipeline, waits }: Program, own: pg.Client[]): Promise<Run> {
  const first = tags;
  const keeper = new ProfileKeeper();
  const scopes = [0, 1].map((i) => openScope(keeper, 'request', `${i}`));
  await Promise.all(
    connections.map(async ({ steps, handedOver }, c) => {
      const client = own[c] as pg.Client;
      const sent: Promise<unknown>[] = [];
      for (const [i, step] of steps.entries()) {
        const answer = scopes[i < handedOver ? 0 : 1]!.run(() => send(client, step)) as Promise<unknown>;
        sent.push(answer);
        if (waits) await answer;
        else if (!pipeline) await turn();
      }
      await Promise.all(sent);
    }),
  );
  for (const scope of scopes) {
    scope.end({ status: 200, error: null, aborted: false });
    await scope.reported();
  }
  // Whatever is still open was left open; the next program begins with clean connections.
  for (const client of own) await client.query('rollback').catch(() => {});
  for (const client of own) await client.query('set session characteristics as transaction read write');
  const { rows } = await checker.query('select tag from w where tag > $1', [first]);
  const { rows: prepared } = await checker.query('select gid from pg_prepared_xacts');
  for (const { gid } of prepared) await checker.query(`rollback prepared '${gid}'`);
  return { profiles: keeper.profiles, kept: new Set(rows.map(({ tag }) => tag as number)) };
}

function tagOf({ sql, values, error, shape }: Statement): number | null {
  if (shape.verb !== 'insert' || error !== null) return null;
  return Number(/values \((\d+)/.exec(sql)?.[1] ?? values?.[0]);
}

/** What the model says, and what the server did, of each write of a profile: `unit outcome`, units by the first tag in them. */
function compare(
  { statements, transactions }: Profile,
  kept: ReadonlySet<number>,
): { model: string[]; server: string[] } {
  const model: string[] = [];
  const server: string[] = [];
  const unitsOfModel = new Map<number, number>();
  const unitsOfServer = new Map<string, number>();
  for (const statement of statements) {
    const tag = tagOf(statement);
    if (tag === null) continue;
    const transaction = statement.transaction === null ? null : (transactions[statement.transaction] as Transaction);
    if (transaction !== null && !unitsOfModel.has(transaction.index)) unitsOfModel.set(transaction.index, tag);
    const unit = transaction === null ? tag : unitsOfModel.get(transaction.index);
    const xid = told.get(tag) ?? 'never';
    if (!unitsOfServer.has(xid)) unitsOfServer.set(xid, tag);
    // Of what was left open no end was seen: there is nothing to compare.
    const open = transaction?.outcome === 'left open';
    const undone = transaction?.undone.includes(statement.index) === true;
    const stays = !undone && (transaction === null || transaction.outcome === 'committed');
    const words = (yes: boolean) => (open && !undone ? 'left open' : yes ? 'stays' : 'gone');
    model.push(`${tag} in ${unit}: ${words(stays)}`);
    server.push(`${tag} in ${unitsOfServer.get(xid)}: ${words(kept.has(tag))}`);
  }
  return { model, server };
}

/** Only the last of a connection may be left open, or one that was put aside, or that another scope went on with. */
function leftOpen({ transactions }: Profile): number {
  return transactions.filter(({ outcome, endMs }) => outcome === 'left open' && endMs === null).length;
}

const oneOf = (...steps: string[]) => fc.constantFrom(...steps);
const writes = fc.oneof(
  { weight: 6, arbitrary: oneOf(WRITE) },
  { weight: 1, arbitrary: oneOf(REFUSED, REFUSED_LATER) },
);
const opens = oneOf('begin', 'BEGIN ISOLATION LEVEL SERIALIZABLE', 'start transaction read write', 'begin work');
const ends = oneOf(
  'commit',
  'end',
  'COMMIT WORK',
  'rollback',
  'abort',
  'commit and chain',
  'rollback and chain',
  'commit and no chain',
);
const marks = oneOf(
  'savepoint a',
  'savepoint b',
  'SAVEPOINT A',
  'release a',
  'release savepoint b',
  'rollback to a',
  'rollback to savepoint b',
);
const others = oneOf(
  'select 1',
  'select 1/0',
  'set transaction isolation level read committed',
  'set local statement_timeout = 9000',
);
const part = fc.oneof(
  { weight: 6, arbitrary: writes },
  { weight: 2, arbitrary: opens },
  { weight: 3, arbitrary: ends },
  { weight: 3, arbitrary: marks },
  { weight: 1, arbitrary: others },
);
const prepares = fc.constantFrom(
  "prepare transaction 'p#'",
  'call writes_and_commits(#)',
  'do $$ begin perform 1; end $$',
);
const single = fc.oneof(
  { weight: 12, arbitrary: part },
  { weight: 3, arbitrary: oneOf(BOUND) },
  { weight: 1, arbitrary: prepares },
);
const several = fc.array(part, { minLength: 2, maxLength: 5 }).map((parts) => parts.join('; '));
const plainTexts = fc.array(fc.oneof(writes, others), { minLength: 2, maxLength: 4 }).map((parts) => parts.join('; '));

function programs(step: fc.Arbitrary<string>, handsOver: boolean): fc.Arbitrary<Program> {
  const connection = fc
    .record({ steps: fc.array(step, { minLength: 3, maxLength: 14 }), at: fc.nat(14) })
    .map(({ steps, at }) => ({ steps, handedOver: handsOver ? at : steps.length }));
  return fc.record({
    connections: fc.array(connection, { minLength: 1, maxLength: 3 }),
    pipeline: fc.boolean(),
    waits: fc.boolean(),
  });
}

/** Draws programs, and has each checked on connections that are used again. */
async function check(drawn: fc.Arbitrary<Program>, runs: number, judge: (run: Run, program: Program) => void) {
  const plain = await Promise.all([0, 1, 2].map(() => connected()));
  const pipelined = await Promise.all([0, 1, 2].map(() => connected({ pipeline: true })));
  let seen = 0;
  await fc.assert(
    fc.asyncProperty(drawn, async (program) => {
      const result = await run(program, program.pipeline ? pipelined : plain);
      for (const { protocol } of result.profiles)
        seen += protocol.statements.filter((one) => tagOf(one) !== null).length;
      judge(result, program);
    }),
    { numRuns: runs },
  );
  return seen;
}

describe('the transaction model on a PostgreSQL', () => {
  it('has the units of the server, and knows what stayed, on 1,000 interleavings', { timeout: 120_000 }, async () => {
    const seen = await check(
      programs(fc.oneof({ weight: 3, arbitrary: single }, several), true),
      1_000,
      ({ profiles, kept }) => {
        for (const { protocol } of profiles) {
          const { model, server } = compare(protocol, kept);
          expect(model).toEqual(server);
        }
      },
    );
    expect(seen).toBeGreaterThan(5_000);
  });

  it('needs no status byte where texts have no control inside and no scope takes over', {
    timeout: 60_000,
  }, async () => {
    const seen = await check(
      programs(fc.oneof({ weight: 3, arbitrary: single }, plainTexts), false),
      200,
      ({ profiles, kept }) => {
        for (const { protocol, text } of profiles) {
          const { model, server } = compare(text, kept);
          expect(model).toEqual(server);
          expect(leftOpen(text)).toBe(leftOpen(protocol));
          expect(leftOpen(text)).toBeLessThanOrEqual(text.connections.length);
        }
      },
    );
    expect(seen).toBeGreaterThan(1_000);
  });
});
