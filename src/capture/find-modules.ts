// Finds modules that the app loads, before or after, by `import` or `require`, without loading one itself: what is CommonJS ends in
// Node's module cache, whichever way it came. What is inside a bundle is in no cache.

import { createRequire, Module } from 'node:module';
import { guarded } from './guard.js';

/** What is looked for, by its form: a name may be anything, and there may be several copies. */
export interface Sought {
  is(exports: object): boolean;
  /** Called once with each. */
  found(exports: object): void;
}

/** Node's own loader of CommonJS, as every loader hook of the last ten years replaces it. */
interface Loader {
  _load(this: unknown, ...args: unknown[]): unknown;
}

const loader = Module as unknown as Loader;

export class ModuleFinder {
  readonly #sought: readonly Sought[];
  readonly #original: Loader['_load'];
  readonly #replacement: Loader['_load'];
  readonly #seen = new WeakSet<object>();
  #active = true;
  #scopes = 0;

  /** Finds what is loaded now, and what will be. */
  constructor(sought: readonly Sought[]) {
    this.#sought = sought;
    this.#original = loader._load;
    const finder = this;
    this.#replacement = function load(this: unknown, ...args: unknown[]) {
      const exports = Reflect.apply(finder.#original, this, args);
      if (finder.#active) finder.#offer(exports);
      return exports;
    };
    loader._load = this.#replacement;
    this.sweep();
  }

  /**
   * To be called as scopes open. Loaders registered after us load past the hook (tsx does, for `import`), so the cache is looked through
   * at the 1st, 2nd, 4th, 8th … scope: early ones find what the app loads as it starts, later ones what it loads on demand.
   */
  scopeOpens(): void {
    const scopes = ++this.#scopes;
    if (this.#active && (scopes & (scopes - 1)) === 0) this.sweep();
  }

  /** Puts the loader back, or, where somebody else stands on top by now, only passes calls through. */
  stop(): void {
    this.#active = false;
    if (loader._load === this.#replacement) loader._load = this.#original;
  }

  /** Looks through everything that is loaded by now. */
  sweep(): void {
    guarded(() => {
      const { cache } = createRequire(__filename);
      for (const module of Object.values(cache)) this.#offer(module?.exports);
    });
  }

  #offer(exports: unknown): void {
    if ((typeof exports !== 'object' && typeof exports !== 'function') || exports === null || this.#seen.has(exports))
      return;
    for (const { is, found } of this.#sought) {
      if (!hasForm(is, exports)) continue;
      this.#seen.add(exports);
      guarded(() => found(exports));
    }
  }
}

function hasForm(is: Sought['is'], exports: object): boolean {
  try {
    return is(exports);
  } catch {
    return false; // A Proxy with traps, which nothing that is looked for is.
  }
}
