// Rows that come one by one, between other statements: from cursors, streams and pg's own Query. What arrived before a statement was sent may have
// fed it, and what came later may not.

import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { state } from '../../src/capture/state.js';
import { createProfiler, type ProfilerOptions, type Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
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
}, 120_000);

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
  const profiler = createProfiler({ outputs: [], ...options });
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
