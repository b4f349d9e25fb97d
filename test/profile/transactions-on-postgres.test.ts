// The transaction model against the server itself: which writes were one transaction, and which of them stayed, as PostgreSQL tells
// it: a trigger tells each write's transaction in a NOTICE, also where it is rolled back, and the rows that are there were committed.

import { setImmediate as turn } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../examples/database.js';
import { releasePatches } from '../../src/capture/patches.js';
import { driverOfModule, patchDriver } from '../../src/capture/pg-module.js';
import { openScope, type Scope } from '../../src/capture/scope.js';
import { defaults } from '../../src/options.js';
import { buildProfile } from '../../src/profile/build-profile.js';
import { Recorder } from '../../src/profile/recorder.js';
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
      raise notice 'wrote % % %', new.tag, new.xid, current_setting('transaction_isolation');
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
    const build = (recorder: Recorder) => runAtOnce(buildProfile(recorder, { ...CLOSING, sample: true }, SITES));
    this.profiles.push({ protocol: build(scope.recorder), text: build(withoutProtocol(scope.recorder)) });
    return super.conclude(scope);
  }
}

function withoutProtocol({ notes, startedAt }: Recorder): Recorder {
  const recorder = new Recorder({ clock: () => startedAt, limits: defaults.limits });
  for (const note of notes) {
    recorder.notes.push({
      ...note,
      statusBefore: null,
      statusAfter: null,
      answers: note.error === null ? note.answers : null,
    });
  }
  return recorder;
}

let database: Database;
let checker: pg.Client;
const holder = {};
/** By tag: the transaction that wrote it, whatever became of it, and its isolation level. */
const told = new Map<number, { xid: string; isolation: string }>();
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
    const [, tag, xid = '', isolation = ''] = /^wrote (-?\d+) (\d+) (.*)$/.exec(message) ?? [];
    if (tag !== undefined) told.set(Number(tag), { xid, isolation });
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

/** `@` is the name of a prepared transaction. */
function send(client: pg.Client, step: string, name: string): Promise<unknown> {
  const text = step.replaceAll('@', name).replaceAll('#', () => `${++tags}`);
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
        const answer = scopes[i < handedOver ? 0 : 1]!.run(() =>
          send(client, step, `p${first}_${c}`),
        ) as Promise<unknown>;
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
  for (const client of own) {
    await client.query('set session characteristics as transaction isolation level read committed');
  }
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
    const { xid, isolation } = told.get(tag) ?? { xid: 'never', isolation: '' };
    if (!unitsOfServer.has(xid)) unitsOfServer.set(xid, tag);
    // Of what was left open no end was seen: there is nothing to compare.
    const open = transaction?.outcome === 'left open';
    const undone = transaction?.undone.includes(statement.index) === true;
    const stays = !undone && (transaction === null || transaction.outcome === 'committed');
    const words = (yes: boolean) => (open && !undone ? 'left open' : yes ? 'stays' : 'gone');
    // What was said in another scope is not known.
    model.push(`${tag} in ${unit}: ${words(stays)}, ${transaction?.isolation ?? isolation}`);
    server.push(`${tag} in ${unitsOfServer.get(xid)}: ${words(kept.has(tag))}, ${isolation}`);
  }
  return { model, server };
}

/** Only the last of a connection may be left open, or one that was put aside, or that another scope went on with. */
function leftOpen({ transactions }: Profile): number {
  return transactions.filter(({ outcome, endMs }) => outcome === 'left open' && endMs === null).length;
}

const LEVELS = ['serializable', 'repeatable read', 'read committed'];
const BEGINS = [
  'begin',
  'start transaction read write',
  'BEGIN WORK',
  ...LEVELS.map((level) => `begin isolation level ${level}`),
];
const ENDS = [
  'commit',
  'commit',
  'end',
  'COMMIT WORK',
  'rollback',
  'abort',
  'commit and chain',
  'rollback and chain',
  'commit and no chain',
];
const OF_SESSION = LEVELS.flatMap((level) => [
  `set session characteristics as transaction isolation level ${level}`,
  `set default_transaction_isolation = '${level}'`,
]);
const SETTINGS = [
  ...OF_SESSION,
  ...LEVELS.flatMap((level) => [`set transaction isolation level ${level}`, `set transaction_isolation to '${level}'`]),
];

const oneOf = (steps: readonly string[]): fc.Arbitrary<string[]> => fc.constantFrom(...steps).map((step) => [step]);
const inOrder = (...pieces: fc.Arbitrary<string[]>[]): fc.Arbitrary<string[]> =>
  fc.tuple(...pieces).map((all) => all.flat());
const some = (piece: fc.Arbitrary<string[]>, maxLength: number) =>
  fc.array(piece, { maxLength }).map((all) => all.flat());

