// `allow`: the app says of a piece of its code that it is right as it is. It works without a profiler at hand, so that app code
// need not pass one around, and does nothing where none is on.

import { type Allowance, runAllowed } from './capture/context.js';
import { state } from './capture/state.js';
import { detectors } from './detectors/index.js';
import { kindOf, QueryscopeError } from './errors.js';
import { type Allow, allowanceOf, checkAllow } from './options.js';
import { BoundedCache } from './sql/bounded-cache.js';

/** Objects that were checked already: `allow` may stand in a hot path. */
const checked = new WeakMap<Allow, Allowance>();

/** Equal ones are one allowance, also where each turn of a loop writes it anew: a finding has to be covered as a whole. */
const equal = new BoundedCache<Allowance>({ entries: 1_000, characters: 200_000 });

/**
 * Runs a function whose statements may be what the detector named would report. Findings that consist of such statements are set apart, with
 * the reason; of writes that were committed apart, all units but one are enough. Answers what the function answers. Throws a QueryscopeError where
 * detector, reason or until is none, or anything else is named.
 */
export function allow<T>(allowed: Allow, fn: () => T): T {
  if (typeof fn !== 'function') {
    throw new QueryscopeError(
      'not-a-function',
      `allow() takes what to allow and a function; ${kindOf(fn)} came. Write allow({ … }, () => …).`,
    );
  }
  const allowance = checkedAllowance(allowed);
  return state.profilers.size === 0 && state.openScopes === 0 ? fn() : runAllowed(allowance, fn);
}

function checkedAllowance(allowed: Allow): Allowance {
  const known = typeof allowed === 'object' && allowed !== null ? checked.get(allowed) : undefined;
  if (known !== undefined) return known;
  checkAllow(allowed, detectors);
  const name = JSON.stringify([allowed.detector, allowed.reason, allowed.until]);
  const allowance = equal.get(name) ?? allowanceOf(allowed);
  equal.set(name, allowance);
  checked.set(allowed, allowance);
  return allowance;
}
