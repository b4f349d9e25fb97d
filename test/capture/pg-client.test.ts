// In which scope the app's code runs when the driver calls it back, and what is noted of calls out of the ordinary.

import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../examples/database.js';
import { runIn } from '../../src/capture/context.js';
import { releasePatches } from '../../src/capture/patches.js';
import type { DriverClient } from '../../src/capture/pg-driver.js';
import { driverOfModule, patchDriver } from '../../src/capture/pg-module.js';
import { currentScope, openScope } from '../../src/capture/scope.js';
import { state } from '../../src/capture/state.js';
import { freshDatabase } from '../postgres.js';
import { type Recorded, RecordingKeeper } from './recording.js';

/** pg's types leave out Submittables and configs with a callback. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
type Loose = any;

let pool: pg.Pool;
let url: string;
const holder = {};

beforeAll(async () => {
  url = await freshDatabase();
  pool = new pg.Pool({ connectionString: url, max: 1 });
  patchDriver(driverOfModule(pg)!, holder);
});

afterAll(async () => {
  releasePatches(holder);
  await pool.end();
  expect(state.openScopes).toBe(0);
});

const texts = ({ notes }: Recorded) => notes.map(({ text }) => text);
const OK = { status: 200, error: null, aborted: false };

describe('the scope of a callback is the one of its call', () => {
  const calls: Record<string, (client: pg.Client, callback: () => void) => unknown> = {
    'client, text': (client, callback) => client.query('select 1', callback),
    'client, values': (client, callback) => client.query('select $1::int', [1], callback),
    'client, config': (client, callback) => client.query({ text: 'select 1' }, callback),
    'client, the config’s own': (client, callback) => client.query({ text: 'select 1', callback } as Loose),
    'client, failing': (client, callback) => client.query('select broken', callback),
    pool: (_client, callback) => pool.query('select 1', callback),
    'pool, failing': (_client, callback) => pool.query('select broken', callback),
    'pool, connect': (_client, callback) =>
      pool.connect((_error, _client, release) => {
        release();
        callback();
      }),
  };

  it.each(Object.entries(calls))('%s', async (_name, call) => {
    const keeper = new RecordingKeeper();
    const client = new pg.Client(url);
    // Its socket belongs to another scope, which has closed.
    await keeper.record('first of all', () => client.connect());
    const seen: unknown[] = [];
    const scopes = ['a', 'b'].map((label) => openScope(keeper, 'request', label));
    const calling = [...scopes, undefined].map((scope) =>
      runIn(
        scope?.context,
        () =>
          new Promise<void>((resolve) =>
            call(client, () => {
              seen.push(currentScope() === (scope ?? null));
              resolve();
            }),
          ),
      ),
    );
    await Promise.all(calling);
    for (const scope of scopes) {
      scope.end(OK);
      await scope.reported();
    }
    await client.end();
    expect(seen).toEqual([true, true, true]);
  });
});

describe('what is noted', () => {
  it('is as much as the server logs', async () => {
    const database = await openDatabase({ settings: { log_statement: 'all' } });
    const logged = new pg.Pool({ connectionString: database.url, max: 2 });
    const mark = (n: number) => `select ${n} as counted_here`;
    const recorded = await new RecordingKeeper().record('counted', async () => {
      await Promise.all(Array.from({ length: 10 }, (_, n) => logged.query(mark(n))));
      await new Promise((resolve) => logged.query(mark(10), [], resolve));
      const client = await logged.connect();
      await client.query({ name: 'twice', text: mark(11) });
      await client.query({ name: 'twice' } as Loose);
      await new Promise((resolve) => client.query(new (pg as Loose).Query(mark(12))).on('end', resolve));
      await client.query(`${mark(13)}; ${mark(14)}`);
      await client.query('select broken as counted_here').catch(() => {});
      client.release();
    });
    await logged.end();
    const log = readFileSync(database.logFile!, 'utf8');
    await database.stop();
    const onServer = log.split('\n').filter((line) => /LOG: {2}(statement|execute).*counted_here/.test(line));
    expect(recorded.notes).toHaveLength(onServer.length);
    expect(texts(recorded)).toHaveLength(16);
  });

  it('has the text of a named statement that is called by its name', async () => {
    const recorded = await new RecordingKeeper().record('named', async () => {
      const client = await pool.connect();
      await client.query({ name: 'by name', text: 'select $1::int as n', values: [1] });
      await client.query({ name: 'by name', values: [2] } as Loose);
      client.release();
    });
    expect(recorded.notes.map(({ text, values }) => [text, values])).toEqual([
      ['select $1::int as n', [1]],
      ['select $1::int as n', [2]],
    ]);
  });

  it('is a copy of the values, as they were sent', async () => {
    const values = [1, 2];
    const client = await pool.connect();
    const recorded = await new RecordingKeeper().record('copied', async () => {
      const asked = client.query('select $1::int, $2::int', values);
      values.length = 0;
      await asked;
    });
    client.release();
    expect(recorded.notes[0]?.values).toEqual([1, 2]);
  });

  it('is missing, with a notice, where a config cannot be read', async () => {
    const config = {
      get text(): string {
        throw new Error('no text today');
      },
    };
    const recorded = await new RecordingKeeper().record('unreadable', () => pool.query(config).catch(() => {}));
    expect([texts(recorded), recorded.notices]).toEqual([[], ['unreadable-value']]);
  });

  it('is without values, with a notice, where only the app could tell them', async () => {
    const hidden = {
      text: 'select $1::int as hidden',
      get values() {
        return [1];
      },
    };
    class Tagged {
      values = [2];
      get text() {
        return 'select $1::int as tagged';
      }
    }
    const proxied = { text: 'select $1::int as proxied', values: new Proxy([3], {}) };
    const inherited: Loose = Object.create({ text: 'select $1::int as inherited', values: [4] });
    const keeper = new RecordingKeeper();
    const noted = async (config: Loose) => {
      const { notes, notices } = await keeper.record('hidden', () => pool.query(config));
      return [...notes.map(({ text, values: bound }) => [text, bound]), ...notices];
    };
    expect([await noted(hidden), await noted(new Tagged()), await noted(proxied), await noted(inherited)]).toEqual([
      [['select $1::int as hidden', null], 'unreadable-value'],
      [['select $1::int as tagged', [2]]],
      [['select $1::int as proxied', null], 'unreadable-value'],
      [['select $1::int as inherited', [4]]],
    ]);
  });

  it('is missing, with a notice, where a config is a proxy', async () => {
    const config = new Proxy({ text: 'select 1' }, {});
    const recorded = await new RecordingKeeper().record('a proxy', () => pool.query(config));
    expect([texts(recorded), recorded.notices]).toEqual([[], ['unreadable-value']]);
  });

  it('stops at the cap, while the app goes on', async () => {
    const keeper = new RecordingKeeper({ statements: 2 });
    const scope = openScope(keeper, 'request', 'capped');
    const answers = await scope.run(async () => {
      const rows: unknown[] = [];
      for (let n = 0; n < 4; n++) rows.push((await pool.query('select $1::int as n', [n])).rows[0].n);
      rows.push(await new Promise((resolve) => pool.query('select 4 as n', () => resolve(currentScope() === scope))));
      return rows;
    });
    expect([answers, scope.recorder.notes.length, scope.recorder.dropped]).toEqual([[0, 1, 2, 3, true], 2, 3]);
    scope.end(OK);
    await scope.reported();
  });

  it('goes on in a scope of its own after the first has closed', async () => {
    const keeper = new RecordingKeeper();
    let isOver = () => {};
    let later: Promise<unknown> = Promise.resolve();
    const first = await keeper.record('GET /', () => {
      later = new Promise<void>((resume) => {
        isOver = resume;
      }).then(async () => {
        await pool.query('select 1');
        await pool.query('select 2');
      });
    });
    isOver();
    await later;
    await vi.waitFor(() => expect(keeper.closed).toHaveLength(2), { timeout: 20_000 });
    expect(keeper.closed.map((closed) => [closed.label, closed.parent, texts(closed)])).toEqual([
      ['GET /', null, []],
      ['after GET /', first.id, ['select 1', 'select 2']],
    ]);
  });

  it('is late where it was asked for after the response, and in the same scope while that is open', async () => {
    const keeper = new RecordingKeeper();
    const scope = openScope(keeper, 'request', 'GET /');
    await scope.run(async () => {
      const writing = pool.query('select 1').then(() => pool.query('select 2'));
      scope.end(OK);
      await writing;
    });
    await scope.reported();
    expect(keeper.closed[0]?.notes.map(({ text, late }) => [text, late])).toEqual([
      ['select 1', false],
      ['select 2', true],
    ]);
  });
});

describe('a client without the protocol (native)', () => {
  /** The slice of pg's native Client that differs: no connection, and answers in another tick. */
  class NativeClient {
    host = 'localhost';
    port = 5432;
    database = 'shop';
    namedQueries = {};
    connect(): void {}
    query(config: Loose, values?: Loose, callback?: Loose): unknown {
      if (typeof config.submit === 'function') return config;
      const done = typeof values === 'function' ? values : callback;
      const result = { command: 'SELECT', rowCount: Number.NaN, rows: [{ n: 1 }] };
      if (done) setImmediate(() => done(null, result));
      return done ? undefined : Promise.resolve(result);
    }
  }

  it('is noted all the same, its transactions by their texts', async () => {
    patchDriver({ clients: [NativeClient.prototype], pools: [] }, holder);
    const client = new NativeClient();
    const submittable = { text: 'select 3', submit() {} };
    const recorded = await new RecordingKeeper().record('native', async () => {
      await client.query('select 1');
      await new Promise((resolve) => client.query('select 2', resolve));
      expect(client.query(submittable)).toBe(submittable);
    });
    expect(
      recorded.notes.map(({ text, answeredAt, statusAfter, connection }) => [
        text,
        answeredAt !== null,
        statusAfter,
        connection?.native,
      ]),
    ).toEqual([
      ['select 1', true, null, true],
      ['select 2', true, null, true],
      ['select 3', true, null, true],
    ]);
    expect(state.connections.get(client as DriverClient)?.note.statusSource).toBe('text');
  });
});

