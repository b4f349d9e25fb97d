// What a loop becomes with the table: two lines, one for it and one for what would do.

import { count } from '../../drawing/numbers.js';
import type { Growth } from '../model.js';

const WIDTH = 240;
const HEIGHT = 56;

export function GrowthCurve({ text, now, later, minimal }: Growth) {
  if (later === null || later <= 0) return <p>{text}</p>;
  const yOf = (statements: number) => Math.round((HEIGHT - 4 - (statements / later) * (HEIGHT - 8)) * 10) / 10;
  return (
    <figure class="growth">
      <figcaption>
        <strong>{text}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path class="area" d={`M0 ${yOf(now)}L${WIDTH} ${yOf(later)}V${HEIGHT}H0Z`} />
        <path class="loop" d={`M0 ${yOf(now)}L${WIDTH} ${yOf(later)}`} />
        <path class="batched" d={`M0 ${yOf(minimal)}H${WIDTH}`} />
      </svg>
      <p class="ends">
        <span>now {count(now)}</span>
        <span>batched: always {count(minimal)}</span>
        <span>{count(later)}</span>
      </p>
    </figure>
  );
}
