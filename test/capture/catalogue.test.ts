// What queryscope asks of the catalogue where it may, on a real PostgreSQL: what it learns, and that the app, its pool and its
// connections notice nothing, whatever state they are in.

import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';
import type { CatalogueTable } from '../../src/profile/types.js';
import { freshDatabase } from '../postgres.js';

let url: string;
let admin: pg.Client;
let profiler: Profiler;

beforeAll(async () => {
  url = await freshDatabase();
  // Connected before anything is patched: what it sends is nobody's.
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`
    create extension if not exists btree_gist;
    create schema other;
    create table users (id serial primary key, email text unique, name text, version int);
    create table other.users (id int, email text);
    create table "Order" (id int, "orderNo" text, tenant int, note text, unique (tenant, "orderNo") include (note));
    create table token (id int, user_id int, kind text, gone boolean, dropped text);
    alter table token drop column dropped;
    create unique index on token (user_id, kind) where not gone;
    create unique index on token ((lower(kind)));
    create index on token (id);
    create table booking (room int, during int4range, exclude using gist (room with =, during with &&));
    create table event (id int, day date, primary key (id, day)) partition by range (day);
    create view people as select * from users;
  `);
  profiler = createProfiler({ outputs: [], catalogue: 'pool' });
  profiler.instrument(pg);
});

afterAll(async () => {
  await profiler.close();
  await admin.end();
});

/** Captured with a pool of its own, which is ended. */
async function withPool<T>(options: pg.PoolConfig, fn: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: url, max: 2, ...options });
  try {
    return await fn(pool);
  } finally {
    if (!pool.ending) await pool.end();
  }
}

async function touch(pool: pg.Pool, table: string): Promise<Report> {
  const { report } = await profiler.capture('touch', async () => {
    await pool.query(`select * from ${table} where false`);
    await pool.query(`update ${table} set id = id where false`);
  });
  return report;
}

const USERS: CatalogueTable = {
  table: 'users',
  connections: [0],
  columns: ['id', 'email', 'name', 'version'],
  unique: [
    { columns: ['id'], plain: true },
    { columns: ['email'], plain: true },
  ],
};

describe('what it learns', () => {
  const learnt = async (table: string) => {
    const report = await withPool({}, (pool) => touch(pool, table));
    expect(report.profile.unattributed + report.profile.notices.length).toBe(0);
    expect(report.profile.statements).toHaveLength(2);
    return report.profile.catalogue;
  };

  it.each<[string, CatalogueTable[]]>([
    ['users', [USERS]],
    ['public.users', [{ ...USERS, table: 'public.users' }]],
    ['other.users', [{ table: 'other.users', connections: [0], columns: ['id', 'email'], unique: [] }]],
    [
      '"Order"',
      [
        {
          table: 'Order',
          connections: [0],
          columns: ['id', 'orderNo', 'tenant', 'note'],
          unique: [{ columns: ['orderNo', 'tenant'], plain: true }],
        },
      ],
    ],
    [
      'token',
      [
        {
          table: 'token',
          connections: [0],
          columns: ['id', 'user_id', 'kind', 'gone'],
          unique: [
            { columns: ['user_id', 'kind'], plain: false },
            { columns: ['kind'], plain: false },
          ],
        },
      ],
    ],
    [
      'event',
      [
        {
          table: 'event',
          connections: [0],
          columns: ['id', 'day'],
          unique: [{ columns: ['id', 'day'], plain: true }],
        },
      ],
    ],
    ['people', []],
  ])('of %s', async (table, facts) => {
    expect(await learnt(table)).toEqual(facts);
  });

  it('of a table with an exclusion constraint, and of several tables', async () => {
    const { report } = await withPool({}, (pool) =>
      profiler.capture('two', async () => {
        await pool.query('select * from users');
        await pool.query("insert into users (name) values ('a')");
        await pool.query('select room from booking where room = 1');
        await pool.query("insert into booking values (1, '[1,2)')");
        await pool.query('select * from token');
      }),
    );
    expect(report.profile.catalogue).toEqual([
      USERS,
      {
        table: 'booking',
        connections: [0],
        columns: ['room', 'during'],
        unique: [{ columns: ['room', 'during'], plain: false }],
      },
    ]);
  });

  it('says of a race what the constraint does', async () => {
    const raceBy = (column: string) =>
      withPool({}, async (pool) => {
        const { report } = await profiler.capture('register', async () => {
          await pool.query(`select id from users where ${column} = $1`, [`new ${column}`]);
          await pool.query(`insert into users (${column}) values ($1)`, [`new ${column}`]);
        });
        const [race] = report.findings.filter(({ detector }) => detector === 'check-then-insert');
        return `${race?.severity} ${race?.confidence} ${race?.data.guard}`;
      });
    expect(await raceBy('email')).toBe('info possible unique');
    expect(await raceBy('name')).toBe('error likely none');
  });
});

