// From the median to the 95th percentile, on one scale with all others of the column.

import type { Spread } from '../model.js';

const WIDTH = 100;

export function SpreadBar({ p50, p95, most }: Spread & { most: number }) {
  const xOf = (value: number) => Math.round((value / most) * (WIDTH - 6) * 10) / 10 + 3;
  return (
    <svg class="spread" viewBox={`0 0 ${WIDTH} 12`} aria-hidden="true">
      <line x1="3" x2={WIDTH - 3} y1="6" y2="6" />
      <path d={`M${xOf(p50)} 6H${xOf(p95)}`} />
      <circle cx={xOf(p50)} cy="6" r="3" />
      <path d={`M${xOf(p95)} 2V10`} />
    </svg>
  );
}
