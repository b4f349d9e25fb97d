// Every form in which a statement can be sent, on every version of pg, in and outside a transaction: made to fail it is not executed, by the server's own
// log, and what is said to have stayed is what the table holds.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../examples/database.js';
import { createProfiler, type Profiler, type Proof, type ProofRun } from '../../src/index.js';
import { type Installed, installedDrivers } from '../drivers/install.js';
import { endOf, LOG_SETTINGS } from '../scenarios/server-log.js';

/** Older drivers have other types, and some forms are about what the types forbid. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
type Loose = any;

const TEXT = (tag: number): string => `insert into w (tag, at) values (${tag}, $1)`;
const SIMPLE = (tag: number): string => `insert into w (tag, at) values (${tag}, 1)`;

/** Sends one write that has this tag; rejects where that fails. */
type Form = (client: Loose, tag: number, load: Installed['require']) => Promise<unknown>;

const called = (start: (callback: (error: unknown) => void) => unknown): Promise<unknown> =>
  new Promise<void>((resolve, reject) => start((error) => (error ? reject(error) : resolve())));

/** A statement that a connection knows by its name once it was sent; below 0 it writes nothing. */
const KNOWN = { name: 'known', text: 'insert into w (tag, at) select $1::int, 1 where $1 > 0' };

async function know(client: Loose): Promise<void> {
  if (client.connection.parsedStatements[KNOWN.name] === undefined) await client.query({ ...KNOWN, values: [-1] });
}

const FORMS: Record<string, Form> = {
  'a text': (client, tag) => client.query(SIMPLE(tag)),
  'a text with a callback': (client, tag) => called((callback) => client.query(SIMPLE(tag), callback)),
  values: (client, tag) => client.query(TEXT(tag), [1]),
  'values with a callback': (client, tag) => called((callback) => client.query(TEXT(tag), [1], callback)),
  'a config': (client, tag) => client.query({ text: TEXT(tag), values: [1] }),
  'a config with its own callback': (client, tag) =>
    called((callback) => client.query({ text: TEXT(tag), values: [1], callback })),
  'a config of arrays': (client, tag) =>
    client.query({ text: `${TEXT(tag)} returning *`, values: [1], rowMode: 'array' }),
  'a name that is new': (client, tag) => client.query({ name: `new ${tag}`, text: TEXT(tag), values: [1] }),
  'a name that is known': async (client, tag) => {
    await know(client);
    return client.query({ ...KNOWN, values: [tag] });
  },
  'a name alone': async (client, tag) => {
    await know(client);
    return client.query({ name: KNOWN.name, values: [tag] });
  },
  'one of several in a text': (client, tag) => client.query(`select 1; ${SIMPLE(tag)}; select 2`),
  'a data-modifying CTE': (client, tag) =>
    client.query(`with made as (${TEXT(tag)} returning tag) select tag from made`, [1]),
  "pg's own Query": (client, tag, load) =>
    called((callback) => {
      const query = new (load('pg').Query)(TEXT(tag), [1]);
      query.on('error', callback);
      query.on('end', () => callback(null));
      client.query(query);
    }),
  'a cursor': (client, tag, load) =>
    called((callback) => {
      const cursor = client.query(new (load('pg-cursor'))(`${TEXT(tag)} returning tag`, [1]));
      cursor.read(10, (error: unknown) => (error ? callback(error) : cursor.close(callback)));
    }),
  'a stream': async (client, tag, load) => {
    const stream = client.query(new (load('pg-query-stream'))(`${TEXT(tag)} returning tag`, [1]));
    for await (const _row of stream);
  },
  COPY: (client, tag, load) =>
    called((callback) => {
      const into = client.query(load('pg-copy-streams').from(`copy w /* ${tag} */ (tag, at) from stdin`));
      into.on('finish', () => callback(null)).on('error', callback);
      into.end(`${tag}\t1\n`);
    }),
};

let database: Database;
let drivers: Installed[];
/** Numbers that no log has by chance. */
let tags = 1_900_000_000;

beforeAll(async () => {
  database = await openDatabase({ settings: LOG_SETTINGS });
  drivers = await installedDrivers();
}, 240_000);
afterAll(() => database?.stop());

/** One call of a function under proof, and what the server logged of it. */
interface Call {
  tags: [number, number];
  from: number;
}

class Subject {
  readonly pool: pg.Pool;
  readonly profiler: Profiler;
  readonly calls: Call[] = [];
  readonly #driver: Installed;

  constructor(driver: Installed) {
    this.#driver = driver;
    const { Pool } = driver.require('pg');
    this.pool = new Pool({ connectionString: database.url, max: 3 });
    this.profiler = createProfiler({ outputs: [], enabled: true, values: 'sample' });
    this.profiler.instrument(driver.require('pg'));
  }

