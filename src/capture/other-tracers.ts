// What else in this process makes a span of each statement: two sets of spans for one statement tell a trace's reader that it ran twice.

import { state } from './state.js';

/** What instrumentations of OpenTelemetry leave on a function that they wrap (Sentry's, from its version 8 on, are these). */
interface Wrapped {
  __wrapped?: unknown;
  __original?: unknown;
}

/** By name, each once; empty: none that is known. Looks at what stands in place of each driver's `query` now, and below ours. */
export function otherTracers(): readonly string[] {
  const found = new Set<string>();
  for (const [owner, methods] of state.patches) {
    const patch = methods.get('query');
    if (patch === undefined || !state.drivers.has(owner)) continue;
    if (isWrapped(Reflect.get(owner, 'query')) || isWrapped(patch.original))
      found.add('an OpenTelemetry instrumentation of pg');
  }
  return [...found];
}

function isWrapped(method: unknown): boolean {
  return typeof method === 'function' && (method as Wrapped).__wrapped === true;
}
