// Promises that the app gets in place of the driver's own, each a step further from its answer. Of two that a driver settles in one turn the first is to be heard first: so whatever is sent
// while one of them waits gets one too, and nothing else does.

import { isThenable } from './pg-driver.js';

/** Derived, and not settled yet. */
let waiting = 0;

/** A promise derived from the driver's: of its class, with what `answered` and `refused` give. Each of them has to call {@link heard}. */
export function derive(
  result: PromiseLike<unknown>,
  answered: (value: unknown) => unknown,
  refused: (error: unknown) => unknown,
): PromiseLike<unknown> {
  const derived = result.then(answered, refused);
  waiting++;
  return derived;
}

/** One of them is settled. */
export function heard(): void {
  waiting--;
}

/** What the driver answered, as the app may have it where nobody else has to hear of it. */
export function inOrder(result: unknown): unknown {
  return waiting > 0 && isThenable(result) ? derive(result, passed, thrown) : result;
}

function passed(value: unknown): unknown {
  heard();
  return value;
}

function thrown(error: unknown): never {
  heard();
  throw error;
}
