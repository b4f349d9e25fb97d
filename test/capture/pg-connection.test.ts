// Which transaction state each statement ran in, by the protocol: a picture with one line a statement, as `before→after text`.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releasePatches } from '../../src/capture/patches.js';
import { driverOfModule, patchDriver } from '../../src/capture/pg-module.js';
import { openScope } from '../../src/capture/scope.js';
import { state } from '../../src/capture/state.js';
import { freshDatabase } from '../postgres.js';
import { type Recorded, RecordingKeeper } from './recording.js';

let url: string;
const holder = {};

beforeAll(async () => {
  url = await freshDatabase();
  patchDriver(driverOfModule(pg)!, holder);
});

afterAll(() => {
  releasePatches(holder);
  expect(state.openScopes).toBe(0);
});

/** pg's types leave out pipelines, timeouts and what is wrong. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
type Loose = any;

const quiet = (promise: Promise<unknown>) => promise.catch(() => {});

function picture({ notes }: Recorded): string[] {
  return notes.map(({ text, statusBefore, statusAfter, error, answers, answeredAt }) => {
    const end =
      answeredAt === null
        ? ' unanswered'
        : error !== null
          ? ` fails ${error.code ?? ''}`
          : answers === null
            ? ' ended'
            : '';
    return `${statusBefore ?? '?'}→${statusAfter ?? '?'} ${text}${end}`.trimEnd();
  });
}

async function connected(options: object = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, ...options });
  await client.connect();
  return client;
}

/** Each runs on a client of its own in a scope; the promises are waited for at the end. */
const sequences: Record<string, { run: (client: pg.Client) => unknown; options?: object; shows: string[] }> = {
  'a transaction': {
    run: async (client) => {
      await client.query('begin');
      await client.query('select 1');
      await client.query('commit');
      await client.query('select 2');
    },
    shows: ['I→T begin', 'T→T select 1', 'T→I commit', 'I→I select 2'],
  },
  'an error in a transaction, by promise': {
    run: async (client) => {
      await client.query('begin');
      await quiet(client.query('select broken'));
      await quiet(client.query('select 1'));
      await client.query('commit');
      await client.query('select 2');
    },
    shows: ['I→T begin', 'T→E select broken fails 42703', 'E→E select 1 fails 25P02', 'E→I commit', 'I→I select 2'],
  },
  'an error in a transaction, by callback': {
    run: async (client) => {
      const ask = (text: string) => new Promise((resolve) => client.query(text, resolve));
      for (const text of ['begin', 'select broken', 'rollback', 'select 2']) await ask(text);
    },
    shows: ['I→T begin', 'T→E select broken fails 42703', 'E→I rollback', 'I→I select 2'],
  },
  'everything at once, in the queue': {
    run: (client) => Promise.all(['begin', 'select 1', 'commit', 'select 2'].map((text) => client.query(text))),
    shows: ['I→T begin', 'T→T select 1', 'T→I commit', 'I→I select 2'],
  },
  'everything at once, in a pipeline': {
    options: { pipeline: true },
    run: (client) =>
      Promise.all(
        ['begin', 'select broken', 'rollback', 'begin', 'select 2', 'commit'].map((text) => quiet(client.query(text))),
      ),
    shows: ['I→T begin', 'T→E select broken fails 42703', 'E→I rollback', 'I→T begin', 'T→T select 2', 'T→I commit'],
  },
  'several statements in one text': {
    run: async (client) => {
      await client.query('begin; select 1');
      await client.query('select 2; commit');
    },
    shows: ['I→T begin; select 1', 'T→I select 2; commit'],
  },
  'values that are no array, between others': {
    run: async (client) => {
      await Promise.all([
        client.query('begin'),
        quiet((client as Loose).query('select $1', 'x')),
        client.query('select 1'),
        client.query('commit'),
      ]);
    },
    shows: ['I→T begin', '?→? select $1 fails', 'T→T select 1', 'T→I commit'],
  },
  'a name used for another text, between others': {
    run: async (client) => {
      await client.query({ name: 'one', text: 'select 1' });
      await Promise.all([
        client.query('begin'),
        quiet(client.query({ name: 'one', text: 'select 2' })),
        client.query({ name: 'one', text: 'select 1' }),
        client.query('commit'),
      ]);
    },
    shows: ['I→I select 1', 'I→T begin', '?→? select 2 fails', 'T→T select 1', 'T→I commit'],
  },
  'a value that cannot be written, between others': {
    run: async (client) => {
      const value = {
        toPostgres() {
          throw new Error('never');
        },
      };
      await Promise.all([
        client.query('begin'),
        quiet(client.query('select $1', [value])),
        client.query('select 1'),
        client.query('commit'),
      ]);
    },
    shows: ['I→T begin', 'T→T select $1 fails', 'T→T select 1', 'T→I commit'],
  },
  'a timeout in the queue, and one while it runs': {
    run: async (client) => {
      const begin = client.query('begin; select pg_sleep(1)');
      await quiet((client as Loose).query({ text: 'select 1', query_timeout: 20 }));
      await begin;
      await quiet((client as Loose).query({ text: 'select pg_sleep(1)', query_timeout: 20 }));
      await client.query('select 2');
      await client.query('commit');
    },
    shows: [
      'I→T begin; select pg_sleep(1)',
      '?→? select 1 fails',
      'T→T select pg_sleep(1) fails',
      'T→T select 2',
      'T→I commit',
    ],
  },
  'a Submittable between others': {
    run: async (client) => {
      const Query = (pg as Loose).Query;
      const begin = client.query('begin');
      const failing = new Query('select broken');
      failing.on('error', () => {});
      client.query(new Query('select 1'));
      client.query(failing);
      await Promise.all([begin, client.query('rollback')]);
    },
    shows: ['I→T begin', 'T→T select 1', 'T→E select broken fails 42703', 'E→I rollback'],
  },
  'a Submittable whose connection ends': {
    run: async (client) => {
      client.on('error', () => {});
      const query = new (pg as Loose).Query('select pg_sleep(5)');
      query.on('error', () => {});
      client.query(query);
      await client.end();
    },
    shows: ['?→? select pg_sleep(5) fails'],
  },
  'a savepoint': {
    run: async (client) => {
      await client.query('begin');
      await client.query('savepoint a');
      await quiet(client.query('select broken'));
      await client.query('rollback to a');
      await client.query('commit');
    },
    shows: ['I→T begin', 'T→T savepoint a', 'T→E select broken fails 42703', 'E→T rollback to a', 'T→I commit'],
  },
};

