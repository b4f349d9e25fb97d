// Copies of pg in one process, each with its own prototypes: of several versions, in a bundle, and with clients and pools that were there before us.

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { state } from '../../src/capture/state.js';
import { createProfiler, type Profiler } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { type Installed, installedDrivers } from './install.js';

// biome-ignore lint/suspicious/noExplicitAny: each version of pg has other types.
type Loose = any;

let drivers: Installed[];
let url: string;
let profiler: Profiler;

beforeAll(async () => {
  drivers = await installedDrivers();
  url = await freshDatabase();
}, 240_000);

afterEach(async () => {
  await profiler.close();
  expect([state.openScopes, state.patches.size]).toEqual([0, 0]);
});

const noted = (report: { profile: Loose }) =>
  report.profile.statements.map(({ sql, rows }: Loose) => `${sql} → ${rows}`);

describe('clients and pools that were made, connected and used before', () => {
  it('are watched from then on', async () => {
    for (const driver of drivers) {
      const pg = driver.require('pg');
      const [client, pool] = [new pg.Client(url), new pg.Pool({ connectionString: url })];
      await client.connect();
      await client.query('begin');
      await pool.query('select 0');
      profiler = createProfiler({ outputs: [] });
      profiler.instrument(pg);
      const { report } = await profiler.capture('before', async () => {
        await client.query('select 1 as one');
        await client.query('commit');
        await pool.query('select 2 as two');
        const held = await pool.connect();
        await held.query('select 3 as three');
        held.release();
      });
      expect([driver.version, noted(report)]).toEqual([
        driver.version,
        ['select ? as one → 1', 'commit → 0', 'select ? as two → 1', 'select ? as three → 1'],
      ]);
      await profiler.close();
      await Promise.all([client.end(), pool.end()]);
    }
  });

  it('and have their own methods again when it is closed', async () => {
    for (const driver of drivers) {
      const pg = driver.require('pg');
      const pool = new pg.Pool({ connectionString: url });
      const methods = [pool.query, pool.connect, pg.Client.prototype.query, pg.Client.prototype.connect];
      profiler = createProfiler({ outputs: [] });
      profiler.wrap(pool);
      await profiler.capture('while', () => pool.query('select 1'));
      expect(pool.query).not.toBe(methods[0]);
      await profiler.close();
      expect([pool.query, pool.connect, pg.Client.prototype.query, pg.Client.prototype.connect]).toEqual(methods);
      await pool.end();
    }
  });
});

it('all versions side by side in one request: each statement once, each in its place', async () => {
  profiler = createProfiler({ outputs: [] });
  const pools = drivers.map((driver) => {
    const pg = driver.require('pg');
    profiler.instrument(pg);
    return new pg.Pool({ connectionString: url, max: 1 });
  });
  const { report } = await profiler.capture('all', async () => {
    for (const [i, pool] of pools.entries()) await pool.query(`select 1 as v${i}`);
    await Promise.all(pools.map((pool, i) => pool.query(`select 2 as v${i}`)));
  });
  const names = pools.map((_, i) => `select ? as v${i} → 1`);
  expect(noted(report)).toEqual([...names, ...names]);
  expect(new Set(report.profile.statements.map(({ connection }) => connection)).size).toBe(pools.length);
  await Promise.all(pools.map((pool) => pool.end()));
});

it('one version instrumented, another not: what is not watched is not noted', async () => {
  profiler = createProfiler({ outputs: [] });
  const [one, other] = [drivers[0]!.require('pg'), drivers.at(-1)!.require('pg')];
  profiler.instrument(one);
  const pools = [one, other].map((pg) => new pg.Pool({ connectionString: url }));
  const { report } = await profiler.capture('one', async () => {
    for (const [i, pool] of pools.entries()) await pool.query(`select 1 as v${i}`);
  });
  expect(noted(report)).toEqual(['select ? as v0 → 1']);
  await Promise.all(pools.map((pool) => pool.end()));
});

describe('a bundle that has pg inside', () => {
  it.each([
    ['as it is', false],
    ['minified', true],
  ])('%s, is watched through its pool', async (_name, minify) => {
    for (const driver of drivers) {
      const source = join(driver.directory, 'bundled.js');
      writeFileSync(
        source,
        `const { Pool } = require('pg'); const Cursor = require('pg-cursor');
         exports.open = (connectionString) => new Pool({ connectionString });
         exports.chats = async (pool) => {
           const { rows } = await pool.query('select id from (values (31), (12), (25)) chat(id)');
           for (const { id } of rows) await pool.query('select $1::int as of_chat', [id]);
           const client = await pool.connect();
           const cursor = client.query(new Cursor('select i from generate_series(1, 4) i'));
           await new Promise((resolve, reject) => cursor.read(9, (error) => (error ? reject(error) : resolve())));
           client.release();
         };`,
      );
      const bundle = join(driver.directory, `bundle${minify ? '.min' : ''}.js`);
      const esbuild = createRequire(join(driver.directory, '..', '..', 'app.js'))('esbuild');
      await esbuild.build({
        entryPoints: [source],
        outfile: bundle,
        bundle: true,
        minify,
        platform: 'node',
        external: ['pg-native', 'pg-cloudflare'],
        logLevel: 'silent',
      });
      const app = createRequire(bundle)(bundle);
      profiler = createProfiler({ outputs: [] });
      const pool = app.open(url);
      expect(profiler.wrap(pool)).toBe(pool);
      const { report } = await profiler.capture('bundle', () => app.chats(pool));
      expect([driver.version, noted(report)]).toEqual([
        driver.version,
        [
          'select id from (values (?), (?), (?)) chat(id) → 3',
          ...Array(3).fill('select $1::int as of_chat → 1'),
          'select i from generate_series(?, ?) i → 4',
        ],
      ]);
      await profiler.close();
      await pool.end();
    }
  });
});
