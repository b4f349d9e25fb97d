// Numbers as people read them, in one language whatever the machine's: the output is compared as text and pasted anywhere.

/** Made when it is first needed: that takes longer than loading everything else that draws. */
let whole: Intl.NumberFormat | undefined;

/** `11,001`. */
export function count(value: number): string {
  whole ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  return whole.format(value);
}

/** `1 statement`, `23 statements`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Milliseconds without their unit: `0.4`, `8.2`, `58`, `1,240`. */
export function millis(value: number): string {
  return value < 9.95 ? value.toFixed(1) : count(value);
}
