// Figures as the words of findings write them: in one language whatever the machine's, so that the same profile is always
// worded alike.

/** A count with its thousands apart: `11,001`. `count`: a whole number. */
export function figure(count: number): string {
  // Not Intl's formatter: it takes longer than all else that is said of a finding.
  return count < 1_000 ? String(count) : String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 execution`, `2,000 executions`. */
export function counted(count: number, noun: string): string {
  return `${figure(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Milliseconds to a tenth: a clock that was read twice says no more. */
export function toTenth(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** `8.2 ms`, `1,240 ms`; less than ten as given. */
export function inMs(ms: number): string {
  return `${ms < 10 ? ms : figure(Math.round(ms))} ms`;
}