describe('when it asks', () => {
  it('is never without being told to', async () => {
    const silent = createProfiler({ outputs: [] });
    silent.instrument(pg);
    const taken = await withPool({}, async (pool) => {
      let count = 0;
      pool.on('acquire', () => count++);
      const { report } = await silent.capture('touch', async () => {
        await pool.query('select * from users where false');
        await pool.query('update users set id = id where false');
      });
      expect(report.profile.catalogue).toBeNull();
      return count;
    });
    await silent.close();
    expect(taken).toBe(2);
  });

  it('is once for each table of a pool', async () => {
    await withPool({ max: 8 }, async (pool) => {
      let count = 0;
      pool.on('acquire', () => count++);
      const [first, ...others] = await Promise.all([touch(pool, 'users'), touch(pool, 'users'), touch(pool, 'users')]);
      expect((await touch(pool, 'users')).profile.catalogue).toEqual([USERS]);
      for (const { profile } of others)
        expect(profile.catalogue?.[0]?.unique).toEqual(first.profile.catalogue?.[0]?.unique);
      expect(count).toBe(4 * 2 + 1);
    });
  });

  it('is not where nothing that was read was written', async () => {
    await withPool({}, async (pool) => {
      let count = 0;
      pool.on('acquire', () => count++);
      const { report } = await profiler.capture('read', async () => {
        await pool.query('select * from users where false');
        await pool.query('delete from token where false');
      });
      expect(report.profile.catalogue).toEqual([]);
      expect(count).toBe(2);
    });
  });

  it('is not while all connections are in use', async () => {
    await withPool({ max: 1 }, async (pool) => {
      const client = await pool.connect();
      const { report } = await profiler.capture('held', async () => {
        await client.query('select * from users where false');
        await client.query('update users set id = id where false');
      });
      expect(report.profile.catalogue).toEqual([]);
      client.release();
      expect((await touch(pool, 'users')).profile.catalogue).toEqual([USERS]);
    });
  });

  it('is not on a connection that was given back in a transaction', async () => {
    await withPool({ max: 1 }, async (pool) => {
      const { report } = await profiler.capture('leak', async () => {
        const client = await pool.connect();
        await client.query('begin');
        await client.query('select * from users where false');
        await client.query('update users set id = id where false');
        client.release();
      });
      expect(report.profile.catalogue).toEqual([]);
      const { rows } = await admin.query(
        "select query, state from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and state <> 'idle'",
      );
      expect(rows).toEqual([{ query: 'update users set id = id where false', state: 'idle in transaction' }]);
    });
  });

  it('is not on a pool that has ended', async () => {
    await withPool({}, async (pool) => {
      const { report } = await profiler.capture('ended', async () => {
        await pool.query('select * from users where false');
        await pool.query('update users set id = id where false');
        await pool.end();
      });
      expect(report.profile.catalogue).toEqual([]);
    });
  });

  it('is not of a client without a pool', async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { report } = await profiler.capture('own', async () => {
      await client.query('select * from users where false');
      await client.query('update users set id = id where false');
    });
    await client.end();
    expect(report.profile.catalogue).toEqual([]);
  });
});

describe('a catalogue that does not answer', () => {
  /** Something between the pool and the server that stops passing on what the server says. */
  let server: Server;
  let deaf = false;

  beforeAll(async () => {
    const { hostname, port } = new URL(url);
    server = createServer((socket) => {
      const upstream = connect(Number(port), hostname);
      socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
      upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('data', (data) => upstream.write(data));
      upstream.on('data', (data) => {
        if (!deaf) socket.write(data);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => server.close());

  const through = () => {
    const proxied = new URL(url);
    proxied.hostname = '127.0.0.1';
    proxied.port = String((server.address() as { port: number }).port);
    return proxied.href;
  };

  it('is waited for a second, and costs the pool that connection', async () => {
    await withPool({ connectionString: through() }, async (pool) => {
      const removed = once(pool, 'remove');
      const begun = performance.now();
      const { report } = await profiler.capture('deaf', async () => {
        await pool.query('select * from users where false');
        await pool.query('update users set id = id where false');
        deaf = true;
      });
      const tookMs = performance.now() - begun;
      deaf = false;
      expect(report.profile.catalogue).toEqual([]);
      expect(report.profile.statements).toHaveLength(2);
      expect(tookMs).toBeGreaterThan(900);
      expect(tookMs).toBeLessThan(5_000);
      await removed;
      expect((await touch(pool, 'users')).profile.catalogue).toEqual([USERS]);
    });
  });

  it('may lose its connection: the app hears nothing, and stderr hears of it once', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await withPool({ connectionString: through() }, async (pool) => {
      const errors: unknown[] = [];
      pool.on('error', (error) => errors.push(error));
      pool.on('acquire', (client) => {
        if (!deaf) return;
        (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      });
      const { report } = await profiler.capture('lost', async () => {
        await pool.query('select * from users where false');
        await pool.query('update users set id = id where false');
        deaf = true;
      });
      deaf = false;
      expect(report.profile.catalogue).toEqual([]);
      expect(errors).toEqual([]);
      expect(said.mock.calls.map(([line]) => line)).toEqual([
        expect.stringMatching(/^queryscope: the look-up in the catalogue failed, which was kept from the app: Error/),
      ]);
      said.mockRestore();
      expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    });
  });
});