/** What a transaction does: writes, failures, savepoints within savepoints that are released, rolled back to, or left. */
const { body } = fc.letrec<{ body: string[]; marked: string[] }>((tie) => ({
  body: some(
    fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 8, arbitrary: oneOf([WRITE, WRITE, BOUND]) },
      { weight: 4, arbitrary: tie('marked') },
      { weight: 1, arbitrary: oneOf(OF_SESSION) },
      {
        weight: 1,
        arbitrary: oneOf([REFUSED, REFUSED_LATER, 'select 1/0', 'select 1', 'begin', 'release b', 'savepoint a']),
      },
    ),
    4,
  ),
  marked: fc
    .constantFrom('a', 'b')
    .chain((name) =>
      inOrder(
        fc.constant([`savepoint ${name}`]),
        tie('body'),
        oneOf(['select 1', 'select 1/0', WRITE]),
        fc.constantFrom(
          [],
          [`release ${name}`],
          [`rollback to ${name}`],
          [`ROLLBACK WORK TO SAVEPOINT ${name.toUpperCase()}`, `release ${name}`],
        ),
      ),
    ),
}));
const transaction = inOrder(some(oneOf(SETTINGS), 1), oneOf(BEGINS), some(oneOf(SETTINGS), 1), body, oneOf(ENDS));
const prepared = inOrder(
  oneOf(BEGINS),
  body,
  fc.constant(["prepare transaction '@'"]),
  some(oneOf([WRITE]), 1),
  oneOf(["commit prepared '@'", "rollback prepared '@'", 'select 1']),
);
const alone = oneOf([
  WRITE,
  WRITE,
  BOUND,
  REFUSED,
  REFUSED_LATER,
  'select 1/0',
  ...ENDS,
  'call writes_and_commits(#)',
  'savepoint a',
  'begin',
]);
const piece = fc.oneof(
  { weight: 4, arbitrary: transaction },
  { weight: 1, arbitrary: prepared },
  { weight: 3, arbitrary: alone },
);
const severalWrites = fc.array(fc.constantFrom(WRITE, WRITE, WRITE, REFUSED, REFUSED_LATER), {
  minLength: 2,
  maxLength: 4,
});
const plainText = severalWrites.map((parts) => [parts.join('; ')]);

/** Some neighbours become one text. Bound values go alone, as the protocol has it. */
function joined(steps: readonly string[], joins: readonly boolean[]): string[] {
  const texts: string[] = [];
  for (const [i, step] of steps.entries()) {
    const before = texts.at(-1);
    if (before !== undefined && joins[i % joins.length] && !`${before}${step}`.includes('$1'))
      texts[texts.length - 1] = `${before}; ${step}`;
    else texts.push(step);
  }
  return texts;
}

/** `whole`: with scopes that take over, and control inside of texts. */
function programs(whole: boolean): fc.Arbitrary<Program> {
  const steps = some(whole ? piece : fc.oneof(piece, plainText), 5);
  const joins = whole ? fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }) : fc.constant([false]);
  const connection = fc.record({ steps, joins, at: fc.nat(20) }).map(({ steps, joins, at }) => {
    const texts = joined(steps, joins);
    return { steps: texts, handedOver: whole ? at : texts.length };
  });
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
    const seen = await check(programs(true), 1_000, ({ profiles, kept }) => {
      for (const { protocol } of profiles) {
        const { model, server } = compare(protocol, kept);
        expect(model).toEqual(server);
      }
    });
    expect(seen).toBeGreaterThan(5_000);
  });

  it('needs no status byte where texts have no control inside and no scope takes over', async () => {
    const seen = await check(programs(false), 200, ({ profiles, kept }) => {
      for (const { protocol, text } of profiles) {
        const { model, server } = compare(text, kept);
        expect(model).toEqual(server);
        expect(leftOpen(text)).toBe(leftOpen(protocol));
        expect(leftOpen(text)).toBeLessThanOrEqual(text.connections.length);
      }
    });
    expect(seen).toBeGreaterThan(1_000);
  });

  const TEXT = 'insert into w (tag) values (#); commit; insert into w (tag) values (#); select 1 / 0; select 1';
  it.each<[string, (client: pg.Client, text: string) => unknown, object?]>([
    ['by promise', (client, text) => client.query(text).catch(() => {})],
    ['by callback', (client, text) => new Promise((resolve) => client.query(text, resolve))],
    ['in a pipeline', (client, text) => client.query(text).catch(() => {}), { pipeline: true }],
    ['as a Query', (client, text) => new Promise((resolve) => client.query(new pg.Query(text)).on('error', resolve))],
  ])('knows which part of a text failed, sent %s', async (_way, ask, options = {}) => {
    const client = await connected(options);
    const keeper = new ProfileKeeper();
    const text = TEXT.replaceAll('#', () => `${++tags}`);
    await keeper.record('one', () => ask(client, text));
    const [{ statements, transactions } = { statements: [], transactions: [] }] = keeper.profiles.map(
      (one) => one.protocol,
    );
    expect(statements.map(({ command, error, transaction }) => `${transaction} ${command ?? error?.code}`)).toEqual([
      '0 INSERT',
      'null COMMIT',
      '1 INSERT',
      '1 22012',
      '1 22012',
    ]);
    expect(transactions.map(({ outcome, failedBy }) => [outcome, failedBy])).toEqual([
      ['committed', null],
      ['rolled back', 3],
    ]);
  });

  it.each([
    ['RELEASE', ['savepoint a', 'set transaction read only', 'release a'], 'off'],
    ['ROLLBACK TO', ['savepoint a', 'set transaction read only', 'rollback to a'], 'off'],
    ['a savepoint that stands', ['set transaction read only', 'savepoint a'], 'on'],
  ])('knows whether writes are let in after %s', async (_name, steps, shown) => {
    const client = await connected();
    const keeper = new ProfileKeeper();
    await keeper.record('one', async () => {
      for (const step of ['begin read write', ...steps]) await client.query(step);
      const { rows } = await client.query('show transaction_read_only');
      expect(rows).toEqual([{ transaction_read_only: shown }]);
      await client.query('commit');
    });
    for (const { protocol, text } of keeper.profiles) {
      for (const { transactions } of [protocol, text]) {
        expect(transactions.map(({ readOnly }) => readOnly)).toEqual([shown === 'on']);
      }
    }
  });
});
