// Rows that come one by one, between other statements: from cursors, streams and pg's own Query. What arrived before a statement was sent may have
// fed it, and what came later may not.

import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runIn } from '../../src/capture/context.js';
import { state } from '../../src/capture/state.js';
import { createProfiler, type ProfilerOptions, type Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { TIMELESS } from '../support/timeless.js';
import { type Installed, installedDrivers } from './install.js';

// biome-ignore lint/suspicious/noExplicitAny: each version of pg has other types.
type Loose = any;

/** Unsorted, and far apart: no other column of the scope could be taken for it. */
const IDS = [90_713, 31_126, 55_861, 12_045, 77_410, 64_302, 20_999];
const CHATS = 'select id, name from chat order by place';
const MESSAGES = 'select text from message where chat_id = $1';

let drivers: Installed[];
let url: string;

beforeAll(async () => {
  drivers = await installedDrivers();
  url = await freshDatabase();
  const { Client } = drivers.at(-1)!.require('pg');
  const client = new Client(url);
  await client.connect();
  await client.query(`
    create table chat (place serial, id int primary key, name text);
    create table message (chat_id int, text text);
    create table copied (id int, name text);
  `);
  await client.query('insert into chat (id, name) select id, $2 from unnest($1::int[]) id', [IDS, 'a chat']);
  await client.end();
}, 240_000);

afterAll(() => expect(state.openScopes).toBe(0));

interface App {
  pg: Loose;
  /** Of the module that the app has beside its pg. */
  require(name: string): Loose;
  /** What hands out the rows. */
  client: Loose;
  /** What the loop sends its statements with: the other one is busy. */
  other: Loose;
}

/** Runs an app in a scope, on one version of pg. */
async function reportOf(
  driver: Installed,
  run: (app: App) => Promise<unknown>,
  options: ProfilerOptions = {},
): Promise<Report> {
  const pg = driver.require('pg');
  const profiler = createProfiler({ outputs: [], detectors: TIMELESS, ...options });
  profiler.instrument(pg);
  const [client, other] = [new pg.Client(url), new pg.Client(url)];
  await Promise.all([client.connect(), other.connect()]);
  try {
    const { report } = await profiler.capture('GET /chats', () => run({ pg, require: driver.require, client, other }));
    return report;
  } finally {
    await Promise.all([client.end(), other.end()]);
    await profiler.close();
  }
}

const allDrivers = () => drivers;
const eachDriver = async (check: (driver: Installed) => Promise<void>) => {
  for (const driver of allDrivers()) await check(driver);
};

function read(cursor: Loose, rows: number): Promise<Loose[]> {
  return new Promise((resolve, reject) => {
    cursor.read(rows, (error: unknown, found: Loose[]) => (error ? reject(error) : resolve(found)));
  });
}

const idOf = (row: Loose): number => (Array.isArray(row) ? row[0] : row.id);

/** The same loop over rows that come in different ways. */
const loops: Record<string, (app: App) => Promise<unknown>> = {
  'a cursor, read by callbacks': ({ client, other, require }) =>
    new Promise<void>((resolve, reject) => {
      const cursor = client.query(new (require('pg-cursor'))(CHATS));
      const next = () => {
        cursor.read(2, (error: unknown, rows: Loose[]) => {
          if (error) return reject(error);
          if (rows.length === 0) return resolve();
          let left = rows.length;
          for (const { id } of rows) {
            other.query(MESSAGES, [id], (failed: unknown) => {
              if (failed) reject(failed);
              else if (--left === 0) next();
            });
          }
        });
      };
      next();
    }),
  'a cursor, awaited': async ({ client, other, require }) => {
    const cursor = client.query(new (require('pg-cursor'))(CHATS));
    for (let rows = await read(cursor, 3); rows.length > 0; rows = await read(cursor, 3)) {
      for (const { id } of rows) await other.query(MESSAGES, [id]);
    }
  },
  'a cursor of arrays, closed in the end': async ({ client, other, require }) => {
    const cursor = client.query(new (require('pg-cursor'))(CHATS, [], { rowMode: 'array' }));
    for (const row of await read(cursor, IDS.length)) await other.query(MESSAGES, [idOf(row)]);
    await new Promise((resolve) => cursor.close(resolve));
  },
  'a stream, for await': async ({ client, other, require }) => {
    const stream = client.query(new (require('pg-query-stream'))(CHATS, [], { highWaterMark: 2, batchSize: 2 }));
    for await (const { id } of stream) await other.query(MESSAGES, [id]);
  },
  'a stream of arrays, piped': async ({ client, other, require }) => {
    const stream = client.query(new (require('pg-query-stream'))(CHATS, [], { rowMode: 'array' }));
    await pipeline(
      stream,
      new Writable({
        objectMode: true,
        write(row, _encoding, done) {
          other.query(MESSAGES, [idOf(row)], done);
        },
      }),
    );
  },
  'a stream, by its events': ({ client, other, require }) =>
    new Promise((resolve, reject) => {
      const stream = client.query(new (require('pg-query-stream'))(CHATS));
      const answers: Promise<unknown>[] = [];
      stream.on('data', ({ id }: Loose) => answers.push(other.query(MESSAGES, [id])));
      stream.on('end', () => Promise.all(answers).then(resolve, reject));
      stream.on('error', reject);
    }),
  "pg's own Query, by its events": ({ client, other, pg }) =>
    new Promise((resolve, reject) => {
      const query = client.query(new pg.Query(CHATS));
      const answers: Promise<unknown>[] = [];
      query.on('row', ({ id }: Loose) => answers.push(other.query(MESSAGES, [id])));
      query.on('end', () => Promise.all(answers).then(resolve, reject));
      query.on('error', reject);
    }),
};

describe('a statement for each row of', () => {
  it.each(Object.entries(loops))('%s', async (_name, run) => {
    await eachDriver(async (driver) => {
      const { profile, findings } = await reportOf(driver, run);
      const [source] = profile.statements;
      expect({
        version: driver.version,
        source: [source?.sql, source?.rows, source?.error],
        loop: profile.statements.length - 1,
        findings: findings.map(({ detector, confidence, source }) => [detector, confidence, source]),
        flows: profile.flows.map(({ rows, ordered }) => [rows, ordered]),
        unattributed: profile.unattributed,
        notices: profile.notices,
      }).toEqual({
        version: driver.version,
        source: [CHATS, IDS.length, null],
        loop: IDS.length,
        findings: [['n-plus-one', 'proven', [0]]],
        flows: [['each', true]],
        unattributed: 0,
        notices: [],
      });
    });
  });
});

describe('rows that had not arrived', () => {
  it('are no source of what was sent before them', async () => {
    await eachDriver(async (driver) => {
      const { profile, findings } = await reportOf(driver, async ({ client, other, require }) => {
        const cursor = client.query(new (require('pg-cursor'))(CHATS));
        // Each value is in a row of this cursor, but always one that is still to come.
        for (const id of IDS.slice(1)) {
          await other.query(MESSAGES, [id]);
          await read(cursor, 1);
        }
        await read(cursor, 1);
        await new Promise((resolve) => cursor.close(resolve));
      });
      expect([driver.version, profile.statements.length, profile.statements[0]?.rows]).toEqual([
        driver.version,
        IDS.length,
        IDS.length,
      ]);
      expect([profile.flows, findings.filter(({ confidence }) => confidence === 'proven')]).toEqual([[], []]);
    });
  });

  it('do not keep those that had from being one', async () => {
    await eachDriver(async (driver) => {
      const { findings } = await reportOf(driver, async ({ client, other, require }) => {
        const cursor = client.query(new (require('pg-cursor'))(CHATS));
        const rows = await read(cursor, 4);
        for (const { id } of rows) await other.query(MESSAGES, [id]);
        await read(cursor, 100);
      });
      expect([driver.version, findings.map(({ detector, confidence }) => `${detector} ${confidence}`)]).toEqual([
        driver.version,
        ['n-plus-one proven'],
      ]);
    });
  });
});

describe('a window of rows has a limit, and says so', () => {
  const all = async ({ client, require }: App) => {
    const stream = client.query(
      new (require('pg-query-stream'))('select i as id, i as other from generate_series(1, 50) i'),
    );
    for await (const _row of stream);
  };

  it.each([
    ['of rows', { rowsPerStatement: 10 }, 'rows-cut'],
    ['of values', { valuesPerScope: 30 }, 'values-cut'],
  ])('%s', async (_name, limits, code) => {
    const { profile } = await reportOf(drivers.at(-1)!, all, { limits });
    expect(profile.statements.map(({ rows }) => rows)).toEqual([50]);
    expect(profile.notices.map(({ code, count }) => [code, count])).toEqual([[code, 1]]);
  });

  it('and is none for fewer', async () => {
    const { profile } = await reportOf(drivers.at(-1)!, all, { limits: { rowsPerStatement: 50, valuesPerScope: 100 } });
    expect(profile.notices).toEqual([]);
  });
});

/** Waits until a connection's statement sleeps; asked on a connection that no scope watches. */
async function sleeping(pid: number): Promise<void> {
  const { Client } = drivers.at(-1)!.require('pg');
  const client = new Client(url);
  await runIn(undefined, async () => {
    await client.connect();
    for (let found = 0; !found; ) {
      const text = "select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'";
      found = (await client.query(text, [pid])).rowCount;
    }
    await client.end();
  });
}

const settled = (submitted: Loose) =>
  new Promise<void>((resolve) => {
    for (const event of ['end', 'error', 'finish', 'close']) submitted.once(event, () => resolve());
    submitted.resume?.();
  });

/**
 * What is noted of each statement: its text, the rows it returned, those it wrote, the server's word for it, its error. `not`: a version
 * whose own cursor breaks there, with or without us.
 */
const noted: Record<string, { run(app: App): Promise<unknown>; is: unknown[]; not?: string }> = {
  'a cursor that fails at once': {
    run: ({ client, require }) => read(client.query(new (require('pg-cursor'))('select broken')), 1).catch(() => {}),
    is: [['select broken', null, null, null, '42703']],
  },
  'a cursor that fails at its third row': {
    run: async ({ client, require }) => {
      const cursor = client.query(new (require('pg-cursor'))('select 1 / (3 - i) from generate_series(1, 5) i'));
      await read(cursor, 2);
      await read(cursor, 2).catch(() => {});
      await client.query('select 1');
    },
    is: [
      ['select ? / (? - i) from generate_series(?, ?) i', null, null, null, '22012'],
      ['select ?', 1, null, 'SELECT', null],
    ],
  },
  'a cursor that is closed unread': {
    run: async ({ client, require }) => {
      const cursor = client.query(new (require('pg-cursor'))(CHATS));
      await new Promise((resolve) => cursor.close(resolve));
    },
    is: [[CHATS, 0, null, null, null]],
  },
  'a cursor that is closed half-way': {
    run: async ({ client, require }) => {
      const cursor = client.query(new (require('pg-cursor'))(CHATS));
      await read(cursor, 3);
      await new Promise((resolve) => cursor.close(resolve));
    },
    is: [[CHATS, 3, null, null, null]],
  },
  'a stream that fails': {
    run: ({ client, require }) => settled(client.query(new (require('pg-query-stream'))('select broken'))),
    is: [['select broken', null, null, null, '42703']],
  },
  'a stream that is destroyed': {
    run: async ({ client, require }) => {
      const stream = client.query(new (require('pg-query-stream'))(CHATS, [], { highWaterMark: 2, batchSize: 2 }));
      for await (const _row of stream) break;
      await client.query('select 1');
    },
    is: [
      // It fetches ahead of its reader.
      [CHATS, expect.toSatisfy((rows) => rows >= 2 && rows < IDS.length), null, null, null],
      ['select ?', 1, null, 'SELECT', null],
    ],
  },
  'a cursor that writes': {
    run: async ({ client, require }) => {
      const cursor = client.query(
        new (require('pg-cursor'))('insert into copied select i from generate_series(1, 3) i returning id'),
      );
      await read(cursor, 10);
      await client.query('select 1');
    },
    is: [
      ['insert into copied select i from generate_series(?, ?) i returning id', 3, 3, 'INSERT', null],
      ['select ?', 1, null, 'SELECT', null],
    ],
  },
  "pg's own Query, of several statements": {
    run: ({ client, pg }) =>
      settled(client.query(new pg.Query("select 1; update chat set name = 'x'; select 2, 3 union all select 4, 5"))),
    is: [
      ['select ?', 1, null, 'SELECT', null],
      ['update chat set name = ?', 0, 7, 'UPDATE', null],
      ['select ?, ? union all select ?, ?', 2, null, 'SELECT', null],
    ],
  },
  "pg's own Query, with a callback": {
    run: ({ client, pg }) => new Promise((resolve) => client.query(new pg.Query('select 1', resolve))),
    is: [['select ?', 1, null, 'SELECT', null]],
  },
  "pg's own Query, failing": {
    run: ({ client, pg }) => settled(client.query(new pg.Query('select broken'))),
    is: [['select broken', null, null, null, '42703']],
  },
  "pg's own Query, refused for its values": {
    run: async ({ client, pg }) => {
      await settled(client.query(new pg.Query('select $1', 'no list')));
      await client.query('select 1');
    },
    is: [
      ['select $1', null, null, null, 'no code'],
      ['select ?', 1, null, 'SELECT', null],
    ],
  },
  "pg's own Query, refused for its name": {
    run: async ({ client, pg }) => {
      await client.query({ name: 'one', text: 'select 1' });
      await settled(client.query(new pg.Query({ name: 'one', text: 'select 2, 3' })));
      await client.query('select 1');
    },
    is: [
      ['select ?', 1, null, 'SELECT', null],
      ['select ?, ?', null, null, null, 'no code'],
      ['select ?', 1, null, 'SELECT', null],
    ],
  },
  'a cursor on a client that has ended': {
    run: async ({ pg, require }) => {
      const client = new pg.Client(url);
      await client.connect();
      await client.end();
      await read(client.query(new (require('pg-cursor'))(CHATS)), 1).catch(() => {});
    },
    is: [[CHATS, null, null, null, 'no code']],
    not: '8.0.3',
  },
  'a cursor whose client ends': {
    run: async ({ pg, require }) => {
      const client = new pg.Client(url);
      client.on('error', () => {});
      await client.connect();
      const cursor = client.query(new (require('pg-cursor'))('select pg_sleep(5)'));
      const reading = read(cursor, 1).catch(() => {});
      client.connection.stream.destroy();
      await reading;
    },
    is: [['select pg_sleep(?)', null, null, null, 'no code']],
  },
  'a cursor that is cancelled': {
    run: async ({ client, other, require }) => {
      const { rows } = await client.query('select pg_backend_pid() as pid');
      const reading = read(client.query(new (require('pg-cursor'))('select pg_sleep(5)')), 1).catch(() => {});
      await sleeping(rows[0].pid);
      await other.query('select pg_cancel_backend($1)', [rows[0].pid]);
      await reading;
    },
    is: [
      ['select pg_backend_pid() as pid', 1, null, 'SELECT', null],
      ['select pg_sleep(?)', null, null, null, '57014'],
      ['select pg_cancel_backend($1)', 1, null, 'SELECT', null],
    ],
  },
  'what waits behind a cursor, and before one': {
    run: async ({ client, require }) => {
      const before = client.query('select 1');
      const reading = read(client.query(new (require('pg-cursor'))(CHATS)), 100);
      const behind = client.query('select 1, 2');
      const last = read(client.query(new (require('pg-cursor'))('select 1, 2, 3')), 100);
      await Promise.all([before, reading, behind, last]);
    },
    is: [
      ['select ?', 1, null, 'SELECT', null],
      [CHATS, 7, null, 'SELECT', null],
      ['select ?, ?', 1, null, 'SELECT', null],
      ['select ?, ?, ?', 1, null, 'SELECT', null],
    ],
  },
  'a cursor before the client is connected': {
    run: async ({ pg, require }) => {
      const client = new pg.Client(url);
      const reading = read(client.query(new (require('pg-cursor'))(CHATS)), 100);
      await client.connect();
      await reading;
      await client.end();
    },
    is: [[CHATS, 7, null, 'SELECT', null]],
  },
  "pg's own Query that times out while it waits": {
    run: async ({ pg }) => {
      const client = new pg.Client(url);
      await client.connect();
      const slow = client.query('select pg_sleep(0.3)');
      // The oldest does not take it with the query.
      client.connectionParameters.query_timeout = 80;
      await new Promise((resolve) => client.query(new pg.Query('select 1, 2, 3', resolve)));
      client.connectionParameters.query_timeout = 0;
      await slow;
      await client.query('select 1');
      await client.end();
    },
    is: [
      ['select pg_sleep(?)', 1, null, 'SELECT', null],
      ['select ?, ?, ?', null, null, null, 'no code'],
      ['select ?', 1, null, 'SELECT', null],
    ],
  },
  'COPY out': {
    run: async ({ client, require }) => {
      const stream = client.query(require('pg-copy-streams').to('copy (select id from chat) to stdout'));
      let text = '';
      for await (const chunk of stream) text += chunk;
      expect(text.trim().split('\n').map(Number)).toEqual(IDS);
      await client.query('select 1');
    },
    is: [
      ['copy (select id from chat) to stdout', 7, null, 'COPY', null],
      ['select ?', 1, null, 'SELECT', null],
    ],
  },
  'COPY in': {
    run: async ({ client, require }) => {
      const stream = client.query(require('pg-copy-streams').from('copy copied from stdin'));
      stream.write('1\tone\n');
      stream.end('2\ttwo\n');
      await settled(stream);
      await client.query('select 1');
    },
    is: [
      ['copy copied from stdin', 0, 2, 'COPY', null],
      ['select ?', 1, null, 'SELECT', null],
    ],
  },
  'COPY in that fails': {
    run: async ({ client, require }) => {
      const stream = client.query(require('pg-copy-streams').from('copy copied from stdin'));
      stream.end('no number\tone\n');
      await settled(stream);
      await client.query('select 1');
    },
    is: [
      ['copy copied from stdin', null, null, null, '22P02'],
      ['select ?', 1, null, 'SELECT', null],
    ],
  },
  'COPY that cannot be': {
    run: async ({ client, require }) => {
      await settled(client.query(require('pg-copy-streams').to('copy nowhere to stdout')));
      await client.query('select 1');
    },
    is: [
      ['copy nowhere to stdout', null, null, null, '42P01'],
      ['select ?', 1, null, 'SELECT', null],
    ],
  },
};

describe('what is noted of', () => {
  it.each(Object.entries(noted))('%s', async (_name, { run, is, not }) => {
    await eachDriver(async (driver) => {
      if (driver.version === not) return;
      let app!: App;
      const { profile } = await reportOf(
        driver,
        (given) => {
          app = given;
          return run(given);
        },
        { limits: { settleMs: 20_000 } },
      );
      const seen = profile.statements.map(({ sql, rows, affected, command, error }) => [
        sql,
        rows,
        affected,
        command,
        error === null ? null : (error.code ?? 'no code'),
      ]);
      expect([driver.version, seen]).toEqual([driver.version, is]);
      expect(profile.notices).toEqual([]);
      expect(Object.hasOwn(app.client.connection, 'emit')).toBe(false);
    });
  });

  it('a cursor that is still open when the scope has to close', async () => {
    let open!: Loose;
    const { profile } = await reportOf(
      drivers.at(-1)!,
      async ({ client, require }) => {
        open = client.query(new (require('pg-cursor'))(CHATS));
        await read(open, 2);
      },
      { limits: { settleMs: 50 } },
    );
    expect(profile.statements.map(({ rows }) => rows)).toEqual([2]);
    expect(profile.notices.map(({ code, count }) => [code, count])).toEqual([['unsettled', 1]]);
  });
});
