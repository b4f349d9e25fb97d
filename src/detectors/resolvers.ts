// Loops that no line of the app turns: GraphQL calls a resolver once for each row of the one above it, and batching has to happen between the calls.

import type { ProfileView } from '../profile/views.js';
import type { Evidence } from './detector.js';

/** Did GraphQL turn this loop? */
export function isResolverLoop({ statements }: Evidence, view: ProfileView): boolean {
  return view.repeatOf(statements[0] as number).callSite?.resolver ?? false;
}

/** What to do about it; `keys`: how the library asks for many, as code. */
export function byLoader(keys: string | null): string {
  const once = keys === null ? 'asks once for all keys' : `asks once for all keys, ${keys}`;
  return `GraphQL calls the resolver once for each row. Let it hand its key to a DataLoader, \`loader.load(key)\`, made anew for each request, whose function ${once}, and answers in the order of the keys.`;
}
