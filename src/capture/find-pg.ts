// Finds each copy of pg that the app loads, before or after, by `import` or `require`, without loading one itself: pg is CommonJS, so
// every way to it ends in Node's module cache. A copy inside a bundle is in no cache; that one needs `profiler.wrap(pool)`.

import { createRequire, Module } from 'node:module';
import { guarded } from './guard.js';
import { driverOfModule } from './pg-module.js';

/** Node's own loader of CommonJS, as every loader hook of the last ten years replaces it. */
interface Loader {
  _load(this: unknown, ...args: unknown[]): unknown;
}

const loader = Module as unknown as Loader;

export class PgFinder {
  readonly #found: (pg: object) => void;
  readonly #original: Loader['_load'];
  readonly #replacement: Loader['_load'];
  readonly #seen = new WeakSet<object>();
  #active = true;
  #scopes = 0;

  /** `found` is called once with each module that has pg's form: those that are loaded now, and those that will be. */
  constructor(found: (pg: object) => void) {
    this.#found = found;
    this.#original = loader._load;
    const finder = this;
    this.#replacement = function load(this: unknown, ...args: unknown[]) {
      const exports = Reflect.apply(finder.#original, this, args);
      if (finder.#active) finder.#offer(exports);
      return exports;
    };
    loader._load = this.#replacement;
    this.#sweep();
  }

  /**
   * To be called as scopes open. Loaders registered after us load past the hook (tsx does, for `import`), so the cache is looked through
   * at the 1st, 2nd, 4th, 8th … scope: early ones find what the app loads as it starts, later ones what it loads on demand.
   */
  scopeOpens(): void {
    const scopes = ++this.#scopes;
    if (this.#active && (scopes & (scopes - 1)) === 0) this.#sweep();
  }

  /** Puts the loader back, or, where somebody else stands on top by now, only passes calls through. */
  stop(): void {
    this.#active = false;
    if (loader._load === this.#replacement) loader._load = this.#original;
  }

  #sweep(): void {
    guarded(() => {
      const { cache } = createRequire(__filename);
      for (const module of Object.values(cache)) this.#offer(module?.exports);
    });
  }

  #offer(exports: unknown): void {
    if (typeof exports !== 'object' || exports === null || this.#seen.has(exports) || !isPg(exports)) return;
    this.#seen.add(exports);
    guarded(() => this.#found(exports));
  }
}

/** By plain properties first: a module's getters may load what the app never asked for. */
function isPg(exports: object): boolean {
  try {
    const isFunction = (name: string) => typeof Object.getOwnPropertyDescriptor(exports, name)?.value === 'function';
    return isFunction('Pool') && isFunction('Client') && driverOfModule(exports) !== null;
  } catch {
    return false; // A Proxy with traps, which pg is not.
  }
}
