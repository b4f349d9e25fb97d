// How well the rows of a column fit what was bound: the same values, all of them, in their order? Apart from the flows that ask,
// because it looks at every value, and so has to do it in slices.

import type { ColumnPart } from './columns.js';
import { FINE_LOT } from './slices.js';

/** What was bound over a group of executions, NULLs left out. */
export interface Bound {
  /** In the order in which it was sent. */
  sequence: readonly number[];
  /** The distinct values, in order of first appearance. */
  distinct: readonly number[];
  /** When each of them was first sent. */
  firstSent: ReadonlyMap<number, number>;
}

/** As in `FlowEvidence`. */
export interface Fit {
  rowByRow: boolean;
  asOften: boolean;
  exact: boolean;
  tight: boolean;
  subsequence: boolean;
}

/** Whatever else may be asked follows from it. */
const ROW_BY_ROW: Fit = { rowByRow: true, asOften: true, exact: true, tight: true, subsequence: true };

/** With more loops side by side than this a merge of them is hardly an order any more, and looking for it would cost the square. */
const LOOPS_SIDE_BY_SIDE = 32;

export function* fitOf(bound: Bound, parts: readonly ColumnPart[]): Generator<void, Fit> {
  const { sequence } = bound;
  let length = 0;
  for (let p = 0; p < parts.length; p++) length += (parts[p] as ColumnPart).ordinals.length;
  const asMany = length === sequence.length;
  if (asMany) {
    // Are the rows, one part after the other, the sequence?
    let at = 0;
    for (let p = 0; p < parts.length && at >= 0; p++) {
      const { ordinals } = parts[p] as ColumnPart;
      for (let i = 0; i < ordinals.length; i++) {
        if (ordinals[i] !== sequence[at++]) {
          at = -1;
          break;
        }
        if (at % FINE_LOT === 0) yield;
      }
    }
    if (at >= 0 || (parts.length > 1 && (yield* interleaves(sequence, parts)))) return ROW_BY_ROW;
  }
  const fitting = new Fitting(bound);
  let values = 0;
  for (const { ordinals } of parts) {
    fitting.next();
    for (let i = 0; i < ordinals.length; i++) {
      fitting.take(ordinals[i] as number);
      if (++values % FINE_LOT === 0) yield;
    }
  }
  return fitting.fit(asMany && (yield* haveEqualCounts(sequence, parts)));
}

/** Several loops running side by side, each in its own source's row order: the sequence is a merge of the parts. Both are equally long. */
function* interleaves(sequence: readonly number[], parts: readonly ColumnPart[]): Generator<void, boolean> {
  if (parts.length > LOOPS_SIDE_BY_SIDE) return false;
  const next = parts.map(() => 0);
  for (let i = 0; i < sequence.length; i++) {
    if (i % LOOPS_SIDE_BY_SIDE === LOOPS_SIDE_BY_SIDE - 1) yield;
    const at = parts.findIndex((part, p) => part.ordinals[next[p] as number] === sequence[i]);
    if (at < 0) return false;
    next[at] = (next[at] as number) + 1;
  }
  return true;
}

function* haveEqualCounts(sequence: readonly number[], parts: readonly ColumnPart[]): Generator<void, boolean> {
  const left = new Map<number, number>();
  let values = 0;
  for (const value of sequence) {
    left.set(value, (left.get(value) ?? 0) + 1);
    if (++values % FINE_LOT === 0) yield;
  }
  for (const { ordinals } of parts) {
    for (const ordinal of ordinals) {
      const count = left.get(ordinal) ?? 0;
      if (count === 0) return false;
      left.set(ordinal, count - 1);
      if (++values % FINE_LOT === 0) yield;
    }
  }
  return true;
}

/** Goes through the rows once, value by value, and holds them against what was bound. */
class Fitting {
  readonly #sequence: readonly number[];
  readonly #firstSent: ReadonlyMap<number, number>;
  readonly #distinct: readonly number[];
  readonly #once = new Set<number>();
  /** Of the part at hand. */
  #onceInPart = this.#once;
  #parts = 0;
  /** The distinct values of all rows, and those of each part, are the sequence as far as they go. */
  #exactOnce = true;
  #exactInParts = true;
  /** How many values of the sequence were found: as the distinct rows, as those of each part, among all rows in their order. */
  #foundOnce = 0;
  #foundInParts = 0;
  #found = 0;
  /** How many of the distinct values were found in the order in which they were bound. */
  #met = 0;
  #tight = true;

  constructor({ sequence, distinct, firstSent }: Bound) {
    this.#sequence = sequence;
    this.#distinct = distinct;
    this.#firstSent = firstSent;
  }

  /** Another part begins. */
  next(): void {
    if (++this.#parts > 1) this.#onceInPart = new Set();
  }

  take(value: number): void {
    if (value === this.#sequence[this.#found]) this.#found++;
    if (this.#parts > 1) this.#takeInPart(value);
    if (this.#once.has(value)) return;
    this.#once.add(value);
    if (this.#parts === 1 && this.#exactInParts) this.#exactInParts = value === this.#sequence[this.#foundInParts++];
    if (this.#exactOnce) this.#exactOnce = value === this.#sequence[this.#foundOnce++];
    if (this.#tight) this.#tight = this.#firstSent.has(value);
    if (value === this.#distinct[this.#met]) this.#met++;
  }

  #takeInPart(value: number): void {
    if (!this.#exactInParts || this.#onceInPart.has(value)) return;
    this.#onceInPart.add(value);
    this.#exactInParts = value === this.#sequence[this.#foundInParts++];
  }

  fit(asOften: boolean): Fit {
    const { length } = this.#sequence;
    const exact =
      (this.#exactOnce && this.#foundOnce === length) || (this.#exactInParts && this.#foundInParts === length);
    const subsequence = exact || this.#found === length || this.#met === this.#distinct.length;
    return { rowByRow: false, asOften, exact, tight: this.#tight, subsequence };
  }
}