  /** Two writes on one client, the first in the form given. */
  async write(form: Form, inTransaction: boolean): Promise<void> {
    const call: Call = { tags: [++tags, ++tags], from: endOf(database.logFile!) };
    this.calls.push(call);
    const client = await this.pool.connect();
    const ignore = (): void => {};
    client.on('error', ignore);
    try {
      if (inTransaction) await client.query('begin');
      await form(client, call.tags[0], this.#driver.require);
      await client.query(SIMPLE(call.tags[1]));
      if (inTransaction) await client.query('commit');
    } catch (error) {
      if (inTransaction) await client.query('rollback').catch(ignore);
      throw error;
    } finally {
      client.release();
      await turn();
      client.removeListener('error', ignore);
    }
  }

  async stop(): Promise<void> {
    await this.profiler.close();
    await this.pool.end();
  }
}

/** What the server logged from a call to the next. */
function logOf(call: Call, calls: readonly Call[]): string {
  const file = openSync(database.logFile!, 'r');
  const until = calls[calls.indexOf(call) + 1]?.from ?? fstatSync(file).size;
  const buffer = Buffer.alloc(until - call.from);
  readSync(file, buffer, 0, buffer.length, call.from);
  closeSync(file);
  return buffer.toString('utf8');
}

/** The call that a run was. */
function callOf({ report }: ProofRun, calls: readonly Call[]): Call {
  const sent = JSON.stringify(report.profile.statements.map(({ sql, values }) => [sql, values]));
  return calls.find(({ tags }) => sent.includes(`${tags[1]}`) || sent.includes(`${tags[0]}`))!;
}

/** What a proof says of its runs, as short text. */
const told = ({ runs }: Proof): string[] =>
  runs.map(({ failed, at, how, outcome, stayed }) => {
    const left = stayed.map(({ write }) => write).join();
    return `${at} ${failed} ${how}: ${outcome}${left === '' ? '' : ` ${left}`}`;
  });

const APART = [
  'write 1 error: rolled back',
  'write 1 cut: rolled back',
  'write 2 error: torn 1',
  'write 2 cut: torn 1',
  'write 2 answer lost: unknown 1,2',
];
const WHOLE = [
  'write 1 error: rolled back',
  'write 1 cut: rolled back',
  'write 2 error: rolled back',
  'write 2 cut: rolled back',
  'commit 2 error: rolled back',
  'commit 2 cut: rolled back',
  'commit 2 answer lost: unknown 1,2',
];

/** The oldest and the newest, or all: as the driver's contract is held. */
const VERSIONS = ['8.0', '8.5', '8.8', '8.11', '8.16', '8.21', 'newest']
  .map((version, index) => ({ version, index }))
  .filter(({ version }) => process.env.QUERYSCOPE_TEST_DRIVERS === 'all' || ['8.0', 'newest'].includes(version));

/** A stream waits for ever for the end of a connection that was lost. */
const STREAMED = (line: string): string => (line === 'write 1 cut: rolled back' ? 'write 1 cut: timed out' : line);

describe.each(VERSIONS)('pg $version', ({ index }) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = new Subject(drivers[index]!);
    await subject.pool.query('create table if not exists w (tag int primary key, at int)');
  });
  afterAll(() => subject?.stop());

  it.each(Object.entries(FORMS))('%s', async (name, form) => {
    const { calls, pool, profiler } = subject;
    for (const inTransaction of [false, true]) {
      calls.length = 0;
      // Once before, so that each run finds what the one before it found.
      await subject.write(form, false);
      // Long enough that a busy machine ends every other run in it: a run that is given up by mistake leaves its first write behind.
      const proof = await profiler.proveAtomic(() => subject.write(form, inTransaction), {
        label: 'two writes',
        timeoutMs: 5_000,
      });
      expect([proof.stopped, proof.untried]).toEqual([null, []]);
      expect(told(proof)).toEqual(
        (inTransaction ? WHOLE : APART).map((line) => (name === 'a stream' ? STREAMED(line) : line)),
      );
      const { rows } = await pool.query('select tag from w');
      const kept = new Set(rows.map(({ tag }) => tag));
      for (const run of proof.runs) {
        const call = callOf(run, calls);
        expect(call.tags.filter((tag) => kept.has(tag))).toEqual(run.stayed.map(({ write }) => call.tags[write! - 1]));
        if (run.at !== 'write' || run.how === 'answer lost') continue;
        expect(logOf(call, calls)).not.toContain(`${call.tags[run.failed - 1]}`);
        if (run.how === 'error') expect(logOf(call, calls)).toContain('canceling statement due to user request');
      }
      expect([pool.waitingCount, pool.totalCount - pool.idleCount]).toEqual([0, 0]);
    }
  });
});

it('a driver that never answers again after an error: no client stays in the pool that waits for it', async () => {
  const subject = new Subject(drivers.at(-1)!);
  const { pool, profiler } = subject;
  try {
    // Of what is fetched in portions pg asks for no ReadyForQuery after an error.
    const inPortions: Form = (client, tag) =>
      client.query({ text: `${TEXT(tag)} returning tag`, values: [1], rows: 1 });
    const apart = await profiler.proveAtomic(() => subject.write(inPortions, false), { label: 'apart' });
    expect(told(apart)).toEqual(APART);
    const whole = await profiler.proveAtomic(() => subject.write(inPortions, true), {
      label: 'whole',
      timeoutMs: 2_000,
    });
    // The ROLLBACK waits behind it for ever.
    expect(told(whole)).toEqual(WHOLE.map((line, i) => (i === 0 ? 'write 1 error: timed out' : line)));
    expect(whole.atomic).toBe(false);
    const answers = await Promise.all([1, 2, 3].map(() => pool.query('select 1 as n')));
    expect(answers.map(({ rowCount }) => rowCount)).toEqual([1, 1, 1]);
    expect([pool.waitingCount, pool.totalCount - pool.idleCount]).toEqual([0, 0]);
  } finally {
    await subject.stop();
  }
});
