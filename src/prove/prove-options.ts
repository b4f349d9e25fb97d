// What proveAtomic() can be asked for, and where it refuses to work at all.

import { kindOf, nearestName, QueryscopeError } from '../errors.js';

/** The function whose writes are made to fail. It is called many times: once when all goes well, and once for each failure. */
export type Work = () => unknown;

export interface ProveOptions {
  /** Restores the data as it was before the function was called; called after each run. Without it each run finds what the ones before left. */
  reset?: () => unknown;
  /** Is the data whole? Asked after each run, before `reset`. It proves that what was taken back is as it was; that it is false is no proof of anything. */
  invariant?: () => boolean | PromiseLike<boolean>;
  /** What the proof is called; by default as the function is. */
  label?: string;
  /** Names of the databases that may be written to. No statement is sent to another one. */
  only?: string | readonly string[];
  /** How long one run may take, in ms. */
  timeoutMs?: number;
}

/** Options after their check. */
export interface ProveSettings {
  label: string;
  /** Has the label a name that the next proof of the same function will have too? */
  named: boolean;
  reset: (() => unknown) | null;
  invariant: (() => unknown) | null;
  /** Null: any. */
  only: ReadonlySet<string> | null;
  timeoutMs: number;
}

/** A function that hangs after a failure does so for good; this is longer than any write of a test takes. */
const TIMEOUT_MS = 10_000;

const NAMES = ['reset', 'invariant', 'label', 'only', 'timeoutMs'];

/** @throws QueryscopeError where an option makes no sense, or in production. */
export function proveSettingsOf(fn: unknown, options: unknown, environment: string | undefined): ProveSettings {
  if (environment === 'production') {
    throw new QueryscopeError(
      'proof-refused',
      'proveAtomic() makes writes fail and cuts connections, so it does not run where NODE_ENV is production. Run it in a test, against a database of its own.',
    );
  }
  if (typeof fn !== 'function') {
    throw new QueryscopeError(
      'not-a-function',
      `proveAtomic() takes the function whose writes belong together; ${kindOf(fn)} came. Write profiler.proveAtomic(() => makeTransfer(pool)).`,
    );
  }
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options)))
    throw badOption('options', 'an object', options);
  const given: { [Name in keyof ProveOptions]: unknown } = options ?? {};
  for (const name of Object.keys(given)) {
    if (NAMES.includes(name)) continue;
    const nearest = nearestName(name, NAMES);
    throw new QueryscopeError(
      'unknown-option',
      `There is no option '${name}' of proveAtomic().${nearest === null ? '' : ` Did you mean '${nearest}'?`} There are: ${NAMES.join(', ')}.`,
    );
  }
  const { label, timeoutMs = TIMEOUT_MS } = given;
  if (label !== undefined && typeof label !== 'string') throw badOption('label', 'a text', label);
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0))
    throw badOption('timeoutMs', 'a number of ms above 0', timeoutMs);
  const name = label ?? fn.name;
  return {
    label: name || 'a function without a name',
    named: name !== '',
    reset: functionOf('reset', given.reset),
    invariant: functionOf('invariant', given.invariant),
    only: databasesOf(given.only),
    timeoutMs,
  };
}

function functionOf(name: string, value: unknown): (() => unknown) | null {
  if (value === undefined) return null;
  if (typeof value !== 'function') throw badOption(name, 'a function', value);
  return value as () => unknown;
}

function databasesOf(only: unknown): ReadonlySet<string> | null {
  if (only === undefined) return null;
  const names = Array.isArray(only) ? only : [only];
  if (names.length === 0 || !names.every((name) => typeof name === 'string' && name !== ''))
    throw badOption('only', 'the name of a database, or an array of names', only);
  return new Set(names);
}

function badOption(name: string, expected: string, value: unknown): QueryscopeError {
  return new QueryscopeError(
    'bad-option',
    `Option '${name}' of proveAtomic() takes ${expected}; ${kindOf(value)} came.`,
  );
}
