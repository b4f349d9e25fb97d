// Percentiles of a label's scopes: the nearest rank, so that each is a figure that was seen.

import type { Spread } from './model.js';

export function spreadOf(values: readonly number[]): Spread {
  const ascending = [...values].sort((a, b) => a - b);
  const rank = (share: number) => ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? 0;
  return { p50: rank(0.5), p95: rank(0.95) };
}
