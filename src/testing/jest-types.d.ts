// The types of the matchers on Jest's `expect`, the global one and that of @jest/globals. A declaration file, because neither is installed where this is compiled: a user has one of them.

import type { QueryscopeMatchers } from './matchers.js';

/** A matcher answers what the others of its `expect` answer; what runs code is always awaited. */
type Answering<R> = {
  [Name in keyof QueryscopeMatchers]: Name extends 'toScaleConstantly' | 'toSurviveFailures'
    ? QueryscopeMatchers[Name]
    : (...args: Parameters<QueryscopeMatchers[Name]>) => R;
};

/** The same inside `toEqual`, as `expect.toHaveStatementCount(3)`. */
type Asymmetric = { [Name in keyof QueryscopeMatchers]: (...args: Parameters<QueryscopeMatchers[Name]>) => unknown };

declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: declarations of one interface have to take the same parameters.
    interface Matchers<R, T = {}> extends Answering<R> {}
    interface Expect extends Asymmetric {}
    interface InverseAsymmetricMatchers extends Asymmetric {}
  }
}

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends Answering<R> {}
  interface AsymmetricMatchers extends Asymmetric {}
}
