// Kept rows as tests compare them: column by column.

import type { KeptRows } from '../../src/profile/note.js';

/** The values of each column, in the order of the rows. */
export function columnsOf(kept: KeptRows): unknown[][] {
  return kept.names.map((_, column) => Array.from({ length: kept.count }, (_, row) => kept.cell(column, row)));
}
