// Statements by the text that they were sent in: what spans, and operations in metrics, are of.

import { FINE_LOT } from '../../profile/slices.js';
import type { Profile, Statement } from '../../profile/types.js';

/** In the order in which they were sent; none is empty. */
export function* textsOf({ statements }: Profile): Generator<void, Statement[][]> {
  const texts: Statement[][] = [];
  let batch: number | null = null;
  for (const statement of statements) {
    if (statement.batch !== null && statement.batch === batch) texts.at(-1)?.push(statement);
    else texts.push([statement]);
    batch = statement.batch;
    if (texts.length % FINE_LOT === 0) yield;
  }
  return texts;
}