describe("a driver that writes into the app's config, as older ones do", () => {
  /** Of such a driver what matters here, how it takes its arguments; a new one for each test. */
  const writingDriver = () =>
    class WritingClient {
      connect(): void {}
      query(config: Loose, values?: Loose, callback?: Loose): unknown {
        if (typeof values === 'function') config.callback = values;
        else if (values) config.values = values;
        if (callback) config.callback = callback;
        const { callback: done } = config;
        setImmediate(() => done(null, { rows: [] }));
        return undefined;
      }
    };
  const configs: Record<string, (done: () => void) => { config: Loose; rest: Loose[] }> = {
    'its own callback': (callback) => ({ config: { text: 'select 1', callback }, rest: [] }),
    'its own callback, and values beside it': (callback) => ({ config: { text: 'select 1', callback }, rest: [[1]] }),
    'a callback beside it': (callback) => ({ config: { text: 'select 1' }, rest: [callback] }),
    'values and a callback beside it': (callback) => ({ config: { text: 'select 1' }, rest: [[1], callback] }),
    'a callback that cannot be replaced': (callback) => ({
      config: Object.freeze({ text: 'select 1', callback }),
      rest: [],
    }),
    'a callback that it inherits': (callback) => ({
      config: Object.assign(Object.create({ callback }), { text: 'select 1' }),
      rest: [],
    }),
  };

  it.each(Object.entries(configs))('leaves a config with %s as without us', async (_name, make) => {
    const WritingClient = writingDriver();
    const ends: unknown[] = [];
    for (const holders of [[], [holder]]) {
      for (const one of holders) patchDriver({ clients: [WritingClient.prototype], pools: [] }, one);
      let done = () => {};
      const called = new Promise<void>((resolve) => {
        done = resolve;
      });
      const { config, rest } = make(done);
      const keeper = new RecordingKeeper({ settleMs: 10 });
      const recorded = await keeper.record('writing', async () => {
        new WritingClient().query(config, ...rest);
        await called;
      });
      expect(texts(recorded)).toEqual(holders.map(() => 'select 1'));
      ends.push(Object.entries(config).map(([name, value]) => [name, value === done ? "the app's" : value]));
    }
    expect(ends[1]).toEqual(ends[0]);
  });
});
