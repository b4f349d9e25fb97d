// How a scope ended for whoever asked: what has failed in the open did not pass for a success.

import type { Profile } from '../profile/types.js';

/** Did it throw, or answer with an error, also one of the caller's own (409)? */
export function wasFailure({ outcome: { error, status } }: Profile): boolean {
  return error !== null || (status !== null && status >= 400);
}

/** Did it end in an error that nobody answered for? A status of the caller's own (409) is an answer. */
export function hasFailed({ outcome: { error, status } }: Profile): boolean {
  return error !== null || (status !== null && status >= 500);
}
