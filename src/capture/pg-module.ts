// Finds, in what the app calls pg, the few methods to patch: in the module in all the forms that loaders give it, or in one live
// pool, whose own copy of pg may be bundled or belong to an ORM.

import { patchMethod, patchMethods } from './patches.js';
import { wrapClientConnect, wrapClientQuery } from './pg-client.js';
import type { DriverModule } from './pg-driver.js';
import { wrapPoolConnect, wrapPoolConnectAbove, wrapPoolQuery, wrapPoolQueryAbove } from './pg-pool.js';
import { nameOfDriver } from './pg-version.js';
import { state } from './state.js';

/** The prototypes to patch. */
export interface Driver {
  readonly clients: readonly object[];
  readonly pools: readonly object[];
}

/** What is to be patched of a pg module, an ES namespace of it, or its native variant; null where it is none of them. */
export function driverOfModule(value: unknown): Driver | null {
  const module = isDriverModule(value) ? value : (value as { default?: unknown } | null | undefined)?.default;
  if (!isDriverModule(module)) return null;
  // `native` is a getter that loads the addon: only what the app has loaded already is looked at.
  const native = Object.getOwnPropertyDescriptor(module, 'native')?.value;
  const modules = isDriverModule(native) ? [module, native] : [module];
  return { clients: modules.map(({ Client }) => Client.prototype), pools: modules.map(({ Pool }) => Pool.prototype) };
}

/** What is to be patched of a live pool; null where it is none. */
export function driverOfPool(pool: unknown): Driver | null {
  if (typeof pool !== 'object' || pool === null) return null;
  const client = (pool as { Client?: { prototype?: unknown } }).Client?.prototype;
  if (!hasMethods(pool, ['connect', 'query']) || !hasMethods(client, ['connect', 'query'])) return null;
  return { clients: [client], pools: [Object.getPrototypeOf(pool)] };
}

export function patchDriver(driver: Driver, holder: object): void {
  for (const client of driver.clients) {
    const owner = patchMethod(client, 'query', wrapClientQuery, holder);
    if (!state.drivers.has(owner)) state.drivers.set(owner, nameOfDriver(owner));
    patchMethod(client, 'connect', wrapClientConnect, holder);
  }
  for (const pool of driver.pools) {
    patchMethods(pool, 'connect', { lowest: wrapPoolConnect, above: wrapPoolConnectAbove }, holder);
    patchMethods(pool, 'query', { lowest: wrapPoolQuery, above: wrapPoolQueryAbove }, holder);
  }
}

function isDriverModule(value: unknown): value is DriverModule {
  const { Client, Pool } = (value ?? {}) as { Client?: { prototype?: unknown }; Pool?: { prototype?: unknown } };
  return hasMethods(Client?.prototype, ['query', 'connect']) && hasMethods(Pool?.prototype, ['query', 'connect']);
}

function hasMethods(value: unknown, names: readonly string[]): value is object {
  return (
    value !== null &&
    value !== undefined &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  );
}
