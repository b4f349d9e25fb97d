// Sorting in slices: what a whole scope is sorted by may be tens of thousands of things, and the built-in sort cannot be interrupted.

import { FINE_LOT, LOT } from './slices.js';

/** Each takes a comparison, which reads two items. */
const MERGED_AT_ONCE = FINE_LOT / 2;

/** The items in order; those that compare alike stay as they were. What is in order already, as nearly always, is handed back as it is. */
export function* sorted<T>(items: readonly T[], compare: (a: T, b: T) => number): Generator<void, readonly T[]> {
  let steps = 0;
  let ordered = 1;
  while (ordered < items.length && compare(items[ordered - 1] as T, items[ordered] as T) <= 0) {
    ordered++;
    if (++steps % FINE_LOT === 0) yield;
  }
  if (ordered >= items.length) return items;
  if (items.length <= LOT) return [...items].sort(compare);

  let from: T[] = [];
  for (let start = 0; start < items.length; start += LOT) {
    for (const item of items.slice(start, start + LOT).sort(compare)) from.push(item);
    yield;
  }
  for (let width = LOT; width < items.length; width *= 2) {
    const merged: T[] = [];
    for (let start = 0; start < from.length; start += 2 * width) {
      const middle = Math.min(start + width, from.length);
      const end = Math.min(start + 2 * width, from.length);
      let left = start;
      let right = middle;
      while (left < middle || right < end) {
        const takesLeft = right >= end || (left < middle && compare(from[left] as T, from[right] as T) <= 0);
        merged.push(from[takesLeft ? left++ : right++] as T);
        if (++steps % MERGED_AT_ONCE === 0) yield;
      }
    }
    from = merged;
  }
  return from;
}
