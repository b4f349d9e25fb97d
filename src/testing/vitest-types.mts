// The types of the matchers on Vitest's `expect`. `Matchers` of Vitest 4 and of Vitest 5 take other type parameters, so that no one declaration adds to both; what both
// take from chai has none. An ES module, because only to one is Vitest itself what its types are declared in.

import type {} from 'vitest';
import type { QueryscopeMatchers } from './matchers.js';

/** The same inside `toEqual`, as `expect.toHaveStatementCount(3)`. */
type Asymmetric = { [Name in keyof QueryscopeMatchers]: (...args: Parameters<QueryscopeMatchers[Name]>) => unknown };

declare global {
  namespace Chai {
    interface Assertion extends QueryscopeMatchers {}
  }
}

declare module 'vitest' {
  interface AsymmetricMatchersContaining extends Asymmetric {}
}
