// The figures that every table here quotes.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

/** The value that `share` of all values lie below. */
export function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

/** Of rounds of the same work: whatever else the machine does only adds to some of them. */
export function lowerQuartile(values: readonly number[]): number {
  return quantile(values, 0.25);
}

const RESAMPLES = 2_000;

/** Bounds that 90 % of the answers lie within if the sets had been drawn again out of those that there are. */
export interface Interval {
  low: number;
  high: number;
}

/** An answer, and the interval that it may lie in. */
export interface Figure extends Interval {
  value: number;
}

/** By the percentile bootstrap. The draws are the same in each run. */
export function intervalOf<T>(sets: readonly T[], answer: (sets: readonly T[]) => number): Interval {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const answers = Array.from({ length: RESAMPLES }, () =>
    answer(sets.map(() => sets[Math.floor(random() * sets.length)] as T)),
  ).sort((a, b) => a - b);
  return { low: answers[RESAMPLES * 0.05] as number, high: answers[RESAMPLES * 0.95 - 1] as number };
}

export function figureOf<T>(sets: readonly T[], answer: (sets: readonly T[]) => number): Figure {
  return { value: answer(sets), ...intervalOf(sets, answer) };
}

/** A figure that was counted, not sampled. */
export function exactly(value: number): Figure {
  return { value, low: value, high: value };
}
