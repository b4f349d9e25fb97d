// The number by which a pool is known, within this process.

import type { DriverPool } from './pg-driver.js';
import { state } from './state.js';

/** An app that makes a pool for each request leaves as many behind. */
const POOLS_AT_ONCE = 64;

export function ordinalOf(pool: DriverPool): number {
  let ordinal = state.pools.get(pool);
  if (ordinal === undefined) {
    ordinal = state.poolsSeen++;
    state.pools.set(pool, ordinal);
    state.poolsByOrdinal.set(ordinal, new WeakRef(pool));
    if (ordinal % POOLS_AT_ONCE === POOLS_AT_ONCE - 1) forgetPools();
  }
  return ordinal;
}

/** The pool of that number, as long as it is in use. */
export function poolOf(ordinal: number): DriverPool | undefined {
  return state.poolsByOrdinal.get(ordinal)?.deref() as DriverPool | undefined;
}

function forgetPools(): void {
  for (const [ordinal, pool] of state.poolsByOrdinal)
    if (pool.deref() === undefined) state.poolsByOrdinal.delete(ordinal);
}
