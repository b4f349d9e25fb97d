// Pools as metrics see them: how they are now, and how long callers wait for a connection and keep it, in a scope or not. Costs nothing until
// somebody watches.

import type { PoolState, PoolWatcher } from '../profile/pools.js';
import { guarded } from './guard.js';
import { type DriverCallback, type DriverClient, type DriverPool, isThenable } from './pg-driver.js';
import { ordinalOf } from './pool-ordinals.js';
import { state } from './state.js';
import { clock } from './timers.js';

type PoolConnect = (this: DriverPool, callback?: unknown) => unknown;

/** What pg-pool says when a caller has waited too long: for an idle connection, or for a new one. */
const TIMEOUTS = new Set([
  'timeout exceeded when trying to connect',
  'Connection terminated due to connection timeout',
]);

/** Pools whose events are heard. */
const heard = new WeakSet<object>();
/** Where each pool's connections go: it may have none at this moment. */
const servers = new WeakMap<object, Pick<PoolState, 'host' | 'port' | 'database'>>();

/** Tells a watcher what happens at pools from now on; answers how to stop. */
export function watchPools(watcher: PoolWatcher): () => void {
  state.poolWatchers.add(watcher);
  return () => {
    state.poolWatchers.delete(watcher);
  };
}

/** The pools that were used and are not ended. */
export function poolStates(): PoolState[] {
  return [...state.poolsByOrdinal].flatMap(([ordinal, reference]) => {
    const pool = reference.deref() as DriverPool | undefined;
    return pool === undefined || pool.ending || pool.ended ? [] : [stateOf(pool, ordinal)];
  });
}

function stateOf(pool: DriverPool, ordinal: number): PoolState {
  const { idleCount: idle = 0, totalCount = 0, waitingCount: pending = 0, options } = pool;
  const max = Number(options?.max);
  return {
    ordinal,
    ...serverOf(pool),
    used: totalCount - idle,
    idle,
    pending,
    max: Number.isFinite(max) ? max : null,
    min: Number(options?.min ?? 0) || 0,
  };
}

function serverOf(pool: DriverPool): Pick<PoolState, 'host' | 'port' | 'database'> {
  const client = pool._clients?.at(-1);
  if (client !== undefined) {
    const { host, port, database } = client;
    servers.set(pool, {
      host: typeof host === 'string' ? host : '',
      port: Number(port) || 0,
      database: typeof database === 'string' ? database : '',
    });
  }
  return servers.get(pool) ?? { host: '', port: 0, database: '' };
}

/** Stands in for a pool's `connect` while somebody watches: the same, with its time taken. */
export function watched(original: PoolConnect): PoolConnect {
  return function connect(this: DriverPool, callback) {
    const pool = guarded(() => hear(this), null) ?? -1;
    const askedAt = clock();
    if (typeof callback === 'function') {
      return Reflect.apply(original, this, [
        function acquired(this: unknown, ...given: unknown[]): unknown {
          settled(pool, askedAt, given[0]);
          return Reflect.apply(callback as DriverCallback, this, given);
        },
      ]);
    }
    const result = Reflect.apply(original, this, []);
    if (!isThenable(result)) return result;
    return result.then(
      (client) => {
        settled(pool, askedAt, null);
        return client;
      },
      (error: unknown) => {
        settled(pool, askedAt, error);
        throw error;
      },
    );
  };
}

function settled(pool: number, askedAt: number, error: unknown): void {
  if (!error) tell((watcher) => watcher.waited(pool, clock() - askedAt));
  else if (TIMEOUTS.has(String((error as { message?: unknown }).message))) tell((watcher) => watcher.timedOut(pool));
}

/** Listens to a pool from its first use on; answers its ordinal. */
function hear(pool: DriverPool): number {
  const ordinal = ordinalOf(pool);
  if (heard.has(pool) || typeof pool.on !== 'function') return ordinal;
  heard.add(pool);
  const takenAt = new WeakMap<object, number>();
  pool.on('connect', (client) => {
    const startedAt = state.connectStarts.get(client);
    if (startedAt !== undefined) tell((watcher) => watcher.opened(ordinal, clock() - startedAt));
  });
  pool.on('acquire', (client) => {
    takenAt.set(client, clock());
  });
  pool.on('release', (_error: unknown, client: DriverClient) => {
    const since = takenAt.get(client);
    if (since !== undefined) tell((watcher) => watcher.used(ordinal, clock() - since));
  });
  return ordinal;
}

function tell(what: (watcher: PoolWatcher) => void): void {
  for (const watcher of state.poolWatchers) guarded(() => what(watcher), null, 'a watcher of pools');
}
