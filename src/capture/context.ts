// What travels with the app's asynchronous code: the scope it runs in and the allowances around it. Immutable, so that a
// branch of the code that changes it changes it for itself alone.

import type { OrmCall } from './orm-call.js';
import type { Scope } from './scope.js';
import { state } from './state.js';

/** What the app declared to be right as it is, around a piece of its code. */
export interface Allowance {
  readonly detector: string;
  readonly reason: string;
  /** ISO date after which it no longer holds; null: no end. */
  readonly until: string | null;
  /** Is it an option of the profiler, around everything? */
  readonly everywhere?: true;
}

export interface Context {
  /** Null: outside any scope, but inside an allowance. It may be closed: its code went on after the response. */
  readonly scope: Scope | null;
  /** The allowances around, outermost first. */
  readonly allowances: readonly Allowance[];
  /** Their places in the scope's own list; null where there is none. */
  readonly allowed: readonly number[] | null;
  /** The ORM's call that this runs in, where the ORM tells of it. */
  readonly call?: OrmCall;
  /** Inside a request that `sampleRate` left out: nothing is recorded, and nothing is missed. */
  readonly unsampled?: true;
}

/** Of every request that is left out. */
export const UNSAMPLED: Context = { scope: null, allowances: [], allowed: null, unsampled: true };

/** Runs a function in a context, or outside any (`undefined`), whatever the context of the caller is. */
export function runIn<T>(context: Context | undefined, fn: () => T): T {
  return state.storage.run(context, fn);
}

/**
 * A context whose code goes on from one scope to another, as a test's goes on from its hooks to its body. Where it is moved to `undefined` it is again what it
 * was: the context of whoever asked for it.
 */
export function movingContext(): { context: Context; moveTo(to: Context | undefined): void } {
  const { scope, allowances, allowed } = state.storage.getStore() ?? { scope: null, allowances: [], allowed: null };
  const context: { -readonly [Key in 'scope' | 'allowances' | 'allowed']: Context[Key] } = {
    scope,
    allowances,
    allowed,
  };
  return {
    context,
    moveTo: (to) => {
      context.scope = to === undefined ? scope : to.scope;
      context.allowances = to?.allowances ?? allowances;
      context.allowed = to === undefined ? allowed : to.allowed;
    },
  };
}

/** Those whose reasons are made up as the app runs are not kept without end. */
const MAX_ALLOWANCES = 1_000;

/** Notes an allowance, and whether a scope has it; one that had it once is enough. */
export function noteAllowance(allowance: Allowance, inScope: boolean): void {
  const known = state.allowances.get(allowance);
  if (known === undefined ? state.allowances.size < MAX_ALLOWANCES : inScope && !known)
    state.allowances.set(allowance, inScope);
}

/** The allowances so far that no scope had. */
export function allowancesOutside(): readonly Allowance[] {
  return [...state.allowances].filter(([, inScope]) => !inScope).map(([allowance]) => allowance);
}

/** Runs a function inside one more allowance. */
export function runAllowed<T>(allowance: Allowance, fn: () => T): T {
  const around = state.storage.getStore();
  if (around?.unsampled) return fn();
  const scope = around?.scope ?? null;
  if (scope === null || scope.closed) noteAllowance(allowance, false);
  const allowances = [...(around?.allowances ?? []), allowance];
  return state.storage.run({ scope, allowances, allowed: scope === null ? null : scope.allow(allowances) }, fn);
}

/**
 * Makes a callback that runs in the context given, with the `this` and the arguments it is called with. `als.run` around the call
 * costs a tenth of what AsyncResource.bind does.
 */
export function bindTo<F extends (...args: never[]) => unknown>(context: Context | undefined, callback: F): F {
  return function bound(this: unknown, ...args: never[]) {
    return state.storage.run(context, Reflect.apply<unknown, never[], unknown>, callback, this, args);
  } as F;
}
