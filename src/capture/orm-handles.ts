// Finds the pg behind what an app holds of its ORM: most have it where a property leads to; some keep it to themselves, and of those it is only known
// that they loaded one.

import { PgFinder } from './find-pg.js';
import { type Driver, driverOfModule, driverOfPool } from './pg-module.js';

/** Where ORMs keep their pool, or the pg module that they make connections with. */
const PATHS: readonly (readonly string[])[] = [
  ['$client'], // drizzle, over a pool
  ['client', 'driver'], // knex, and so objection
  ['connectionManager', 'lib'], // sequelize
  ['driver', 'postgres'], // typeorm's DataSource
  ['$pool'], // pg-promise
  ['instance', '$pool'], // massive
];

/** What is known of a handle whose pg nothing leads to: methods that no other object has together. */
const CLOSED: readonly (readonly string[])[] = [
  ['getExecutor', 'executeQuery', 'transaction'], // kysely
  ['getMetadata', 'createEntityManager', 'discoverEntity'], // MikroORM
  ['$connect', '$disconnect', '$transaction'], // Prisma
  ['anyFirst', 'oneFirst', 'transaction'], // slonik
  ['queryStream', 'task', 'tx'], // @databases/pg
];

/**
 * The drivers to watch for this handle of an ORM: none where it keeps its pg to itself and no copy is loaded yet; null where it is no handle that is known, or
 * none that has pg behind it.
 */
export function driversBehind(handle: object): Driver[] | null {
  for (const path of PATHS) {
    const end = path.reduce<unknown>(propertyOf, handle);
    const driver = driverOfPool(end) ?? driverOfModule(end);
    if (driver !== null) return [driver];
  }
  const made = driversThatMade(propertyOf(handle, '$client')); // drizzle, over a client
  if (made.length > 0) return made;
  const isClosed = CLOSED.some((names) => names.every((name) => typeof propertyOf(handle, name) === 'function'));
  return isClosed ? loadedDrivers() : null;
}

/** Of each copy of pg that was loaded so far: one of them is the ORM's. */
function loadedDrivers(): Driver[] {
  const drivers: Driver[] = [];
  const finder = new PgFinder((pg) => {
    const driver = driverOfModule(pg);
    if (driver !== null) drivers.push(driver);
  });
  finder.stop();
  return drivers;
}

/** Those of the loaded ones that this is a client of. */
function driversThatMade(client: unknown): Driver[] {
  if (typeof client !== 'object' || client === null) return [];
  return loadedDrivers().filter(({ clients }) =>
    clients.some((prototype) => Object.prototype.isPrototypeOf.call(prototype, client)),
  );
}

function propertyOf(object: unknown, name: string): unknown {
  return (typeof object === 'object' && object !== null) || typeof object === 'function'
    ? (object as Record<string, unknown>)[name]
    : undefined;
}
