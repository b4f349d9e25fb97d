// Figures as the words of findings write them: in one language whatever the machine's, so that the same profile is always
// worded alike.

const COUNTS = new Intl.NumberFormat('en-US');

/** A count with its thousands apart: `11,001`. */
export function figure(count: number): string {
  return COUNTS.format(count);
}

/** `1 execution`, `2,000 executions`. */
export function counted(count: number, noun: string): string {
  return `${figure(count)} ${noun}${count === 1 ? '' : 's'}`;
}