describe('the state before and after each statement', () => {
  it.each(Object.entries(sequences))('%s', async (_name, { run, options, shows }) => {
    const client = await connected(options);
    const recorded = await new RecordingKeeper().record('sequence', () => run(client));
    await client.end();
    expect(picture(recorded)).toEqual(shows);
  });

  it('is known on a client that was used before it is watched', async () => {
    releasePatches(holder);
    const client = await connected();
    await client.query('begin');
    patchDriver(driverOfModule(pg)!, holder);
    const recorded = await new RecordingKeeper().record('later', () => client.query('commit'));
    await client.end();
    expect(picture(recorded)).toEqual(['T→I commit']);
  });

  it('is unknown for one statement where the driver cannot tell', async () => {
    const client = await connected();
    await client.query('begin');
    Object.assign(client, { getTransactionStatus: undefined });
    const recorded = await new RecordingKeeper().record('later', async () => {
      await client.query('select 1');
      await client.query('commit');
    });
    await client.end();
    expect(picture(recorded)).toEqual(['?→T select 1', 'T→I commit']);
  });

  it('is not mixed up by statements outside any scope on the same client', async () => {
    const client = await connected();
    const outside = [client.query('begin'), client.query('select 1')];
    const scope = new RecordingKeeper();
    const recorded = scope.record('inside', () => Promise.all([client.query('select 2'), client.query('commit')]));
    outside.push(client.query('begin'));
    const later = scope.record('inside', () => client.query('rollback'));
    await Promise.all(outside);
    expect([picture(await recorded), picture(await later)]).toEqual([['T→T select 2', 'T→I commit'], ['T→I rollback']]);
    await client.end();
  });

  it('is right for what was sent before the connection stood', async () => {
    const client = new pg.Client(url);
    const recorded = await new RecordingKeeper().record('early', async () => {
      const early = client.query('begin');
      await client.connect();
      await early;
      await client.query('commit');
    });
    await client.end();
    expect(picture(recorded)).toEqual(['I→T begin', 'T→I commit']);
  });
});

describe('a connection', () => {
  it('says where it leads, and which pool it is of', async () => {
    const pools = [new pg.Pool({ connectionString: url }), new pg.Pool({ connectionString: url })];
    const client = await connected();
    const recorded = await new RecordingKeeper().record('three', async () => {
      await pools[0]!.query('select 1');
      const held = await pools[1]!.connect();
      await held.query('select 2');
      held.release();
      await pools[0]!.query('select 3');
      await client.query('select 4');
    });
    await Promise.all([...pools.map((pool) => pool.end()), client.end()]);
    const { hostname, port, pathname } = new URL(url);
    const connections = recorded.notes.map(({ connection }) => connection!);
    expect(connections.map(({ pool: _pool, ...rest }) => rest)).toEqual(
      Array.from({ length: 4 }, () => ({
        host: hostname,
        port: Number(port),
        database: pathname.slice(1),
        native: false,
        statusSource: 'protocol',
      })),
    );
    const [first, second, third, own] = connections.map(({ pool }) => pool);
    expect([first === third, first !== second, typeof first, own]).toEqual([true, true, 'number', null]);
    expect(connections[0]).toBe(connections[2]);
  });

  it('counts the wait for a client to the statement that waited', async () => {
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    const waited = (recorded: Recorded) => recorded.notes.map(({ waitMs }) => waitMs > 0);
    const holding = await pool.connect();
    setImmediate(() => holding.release());
    const keeper = new RecordingKeeper();
    const byQuery = await keeper.record('query', () => pool.query('select 1'));
    const held = await pool.connect();
    setImmediate(() => held.release());
    const byClient = await keeper.record('client', async () => {
      const client = await pool.connect();
      await client.query('select 1');
      await client.query('select 2');
      client.release();
    });
    await pool.end();
    expect([waited(byQuery), waited(byClient)]).toEqual([[true], [true, false]]);
  });

  it('lets a scope end that waits for a statement which never will', async () => {
    const client = await connected();
    client.on('error', () => {});
    const keeper = new RecordingKeeper({ settleMs: 30 });
    const scope = openScope(keeper, 'request', 'stuck');
    const asking = scope.run(() => quiet(client.query('select pg_sleep(5)')));
    scope.end({ status: 200, error: null, aborted: false });
    await scope.reported();
    expect(keeper.closed.map(picture)).toEqual([['?→? select pg_sleep(5) unanswered']]);
    const [note] = keeper.closed[0]!.notes;
    await client.end();
    await asking;
    expect([note?.answeredAt, note?.statusAfter]).toEqual([null, null]);
  });
});
