// What stands in for a server in the bench: an app must not be able to tell, and queryscope has to see all that it sees of a real one.

import pg from 'pg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../../bench/database.js';
import { servers } from '../../bench/servers.cjs';
import { workloads } from '../../bench/workloads.cjs';
import { createProfiler } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { TIMELESS } from '../support/timeless.js';

type Server = keyof typeof servers;
type Workload = keyof typeof workloads;

let url: string;
const pools: pg.Pool[] = [];

beforeAll(async () => {
  url = await freshDatabase();
  await seed(url);
});
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())));

async function open(server: Server, workload: Workload): Promise<pg.Pool> {
  const pool = await servers[server](pg, url, workloads[workload]);
  pools.push(pool);
  return pool;
}

/** All but times and ids; each line as it was taken, and not as an earlier scope had it. */
type Seen = Record<'statements' | 'flows' | 'transactions' | 'findings', unknown[]>;

async function seenOf(server: Server, workload: Workload): Promise<Seen> {
  const pool = await open(server, workload);
  const profiler = createProfiler({ outputs: [], enabled: true, callSites: 'always', detectors: TIMELESS });
  profiler.instrument(pg);
  try {
    const { report } = await profiler.capture(`${workload} on ${server}`, () => workloads[workload](pool));
    const { statements, flows, transactions } = report.profile;
    return {
      statements: statements.map(({ sql, rows, command, error, valuesKey, callSite }) => ({
        sql,
        rows,
        command,
        error,
        valuesKey,
        callSite,
      })),
      flows,
      transactions,
      findings: report.findings.map(({ key, message, confidence }) => ({ key, message, confidence })),
    };
  } finally {
    await profiler.close();
  }
}

describe.each(['story', 'shapes'] as const)('%s', (workload) => {
  it.each(['replayed', 'null'] as const)('is answered by the %s server as by a real one', async (server) => {
    const real = await workloads[workload](await open('real', workload));
    const pool = await open(server, workload);
    expect(await workloads[workload](pool)).toEqual(real);
    expect(await workloads[workload](pool)).toEqual(real);
  });

  it.each(['replayed', 'null'] as const)('is seen on the %s server as on a real one', async (server) => {
    const seen: Seen[] = [];
    // On one line, which is in the call sites.
    for (const each of ['real', server] as const) seen.push(await seenOf(each, workload));
    expect(seen[0]?.statements).toHaveLength(23);
    expect(seen[1]).toEqual(seen[0]);
  });
});

it('refuses what it has no answer for', async () => {
  const pool = await open('null', 'story');
  await expect(pool.query('select 1')).rejects.toThrow('It was not recorded what answers select 1');
  await expect(pool.query('select id, username from users where id = $1', [99])).rejects.toThrow('It was not recorded');
});
