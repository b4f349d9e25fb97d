// Finds each copy of pg that the app loads: pg is CommonJS, so every way to it ends in Node's module cache. A copy inside a bundle is in
// no cache; that one needs `profiler.wrap(pool)`.

import { ModuleFinder, type Sought } from './find-modules.js';
import { driverOfModule } from './pg-module.js';

export class PgFinder extends ModuleFinder {
  /** `found` is called once with each module that has pg's form. `others` are looked for on the same way. */
  constructor(found: (pg: object) => void, others: readonly Sought[] = []) {
    super([{ is: isPg, found }, ...others]);
  }
}

/** By plain properties first: a module's getters may load what the app never asked for. */
function isPg(exports: object): boolean {
  const isFunction = (name: string) => typeof Object.getOwnPropertyDescriptor(exports, name)?.value === 'function';
  return typeof exports === 'object' && isFunction('Pool') && isFunction('Client') && driverOfModule(exports) !== null;
}
